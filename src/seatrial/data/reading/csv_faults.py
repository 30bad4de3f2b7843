"""What is wrong with a CSV file, and on which line.

Called by `csv_typing` when polars refused a file, or when its separators do not add up. Slow and exact: the file is
read again line by line, with the strict reader of the standard library.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from seatrial.data.reading.bytes_of_text import opened, refuse_other_encoding
from seatrial.data.reading.csv_form import WRITER, CsvForm, any_length_of_cell
from seatrial.data.reading.faults import refused
from seatrial.data.reading.records import Partition
from seatrial.errors import EvidenceError, Problem

_MOST_RAGGED = 5


def find_fault(partition: Partition, form: CsvForm) -> bool:
    """Raise the EvidenceError for the first thing that is wrong, with its line.

    Returns, if nothing is wrong, whether there are empty lines between or after the others.
    """
    refuse_other_encoding(partition)
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


def find_stray_quote(partition: Partition, form: CsvForm) -> None:
    """Raise the EvidenceError for the first line with a quote that is not closed, or stands inside a cell."""
    with opened(partition) as file:
        for number, line in enumerate(file, start=1):
            if number >= form.first_row and line.count(b'"') % 2:
                raise refused("a quote on this line is never closed", partition.shown, line=number, step=WRITER)
    outside = f'[^"{re.escape(form.separator)}\r\n]'
    stray = re.compile(f'{outside}"+{outside}'.encode())
    with opened(partition) as file:
        for number, line in enumerate(file, start=1):
            if stray.search(line):
                raise refused("a quote stands in the middle of a cell", partition.shown, line=number, step=WRITER)


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
