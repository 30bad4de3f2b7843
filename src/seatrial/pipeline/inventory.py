"""What lies in a cache folder, listed for `collect.py`, and the removal of what it decided to remove.

Called by `flows/caching.py`. Nothing but names, sizes, times and listings is read; blobs' bytes are not.
A removal goes from what names to what is named (results before blobs), so that one that is cut off
leaves blobs which nothing names, and never a result without its bytes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from seatrial import digest
from seatrial.errors import StateError
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.collect import Inventory, Item, Loose, Removal
from seatrial.pipeline.events import read_events
from seatrial.pipeline.results import StageResult
from seatrial.store import atomic
from seatrial.store.artifact import read_listing
from seatrial.store.blobs import BlobStore, remove
from seatrial.store.ulid import is_ulid, seconds_of

_EVENTS = "events.jsonl"
_LASTING = (
    ("quarantine", "cas/quarantine/*"),
    ("aside", "runs/*/aside"),
    ("verdict", "verdicts/*"),
    ("copy of a shared state", "mirrors/*"),
)
_PROFILES = "profiles/[0-9a-f][0-9a-f]/*"
_EARLIER = ("ac/[0-9a-f][0-9a-f]", "ac/inputs", "ac/cells")
_LISTING = b'{"entries":['  # how the listing of a folder begins


def take_inventory(
    cache: Cache, named_by_run: Callable[[Path], tuple[str, ...]], *, needed: Iterable[str] = ()
) -> Inventory:
    """Everything in a cache. `named_by_run` gives the blobs that are named by what lies in a run's folder,
    `needed` are blobs whose listings are wanted too."""
    runs, used = _runs(cache, named_by_run)
    blobs = {name: _size(cache.blobs.path_of(name)) for name in cache.blobs.names()}
    results = tuple(_results(cache, used))
    roots = {root for item in (*results, *runs) for root in item.roots} | set(needed)
    return Inventory(
        results=results,
        runs=runs,
        profiles=tuple(_profiles(cache)),
        blobs=blobs,
        inside=listings_below(cache.blobs, roots),
        loose=tuple(_loose(cache)),
    )


def remove_all(cache: Cache, removal: Removal) -> None:
    """Remove what was decided. The caller has the cache alone."""
    for result in removal.results:
        cache.results.discard(result.name)
    cache.results.drop_pointers()
    for run in removal.runs:
        remove(cache.runs / run.name)
    for profile in removal.profiles:
        remove(cache.root / profile.name)
    for name in removal.blobs:
        cache.blobs.remove(name)
    for one in removal.loose:
        remove(cache.root / one.path)
    cache.memory.forget_missing()


def listings_below(blobs: BlobStore, roots: set[str]) -> Mapping[str, tuple[str, ...]]:
    """The blobs named by each listing that can be reached from `roots`, by the listing's digest."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        entries = _entries(blobs, name)
        if entries is not None:
            found[name] = tuple(entry for entry, _ in entries)
            waiting += [entry for entry, is_folder in entries if is_folder]
    return found


def _entries(blobs: BlobStore, name: str) -> list[tuple[str, bool]] | None:
    """What a blob lists, if it is a folder's listing. A damaged one lists nothing: what it named is lost with it."""
    try:
        with blobs.path_of(name).open("rb") as file:
            if file.read(len(_LISTING)) != _LISTING:
                return None
            data = _LISTING + file.read()
        if digest.of_bytes(data) != name:
            return None
        entries = read_listing(name, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StateError):
        return None
    return [(entry.digest, entry.kind == "dir") for entry in entries if entry.kind != "link"]


def roots_of(result: StageResult) -> tuple[str, ...]:
    """The blobs that a result names: its outs, and the listings in its key that `why` unfolds."""
    parts = [str(part["listing"]) for part in result.parts.values() if isinstance(part, Mapping) and "listing" in part]
    return (*(artifact.digest for artifact in result.outs.values() if artifact.stored), *parts)


def _results(cache: Cache, used: Mapping[str, float]) -> Iterator[Item]:
    """One item a key. Of several results under one key all count as used when any was."""
    for key, path, result in cache.results.all():
        if result is not None:
            finished = _instant(result.finished)
            yield Item(
                name=key,
                size=_size(path),
                used=max(finished, used.get(key, 0.0)),
                roots=roots_of(result),
                cell=result.cell,
                run=result.run,
            )


def _runs(cache: Cache, named_by_run: Callable[[Path], tuple[str, ...]]) -> tuple[tuple[Item, ...], dict[str, float]]:
    """The runs, and when each action key was last met by one of them."""
    items: list[Item] = []
    used: dict[str, float] = {}
    for folder in sorted(cache.runs.glob("*")):
        if not is_ulid(folder.name):
            continue
        started = seconds_of(folder.name)
        items.append(Item(name=folder.name, size=_size(folder), used=started, roots=named_by_run(folder)))
        try:
            for event in read_events(folder / _EVENTS):
                if isinstance(key := event.get("key"), str):
                    used[key] = max(started, used.get(key, 0.0))
        except OSError:  # a run that was killed before it wrote anything
            continue
    return tuple(items), used


def _profiles(cache: Cache) -> Iterator[Item]:
    """The profiles of data files; reading one marks it as used."""
    for path in sorted(cache.root.glob(_PROFILES)):
        if atomic.is_temporary(path.name):
            continue
        one = _one(cache, path, "profile", lasting=True)
        yield Item(name=one.path, size=one.size, used=one.made)


def _loose(cache: Cache) -> Iterator[Loose]:
    """What nothing names: left-overs of what was killed, and what was set aside for people."""
    for folder in (cache.root, cache.blobs.root, cache.root / "ac", cache.root / "tmp", cache.root / "profiles"):
        for path in _left_over(folder, deep=folder != cache.root):
            yield _one(cache, path, "temporary", lasting=False)
    for _, path, result in cache.results.all():
        if result is None:
            yield _one(cache, path, "damaged result", lasting=False)
    for pattern in _EARLIER:
        for path in sorted(cache.root.glob(pattern)):
            yield _one(cache, path, "result of an earlier version", lasting=False)
    for path in sorted(cache.root.glob("cas/partial/*")):
        yield _one(cache, path, "cut-off download", lasting=False)
    for kind, pattern in _LASTING:
        for path in sorted(cache.root.glob(pattern)):
            yield _one(cache, path, kind, lasting=True)


def _left_over(folder: Path, *, deep: bool) -> Iterator[Path]:
    """Temporary files and folders of ours in a folder."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if atomic.is_temporary(entry.name):
            yield Path(entry.path)
        elif deep and entry.is_dir(follow_symlinks=False):
            yield from _left_over(Path(entry.path), deep=True)


def _one(cache: Cache, path: Path, kind: str, *, lasting: bool) -> Loose:
    try:
        made = path.lstat().st_mtime
    except FileNotFoundError:
        made = 0.0
    return Loose(path=str(path.relative_to(cache.root)), kind=kind, size=_size(path), made=made, lasting=lasting)


def _size(path: Path) -> int:
    """The bytes of a file, or of all files below a folder."""
    try:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode):
            return status.st_size
        return sum(_size(Path(entry.path)) for entry in os.scandir(path))
    except FileNotFoundError:
        return 0


def _instant(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
