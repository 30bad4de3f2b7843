"""What a check draws of a dataset reaches the report of its run: through its record, and as the same bars."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.data.profile.records import Binning, Items, PairSums, Profile, RowSample
from seatrial.data.result import Check
from seatrial.errors import EvidenceError
from seatrial.evidence.check_record import read_check
from seatrial.replacing import replace
from seatrial.report.data_pictured import pictured
from seatrial.report.data_plots import drift_plots, shape_of
from seatrial.report.data_record import record
from tests.support.data_checks import DRIFTED, UNSURE, a_check, binning, numbers, texts

_EDGES = (1.0, 2.0, 3.0)


def a_profile(counted: tuple[int, ...]) -> Profile:
    income, city = numbers(_EDGES, counted, 0.0, 4.0), texts((30, 10))
    columns = {
        "income": replace(income, column=replace(income.column, name="income")),
        "city": replace(
            city,
            column=replace(city.column, name="city"),
            items=Items(counts=(("DE", 30), ("FR", 10)), complete=True),
        ),
    }
    return Profile(
        rows=40,
        columns=columns,
        binning=Binning(columns={"income": binning(*_EDGES), "city": binning(words=("DE",))}, digest="d"),
        sample=RowSample(hashing="", hashes=(), bare_hashes=(), columns=(), codes=b""),
        pairs=PairSums(columns=(), count=0, totals=(), sums=()),
        parts=(("b3:1", 40),),
    )


def checked(**changed: Any) -> Check:
    check = replace(
        a_check(DRIFTED, UNSURE), profile=a_profile((10, 10, 10, 10)), reference_profile=a_profile((40, 0, 0, 0))
    )
    return replace(check, **changed)


def stored(folder: Path, value: object) -> Path:
    file = folder / "check.json"
    file.write_text(json.dumps(value))
    return file


def test_the_bars_of_a_record_are_those_of_the_page(tmp_path: Path) -> None:
    check = checked()
    shapes = dict(pictured(check))
    plots = drift_plots("check", read_check(stored(tmp_path, record(check))).shapes)

    assert [plot.title for plot in plots] == [f"distribution of {name}" for name in shapes]
    assert len(plots) == 2
    for plot, shape in zip(plots, shapes.values(), strict=True):
        assert plot.bars is not None
        assert (plot.kind, plot.of, plot.bars.sides) == ("drift", "check", ("current", "reference"))
        assert (shape_of(plot.bars).current, shape_of(plot.bars).reference) == (shape.current, shape.reference)
        assert (plot.bars.low, plot.bars.high, plot.bars.labels) == (shape.low, shape.high, shape.labels)


def test_a_sensitive_column_is_in_no_record(tmp_path: Path) -> None:
    """Its words and the ends of its axis are values."""
    value = record(checked(sensitive=frozenset({"city"})))

    assert [each["column"] for each in value["shapes"]] == ["income"]  # type: ignore[union-attr,call-overload,index]


def test_a_record_of_before_has_no_bars(tmp_path: Path) -> None:
    value = record(checked())
    del value["shapes"]

    assert read_check(stored(tmp_path, value)).shapes == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda bars: bars.update(current=[], reference=[]), "from 1 to 60 bars"),
        (lambda bars: bars.update(current=[0.1] * 61, reference=[]), "from 1 to 60 bars"),
        (lambda bars: bars.update(reference=[0.1]), "as many items as `current`"),
        (lambda bars: bars.update(labels=["x"]), "as many items as `current`"),
        (lambda bars: bars["current"].__setitem__(0, 1.5), "a share is at most 1"),
        (lambda bars: bars["current"].__setitem__(0, -0.5), "a number from 0 on"),
        (lambda bars: bars.update(low=9.0), "`high` must be above `low`"),
        (lambda bars: bars.pop("above"), "`above` is missing"),
    ],
)
def test_bars_that_are_none_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    value: Any = json.loads(json.dumps(record(checked())))
    change(next(bars for bars in value["shapes"] if bars["column"] == "income"))

    with pytest.raises(EvidenceError, match=problem):
        read_check(stored(tmp_path, value))
