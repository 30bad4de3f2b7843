"""What is wrong with a JSONL file, and on which line.

Called by `jsonl_typing` when polars refused a file, or made texts of values of several types. Slow and exact: every
line is read again, one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from seatrial.data.reading.bytes_of_text import opened, refuse_other_encoding
from seatrial.data.reading.faults import refused
from seatrial.data.reading.records import Partition
from seatrial.errors import EvidenceError

_HEAD = 1_000
_STEP = "Write one JSON object per line (json.dumps, DataFrame.to_json(orient='records', lines=True))."
_NOT_FINITE = re.compile(rb"[:\[,]\s*-?(?:NaN|Infinity)\b")
_NAMES = {bool: "a flag", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}


def lines_of(partition: Partition) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, with their numbers."""
    with opened(partition) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def check_head(partition: Partition) -> None:
    """Refuse what polars would pass over: keys written twice in one object, in the first lines."""
    for number, line in lines_of(partition):
        if number > _HEAD:
            return
        try:
            json.loads(line, object_pairs_hook=_without_twins)
        except _TwiceError as error:
            raise refused(
                f"the key `{error}` stands twice in one object",
                partition.shown,
                line=number,
                key=str(error),
                step="Write each key once.",
            ) from error
        except (ValueError, RecursionError):
            return  # `find_fault` says what is wrong


class _TwiceError(Exception):
    """A key that stands twice."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _TwiceError(next(key for at, (key, _) in enumerate(pairs) if key in dict(pairs[:at])))
    return made


def find_fault(partition: Partition) -> None:
    """Raise the EvidenceError for the first line that is not a JSON object, or whose values are of another nature."""
    refuse_other_encoding(partition)
    shapes: dict[str, tuple[type, int]] = {}
    for number, line in lines_of(partition):
        for key, value in _object(line, number, partition).items():
            if value is None:
                continue
            shape = type(value) if isinstance(value, dict | list) else str
            first, where = shapes.setdefault(key, (shape, number))
            if first is not shape:
                here = _NAMES[type(value)]
                raise refused(
                    f"`{key}` holds {here} here and {_NAMES[first] if first is not str else 'a single value'} "
                    f"on line {where}",
                    partition.shown,
                    line=number,
                    key=key,
                    step="Write values of one nature under one key.",
                )


def first_of_another_type(partition: Partition, key: str) -> tuple[int, str, str] | None:
    """The first line on which a key holds something of another type than before: (line, what it was, what it is)."""
    before: str | None = None
    for number, line in lines_of(partition):
        value = _object(line, number, partition).get(key)
        now = _NAMES.get(type(value))
        if now is None:
            continue
        if before is not None and now != before:
            return number, before, now
        before = now
    return None


def line_of_row(partition: Partition, row: int) -> int:
    """The line of a row; rows count from 0, and lines with nothing on them are none."""
    return next((number for count, (number, _) in enumerate(lines_of(partition)) if count == row), row + 1)


def _object(line: bytes, number: int, partition: Partition) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        if _NOT_FINITE.search(line):
            raise refused(
                "this line is not valid JSON: NaN and Infinity are no numbers there",
                partition.shown,
                line=number,
                step="Write null for them (pandas: to_json), or keep such data in CSV or Parquet.",
            ) from error
        raise _refused(f"this line is not valid JSON: {error}", number, partition) from error
    if not isinstance(value, dict):
        raise _refused(f"this line holds {_NAMES.get(type(value), 'null')}, not an object", number, partition)
    return value


def _refused(message: str, line: int, partition: Partition) -> EvidenceError:
    return refused(message, partition.shown, line=line, step=_STEP)
