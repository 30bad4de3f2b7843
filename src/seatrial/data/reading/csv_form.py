"""How a CSV file is written: its separator, its line ends, its header, and what is in it that CSV cannot hold.

Called by `csv_typing`. The header is parsed here, by the strict reader of the standard library, because polars renames
what it does not like; all bytes are looked at once, in pieces, for what polars would pass over: NUL bytes, and
lines that are too short, which show as too few separators.

The separator is the one that the ending says, a comma or a tab, unless the header then has one name only and holds
another of `,;|` or tabs.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from seatrial.data.reading.bytes_of_text import opened
from seatrial.data.reading.faults import refused
from seatrial.data.reading.records import Partition

_SEPARATORS: Final = ",;\t|"
_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_PIECE: Final = 1 << 20
NAMES: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
WRITER: Final = "Write the file with a CSV writer (csv.writer, DataFrame.to_csv), which quotes what has to be quoted."


class CsvForm(Struct, frozen=True, kw_only=True):
    """`names` are those of the columns, `in_names` counts separators inside quoted names, `first_row` is the line after
    the header."""

    separator: str
    end_of_line: str
    names: tuple[str, ...]
    in_names: int
    first_row: int
    notes: tuple[str, ...] = ()


class Census(Struct, frozen=True, kw_only=True):
    """Bytes of a whole file, counted."""

    separators: int
    quotes: int


@contextmanager
def any_length_of_cell() -> Iterator[None]:
    """The standard library refuses cells above 128 KiB unless told otherwise, once for the whole process."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def form_of(partition: Partition) -> CsvForm:
    """Separator, line end and header. Raises EvidenceError for an empty file and for names that are no names."""
    with opened(partition) as file:
        head = file.read(_PIECE)
    if head[:2] in _WIDE_BOMS:
        raise _encoded(partition, _WIDE_BOMS[head[:2]])
    if not head.removeprefix(_BOM).strip():
        raise refused(
            "this file is empty: it has not even a header",
            partition.shown,
            step="Check that the program that writes it came to its end.",
        )
    end_of_line = "\r" if b"\r" in head and b"\n" not in head else "\n"
    usual = "\t" if partition.path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab")) else ","
    separator, notes = usual, []
    header, line = _header(partition, separator)
    if len(header) == 1:
        separator = max(_SEPARATORS, key=lambda sign: (header[0].count(sign), sign == usual))
        if header[0].count(separator):
            header, line = _header(partition, separator)
            notes.append(f"{partition.shown}: cells are separated by {NAMES[separator]}, as the header shows")
        else:
            separator = usual
    names = _names(header, partition, notes)
    return CsvForm(
        separator=separator,
        end_of_line=end_of_line,
        names=names,
        in_names=sum(name.count(separator) for name in header),
        first_row=line + 1,
        notes=tuple(notes),
    )


def _header(partition: Partition, separator: str) -> tuple[list[str], int]:
    """The cells of the first line that is not empty, and the number of its last line."""
    with opened(partition) as file, any_length_of_cell():
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
        reader = csv.reader(text, delimiter=separator, strict=True)
        try:
            header = next((cells for cells in reader if cells), [])
        except csv.Error as error:
            raise refused(f"the header is not valid CSV: {error}", partition.shown, line=1, step=WRITER) from error
        return header, reader.line_num


def _names(header: list[str], partition: Partition, notes: list[str]) -> tuple[str, ...]:
    names: dict[str, int] = {}
    for place, cell in enumerate(header, start=1):
        name = cell.strip()
        if not name:
            name = f"column_{place}"
            notes.append(f"{partition.shown}: column {place} has no name, so it is called `{name}`")
        if name in names:
            raise refused(
                f"columns {names[name]} and {place} are both called `{name}`",
                partition.shown,
                line=1,
                key=name,
                step="Give each column a name of its own.",
            )
        names[name] = place
    if all(_is_number(name) for name in names):
        notes.append(f"{partition.shown}: the first line is taken for the header, and all its names are numbers")
    return tuple(names)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def census(partition: Partition, form: CsvForm) -> Census:
    """Counts over all bytes. Raises EvidenceError with the line of the first NUL byte."""
    sign, separators, quotes, line = form.separator.encode(), 0, 0, 1
    with opened(partition) as file:
        while piece := file.read(_PIECE):
            if (at := piece.find(0)) >= 0:
                raise refused(
                    "this line holds a NUL byte, so the file is no text, or it was damaged",
                    partition.shown,
                    line=line + piece.count(b"\n", 0, at),
                    step="Write the file again; if it is UTF-16, write it as UTF-8.",
                )
            separators += piece.count(sign)
            quotes += piece.count(b'"')
            line += piece.count(b"\n")
    return Census(separators=separators, quotes=quotes)


def _encoded(partition: Partition, encoding: str) -> Exception:
    return refused(
        f"this file is {encoding}, not UTF-8",
        partition.shown,
        line=1,
        step=f"Write it with encoding='utf-8' (or: iconv -f {encoding} -t UTF-8).",
    )
