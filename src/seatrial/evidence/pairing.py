"""Two models on the same rows: what each got right, row by row.

Called by the gates and by `diff`; both need the rows of candidate and baseline joined by id. Rows that only one
side has, and ids whose label differs between the sides, are errors with a machine-readable `reason`: a
silent intersection would judge a test set that nobody chose.

Subtle: a row counts as right when the canonical texts of label and prediction are equal, so nothing here
depends on the format or the order of the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import polars as pl
from msgspec import Struct

from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence.records import Predictions

_SHOWN: Final = 5


class Paired(Struct, frozen=True, kw_only=True):
    """Counts of rows by who was right; the first four that follow `n` sum to it. `disagreements` counts rows
    whose predictions differ, also where both are wrong."""

    n: int
    both_right: int
    candidate_only: int
    baseline_only: int
    both_wrong: int
    disagreements: int


class Correct(Struct, frozen=True, kw_only=True):
    """How many of `n` rows were right."""

    n: int
    right: int


class UnmatchedRows(EvidenceError):  # noqa: N818 - named for what was found, like its siblings in errors.py
    """Some ids are on one side only."""

    reason: Literal["unmatched_rows"] = "unmatched_rows"


class LabelMismatch(EvidenceError):  # noqa: N818 - as above
    """The two sides give one id different labels."""

    reason: Literal["label_mismatch"] = "label_mismatch"


def accuracy(predictions: Predictions) -> Correct:
    """How many rows are right."""
    right = (predictions.table["label"] == predictions.table["prediction"]).sum()
    return Correct(n=predictions.rows, right=int(right))


def pair(candidate: Predictions, baseline: Predictions) -> Paired:
    """Join two tables by id and count.

    Raises UnmatchedRows when an id is on one side only, LabelMismatch when a label differs.
    """
    joined = _joined(candidate, baseline)
    _refuse_other_labels(joined, candidate, baseline)
    candidate_right = pl.col("prediction") == pl.col("label")
    baseline_right = pl.col("prediction_baseline") == pl.col("label")
    counts = joined.select(
        both_right=(candidate_right & baseline_right).sum(),
        candidate_only=(candidate_right & ~baseline_right).sum(),
        baseline_only=(~candidate_right & baseline_right).sum(),
        both_wrong=(~candidate_right & ~baseline_right).sum(),
        disagreements=(pl.col("prediction") != pl.col("prediction_baseline")).sum(),
    ).row(0, named=True)
    return Paired(n=joined.height, **{name: int(count) for name, count in counts.items()})


def _joined(candidate: Predictions, baseline: Predictions) -> pl.DataFrame:
    """One row for each id, the baseline's label and prediction under names that end in `_baseline`."""
    ours = candidate.table.select("id", "label", "prediction")
    theirs = baseline.table.select("id", "label", "prediction")
    if ours["id"].equals(theirs["id"]):  # files of one evaluation are in one order: no join needed
        renamed = theirs.drop("id").rename(lambda name: f"{name}_baseline")
        return pl.concat([ours, renamed], how="horizontal")
    joined = ours.join(theirs, on="id", how="inner", suffix="_baseline", validate="1:1")
    if joined.height != ours.height or joined.height != theirs.height:
        raise _unmatched(ours, theirs, candidate.source.path, baseline.source.path)
    return joined


def _unmatched(ours: pl.DataFrame, theirs: pl.DataFrame, candidate: str, baseline: str) -> UnmatchedRows:
    problems = []
    for have, lack, mine, other in ((ours, theirs, candidate, baseline), (theirs, ours, baseline, candidate)):
        alone = have.select("id").join(lack.select("id"), on="id", how="anti")["id"]
        if alone.len():
            message = f"{alone.len()} of {have.height} ids are not in {other}: {_first(alone.sort())}"
            problems.append(
                Problem(
                    message=message,
                    place=Place(file=mine),
                    next_step="Evaluate both models on the same test set and write every row; rows are joined by id.",
                )
            )
    return UnmatchedRows(problems[0].message, problems=tuple(problems))


def _refuse_other_labels(joined: pl.DataFrame, candidate: Predictions, baseline: Predictions) -> None:
    if joined["label"].equals(joined["label_baseline"]):
        return
    differing = joined.filter(pl.col("label") != pl.col("label_baseline")).sort("id")
    rows = differing.head(_SHOWN).select("id", "label", "label_baseline").iter_rows()
    named = [f"{name!r} is {ours!r} here and {theirs!r} there" for name, ours, theirs in rows]
    more = "; ..." if differing.height > _SHOWN else ""
    raise LabelMismatch(
        f"the label differs from {baseline.source.path} for {differing.height} of {joined.height} ids: "
        f"{'; '.join(named)}{more}",
        place=Place(file=candidate.source.path),
        next_step="Evaluate both models against the same labels; if the test set was corrected, evaluate both again.",
    )


def _first(ids: pl.Series) -> str:
    shown: Iterable[str] = ids.head(_SHOWN)
    return ", ".join(map(repr, shown)) + (", ..." if ids.len() > _SHOWN else "")
