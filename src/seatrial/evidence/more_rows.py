"""Rows beyond the test set, of which only those that two models answer differently need a label.

Called by `seatrial gate`. Where both models give one answer, neither gains on the other whatever the truth is; so for
the difference of two accuracies only the other rows are worth a person's time, a tenth or a twentieth of them. Rows
are drawn in the order of a digest of their ids: a fair sample that everybody draws alike, and that nobody can choose.

A file of rows to label says in every line how many rows were `drawn`, agreeing ones included: without that number the
labelled rows would be a sample of disagreements alone, and any difference among them would be judged as one of all
rows.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from pathlib import Path

import polars as pl
from msgspec import Struct

from seatrial import digest
from seatrial.errors import EvidenceError, Place, Problem, some_of
from seatrial.evidence import canonical_text, reading
from seatrial.evidence.delimited import open_csv
from seatrial.evidence.pairing import disagreeing
from seatrial.evidence.records import Predictions
from seatrial.stats.tango import PairedCounts

HEADER = ("id", "candidate", "production", "drawn", "label")
_MAX_BYTES = 256 * reading.MIB
_MOST_NAMED = 5


class Drawn(Struct, frozen=True, kw_only=True):
    """Rows drawn from those without labels: how many, and those that are answered differently, as (id, candidate,
    production)."""

    rows: int
    differing: tuple[tuple[str, str, str], ...]


def draw(candidate: Predictions, production: Predictions, rows: int) -> Drawn:
    """The first `rows` rows in the order of their ids' digests, or all. Raises UnmatchedRows."""
    ids = sorted(candidate.table["id"].to_list(), key=_order)[:rows]
    chosen = set(ids)
    found = {row[0]: row for row in disagreeing(candidate, production).iter_rows()}
    return Drawn(rows=len(ids), differing=tuple(found[name] for name in ids if name in chosen and name in found))


def to_csv(drawn: Drawn) -> str:
    """The rows to label; the last column is to be filled in."""
    lines = [",".join(HEADER)]
    lines += [",".join(map(_field, (*row, str(drawn.rows), ""))) for row in drawn.differing]
    return "\n".join(lines) + "\n"


def read_labelled(
    path: Path, candidate: Predictions, production: Predictions, judged: Predictions | None, *, shown: str | None = None
) -> PairedCounts:
    """What the labelled rows show, over all rows that were drawn. `judged` are the rows whose labels are known.

    Raises EvidenceError for a row that is missing, unlabelled, or not what the two models answer, and for a label that
    nothing known so far has: `yes` where the models say 1 makes both of them wrong, and so equally good.
    """
    file = reading.shown_as(path, shown)
    table = open_csv(reading.read_bytes(path, file=file, limit=_MAX_BYTES), file=file)
    if table.header != HEADER:
        raise EvidenceError(
            f"the columns are {', '.join(table.header[:8])}, and not {', '.join(HEADER)}",
            place=Place(file=file, line=table.header_line),
            next_step="Fill in the file that `seatrial gate --to-label` wrote, and keep its other columns.",
        )
    lines = list(table.rows)
    drawn = _how_many(lines, file)
    expected = {row[0]: row for row in draw(candidate, production, drawn).differing}
    words = _closed(judged, candidate, production)
    again, strange, empty, unknown = (_Wrong(file) for _ in range(4))
    seen = set[str]()
    won = lost = 0
    for line, (name, ours, theirs, _, label) in lines:
        known = expected.pop(name, None)
        truth = _truth(label, (words or frozenset()) | {ours, theirs})
        if name in seen:
            again.add(line, name)
        elif known is None or known[1:] != (ours, theirs):
            strange.add(line, name)
        elif not label.strip():
            empty.add(line, name)
        elif words is not None and truth not in words:
            unknown.add(line, label.strip())
        seen.add(name)
        won += truth == ours
        lost += truth == theirs
    problems = (
        again.problem("1 row stands twice", "{} rows stand twice", "Keep each row once."),
        strange.problem(
            "1 row is not of those that were drawn, or its answers changed",
            "{} rows are not of those that were drawn, or their answers changed",
            "Draw the rows again with `seatrial gate --to-label`; the files of answers are others now.",
        ),
        empty.problem(
            "1 row has no label",
            "{} rows have no label",
            "Fill in every label: leaving out the hard ones would favour one of the models.",
            key="label",
        ),
        unknown.problem(
            "1 label is nothing that a label or an answer known so far is",
            "{} labels are nothing that a label or an answer known so far is",
            f"Write them as the test set does ({_named(sorted(words or ()))}); where a class is new "
            f"indeed, put another row that has it into both files of predictions first.",
            key="label",
        ),
        Problem(
            message=f"{len(expected):,} of the rows that were drawn are missing: {_named(expected)}",
            place=Place(file=file),
            next_step="Keep every row of the file.",
        )
        if expected
        else None,
    )
    if found := tuple(each for each in problems if each is not None):
        raise EvidenceError(found[0].message, problems=found)
    return PairedCounts(n=drawn, candidate_only=won, baseline_only=lost)


def _truth(label: str, known: AbstractSet[str]) -> str:
    """The label as it is compared: with the spaces around it where something known has them, else without."""
    given, bare = canonical_text.canonical(pl.Series([label, label.strip()])).to_list()
    return str(given if given in known else bare)


class _Wrong:
    """What is wrong with lines in one way: told once, at the first of them."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: list[tuple[int, str]] = []

    def add(self, line: int, name: str) -> None:
        self._seen.append((line, name))

    def problem(self, one: str, several: str, step: str, *, key: str | None = None) -> Problem | None:
        if not self._seen:
            return None
        named = _named(dict.fromkeys(name for _, name in self._seen))
        place = Place(file=self._file, line=self._seen[0][0], key=key)
        said = one if len(self._seen) == 1 else several.format(f"{len(self._seen):,}")
        return Problem(message=f"{said}: {named}", place=place, next_step=step)


def _named(names: Collection[str]) -> str:
    return some_of([repr(name) for name in names], most=_MOST_NAMED)


def _closed(judged: Predictions | None, *unlabelled: Predictions) -> frozenset[str] | None:
    """The words for classes, where labels are such; None where they are free text, most of which occurs only once, so
    that another one is nothing to wonder about."""
    if judged is None or "label" not in judged.table.columns:
        return None
    labels = judged.table["label"]
    once = labels.value_counts().filter(pl.col("count") == 1).height
    if 2 * once > labels.n_unique():
        return None
    tables = [side.table for side in (judged, *unlabelled)]
    columns = [labels, *(table["prediction"] for table in tables if "prediction" in table.columns)]
    return frozenset(text for column in columns for text in column.unique().to_list())


def refuse_known(unlabelled: Predictions, judged: Predictions) -> None:
    """Raises EvidenceError where rows without labels are rows of the test set: they would count twice."""
    known = unlabelled.table.select("id").join(judged.table.select("id"), on="id", how="semi")["id"].sort()
    if known.len():
        raise EvidenceError(
            f"{known.len()} of its rows are judged already ({judged.source.path}): {_named(known.to_list())}",
            place=Place(file=unlabelled.source.path),
            next_step="Name answers to other rows, whose labels are not known.",
        )


def _how_many(lines: list[tuple[int, list[str]]], file: str) -> int:
    told = {fields[3] for _, fields in lines}
    if len(told) != 1 or not (number := next(iter(told))).isdecimal():
        raise EvidenceError(
            "how many rows were drawn is not one whole number in all lines" if lines else "there are no rows",
            place=Place(file=file, key="drawn"),
            next_step="Keep the column `drawn` as `seatrial gate --to-label` wrote it.",
        )
    return int(number)


def _order(name: str) -> bytes:
    return digest.raw(name.encode())


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
