"""What stages made, kept by action key: the records that a cache hit rests on.

A result is one small JSON file, written last, after all blobs it names: a crash in between
leaves blobs without a result, never a result without blobs. Files are never changed, so two
runs may share the folder. A second, rebuildable layer (`signposts.py`) points from input digests and from
cell names to action keys, for planning and for `why`.

A result also carries the reads that were observed while it ran (`tracing.py`); a hit needs one whose reads
all still match (`reads.py`). Several results may lie under one key, made of files that are in no key.

A result that was forgotten leaves a tombstone in `ac/forgotten`, one small file a key, so that a
shared cache does not bring it back.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from seatrial import digest
from seatrial.digest import Json
from seatrial.pipeline import key
from seatrial.pipeline.key import Parts
from seatrial.pipeline.signposts import Kind, Signposts
from seatrial.pipeline.trace import Trace, trace_from
from seatrial.pipeline.unshared import Unshared
from seatrial.store import atomic
from seatrial.store.blobs import Artifact
from seatrial.store.hashing import read_whole

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
    `attempts` counts the starts it took. `trace` says how its reads were observed, None when they were not.
    `environment` identifies everything that was installed, which is more than what counts for this cell."""

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
    trace: Trace | None = None
    environment: str = ""

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
            **({"trace": self.trace.to_json()} if self.trace is not None else {}),
            "environment": self.environment,
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
            trace=trace_from(value.get("trace")),  # nor had those of before stages were traced
            environment=_text(value.get("environment", "")),
        )


Holds = Callable[[StageResult], bool]
"""Whether what a result was seen to read is still the same, so that it may be used."""


class ResultStore:
    """Stage results in a folder (`.seatrial/ac`): `KEY.json`, or `KEY/READS.json` for one with observed reads.

    One folder holds all of them: file systems find a name among many by its hash, and a folder a result costs more
    than many a command.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._text = str(root)
        self._signposts = Signposts(f"{root}/pointers")
        self.unshared = Unshared(root / "unshared")

    def find(self, action_key: str, holds: Holds | None = None) -> StageResult | None:
        """The result stored under a key, None when there is none that can be read. Of several that `holds` says may be
        used, by what they were seen to read, the one that was made last."""
        found = [result for result in self._stored(action_key) if holds is None or holds(result)]
        return max(found, key=lambda result: result.finished) if len(found) > 1 else next(iter(found), None)

    def files(self, action_key: str) -> tuple[Path, ...]:
        """The files that hold the results under a key."""
        return tuple(map(Path, self._files(action_key)))

    def by_input(self, input_digest: str, holds: Holds | None = None) -> StageResult | None:
        """A result of the same work, known before its producers have run, that may be used."""
        return self._pointed("inputs", input_digest, holds)

    def last_of(self, cell: str) -> StageResult | None:
        """The result that this cell had last, in whatever state the tree then was."""
        return self._pointed("cells", digest.of_bytes(cell.encode()))

    def put(self, result: StageResult, *, replace: bool = False) -> None:
        """Store a result; its blobs must be stored already.

        An equal key keeps the result it has, unless it is to be replaced because its stage had to run again
        all the same: what reads its outs is then keyed by what they are now.
        """
        place = f"{self._text}/{_plain(result.action_key)}"
        if result.reads:
            reads = digest.of_record("reads/1", [[read.path, read.digest] for read in result.reads])
            place = f"{place}/{_plain(reads)[:16]}"
        path = f"{place}.json"
        data = digest.canonical(result.to_json())
        if replace:
            atomic.write_atomic(path, data, durable=False, mode=0o444)
        elif not atomic.put_if_absent(path, data, durable=False) and _read(path) is None:
            atomic.write_atomic(path, data, durable=False, mode=0o444)  # a damaged one would stay a miss for ever

    def note(self, action_key: str, *, input_digest: str | None, cell: str | None) -> None:
        """Remember that work with this input digest has this action key, and that `cell` had this result last."""
        wanted: dict[tuple[Kind, str], str] = {}
        if input_digest is not None:
            wanted["inputs", input_digest] = action_key
        if cell is not None:
            wanted["cells", digest.of_bytes(cell.encode())] = action_key
        self._signposts.put(wanted)

    def discard(self, action_key: str) -> None:
        """Forget the results under a key (their blobs turned out to be damaged)."""
        for path in self.files(action_key):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # never there, or another run stores a result there just now
            (self._root / _plain(action_key)).rmdir()

    def forget(self, action_key: str, at: str) -> None:
        """Discard the results under a key, and leave a tombstone: what another machine stored before the instant
        `at` is not to be fetched again. Made anew here, it is a result like any other."""
        atomic.write_atomic(self._tombstone(action_key), tombstone(action_key, at))
        self.discard(action_key)
        self.unshared.remove(action_key)

    def all(self) -> Iterator[tuple[str, Path, StageResult | None]]:
        """Every result file with its key; None for one that is damaged."""
        for path in sorted((*self._root.glob("*.json"), *self._root.glob("*/*.json"))):
            action_key = digest.PREFIX + (path.stem if path.parent == self._root else path.parent.name)
            if digest.is_digest(action_key):
                result = _read(path)
                yield action_key, path, result if result is not None and result.action_key == action_key else None

    def drop_pointers(self) -> None:
        """Remove the pointers, and the notes of what is to be shared, that lead to no result any more.

        For one who has the cache alone.
        """
        self.unshared.keep(lambda action_key: self.find(action_key) is not None)
        self._signposts.keep(lambda action_key: self._at(action_key) is not None)

    def forgotten(self, action_key: str) -> str | None:
        """Until which instant results of a key were told to be forgotten here, None when they never were.

        `cache forget` leaves the tombstone.
        """
        try:
            data = self._tombstone(action_key).read_bytes()
        except OSError:
            return None
        return told_at(data)

    def _files(self, action_key: str) -> Iterator[str]:
        place = f"{self._text}/{_plain(action_key)}"
        if os.path.lexists(f"{place}.json"):
            yield f"{place}.json"
        if not os.path.isdir(place):  # noqa: PTH112 - asked for every cell
            return
        try:
            names = os.listdir(place)
        except OSError:
            return
        yield from (f"{place}/{name}" for name in sorted(names) if name.endswith(".json"))

    def _stored(self, action_key: str) -> Iterator[StageResult]:
        for path in self._files(action_key):
            result = _read(path)
            if result is not None and result.action_key == action_key:
                yield result

    def _pointed(self, kind: Kind, name: str, holds: Holds | None = None) -> StageResult | None:
        action_key = self._signposts.find(kind, name)
        return None if action_key is None else self._at(action_key, holds)

    def _at(self, action_key: str, holds: Holds | None = None) -> StageResult | None:
        return self.find(action_key, holds) if digest.is_digest(action_key) else None

    def _tombstone(self, action_key: str) -> Path:
        return self._root / _FORGOTTEN / digest.place(action_key)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"not an amount: {value!r}")
    return value


def _plain(name: str) -> str:
    return name.removeprefix(digest.PREFIX)


def _read(path: Path | str) -> StageResult | None:
    """A result file; one that a crash or a hand has damaged is a miss, never an error."""
    try:
        return parse_result(read_whole(os.fspath(path)))
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
