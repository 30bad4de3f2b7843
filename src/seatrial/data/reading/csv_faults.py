"""What is wrong with a CSV file, and on which line.

Called by `csv_typing` when polars refused a file, or when its separators do not add up. Slow and exact: the file is
read again line by line, with the strict reader of the standard library.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from seatrial.data.reading.csv_form import WRITER, CsvForm, any_length_of_cell, opened
from seatrial.data.reading.faults import refused
from seatrial.data.reading.records import Partition
from seatrial.errors import EvidenceError, Problem

_MOST_RAGGED = 5
_PIECE = 1 << 20


def find_fault(partition: Partition, form: CsvForm) -> bool:
    """Raise the EvidenceError for the first thing that is wrong, with its line.

    Returns, if nothing is wrong, whether there are empty lines between or after the others.
    """
    _refuse_other_encoding(partition)
    ragged: list[Problem] = []
    blank = False
    width = len(form.names)
    for line, cells in rows_with_lines(partition, form):
        if not cells:
            blank = True
        elif len(cells) != width:
            message = f"this line has {len(cells)} {'cell' if len(cells) == 1 else 'cells'}, the header has {width}"
            ragged += refused(message, partition.shown, line=line, step=WRITER).problems
            if len(ragged) == _MOST_RAGGED:
                break
    if ragged:
        raise EvidenceError(ragged[0].message, problems=tuple(ragged))
    return blank


def line_of_row(partition: Partition, form: CsvForm, row: int, *, quotes: bool) -> int:
    """The line on which a row begins; rows count from 0. Only quoted cells can hold line ends."""
    if not quotes:
        return form.first_row + row
    rows = (line for line, _ in rows_with_lines(partition, form))
    return next((line for number, line in enumerate(rows) if number == row), form.first_row + row)


def rows_with_lines(partition: Partition, form: CsvForm) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line after the header, and the number of the line they begin on."""
    with opened(partition) as file, any_length_of_cell():
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=form.separator, strict=True)
        while reader.line_num < form.first_row - 1:
            next(reader)
        begins = reader.line_num + 1
        try:
            for cells in reader:
                yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as error:
            raise refused(
                f"the row that begins here is not valid CSV: {error}", partition.shown, line=begins, step=WRITER
            ) from error


def _refuse_other_encoding(partition: Partition) -> None:
    line, rest = 1, b""
    with opened(partition) as file:
        while True:
            new = file.read(_PIECE)
            piece = rest + new
            try:
                piece.decode("utf-8")
                rest = b""
            except UnicodeDecodeError as error:
                if not new or error.start < len(piece) - 3:
                    raise _other_encoding(piece, error, partition, line) from error
                rest, piece = piece[error.start :], piece[: error.start]  # a character that the next piece completes
            if not new:
                return
            line += piece.count(b"\n")


def _other_encoding(piece: bytes, error: UnicodeDecodeError, partition: Partition, line: int) -> EvidenceError:
    fits = "cp1252"
    try:
        piece[error.start :].decode(fits)
    except UnicodeDecodeError:
        fits = "latin-1"
    start_of_line = piece.rfind(b"\n", 0, error.start) + 1
    return refused(
        f"this is not UTF-8 text (byte 0x{piece[error.start]:02x}); as {fits} it could be read",
        partition.shown,
        line=line + piece.count(b"\n", 0, error.start),
        column=1 + len(piece[start_of_line : error.start].decode("utf-8", "replace")),
        step=f"Write it with encoding='utf-8' (or: iconv -f {fits} -t UTF-8).",
    )
