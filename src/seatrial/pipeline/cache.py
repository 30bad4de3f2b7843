"""The cache folder of a work tree, `.seatrial/`: what may be deleted at the cost of time alone.

    cas/      blobs            ac/       stage results
    mirrors/  copies of a shared state, by its address
    runs/     one folder a run facts.db  digests of untouched files, import facts
    locks/    path locks       tmp/      scratch files of running work
    verdicts/ judgements       settled/  memos of runs with nothing to do
    doubts/   notes about results that differed when made twice
    seen.json how far streams of records were seen to reach
    in-use    a lock that every command shares, and `cache gc` has alone

Opened once by `wiring`, which also gives it the shared cache where one is configured, and handed to whoever
needs a part of it. Git ignores the folder through a `.gitignore` inside it, so that the user's own files
stay as they are.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.digest import Json
from seatrial.errors import OutsideError
from seatrial.pipeline.results import ResultStore
from seatrial.store import atomic
from seatrial.store.blobs import BlobStore, CorruptBlobError
from seatrial.store.locks import PathLocks
from seatrial.store.stat_cache import StatCache
from seatrial.store.usage import Usage

if TYPE_CHECKING:
    from seatrial.pipeline.shared_cache import SharedCache  # threads and transfers, for projects that share

FOLDER = ".seatrial"


class Cache:
    """The opened cache of one work tree."""

    def __init__(self, root: Path) -> None:
        """Raises OutsideError when the folder cannot be written."""
        self.root = root
        try:
            root.mkdir(exist_ok=True)
            ignore = root / ".gitignore"
            if not ignore.exists():
                atomic.write_atomic(ignore, b"# made by seatrial: a cache, safe to delete\n*\n", durable=False)
            self.usage = Usage(root / "in-use")
            self.memory = StatCache(root / "facts.db")
        except OSError as error:
            raise OutsideError(
                f"the cache folder {root} cannot be written: {error.strerror}",
                next_step=f"make {root.parent} writable, or work in a clone that is",
            ) from error
        self.distrusted = False
        self.blobs = BlobStore(root / "cas")
        self.results = ResultStore(root / "ac")
        self.locks = PathLocks(root / "locks")
        self.runs = root / "runs"
        self.seen = root / "seen.json"
        self.verdicts = root / "verdicts"
        self.mirrors = root / "mirrors"
        self._open_shared: Callable[[], SharedCache | None] = lambda: None

    def share_by(self, open_shared: Callable[[], SharedCache | None]) -> None:
        """Say how the shared cache is opened, should anybody need it."""
        self._open_shared = open_shared

    @functools.cached_property
    def shared(self) -> SharedCache | None:
        """The shared cache, None where there is none. Raises MissingExtraError, UsageError."""
        return self._open_shared()

    def distrust(self) -> None:
        """Believe nothing: read every input anew, and verify every stored byte of each reuse. Before anything is
        planned. For the inputs alone there is `memory.distrust`."""
        self.memory.distrust()
        self.distrusted = True

    def listing(self, name: str) -> Mapping[str, Json] | None:
        """A listing of files by its digest, None when it is not (or no longer whole) in the store."""
        try:
            value = json.loads(self.blobs.read_bytes(name).decode("utf-8", "surrogateescape"))
        except CorruptBlobError:
            return None
        return value if isinstance(value, dict) else None

    def apart(self, folder: Path) -> Cache:
        """The same cache with results of its own in `folder`, and nothing shared: what is stored there is found
        by nobody else, and nothing that was stored before is found there."""
        import copy  # few runs judge a baseline by code of their own

        other = copy.copy(self)
        other.results = ResultStore(folder)
        other.share_by(lambda: None)
        other.__dict__.pop("shared", None)  # where it was opened already
        return other

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A fresh folder for work in progress, removed afterwards."""
        folder = atomic.temporary_beside(self.root / "tmp" / name).with_suffix(f".{name}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        self.memory.close()
        self.usage.close()
