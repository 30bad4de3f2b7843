"""What may be removed from a cache: decided here, over a list of what is there, and removed elsewhere.

Pure. Called by `flows/caching.py`, which takes the inventory, for `cache gc`, its `--dry-run` and
`cache status`. Results and runs go by when they were last used; blobs go when nothing that stays names
them; what a registered version, its evidence or its report needs never goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field


class Item(Struct, frozen=True, kw_only=True):
    """A stage result, or a run's folder. `name` is its key or identifier, `used` when it was last of use, in
    seconds; `roots` are the blobs it names, `cell` and `run` what made a result."""

    name: str
    size: int
    used: float
    roots: tuple[str, ...] = ()
    cell: str = ""
    run: str = ""


class Loose(Struct, frozen=True, kw_only=True):
    """A file or folder that nothing names. `lasting` ones are kept for people until they are old: what
    was set aside. Others are left-overs."""

    path: str
    kind: str
    size: int
    made: float
    lasting: bool


class Inventory(Struct, frozen=True, kw_only=True):
    """Everything in a cache. `blobs` gives sizes, `inside` the blobs that a folder's listing names. `profiles` are of
    data files and only save time; their names are paths."""

    results: tuple[Item, ...] = ()
    runs: tuple[Item, ...] = ()
    profiles: tuple[Item, ...] = ()
    blobs: Mapping[str, int] = field(default_factory=dict)
    inside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loose: tuple[Loose, ...] = ()


class Needed(Struct, frozen=True, kw_only=True):
    """What registered versions need: run identifiers, action keys, blobs."""

    runs: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    blobs: frozenset[str] = frozenset()

    def has(self, item: Item) -> bool:
        """Whether a result or a run is among it."""
        return item.name in self.runs or item.name in self.keys or item.run in self.runs


class Removal(Struct, frozen=True, kw_only=True):
    """What goes, and how many bytes that frees. `over` is by how much what stays exceeds the size asked for."""

    results: tuple[Item, ...] = ()
    runs: tuple[Item, ...] = ()
    profiles: tuple[Item, ...] = ()
    blobs: Mapping[str, int] = field(default_factory=dict)
    loose: tuple[Loose, ...] = ()
    freed: int = 0
    over: int = 0


def collect(inventory: Inventory, needed: Needed, *, now: float, older_than: float | None, most: int | None) -> Removal:
    """What goes so that nothing unneeded is older than `older_than` seconds and the whole is at most `most` bytes.

    With neither, only what nothing names goes: such blobs, and left-overs.
    """
    oldest = None if older_than is None else now - older_than
    items = sorted((*inventory.results, *inventory.runs, *inventory.profiles), key=lambda item: item.used, reverse=True)
    kept = [item for item in items if needed.has(item)]
    reached: set[str] = set()
    total = sum(item.size for item in kept)
    for roots in (needed.blobs, *(item.roots for item in kept)):
        total += _size(_reach(roots, inventory, reached), inventory)
    for item in (item for item in items if not needed.has(item)):
        if oldest is not None and item.used < oldest:
            break
        new = _reach(item.roots, inventory, reached)
        more = item.size + _size(new, inventory)
        if most is not None and total + more > most:
            reached.difference_update(new)
            break  # it goes, and all that were used less recently, so that what stays is easily told
        kept.append(item)
        total += more
    names = {item.name for item in kept}
    results = tuple(item for item in inventory.results if item.name not in names)
    runs = tuple(item for item in inventory.runs if item.name not in names)
    profiles = tuple(item for item in inventory.profiles if item.name not in names)
    blobs = {name: size for name, size in inventory.blobs.items() if name not in reached}
    gone = {run.name for run in runs}
    loose = tuple(
        one
        for one in inventory.loose
        if not one.lasting or (oldest is not None and one.made < oldest) or _run_of(one) in gone
    )
    freed = sum(item.size for item in (*results, *runs, *profiles)) + sum(blobs.values())
    freed += sum(one.size for one in loose if _run_of(one) not in gone)
    over = max(0, total - most) if most is not None else 0
    return Removal(results=results, runs=runs, profiles=profiles, blobs=blobs, loose=loose, freed=freed, over=over)


def _reach(roots: Iterable[str], inventory: Inventory, reached: set[str]) -> list[str]:
    """Mark all blobs below `roots`; those that were not marked before."""
    waiting, new = list(roots), list[str]()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            new.append(name)
            waiting += inventory.inside.get(name, ())
    return new


def _size(names: Iterable[str], inventory: Inventory) -> int:
    return sum(inventory.blobs.get(name, 0) for name in names)


def _run_of(one: Loose) -> str:
    """The run in whose folder something lies."""
    head, _, rest = one.path.partition("/")
    return rest.partition("/")[0] if head == "runs" else ""
