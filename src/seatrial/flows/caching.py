"""What `seatrial cache` does: look, verify, remove what is no longer needed, forget what is not to be believed.

Called by `cli/cache.py`. What registered versions need is asked of the records first; when they cannot be
read, nothing is removed. Removing has the cache alone (`store/usage.py`): while any other command uses
it, it is refused, so that no run loses what its plan counts on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from seatrial.clock import iso
from seatrial.errors import ConflictError, UsageError
from seatrial.flows.policy import CachePolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.collect import Inventory, Needed, Removal, collect
from seatrial.pipeline.inventory import listings_below, remove_all, take_inventory
from seatrial.registry.records import Draft
from seatrial.registry.registry import Registry
from seatrial.registry.serial import decode
from seatrial.store.objects import ObjectError


class Kind(Struct, frozen=True, kw_only=True):
    """Things of one kind in the cache: how many, their bytes, and when the oldest was made or last used (in seconds
    since 1970), None where that means nothing."""

    name: str
    count: int
    size: int
    oldest: float | None


class Status(Struct, frozen=True, kw_only=True):
    """What is in the cache, what `gc` would free with the project's settings, and what versions keep."""

    kinds: tuple[Kind, ...]
    size: int
    reclaimable: int
    needed: Needed


class Damage(Struct, frozen=True, kw_only=True):
    """A result that names damaged or missing bytes, and was therefore dropped."""

    cell: str
    key: str
    run: str
    blobs: tuple[str, ...]


class Verified(Struct, frozen=True, kw_only=True):
    """What looking at every byte found. `damaged` blobs were set aside; `lost` results were dropped."""

    blobs: int
    size: int
    damaged: tuple[str, ...]
    lost: tuple[Damage, ...]
    unreadable: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not (self.damaged or self.lost or self.unreadable)


class Forgotten(Struct, frozen=True, kw_only=True):
    """Results that were dropped, each with `cell`, `key` and `run`; a warning when the shared cache still has them."""

    results: tuple[Mapping[str, str], ...]
    warning: str | None


class Collected(Struct, frozen=True, kw_only=True):
    """What was removed, or would be. `left` is what then remains, in bytes."""

    removal: Removal
    left: int


def look(workspace: Workspace, policy: CachePolicy) -> Status:
    """What is in the cache."""
    needed = _needed(workspace)
    inventory = take_inventory(workspace.cache, _named_by_drafts, needed=needed.blobs)
    would = collect(inventory, needed, now=_now(workspace), older_than=policy.keep, most=policy.size)
    kinds = [
        _kind("results", [(item.size, item.used) for item in inventory.results]),
        _kind("runs", [(item.size, item.used) for item in inventory.runs]),
        *([_kind("profiles", [(item.size, item.used) for item in inventory.profiles])] if inventory.profiles else []),
        Kind(name="blobs", count=len(inventory.blobs), size=sum(inventory.blobs.values()), oldest=None),
    ]
    for name in dict.fromkeys(one.kind for one in inventory.loose):
        found = [(one.size, one.made) for one in inventory.loose if one.kind == name]
        kinds.append(_kind(name, found))
    memory = sum(path.stat().st_size for path in workspace.cache.root.glob("facts.db*"))
    kinds.append(Kind(name="facts.db", count=1, size=memory, oldest=None))
    return Status(kinds=tuple(kinds), size=_total(inventory) + memory, reclaimable=would.freed, needed=needed)


def verify(workspace: Workspace, progress: Callable[[int, int], None]) -> Verified:
    """Read every blob and compare it with its digest. `progress` is told blobs seen and how many there are."""
    blobs, results = workspace.cache.blobs, workspace.cache.results
    names = sorted(blobs.names())
    damaged: list[str] = []
    size = 0
    for count, name in enumerate(names):
        progress(count, len(names))
        try:
            here = blobs.path_of(name).stat().st_size
        except FileNotFoundError:
            continue  # another command removed it, or set it aside, meanwhile
        size += here
        if blobs.damaged(name):
            blobs.quarantine(name)
            damaged.append(name)
    progress(len(names), len(names))
    lost, unreadable = [], []
    there = set(names) - set(damaged)
    for key, path, result in results.all():
        if result is None:
            path.unlink(missing_ok=True)
            unreadable.append(key)
            continue
        roots = {artifact.digest for artifact in result.outs.values() if artifact.stored}
        reached = roots | {name for inside in listings_below(blobs, roots).values() for name in inside}
        gone = tuple(sorted(name for name in reached - there if not blobs.path_of(name).exists()))
        if gone:
            results.discard(key)
            lost.append(Damage(cell=result.cell, key=key, run=result.run, blobs=gone))
    return Verified(blobs=len(names), size=size, damaged=tuple(damaged), lost=tuple(lost), unreadable=tuple(unreadable))


def clean(workspace: Workspace, *, older_than: float | None, most: int | None, dry_run: bool) -> Collected:
    """Remove what nothing needs, is older than `older_than` seconds, or does not fit into `most` bytes.

    Raises ConflictError while another command uses the cache, StateError when the records cannot be read.
    """
    if dry_run:
        return _decide(workspace, older_than, most)
    with _alone(workspace):
        decided = _decide(workspace, older_than, most)
        remove_all(workspace.cache, decided.removal)
    return decided


def forget(
    workspace: Workspace, policy: CachePolicy, *, stage: str | None, key: str | None, run: str | None
) -> Forgotten:
    """Drop the results of a stage or cell, of a run, or under one key, so that they are made anew, and not fetched.

    A shared cache that this project writes to forgets them too. Raises UsageError when there is none.
    """
    dropped: dict[str, Mapping[str, str]] = {}
    for action_key, _, result in workspace.cache.results.all():
        if result is None:
            continue
        cells = {result.cell, result.cell.partition("[")[0]}
        if (stage is None or stage in cells) and (key is None or key == action_key) and run in (None, result.run):
            dropped[action_key] = {"cell": result.cell, "key": action_key, "run": result.run}
    if key is not None and stage is run is None:
        dropped.setdefault(key, {"cell": "", "key": key, "run": ""})  # it may lie in a shared cache only
    if not dropped:
        raise UsageError(
            f"no stored result is of {' and '.join(filter(None, (stage, run and f'run {run}', key)))}",
            next_step="seatrial cache status",
        )
    at = iso(workspace.clock.now())
    for action_key in dropped:
        workspace.cache.results.forget(action_key, at)
    return Forgotten(results=tuple(dropped.values()), warning=_forget_shared(workspace, policy, dropped, at))


def _forget_shared(workspace: Workspace, policy: CachePolicy, keys: Iterable[str], at: str) -> str | None:
    """Tell the shared cache; what went wrong. Here the tombstones are enough all the same."""
    shared = workspace.cache.shared if policy.push else None
    if shared is None:
        return None
    try:
        for action_key in keys:
            shared.forget(action_key, at)
    except ObjectError as error:
        return f"they are forgotten here, and others still get them from the shared cache: {error}"
    return None


def _decide(workspace: Workspace, older_than: float | None, most: int | None) -> Collected:
    needed = _needed(workspace)
    inventory = take_inventory(workspace.cache, _named_by_drafts, needed=needed.blobs)
    removal = collect(inventory, needed, now=_now(workspace), older_than=older_than, most=most)
    return Collected(removal=removal, left=_total(inventory) - removal.freed)


def _needed(workspace: Workspace) -> Needed:
    """What every registered version needs of the cache: its run with the report, and what its evidence came from.

    The bytes it is judged and rolled back by lie in the state's own blobs, which nothing here touches.
    """
    registry = Registry(workspace.state)
    versions = [version for model in registry.models() for version in registry.versions(model)]
    files = [file for one in versions for file in (*one.metrics_files, *one.curves, *one.others.values())]
    files += [seed.file for one in versions for seed in one.seeds]
    files += [one.predictions.file for one in versions if one.predictions is not None]
    files += [rows.file for one in versions for rows in one.compared.values()]
    keys = {one.action for one in versions} | {file.action for file in files}
    return Needed(
        runs=frozenset(one.run for one in versions),
        keys=frozenset(key for key in keys if key is not None),
        blobs=frozenset(artifact.digest for one in versions for artifact in one.stored),
    )


def _named_by_drafts(folder: Path) -> tuple[str, ...]:
    """What a run's models could be registered with; a damaged draft names nothing."""
    names: list[str] = []
    for path in sorted((folder / "drafts").glob("*.json")):
        try:
            draft = decode(Draft, json.loads(path.read_bytes()))
        except (OSError, ValueError):
            continue
        names += [artifact.digest for artifact in draft.stored]
    return tuple(names)


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    if not workspace.cache.usage.alone():
        raise ConflictError(
            "another command uses this cache, and could lose what it counts on; nothing was removed",
            next_step="seatrial cache gc, when it has ended",
        )
    try:
        yield
    finally:
        workspace.cache.usage.shared()


def _kind(name: str, found: list[tuple[int, float]]) -> Kind:
    return Kind(
        name=name,
        count=len(found),
        size=sum(size for size, _ in found),
        oldest=min((at for _, at in found), default=None),
    )


def _total(inventory: Inventory) -> int:
    items = sum(item.size for item in (*inventory.results, *inventory.runs, *inventory.profiles))
    apart = sum(one.size for one in inventory.loose if not one.path.startswith("runs/"))
    return items + apart + sum(inventory.blobs.values())


def _now(workspace: Workspace) -> float:
    return workspace.clock.now().timestamp()
