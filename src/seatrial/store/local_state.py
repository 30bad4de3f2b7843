"""The state in a folder, by default in the repository's common git directory.

    records/+format.json               the first thing ever written: says that a state exists
    records/<stream>/00000001.json     records, written put-if-absent and never again touched
    heads/<stream with + for />.json   how far each stream reaches (see `state_marks.py`)
    blobs/                             artifacts and evidence of registered versions
    index.db                           a rebuildable index for listings

Built by `wiring`, used through the port in `state.py`. Safe for several processes and work
trees at once: the only step that matters is one `link()` that refuses to replace.

Subtle: everything here that compares "what was" with "what is" looks at what was *first*, for
a racer may add records in between but never takes any away. And anything unexplained in the
folder is an error: an empty answer here would mean "first model" to whoever asks.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from seatrial import digest
from seatrial.clock import Clock, SystemClock, iso
from seatrial.digest import Json
from seatrial.errors import Place, Problem, StateError
from seatrial.store import atomic
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.state import BACKUP_PAGE, LAYOUT, Entry, check_layout, check_stream, moved_on, seal_next, unseal
from seatrial.store.state_index import Stamp, StateIndex
from seatrial.store.state_marks import HeadMarks, Mark, SeenMarks, lost, replaced, unknown_file

_FORMAT = "+format.json"  # no stream can have this name
_RECORD = re.compile(r"([0-9]{8})\.json\Z")
_PART = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_KNOWN = {"records", "heads", "blobs", "index.db", "index.db-wal", "index.db-shm", "index.db-journal"}


class LocalState:
    """A `StateStore` in the folder `root`; `seen` is the file where this work tree remembers what it saw.

    `founded`: somebody made the folder on purpose, so that it is missing means that a share is not mounted.
    """

    def __init__(self, root: Path, *, seen: Path, clock: Clock | None = None, founded: bool = False) -> None:
        self.root = root
        self._founded = founded
        self._records = root / "records"
        self._heads = HeadMarks(root / "heads")
        self._seen = SeenMarks(seen)
        self._index = StateIndex(root / "index.db")
        self._blobs = BlobStore(root / "blobs", durable=True)
        self._clock = clock or SystemClock()

    @property
    def blobs(self) -> BlobStore:
        return self._blobs

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        entries, at = self.read(stream), iso(self._clock.now())
        entry, data = seal_next(stream, entries, body, expected=expected, at=at)
        with self._disk():
            self._found()
            file = self._file(stream, entry.number)
            self._make_folder(file.parent)
            if not atomic.put_if_absent(file, data):
                raise moved_on(stream, expected, entry.number)
            self._heads.advance(stream, entry.number, entry.digest)
            self._seen.advance(stream, entry.number, entry.digest)
        return entry

    def read(self, stream: str) -> tuple[Entry, ...]:
        check_stream(stream)
        with self._disk():
            marks = [mark for mark in (self._heads.get(stream), self._seen.all().get(stream)) if mark is not None]
            self._check_house()
            entries = self._chain(stream)
            for mark in marks:
                self._check_reach(stream, entries, mark)
            if entries:
                self._seen.advance(stream, len(entries), entries[-1].digest)
        return entries

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        return tuple(stream for stream in self._newest() if stream.startswith(prefix))

    def browse(self, prefix: str = "") -> tuple[Entry, ...]:
        with self._disk():
            newest = self._newest()
            stamps = {stream: _stamp(file) for stream, file in newest.items()}
            try:
                return self._index.browse(stamps, self.read, prefix) if newest else ()
            except (sqlite3.Error, OSError):  # no index can be kept here, in a read-only folder for one
                return tuple(entry for name in newest if name.startswith(prefix) for entry in self.read(name))

    def keep(self, artifact: Artifact, source: BlobStore) -> None:
        with self._disk():
            self._check_house()
            self._found()
            source.copy_to(artifact, self._blobs)
            broken = self._blobs.verify(artifact)
            for name in broken:
                with contextlib.suppress(FileNotFoundError):  # missing, or set aside by somebody else
                    self._blobs.quarantine(name)
            if broken:
                source.copy_to(artifact, self._blobs)
                broken = self._blobs.verify(artifact)
        if broken:
            raise StateError(
                f"{len(broken)} blobs of {digest.short(artifact.digest)} are damaged as soon as they are written",
                place=Place(file=str(self._blobs.root)),
                next_step="check the disk; nothing was registered",
            )

    # -- records ----------------------------------------------------------------------

    def _chain(self, stream: str) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        while True:
            while (data := _bytes(self._file(stream, len(entries) + 1))) is not None:
                number = len(entries) + 1
                previous = entries[-1].digest if entries else None
                file = str(self._file(stream, number))
                entries.append(unseal(data, stream=stream, number=number, previous=previous, file=file))
            highest = max(_numbers(self._records / stream), default=0)
            gap = self._file(stream, len(entries) + 1)
            if highest <= len(entries):
                return tuple(entries)
            if not gap.exists():  # else a racer added it after we looked
                raise StateError(
                    f"record {len(entries) + 1} of {stream} is missing, and record {highest} is there",
                    place=Place(file=str(gap)),
                    next_step=f"restore this file from a backup ({BACKUP_PAGE}, 'Backup')",
                )

    def _newest(self) -> dict[str, Path]:
        """The file of every stream's newest record. Raises StateError if any stream lost some."""
        with self._disk():
            marks = [*self._heads.all().items(), *self._seen.all().items()]
            self._check_house()
            parts = [path for path in _listing(self._records) if path.name != _FORMAT]
            found = dict(sorted(pair for part in parts for pair in self._walk(part, part.name)))
        missing = [
            self._lost(stream, mark, found.get(stream, 0))
            for stream, mark in marks
            if mark.number > found.get(stream, 0)
        ]
        if missing:
            raise StateError(missing[0].message, problems=tuple(missing))
        return {stream: self._file(stream, number) for stream, number in found.items()}

    def _walk(self, folder: Path, stream: str) -> Iterator[tuple[str, int]]:
        highest = max(_numbers(folder), default=0)
        if highest:
            yield stream, highest
        for found in _listing(folder):
            if found.is_dir():
                yield from self._walk(found, f"{stream}/{found.name}")

    def _file(self, stream: str, number: int) -> Path:
        return self._records / stream / f"{number:08d}.json"

    def _check_reach(self, stream: str, entries: tuple[Entry, ...], mark: Mark) -> None:
        if mark.number > len(entries):
            problem = self._lost(stream, mark, len(entries))
            raise StateError(problem.message, problems=(problem,))
        if entries[mark.number - 1].digest != mark.digest:
            place = Place(file=str(self._file(stream, mark.number)))
            raise replaced(stream, mark, place=place, way_back=self._way_back(mark.file))

    def _lost(self, stream: str, mark: Mark, there: int) -> Problem:
        place = Place(file=str(self._records / stream))
        return lost(stream, mark, there, place=place, way_back=self._way_back(mark.file))

    def _way_back(self, memory: str | Path) -> str:
        return (
            f"restore {self.root} from a backup ({BACKUP_PAGE}, 'Backup'); "
            f"to go on without what is lost, move {memory} away"
        )

    # -- the folder -------------------------------------------------------------------

    def _check_house(self) -> None:
        """Raise StateError when the folder holds traces of a state but no longer its records."""
        if self._founded and not self.root.is_dir():
            raise StateError(
                "the folder of the state is not there",
                place=Place(file=str(self.root)),
                next_step=f"mount it, or make it once: mkdir -p {self.root}",
            )
        seen = self._seen.all()
        traces = [path for path in _listing(self.root) if path.name != "records"]
        records = _listing(self._records)
        for path in traces:
            if path.name not in _KNOWN:
                raise unknown_file(path)
        for path in records:
            if path.name != _FORMAT and not (path.is_dir() and _PART.match(path.name)):
                raise unknown_file(path)
        data = _bytes(self._records / _FORMAT)
        if data is not None:
            check_layout(data, str(self._records / _FORMAT))
        elif traces or records or seen:
            what = ", ".join(path.name for path in traces or records) or f"what {self._seen.file} remembers"
            raise StateError(
                f"the records of this state are gone ({what} is all that is left of it)",
                place=Place(file=str(self._records)),
                next_step=self._way_back(self._seen.file if not (traces or records) else self.root),
            )

    def _found(self) -> None:
        """Make the state exist. Its format file comes before all else, so that what is there without it is loss."""
        file = self._records / _FORMAT
        if file.exists():
            return
        self._make_folder(self._records)
        atomic.put_if_absent(file, digest.canonical({"layout": LAYOUT, "at": iso(self._clock.now())}))

    def _make_folder(self, folder: Path) -> None:
        """Create a folder and make its name, and those of the parents that were missing, durable."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        atomic.sync(folder.parent)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateError(
                f"the state cannot be used: {error.strerror or error}",
                place=Place(file=str(error.filename or self.root)),
                next_step=f"check the disk and the permissions of {self.root}",
            ) from error


def _numbers(folder: Path) -> Iterator[int]:
    """The numbers of the records in a stream's folder. Raises StateError for anything else in it."""
    for path in _listing(folder):
        found = _RECORD.match(path.name)
        if found:
            yield int(found[1])
        elif not (path.is_dir() and _PART.match(path.name)):
            raise unknown_file(path)


def _listing(folder: Path) -> list[Path]:
    """What is in a folder, without temporary files of ours; empty when it is not there."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names) if not atomic.is_temporary(name)]


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _stamp(file: Path) -> Stamp:
    status = file.stat()
    return Stamp(number=int(file.stem), size=status.st_size, modified=status.st_mtime_ns, inode=status.st_ino)
