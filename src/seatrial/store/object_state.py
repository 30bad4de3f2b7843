"""The state in a bucket, or in anything else that is an `ObjectStore`.

    records/+format.json               the first thing ever written: says that a state exists
    records/<stream>/00000001.json     records, written put-if-absent and never again touched
    heads/<stream with + for />.json   how far each stream reaches
    blobs/                             artifacts and evidence of registered versions (`transfers.py`)

The same records, byte for byte, as in a folder (`local_state.py`): one can be copied into the other. Built
by `wiring`; passes the same contract.

Subtle: a runner that was made a minute ago remembers nothing, so the heads are what tells it that records
were lost. They are written after the record and read before it, and one that lags behind is fine. Records
never change, so copies are kept in `mirror` under the tag that the listing shows for them; they pass the
same checks each time. And a place that does not answer is a StateError, never an empty stream.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from seatrial import digest
from seatrial.clock import Clock, SystemClock, iso
from seatrial.digest import Json
from seatrial.errors import Place, Problem, StateError
from seatrial.store import atomic
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.mirrored_blobs import MirroredBlobs, as_state
from seatrial.store.objects import Meta, ObjectError, ObjectStore
from seatrial.store.state import BACKUP_PAGE, LAYOUT, Entry, check_layout, check_stream, moved_on, seal_next, unseal
from seatrial.store.state_listing import Streams, arrange
from seatrial.store.state_marks import Mark, SeenMarks, head_bytes, lost, parse_mark, replaced
from seatrial.store.transfers import at_once

_FORMAT = "records/+format.json"
_RECORDS = "records/"
_HEADS = "heads/"
_MOST_BYTES = 16 << 20


class ObjectState:
    """A `StateStore` in `objects`. `mirror` is a folder for copies, `seen` this work tree's memory of it."""

    def __init__(self, objects: ObjectStore, *, mirror: Path, seen: Path, clock: Clock | None = None) -> None:
        self._objects = objects
        self._copies = mirror / "objects"
        self._blobs = MirroredBlobs(mirror / "blobs", objects)
        self._seen = SeenMarks(seen)
        self._clock = clock or SystemClock()

    @property
    def blobs(self) -> BlobStore:
        return self._blobs

    def append(self, stream: str, body: Mapping[str, Json], *, expected: int) -> Entry:
        entries, at = self.read(stream), iso(self._clock.now())
        entry, data = seal_next(stream, entries, body, expected=expected, at=at)
        with as_state():
            self._found()
            if not self._put_record(entry, _key(stream, entry.number), data):
                raise moved_on(stream, expected, entry.number)
        self._seen.advance(stream, entry.number, entry.digest)
        return entry

    def read(self, stream: str) -> tuple[Entry, ...]:
        check_stream(stream)
        seen = self._seen.all().get(stream)
        with as_state():
            head = self._head(stream)
            marks = [mark for mark in (head, seen) if mark is not None]
            found = self._arranged(f"{_RECORDS}{stream}/")
            self._check_house(found, bool(marks))
            return self._read(stream, found, marks)

    def streams(self, prefix: str = "") -> tuple[str, ...]:
        with as_state():
            return tuple(stream for stream in self._all()[0].names if stream.startswith(prefix))

    def browse(self, prefix: str = "") -> tuple[Entry, ...]:
        with as_state():
            found, marks = self._all()
            wanted = [stream for stream in found.names if stream.startswith(prefix)]
            return tuple(
                entry
                for stream in wanted
                for entry in self._read(stream, found, [marks[stream]] if stream in marks else [])
            )

    def keep(self, artifact: Artifact, source: BlobStore) -> None:
        with as_state():
            self._check_house(Streams(records={}), bool(self._seen.all()))
            self._found()
        source.copy_to(artifact, _plain(self._blobs))
        for name in _plain(self._blobs).verify(artifact):
            self._blobs.quarantine(name)
        source.copy_to(artifact, _plain(self._blobs))
        self._blobs.publish(artifact)

    # -- records ----------------------------------------------------------------------

    def _read(self, stream: str, found: Streams, marks: list[Mark]) -> tuple[Entry, ...]:
        metas = found.records.get(stream, {})
        highest = max(metas, default=0)
        for number in range(1, highest + 1):
            if number not in metas:
                raise StateError(
                    f"record {number} of {stream} is missing, and record {highest} is there",
                    place=self._place(_key(stream, number)),
                    next_step=f"restore it from a backup ({BACKUP_PAGE}, 'Backup')",
                )
        bodies = at_once(self._copy, [metas[number] for number in range(1, highest + 1)])
        entries: list[Entry] = []
        for data in bodies:
            number, previous = len(entries) + 1, entries[-1].digest if entries else None
            place = str(self._place(_key(stream, number)))
            entries.append(unseal(data, stream=stream, number=number, previous=previous, file=place))
        for mark in marks:
            self._check_reach(stream, entries, mark)
        if entries:
            self._seen.advance(stream, len(entries), entries[-1].digest)
        return tuple(entries)

    def _copy(self, meta: Meta) -> bytes:
        """An object's bytes, from the copy of what the listing says is there, or from there."""
        copy = self._copies / digest.short(digest.of_record("copy/1", [meta.key, meta.tag, meta.size]))
        try:
            return copy.read_bytes()
        except OSError:
            data = self._objects.get(meta.key, limit=_MOST_BYTES)
        if data is None or len(data) != meta.size:
            raise StateError(
                "this record was listed and cannot be read whole",
                place=self._place(meta.key),
                next_step="type the command again",
            )
        atomic.write_atomic(copy, data, durable=False)
        return data

    def _all(self) -> tuple[Streams, Mapping[str, Mark]]:
        """Every stream, after a look whether any lost records."""
        marks = dict(self._seen.all())
        heads = list(self._objects.list(_HEADS))
        for meta, data in zip(heads, at_once(self._copy, heads), strict=True):
            stream = meta.key.removeprefix(_HEADS).removesuffix(".json").replace("+", "/")
            mark = parse_mark(data, str(self._place(meta.key)))
            if stream not in marks or marks[stream].number < mark.number:
                marks[stream] = mark
        found = self._arranged(_RECORDS)
        self._check_house(found, bool(marks))
        missing = [
            self._lost(stream, mark, max(found.records.get(stream, {}), default=0))
            for stream, mark in marks.items()
            if mark.number > max(found.records.get(stream, {}), default=0)
        ]
        if missing:
            raise StateError(missing[0].message, problems=tuple(missing))
        return found, marks

    def _arranged(self, prefix: str) -> Streams:
        return arrange(self._objects.list(prefix), self._objects.address)

    # -- how far it was seen to reach ----------------------------------------------------

    def _head(self, stream: str) -> Mark | None:
        key = head_key(stream)
        data = self._objects.get(key, limit=_MOST_BYTES)
        return None if data is None else parse_mark(data, str(self._place(key)))

    def _put_record(self, entry: Entry, key: str, data: bytes) -> bool:
        """Write a record, unless its number is taken, and then how far its stream reaches. A head that cannot be
        written only lags behind: the record is there."""
        if not self._objects.put_if_absent(key, data):
            return False
        with contextlib.suppress(ObjectError):
            self._objects.put(head_key(entry.stream), head_bytes(entry.number, entry.digest))
        return True

    def _check_reach(self, stream: str, entries: list[Entry], mark: Mark) -> None:
        if mark.number > len(entries):
            problem = self._lost(stream, mark, len(entries))
            raise StateError(problem.message, problems=(problem,))
        if entries[mark.number - 1].digest != mark.digest:
            place = self._place(_key(stream, mark.number))
            raise replaced(stream, mark, place=place, way_back=self._way_back(mark.file))

    def _lost(self, stream: str, mark: Mark, there: int) -> Problem:
        place = self._place(f"{_RECORDS}{stream}")
        return lost(stream, mark, there, place=place, way_back=self._way_back(mark.file))

    def _way_back(self, memory: str) -> str:
        return (
            f"restore {self._objects.address} from a backup ({BACKUP_PAGE}, 'Backup'); "
            f"to go on without what is lost, remove {memory}"
        )

    # -- the place --------------------------------------------------------------------

    def _check_house(self, found: Streams, marked: bool) -> None:
        """Raise StateError when there are traces of a state and its first object is gone."""
        data = self._objects.get(_FORMAT, limit=_MOST_BYTES)
        if data is not None:
            check_layout(data, str(self._place(_FORMAT)))
        elif found.names or marked:
            raise StateError(
                "the records of this state are gone, or only in part there",
                place=self._place(_FORMAT),
                next_step=self._way_back(str(self._seen.file)),
            )

    def _found(self) -> None:
        """Make the state exist, and see once that its place refuses to write what is there already."""
        if self._objects.head(_FORMAT) is not None:
            return
        fields: dict[str, Json] = {"layout": LAYOUT, "at": iso(self._clock.now())}
        self._objects.put_if_absent(_FORMAT, digest.canonical(fields))
        if self._objects.put_if_absent(_FORMAT, digest.canonical({**fields, "again": True})):
            self._objects.delete(_FORMAT)  # so that the next one who tries is told as well
            raise StateError(
                "this place ignores `If-None-Match: *`, so two machines could move one alias at once",
                place=Place(file=self._objects.address),
                next_step="use another bucket or server, or a shared folder (`state: file:///...`)",
            )

    def _place(self, key: str) -> Place:
        return Place(file=f"{self._objects.address}/{key}")


def _plain(blobs: BlobStore) -> BlobStore:
    """The local copies alone, with no look at the shared place."""
    return BlobStore(blobs.root)


def _key(stream: str, number: int) -> str:
    return f"{_RECORDS}{stream}/{number:08d}.json"


def head_key(stream: str) -> str:
    """Where it is told how far a stream reaches."""
    return _HEADS + stream.replace("/", "+") + ".json"
