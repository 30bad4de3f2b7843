"""Pairing two models by id: the counts, and the refusal of rows that do not belong together."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.evidence.pairing import LabelMismatch, RowsDiffer, UnmatchedRows, sample_of
from seatrial.evidence.records import Predictions, Source
from tests.support.counting import Paired, pair, right


def rows(path: str, *triples: tuple[str, str, str]) -> Predictions:
    """Predictions made by hand, as (id, label, prediction)."""
    table = pl.DataFrame(list(triples), schema=["id", "label", "prediction"], orient="row")
    return Predictions(source=Source(path=path, digest="b3:" + "0" * 64), table=table)


CANDIDATE = rows("c.csv", ("1", "a", "a"), ("2", "a", "a"), ("3", "a", "b"), ("4", "a", "b"), ("5", "a", "b"))
BASELINE = rows("b.csv", ("1", "a", "a"), ("2", "a", "b"), ("3", "a", "a"), ("4", "a", "b"), ("5", "a", "c"))
EXPECTED = Paired(n=5, both_right=1, candidate_only=1, baseline_only=1, both_wrong=2, disagreements=3)


def test_every_row_falls_into_one_of_four_cells() -> None:
    """Two wrong answers that differ are a disagreement and still both wrong."""
    assert pair(CANDIDATE, BASELINE) == EXPECTED
    assert right(CANDIDATE) == 2


def test_rows_are_joined_by_id_not_by_position() -> None:
    """Another order gives the same counts."""
    reverse = Predictions(source=BASELINE.source, table=BASELINE.table.reverse())

    assert pair(CANDIDATE, reverse) == EXPECTED


def test_ids_on_one_side_only_are_never_dropped() -> None:
    """Both directions are told, with counts and the ids."""
    other = rows("b.csv", ("1", "a", "a"), ("2", "a", "b"), ("9", "a", "a"))
    with pytest.raises(UnmatchedRows) as caught:
        pair(CANDIDATE, other)

    assert caught.value.reason == "unmatched_rows"
    assert [str(problem) for problem in caught.value.problems] == [
        "c.csv: 3 of 5 ids are not in b.csv: '3', '4', '5'",
        "b.csv: 1 of 3 ids are not in c.csv: '9'",
    ]
    assert "same test set" in (caught.value.next_step or "")


def test_a_smaller_test_set_is_unmatched_not_intersected() -> None:
    """Ids missing on one side alone are enough."""
    with pytest.raises(UnmatchedRows, match=r"2 of 5 ids are not in b\.csv"):
        pair(CANDIDATE, Predictions(source=BASELINE.source, table=BASELINE.table.head(3)))


@pytest.mark.parametrize("backwards", [False, True])
def test_a_label_that_differs_names_id_and_labels(backwards: bool) -> None:
    """The label of one id must be one label, in whatever order the rows lie."""
    table = BASELINE.table.with_columns(label=pl.when(pl.col("id") == "4").then(pl.lit("z")).otherwise("label"))
    other = Predictions(source=BASELINE.source, table=table.reverse() if backwards else table)
    with pytest.raises(LabelMismatch) as caught:
        pair(CANDIDATE, other)

    assert caught.value.reason == "label_mismatch"
    assert str(caught.value.problems[0]) == (
        "c.csv: the label differs from b.csv for 1 of 5 ids: '4' is 'a' here and 'z' there"
    )
    assert caught.value.next_step


def test_only_the_first_ids_are_named() -> None:
    """A wholly different test set does not print itself."""
    ours = rows("c.csv", *((f"a{at}", "x", "x") for at in range(100)))
    theirs = rows("b.csv", *((f"b{at}", "x", "x") for at in range(100)))
    with pytest.raises(UnmatchedRows) as caught:
        pair(ours, theirs)

    assert str(caught.value.problems[0]).endswith("'a0', 'a1', 'a10', 'a11', 'a12', ...")


def test_a_million_rows_in_another_order_are_joined() -> None:
    """Size changes nothing about the counts."""
    n = 1_000_000
    table = pl.select(id=pl.int_range(n).cast(pl.String), label=pl.lit("a"), prediction=pl.lit("a"))
    source = Source(path="c.csv", digest="b3:" + "0" * 64)
    paired = pair(Predictions(source=source, table=table), Predictions(source=source, table=table.reverse()))

    assert paired == Paired(n=n, both_right=n, candidate_only=0, baseline_only=0, both_wrong=0, disagreements=0)


@pytest.mark.parametrize("column", ["group:region", "cluster", "query"])
def test_what_a_row_belongs_to_must_be_the_same_on_both_sides(column: str) -> None:
    """A row that moved to another group would be judged twice, or not at all."""
    ours = Predictions(source=CANDIDATE.source, table=CANDIDATE.table.with_columns(pl.lit("north").alias(column)))
    theirs = Predictions(source=BASELINE.source, table=BASELINE.table.with_columns(pl.lit("south").alias(column)))

    with pytest.raises(RowsDiffer, match="'1' is 'north' here and 'south' there"):
        sample_of(ours, theirs)
