"""What stages made, kept by action key: the records that a cache hit rests on.

A result is one small JSON file, written last, after all blobs it names: a crash in between
leaves blobs without a result, never a result without blobs. Files are never changed, so two
runs may share the folder. A second, rebuildable layer points from input digests and from cell
names to action keys, for planning and for `why`.

A result also carries the reads that were observed while it ran; a hit needs one whose reads
all still match. Until stages are traced that list is empty.

A result that was forgotten leaves a tombstone in `ac/forgotten`, one small file a key, so that a
shared cache does not bring it back.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from seatrial import digest
from seatrial.digest import Json
from seatrial.pipeline import key
from seatrial.pipeline.key import Parts
from seatrial.pipeline.unshared import Unshared
from seatrial.store import atomic
from seatrial.store.blobs import Artifact

_SCHEMA = 1
_FORGOTTEN = "forgotten"
_FOR_EVER = "9999"  # later than every instant
NOT_A_RESULT = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What reading something else as a result raises."""


class Read(Struct, frozen=True, kw_only=True):
    """A file a stage was seen to read; `digest` is None when it was looked for and absent."""

    path: str
    digest: str | None


class StageResult(Struct, frozen=True, kw_only=True):
    """One finished cell. Seconds are wall and CPU of its command, `peak_memory` is bytes.
    `attempts` counts the starts it took."""

    action_key: str
    input_digest: str
    cell: str
    parts: Parts
    outs: Mapping[str, Artifact]
    run: str
    finished: str
    wall: float
    cpu: float
    peak_memory: int
    machine: str
    reads: tuple[Read, ...] = field(default=())
    attempts: int = 1

    def to_json(self) -> dict[str, Json]:
        return {
            "schema": _SCHEMA,
            "action_key": self.action_key,
            "input_digest": self.input_digest,
            "cell": self.cell,
            "parts": dict(self.parts),
            "outs": {name: artifact.to_json() for name, artifact in self.outs.items()},
            "run": self.run,
            "finished": self.finished,
            "wall": self.wall,
            "cpu": self.cpu,
            "peak_memory": self.peak_memory,
            "machine": self.machine,
            "reads": [[read.path, read.digest] for read in self.reads],
            "attempts": self.attempts,
        }

    @classmethod
    def from_json(cls, value: Any) -> StageResult:
        """The inverse of `to_json`. Raises one of `NOT_A_RESULT` for anything else."""
        return cls(
            action_key=_text(value["action_key"]),
            input_digest=_text(value["input_digest"]),
            cell=_text(value["cell"]),
            parts=dict(value["parts"]),
            outs={name: Artifact.from_json(row) for name, row in value["outs"].items()},
            run=_text(value["run"]),
            finished=_text(value["finished"]),
            wall=_amount(value["wall"]),
            cpu=_amount(value["cpu"]),
            peak_memory=int(_amount(value["peak_memory"])),
            machine=_text(value["machine"]),
            reads=tuple(
                Read(path=_text(row[0]), digest=None if row[1] is None else _text(row[1])) for row in value["reads"]
            ),
            attempts=int(value.get("attempts", 1)),  # results of before retries have none
        )


class ResultStore:
    """Stage results in a folder (`.seatrial/ac`)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.unshared = Unshared(root / "unshared")

    def find(self, action_key: str) -> StageResult | None:
        """The result stored under a key, None when there is none that can be read."""
        return next(self._stored(action_key), None)

    def files(self, action_key: str) -> tuple[Path, ...]:
        """The files that hold the results under a key."""
        return tuple(sorted(self._folder(action_key).glob("*.json")))

    def by_input(self, input_digest: str) -> StageResult | None:
        """A result of the same work, known before its producers have run."""
        return self._pointed(self._pointer("inputs", input_digest))

    def last_of(self, cell: str) -> StageResult | None:
        """The result that this cell had last, in whatever state the tree then was."""
        return self._pointed(self._pointer("cells", digest.of_bytes(cell.encode())))

    def put(self, result: StageResult, *, replace: bool = False) -> None:
        """Store a result; its blobs must be stored already.

        An equal key keeps the result it has, unless it is to be replaced because its stage had to run again
        all the same: what reads its outs is then keyed by what they are now.
        """
        reads = digest.of_record("reads/1", [[read.path, read.digest] for read in result.reads])
        path = self._folder(result.action_key) / f"{reads.removeprefix(digest.PREFIX)[:16]}.json"
        data = digest.canonical(result.to_json())
        if replace:
            atomic.write_atomic(path, data, durable=False, mode=0o444)
        elif not atomic.put_if_absent(path, data, durable=False) and _read(path) is None:
            atomic.write_atomic(path, data, durable=False, mode=0o444)  # a damaged one would stay a miss for ever

    def note_inputs(self, input_digest: str, action_key: str) -> None:
        """Remember that work with this input digest has this action key."""
        self._point(self._pointer("inputs", input_digest), action_key)

    def note_cell(self, cell: str, action_key: str) -> None:
        """Remember that this cell had this result last."""
        self._point(self._pointer("cells", digest.of_bytes(cell.encode())), action_key)

    def discard(self, action_key: str) -> None:
        """Forget the results under a key (their blobs turned out to be damaged)."""
        for path in self._folder(action_key).glob("*.json"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # never there, or another run stores a result there just now
            self._folder(action_key).rmdir()

    def forget(self, action_key: str, at: str) -> None:
        """Discard the results under a key, and leave a tombstone: what another machine stored before the instant
        `at` is not to be fetched again. Made anew here, it is a result like any other."""
        stone = self._pointer(_FORGOTTEN, action_key)
        atomic.write_atomic(stone, tombstone(action_key, at))
        self.discard(action_key)
        self.unshared.remove(action_key)

    def all(self) -> Iterator[tuple[str, Path, StageResult | None]]:
        """Every result file with its key; None for one that is damaged."""
        for head in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(head.glob("*/*.json")):
                action_key = f"{digest.PREFIX}{head.name}{path.parent.name}"
                result = _read(path)
                yield action_key, path, result if result is not None and result.action_key == action_key else None

    def drop_pointers(self) -> None:
        """Remove the pointers, and the notes of what is to be shared, that lead to no result any more."""
        self.unshared.keep(lambda action_key: self.find(action_key) is not None)
        for kind in ("inputs", "cells"):
            for pointer in self._root.glob(f"{kind}/*/*"):
                if not atomic.is_temporary(pointer.name) and self._pointed(pointer) is None:
                    pointer.unlink(missing_ok=True)

    def forgotten(self, action_key: str) -> str | None:
        """Until which instant results of a key were told to be forgotten here, None when they never were.

        `cache forget` leaves the tombstone.
        """
        try:
            data = self._pointer(_FORGOTTEN, action_key).read_bytes()
        except OSError:
            return None
        return told_at(data)

    def _stored(self, action_key: str) -> Iterator[StageResult]:
        for path in self.files(action_key):
            result = _read(path)
            if result is not None and result.action_key == action_key:
                yield result

    def _pointed(self, pointer: Path) -> StageResult | None:
        try:
            action_key = pointer.read_text()
        except (OSError, ValueError):
            return None
        return self.find(action_key) if digest.is_digest(action_key) else None

    def _point(self, pointer: Path, action_key: str) -> None:
        try:
            if pointer.read_text() == action_key:
                return
        except (OSError, ValueError):
            pass  # not there, or damaged
        atomic.write_atomic(pointer, action_key.encode(), durable=False)

    def _folder(self, action_key: str) -> Path:
        return self._root / digest.place(action_key)

    def _pointer(self, kind: str, name: str) -> Path:
        return self._root / kind / digest.place(name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"not an amount: {value!r}")
    return value


def _read(path: Path) -> StageResult | None:
    """A result file; one that a crash or a hand has damaged is a miss, never an error."""
    try:
        return parse_result(path.read_bytes())
    except OSError:
        return None


def tombstone(action_key: str, at: str) -> bytes:
    """What is left where results of a key were forgotten at an instant."""
    return digest.canonical({"schema": _SCHEMA, "action_key": action_key, "at": at})


def told_at(data: bytes) -> str:
    """The instant in a tombstone; one that cannot be read stands for all results, whenever they were made."""
    try:
        return str(json.loads(data)["at"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return _FOR_EVER


def parse_result(data: bytes) -> StageResult | None:
    """The result in some bytes; None when they are no result, or its parts do not give its key."""
    try:
        value = json.loads(data.decode("utf-8", "surrogateescape"))
        if value["schema"] != _SCHEMA or value["action_key"] != key.action_key(value["parts"]):
            return None
        return StageResult.from_json(value)
    except (*NOT_A_RESULT, RecursionError):
        return None
