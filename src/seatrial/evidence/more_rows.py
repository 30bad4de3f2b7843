"""Rows beyond the test set, of which only those that two models answer differently need a label.

Called by `seatrial gate`. Where both models give one answer, neither gains on the other whatever the truth is; so for
the difference of two accuracies only the other rows are worth a person's time, a tenth or a twentieth of them. Rows
are drawn in the order of a digest of their ids: a fair sample that everybody draws alike, and that nobody can choose.

A file of rows to label says in every line how many rows were `drawn`, agreeing ones included: without that number the
labelled rows would be a sample of disagreements alone, and any difference among them would be judged as one of all
rows.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from msgspec import Struct

from seatrial import digest
from seatrial.errors import EvidenceError, Place, Problem
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
    path: Path, candidate: Predictions, production: Predictions, *, shown: str | None = None
) -> PairedCounts:
    """What the labelled rows show, over all rows that were drawn.

    Raises EvidenceError for a row that is missing, unlabelled, or not what the two models answer.
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
    problems, won, lost = [], 0, 0
    for line, (name, ours, theirs, _, label) in lines:
        known = expected.pop(name, None)
        if known is None or known[1:] != (ours, theirs):
            step = "Draw the rows again with `seatrial gate --to-label`; the files of answers are others now."
            message = f"the row {name!r} is not one of those that were drawn, or its answers changed"
            problems.append(Problem(message=message, place=Place(file=file, line=line), next_step=step))
        elif not label.strip():
            problems.append(
                Problem(
                    message=f"the row {name!r} has no label",
                    place=Place(file=file, line=line, key="label"),
                    next_step="Fill in every label: leaving out the hard ones would favour one of the models.",
                )
            )
        else:
            truth = canonical_text.canonical(pl.Series([label.strip()]))[0]
            won += truth == ours
            lost += truth == theirs
    if expected:
        named = ", ".join(map(repr, list(expected)[:_MOST_NAMED]))
        message = f"{len(expected)} rows that were drawn are missing: {named}"
        problems.append(Problem(message=message, place=Place(file=file), next_step="Keep every row of the file."))
    if problems:
        raise EvidenceError(problems[0].message, problems=tuple(problems[:50]))
    return PairedCounts(n=drawn, candidate_only=won, baseline_only=lost)


def refuse_known(unlabelled: Predictions, judged: Predictions) -> None:
    """Raises EvidenceError where rows without labels are rows of the test set: they would count twice."""
    known = unlabelled.table.select("id").join(judged.table.select("id"), on="id", how="semi")["id"].sort()
    if known.len():
        named = ", ".join(map(repr, known.head(_MOST_NAMED)))
        raise EvidenceError(
            f"{known.len()} of its rows are judged already ({judged.source.path}): {named}",
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
