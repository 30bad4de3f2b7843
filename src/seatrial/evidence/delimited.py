"""CSV, line by line, with the number of each line.

Called by the readers of curves and of CSV predictions. The dialect is the plain one: commas, double quotes
doubled inside quotes, a header, UTF-8 with or without a byte order mark, any line ending. Empty lines
are passed over. A line with more or fewer fields than the header is an error, never padded or cut.

Subtle: a quoted field may hold line breaks, so a row's number is that of the line it begins on. Python's csv refuses
fields above 131,072 characters, in columns that nobody reads too, unless told otherwise for the whole process: here
files have a greatest size, and their fields none of their own.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading

_MOST_RAGGED: Final = 5
_WRITER = "Write the file with a CSV writer (csv.writer, DataFrame.to_csv), which quotes commas and line breaks."


class Delimited(Struct, frozen=True, kw_only=True):
    """A CSV file: its header, the header's line, and its rows as (line, fields), to be read once."""

    file: str
    header: tuple[str, ...]
    header_line: int
    rows: Iterator[tuple[int, list[str]]]


def open_csv(data: bytes, *, file: str) -> Delimited:
    """The header and rows of CSV text.

    Raises EvidenceError here for an empty file, and while `rows` is read for ragged lines (the first few at
    once), stray quotes and text that is not UTF-8, each with its line.
    """
    lines = _lines(data, file)
    first = next(lines, None)
    if first is None:
        raise EvidenceError(
            "this file is empty: it has not even a header",
            place=Place(file=file),
            next_step="Check that the program that writes it came to its end.",
        )
    header_line, header = first
    return Delimited(file=file, header=tuple(header), header_line=header_line, rows=_even(lines, len(header), file))


def _lines(data: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    """Every line that is not empty, with the number it begins on."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    csv.field_size_limit(sys.maxsize)  # never set back: rows are read later, beside those of other files
    reader = csv.reader(text, strict=True)
    begins = 1
    try:
        for fields in reader:
            if fields:
                yield begins, fields
            begins = reader.line_num + 1
    except UnicodeDecodeError:
        reading.decode(data, file=file)  # raises with the exact place
        raise
    except csv.Error as error:
        raise EvidenceError(
            f"the row that begins here is not valid CSV: {error}",
            place=Place(file=file, line=begins),
            next_step=_WRITER,
        ) from error


def _even(lines: Iterator[tuple[int, list[str]]], width: int, file: str) -> Iterator[tuple[int, list[str]]]:
    ragged: list[Problem] = []
    for line, fields in lines:
        if len(fields) == width:
            yield line, fields
            continue
        message = f"this line has {len(fields)} {_fields(len(fields))}, the header has {width}"
        ragged.append(Problem(message=message, place=Place(file=file, line=line), next_step=_WRITER))
        if len(ragged) == _MOST_RAGGED:
            break
    if ragged:
        raise EvidenceError(ragged[0].message, problems=tuple(ragged))


def _fields(count: int) -> str:
    return "field" if count == 1 else "fields"
