"""Predictions tables to the sample that is judged: one model's rows, or two models' rows joined by id.

Called by the flows, `gate` and `diff`. Rows that only one side has, and ids whose label differs between the sides, are
errors with a machine-readable `reason`: a silent intersection would judge a test set that nobody chose. What a row
belongs to (group, cluster, query) must be the same on both sides too.

Subtle: a row counts as right when the canonical texts of label and prediction are equal, so nothing here
depends on the format or the order of the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import polars as pl

from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence.records import Predictions
from seatrial.evidence.sample import Codes, Sample, Side, Whole

SHOWN: Final = 5
_OURS: Final = ("id", "label", "prediction")


class UnmatchedRows(EvidenceError):  # noqa: N818 - named for what was found, like its siblings in errors.py
    """Some ids are on one side only."""

    reason: Literal["unmatched_rows"] = "unmatched_rows"


class LabelMismatch(EvidenceError):  # noqa: N818 - as above
    """The two sides give one id different labels."""

    reason: Literal["label_mismatch"] = "label_mismatch"


class RowsDiffer(EvidenceError):  # noqa: N818 - as above
    """The two sides put one id into different groups, clusters or queries."""

    reason: Literal["not_comparable"] = "not_comparable"


def sample_of(candidate: Predictions, baseline: Predictions | None = None) -> Sample:
    """The rows as arrays, in the candidate's order.

    Raises UnmatchedRows when an id is on one side only, LabelMismatch when a label differs, RowsDiffer when a
    group, cluster or query does.
    """
    table = candidate.table
    other = None if baseline is None else _in_order(table, candidate, baseline)
    if other is not None and baseline is not None:
        _refuse_other_facts(table, other, candidate, baseline)
    texts = [each[name] for each in (table, other) if each is not None for name in _OURS[1:] if name in each.columns]
    classes = _names(texts)
    return Sample(
        n=table.height,
        classes=classes,
        labels=_codes(table["label"], classes) if "label" in table.columns else None,
        candidate=_side(table, classes),
        baseline=None if other is None else _side(other, classes),
        clusters=_column(table, "cluster"),
        queries=_column(table, "query"),
        groups={name: _group(table, name) for name in candidate.groups},
        positive=candidate.positive,
        files=tuple(each.source.path for each in (candidate, baseline) if each is not None),
        id_at=lambda row: str(table["id"][row]),
    )


def disagreeing(candidate: Predictions, baseline: Predictions) -> pl.DataFrame:
    """The ids that the two models answer differently, with both answers; raises like `sample_of`."""
    ours = candidate.table
    theirs = _in_order(ours, candidate, baseline)
    both = ours.select("id", candidate="prediction").with_columns(baseline=theirs["prediction"])
    return both.filter(pl.col("candidate") != pl.col("baseline"))


def _in_order(ours: pl.DataFrame, candidate: Predictions, baseline: Predictions) -> pl.DataFrame:
    """The baseline's rows in the candidate's order. Raises UnmatchedRows."""
    theirs = baseline.table
    if ours["id"].equals(theirs["id"]):  # files of one evaluation are in one order: no join needed
        return theirs
    joined = ours.select("id").join(theirs, on="id", how="inner", validate="1:1", maintain_order="left")
    if joined.height != ours.height or joined.height != theirs.height:
        raise _unmatched(ours, theirs, candidate.source.path, baseline.source.path)
    return joined


def _unmatched(ours: pl.DataFrame, theirs: pl.DataFrame, candidate: str, baseline: str) -> UnmatchedRows:
    problems = []
    for have, lack, mine, other in ((ours, theirs, candidate, baseline), (theirs, ours, baseline, candidate)):
        alone = have.select("id").join(lack.select("id"), on="id", how="anti")["id"]
        if alone.len():
            first = alone.sort().head(SHOWN).to_list()
            problems.append(unmatched_ids(alone.len(), have.height, first, mine=mine, other=other))
    return UnmatchedRows(problems[0].message, problems=tuple(problems))


def unmatched_ids(count: int, rows: int, first: Sequence[str], *, mine: str, other: str) -> Problem:
    """`count` ids of `rows` are on one side only, the `first` of them these."""
    named = ", ".join(map(repr, first)) + (", ..." if count > len(first) else "")
    return Problem(
        message=f"{count} of {rows} ids are not in {other}: {named}",
        place=Place(file=mine),
        next_step="Evaluate both models on the same test set and write every row; rows are joined by id.",
    )


def _refuse_other_facts(
    ours: pl.DataFrame, theirs: pl.DataFrame, candidate: Predictions, baseline: Predictions
) -> None:
    for name in ours.columns:
        if name not in theirs.columns or not (name in ("label", "cluster", "query") or name.startswith("group:")):
            continue
        if ours[name].equals(theirs[name]):
            continue
        both = ours.select("id", here=name).with_columns(there=theirs[name])
        differing = both.filter(pl.col("here") != pl.col("there")).sort("id")
        first = list(differing.head(SHOWN).rows())
        raise other_facts(
            name, differing.height, ours.height, first, mine=candidate.source.path, other=baseline.source.path
        )


def other_facts(
    name: str, count: int, rows: int, first: Sequence[tuple[str, str, str]], *, mine: str, other: str
) -> LabelMismatch | RowsDiffer:
    """A column that must be the same on both sides differs for `count` ids of `rows`, the `first` of them these: the
    id, what it is here and what there."""
    named = [f"{row!r} is {here!r} here and {there!r} there" for row, here, there in first]
    more = "; ..." if count > len(first) else ""
    fact = f"the group {name.removeprefix('group:')}" if name.startswith("group:") else f"the {name}"
    return (LabelMismatch if name == "label" else RowsDiffer)(
        f"{fact} differs from {other} for {count} of {rows} ids: {'; '.join(named)}{more}",
        place=Place(file=mine),
        next_step="Evaluate both models against the same rows; if the test set was corrected, evaluate both again.",
    )


def _names(texts: list[pl.Series]) -> tuple[str, ...]:
    if not texts:
        return ()
    return tuple(pl.concat([text.unique().alias("name") for text in texts]).unique().sort().to_list())


def _codes(text: pl.Series, names: tuple[str, ...]) -> Whole:
    return text.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int32)


def _side(table: pl.DataFrame, classes: tuple[str, ...]) -> Side:
    columns = table.columns
    return Side(
        answers=_codes(table["prediction"], classes) if "prediction" in columns else None,
        score=table["score"].to_numpy() if "score" in columns else None,
        scores={n.removeprefix("score:"): table[n].to_numpy() for n in columns if n.startswith("score:")},
        values={n.removeprefix("value:"): table[n].to_numpy() for n in columns if n.startswith("value:")},
    )


def _column(table: pl.DataFrame, name: str) -> Codes | None:
    if name not in table.columns:
        return None
    names = _names([table[name]])
    return Codes(codes=_codes(table[name], names), names=names)


def _group(table: pl.DataFrame, name: str) -> Codes:
    column = f"group:{name}"
    names = _names([table[column]])
    return Codes(codes=_codes(table[column], names), names=names)
