"""The types of CSV columns, such that every cell of every file has the type of its column.

Called by `opening`. A type is guessed from the first rows, then all rows are asked, in one pass of polars over each
file, whether one does not fit. If so the column gets the next wider type and is asked again, alone, in all files;
the line that made it so is told in a note. The same pass counts rows and separators, which shows lines that are too
short; `csv_faults` then looks for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct

from seatrial.data.reading import text_types
from seatrial.data.reading.csv_faults import find_fault, find_stray_quote, line_of_row
from seatrial.data.reading.csv_form import NAMES, Census, census, form_of
from seatrial.data.reading.faults import damaged, reason_of, refused
from seatrial.data.reading.records import Partition, Stored
from seatrial.data.reading.scanning import plain_csv
from seatrial.data.reading.text_types import TEXT, TextType
from seatrial.errors import some_of

_GUESS_ROWS, _LEAST_GUESS_ROWS, _GUESS_CELLS = 1_000, 50, 500_000


class CsvTypes(Struct, frozen=True, kw_only=True):
    """What holds for all files."""

    stored: tuple[Stored, ...]
    separator: str
    notes: tuple[str, ...]
    blank_lines: frozenset[str]
    """The files, as they are shown, that have lines with nothing in them."""


class _Typing:
    """The state of looking for types: what is known by column, and which columns each file is still to be asked for."""

    def __init__(self, partitions: Sequence[Partition]) -> None:
        self.partitions = partitions
        self.forms = [form_of(partition) for partition in partitions]
        self.types: dict[str, TextType | None] = dict.fromkeys(self.forms[0].names)
        self.open: list[set[str]] = [set(self.types) for _ in partitions]
        self.quotes = [False] * len(partitions)
        self.widened: dict[str, str] = {}
        self.passed_over: list[str] = []

    def run(self) -> CsvTypes:
        self._same_forms()
        for index, partition in enumerate(self.partitions):
            counts = census(partition, self.forms[index])
            self.quotes[index] = counts.quotes > 0
            self._guess(index)
            self._ask(index, counts)
        while any(self.open):
            for index, columns in enumerate(self.open):
                if columns:
                    self._ask(index, None)
        return CsvTypes(
            stored=tuple(self._stored(name, kind) for name, kind in self.types.items()),
            separator=self.forms[0].separator,
            notes=(*self.forms[0].notes, *self._passed_over(), *self.widened.values()),
            blank_lines=frozenset(self.passed_over),
        )

    def _passed_over(self) -> tuple[str, ...]:
        if not self.passed_over:
            return ()
        return (f"{some_of(self.passed_over)}: lines with nothing in them are passed over",)

    def _stored(self, name: str, kind: TextType | None) -> Stored:
        return (
            Stored(name=name, dtype=pl.Null())
            if kind is None
            else Stored(name=name, dtype=kind.dtype, layout=kind.layout)
        )

    def _same_forms(self) -> None:
        first, shown = self.forms[0], self.partitions[0].shown
        for partition, form in zip(self.partitions, self.forms, strict=True):
            if set(form.names) != set(first.names):
                odd = sorted(set(form.names) ^ set(first.names))
                raise refused(
                    f"the columns differ from those of {shown}: {some_of([f'`{name}`' for name in odd])}",
                    partition.shown,
                    line=1,
                    key=odd[0],
                    step="Write all files of the dataset with one header, or check them apart.",
                )
            if form.separator != first.separator:
                here, there = NAMES[form.separator], NAMES[first.separator]
                raise refused(
                    f"cells are separated by {here} here and by {there} in {shown}",
                    partition.shown,
                    line=1,
                    step="Write all files of the dataset alike.",
                )

    def _guess(self, index: int) -> None:
        """Types for columns that had no value so far, from the first rows, or wherever the first values are."""
        rows = plain_csv(self.partitions[index], self.forms[index])
        some = max(_LEAST_GUESS_ROWS, min(_GUESS_ROWS, _GUESS_CELLS // len(self.types)))
        for plan, values in ((rows.head(some), pl.all()), (rows, pl.all().drop_nulls().head(some))):
            unknown = [name for name, kind in self.types.items() if kind is None]
            if unknown:
                found = self._collected(index, plan.select(unknown).select(values.implode()))
                self.types |= {name: text_types.guess(texts) for name, texts in found.row(0, named=True).items()}

    def _ask(self, index: int, counts: Census | None) -> None:
        """One pass over a file: which columns hold something of another type. `counts`: this is the first pass."""
        columns = {name: kind for name in sorted(self.open[index]) if (kind := self.types[name]) is not None}
        self.open[index] = set()
        form, partition = self.forms[index], self.partitions[index]
        asked = [text_types.misfits(pl.col(name), kind).any().alias(f"?{name}") for name, kind in columns.items()]
        if counts is not None:
            asked += [pl.len().alias("rows"), self._separators_in_cells(index).alias("inside")]
        answer = self._collected(index, plain_csv(partition, form).select(asked)).row(0, named=True)
        if counts is not None and len(form.names) > 1:
            self._add_up(index, counts, rows=answer["rows"], inside=answer["inside"] or 0)
        for name, kind in columns.items():
            if answer[f"?{name}"]:
                self._widen(index, name, kind)

    def _separators_in_cells(self, index: int) -> pl.Expr:
        if not self.quotes[index]:
            return pl.lit(0)
        form = self.forms[index]
        return pl.sum_horizontal(
            [pl.col(name).str.count_matches(form.separator, literal=True).sum() for name in form.names]
        )

    def _add_up(self, index: int, counts: Census, *, rows: int, inside: int) -> None:
        """Every line has one separator less than the header has names, or it is too short."""
        form = self.forms[index]
        expected = (rows + 1) * (len(form.names) - 1) + inside + form.in_names
        if expected != counts.separators and find_fault(self.partitions[index], form):
            self.passed_over.append(self.partitions[index].shown)

    def _widen(self, index: int, name: str, kind: TextType) -> None:
        partition, form = self.partitions[index], self.forms[index]
        plan = plain_csv(partition, form).select(name)
        digits = kind.dtype.is_integer() and all(self._only_digits(at, name) for at in range(index + 1))
        wrong = plan.with_row_index("row").filter(text_types.misfits(pl.col(name), kind)).select("row").head(1)
        row = int(self._collected(index, wrong).item())
        line = line_of_row(partition, form, row, quotes=self.quotes[index])
        self.types[name] = now = text_types.wider(kind, digits=digits)
        self.widened[name] = (
            f"{partition.shown}:{line}: `{name}` is read as {now.name}, because this line does not hold {kind.name}"
        )
        if now != TEXT:
            for earlier in range(index + 1):
                self.open[earlier].add(name)

    def _only_digits(self, index: int, name: str) -> bool:
        plan = plain_csv(self.partitions[index], self.forms[index]).select(text_types.only_digits(pl.col(name)))
        return bool(self._collected(index, plan).item())

    def _collected(self, index: int, plan: pl.LazyFrame) -> pl.DataFrame:
        """Whatever polars does not like is looked for, line by line."""
        partition = self.partitions[index]
        try:
            return plan.collect(engine="streaming")
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
            find_fault(partition, self.forms[index])
            find_stray_quote(partition, self.forms[index])
            raise damaged(partition, f"decoding it failed ({reason_of(error)})") from error


def typed(partitions: Sequence[Partition]) -> CsvTypes:
    """Columns and types that hold for all rows of all files.

    Raises EvidenceError for lines that are too short or too long, stray quotes, other encodings and headers
    that differ, each with file and line.
    """
    return _Typing(partitions).run()
