"""Curves: numbers over increasing steps, where NaN is news and text is a mistake."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import EvidenceError
from seatrial.evidence.curves import read_curve
from seatrial.evidence.records import Curve


def curve(tmp_path: Path, data: str, *, max_points: int = 2_000) -> Curve:
    path = tmp_path / "loss.csv"
    path.write_text(data)
    return read_curve(path, shown="out/loss.csv", action="b3:aa", stage="train", max_points=max_points)


def test_columns_are_read_over_steps(tmp_path: Path) -> None:
    """Each column is a tuple in step order, bound to the bytes and the action that made them."""
    read = curve(tmp_path, "epoch,loss, val\n0,1.5,2\n1,1e-1,.5\n")

    assert read.steps == (0.0, 1.0)
    assert read.columns == {"loss": (1.5, 0.1), "val": (2.0, 0.5)}
    assert read.diverged_at == {}
    assert read.source.digest == digest.of_file(tmp_path / "loss.csv")
    assert (read.source.action, read.source.stage) == ("b3:aa", "train")


@pytest.mark.parametrize(
    ("header", "others"),
    [("loss,step", ["loss"]), ("epoch,Step", ["epoch"]), ("t,loss", ["loss"]), (",loss", ["loss"])],
)
def test_the_step_is_named_or_first(tmp_path: Path, header: str, others: list[str]) -> None:
    """A column named step wins, then iteration, then epoch, else the first column."""
    assert list(curve(tmp_path, f"{header}\n1,2\n3,4\n").columns) == others


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-Infinity", "", "1e999"])
def test_a_value_that_is_not_finite_is_where_it_diverged(tmp_path: Path, cell: str) -> None:
    """NaN is not a parse error: the first step is remembered, by column."""
    read = curve(tmp_path, f"step,loss,acc\n10,1,0\n20,{cell},0\n30,nan,0\n")

    assert read.diverged_at == {"loss": 20.0}
    assert not math.isfinite(read.columns["loss"][1])


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ("step,loss\n1,0.5\n2,high\n", ":3 loss: ", "'high' is not a number"),
        ("step,loss\n1,1_0\n", ":2 loss: ", "'1_0' is not a number"),
        ("step,loss\none,1\n", ":2 step: ", "'one' is not a number"),
        ("step,loss\n2,1\n1,1\n", ":3 step: ", "1 comes after 2"),
        ("step,loss\n1,1\n1,1\n", ":3 step: ", "steps must increase"),
        ("step,loss\n,1\n", ":2 step: ", "must be a finite number"),
        ("step,loss\n1,1\n2\n", ":3: ", "1 field, the header has 2"),
        ("step,loss\n", ":1: ", "no steps"),
        ("loss\n1\n", ":1: ", "one column"),
        ("step,loss,loss\n1,1,1\n", ":1 loss: ", "two columns named `loss`"),
        (",step,loss\n0,1,1\n", ":1: ", "column 1 has no name"),
        ("", ": ", "empty"),
    ],
)
def test_bad_curves_are_refused_with_their_line(tmp_path: Path, data: str, where: str, message: str) -> None:
    """Each kind of bad curve names line and column, and what to do."""
    with pytest.raises(EvidenceError) as caught:
        curve(tmp_path, data)

    assert str(caught.value.problems[0]).startswith(f"out/loss.csv{where}")
    assert message in str(caught.value.problems[0])
    assert caught.value.next_step


def test_a_long_curve_is_thinned_but_its_divergence_is_exact(tmp_path: Path) -> None:
    """First and last rows stay, rows are spread evenly, and a NaN between kept rows is still found."""
    rows = "".join(f"{step},{'nan' if step == 5_001 else 1}\n" for step in range(10_000))
    read = curve(tmp_path, f"step,loss\n{rows}", max_points=11)

    assert read.steps == tuple(float(at * 9_999 // 10) for at in range(11))
    assert read.diverged_at == {"loss": 5_001.0}
    assert len(read.columns["loss"]) == 11


def test_text_in_many_lines_is_cut_to_twenty_problems(tmp_path: Path) -> None:
    """A column of words does not print itself."""
    with pytest.raises(EvidenceError) as caught:
        curve(tmp_path, "step,loss\n" + "".join(f"{step},x\n" for step in range(1000)))

    assert len(caught.value.problems) == 20


@pytest.mark.parametrize(
    ("data", "diverged"),
    [
        ("step,loss,val\n1,1,\n2,1,5\n3,1,\n4,1,6\n5,1,\n", {}),
        ("step,loss,val\n1,1,\n2,1,5\n3,1,\n4,1,nan\n", {"val": 4.0}),
        ("step,loss,val\n1,1,3\n2,1,\n3,1,\n", {"val": 2.0}),
        ("step,loss,val\n1,1,\n2,1,\n", {}),
    ],
)
def test_an_empty_field_is_a_missing_value_unless_values_end_there(
    tmp_path: Path, data: str, diverged: dict[str, float]
) -> None:
    """A column written now and then did not diverge; one whose values stop for good did."""
    assert curve(tmp_path, data).diverged_at == diverged
