"""How far each stream was seen to reach, so that lost records are an error and never "first model".

Kept twice, beside the records (`HeadMarks`, one small file a stream) and in the work tree's
cache (`SeenMarks`, one file), because what destroys one rarely destroys the other. Called by
`local_state.py`, and by `object_state.py`, which keeps heads as objects.

Subtle: a mark that lags behind the records is fine (a crash, or a racer who wrote his mark
after ours); one that is ahead of them means loss. So marks are written after the record and
read before it. A mark that cannot be written weakens the warning and nothing else: the record
is there and acknowledged, so that failure is not the caller's.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import Place, Problem, StateError
from seatrial.store import atomic

_SCHEMA = 1
_SLASH = "+"  # stands for "/" in the names of head files; no stream name contains it


class Mark(Struct, frozen=True, kw_only=True):
    """The highest number seen in a stream, its digest, and what remembers it: a file, or an object."""

    number: int
    digest: str
    file: str


class HeadMarks:
    """One file a stream, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, stream: str) -> Mark | None:
        """The mark of one stream. Raises StateError for a damaged file, OSError."""
        file = self._file(stream)
        fields = _load(file)
        return None if fields is None else _mark(fields.get("mark"), str(file))

    def all(self) -> Mapping[str, Mark]:
        """Every mark, by stream. Raises StateError for a damaged or unknown file, OSError."""
        found: dict[str, Mark] = {}
        if not self._folder.is_dir():
            return found
        for file in sorted(self._folder.iterdir()):
            if atomic.is_temporary(file.name):
                continue
            if file.suffix != ".json":
                raise unknown_file(file)
            stream = file.name.removesuffix(".json").replace(_SLASH, "/")
            mark = self.get(stream)
            if mark is not None:
                found[stream] = mark
        return found

    def advance(self, stream: str, number: int, name: str) -> None:
        """Remember that the stream reaches `number`, unless the mark is already there or beyond."""
        mark = self.get(stream)
        if mark is None or mark.number < number:
            _write(self._file(stream), {"mark": {"number": number, "digest": name}})

    def _file(self, stream: str) -> Path:
        return self._folder / (stream.replace("/", _SLASH) + ".json")


class SeenMarks:
    """All marks of one work tree, in one file of its cache."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def all(self) -> Mapping[str, Mark]:
        """Every mark, by stream. Raises StateError for a damaged file, OSError."""
        streams = (_load(self.file) or {"streams": {}}).get("streams")
        if not isinstance(streams, dict):
            raise _damaged(str(self.file))
        return {stream: _mark(value, str(self.file)) for stream, value in streams.items()}

    def advance(self, stream: str, number: int, name: str) -> None:
        """Remember that the stream was seen to reach `number`, unless more was seen already."""
        marks = dict(self.all())
        mark = marks.get(stream)
        if mark is not None and mark.number >= number:
            return
        marks[stream] = Mark(number=number, digest=name, file=str(self.file))
        rows: dict[str, Json] = {key: {"number": value.number, "digest": value.digest} for key, value in marks.items()}
        _write(self.file, {"streams": rows})


def parse_mark(data: bytes, file: str) -> Mark:
    """The mark in the bytes of a head that is kept elsewhere than in a folder. Raises StateError naming `file`."""
    return _mark(_fields(data, file).get("mark"), file)


def head_bytes(number: int, name: str) -> bytes:
    """The bytes of such a head."""
    return digest.canonical({"mark": {"number": number, "digest": name}, "schema": _SCHEMA})


def lost(stream: str, mark: Mark, there: int, *, place: Place, way_back: str) -> Problem:
    """The problem of a stream that ends before its mark."""
    return Problem(
        message=f"records of {stream} were lost: {mark.number} were seen here, {there} are there",
        place=place,
        next_step=way_back,
    )


def replaced(stream: str, mark: Mark, *, place: Place, way_back: str) -> StateError:
    """The error for a stream whose marked record is not the one that was marked."""
    return StateError(
        f"record {mark.number} of {stream} is not the one that was seen here before: "
        "its history was replaced by another one",
        place=place,
        next_step=way_back,
    )


def unknown_file(path: Path) -> StateError:
    """The error for something in the state's folder that Seatrial did not put there."""
    return StateError(
        "this does not belong into Seatrial's state; it was put here by something else, or by a newer Seatrial",
        place=Place(file=str(path)),
        next_step=f"move {path} elsewhere, or upgrade Seatrial",
    )


def _write(file: Path, fields: dict[str, Json]) -> None:
    with contextlib.suppress(OSError):  # only a memory aid, see above: a lagging mark is a legal state
        atomic.write_atomic(file, digest.canonical(fields | {"schema": _SCHEMA}))


def _load(file: Path) -> dict[str, Json] | None:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    return _fields(data, str(file))


def _fields(data: bytes, file: str) -> dict[str, Json]:
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise _damaged(file) from None
    if not isinstance(fields, dict):
        raise _damaged(file)
    if fields.get("schema") != _SCHEMA:
        raise StateError(
            f"this file has schema {fields.get('schema')!r}; this Seatrial reads schema {_SCHEMA}",
            place=Place(file=file),
            next_step="upgrade Seatrial",
        )
    return fields


def _mark(value: Json, file: str) -> Mark:
    if not isinstance(value, dict):
        raise _damaged(file)
    number, name = value.get("number"), value.get("digest")
    if type(number) is not int or number < 1 or not isinstance(name, str) or not digest.is_digest(name):
        raise _damaged(file)
    return Mark(number=number, digest=name, file=file)


def _damaged(file: str) -> StateError:
    return StateError(
        "this file, which remembers how many records there were, is damaged, so their loss could go unnoticed",
        place=Place(file=file),
        next_step=f"compare `seatrial models list` of another work tree or a backup, then delete {file}; "
        "it is written anew from the records",
    )
