"""Pictures survive as JSON, older reports have none, and no report holds more than a page can show."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from seatrial.errors import UserError
from seatrial.report import plot_facts, serial
from seatrial.report.plot_facts import AxisFact, LinesFact, PlotFact, SeriesFact
from tests.support.pictured import rich_run
from tests.support.report_samples import run

RICH = rich_run()


def test_every_picture_comes_back_as_it_was() -> None:
    again = serial.from_text(serial.to_text(RICH))

    assert serial.to_text(again) == serial.to_text(RICH)
    assert {plot.kind for plot in again.plots} == set(plot_facts.KINDS)
    assert [plot for plot in again.plots if plot.kind != "curve"] == [p for p in RICH.plots if p.kind != "curve"]


def test_a_gap_is_null_and_a_gap_again() -> None:
    series = SeriesFact(name="a", role="run", x=(1.0, 2.0), y=(0.5, math.nan))
    lines = LinesFact(x=AxisFact(title="step"), y=AxisFact(title="loss"), series=(series,))
    facts = run(plots=(PlotFact(kind="curve", of="train", title="loss of train", lines=lines),))
    stored = json.loads(serial.to_text(facts))
    [again] = serial.from_text(serial.to_text(facts)).plots

    assert stored["plots"][0]["lines"]["series"][0]["y"] == [0.5, None]
    assert again.lines is not None
    assert math.isnan(again.lines.series[0].y[1])


def test_a_report_of_before_pictures_is_read() -> None:
    value = serial.to_json(run())
    del value["plots"]

    assert serial.from_json(value).plots == ()


def _changed(change: Callable[[dict[str, dict[str, Any]]], object]) -> dict[str, Any]:
    value = json.loads(serial.to_text(RICH))
    change({plot["kind"]: plot for plot in value["plots"]})
    return dict(value)


def _series(plots: dict[str, Any], kind: str = "curve") -> dict[str, Any]:
    found: dict[str, Any] = plots[kind]["lines"]["series"][0]
    return found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda p: p["roc"].update(kind="pie"), "this must be one of curve, confusion"),
        (lambda p: p["roc"].update(extra=1), "unknown key `extra`"),
        (lambda p: p["roc"].pop("note"), "`note` is missing"),
        (lambda p: p["roc"].update(matrix=p["confusion"]["matrix"]), "a picture has one form"),
        (lambda p: _series(p).update(x=[None] * 120), "this must be a number"),
        (lambda p: _series(p).update(y=[1.0]), "this must be a list of 120"),
        (lambda p: _series(p).update(x=[0.0] * 201), "there are 201 points, and at most 200 can be shown"),
        (lambda p: _series(p).update(role="friend"), "this must be one of candidate, baseline, run, mean"),
        (lambda p: _series(p, "calibration").update(high=[]), "are there both, or neither"),
        (lambda p: _series(p, "calibration").update(n=[1]), "this must be a list of"),
        (lambda p: p["curve"]["lines"].update(series=[_series(p)] * 17), "at most 16 can be shown"),
        (lambda p: p["confusion"]["matrix"].update(names=["a"] * 13), "at most 12 can be shown"),
        (lambda p: p["confusion"]["matrix"]["cells"].pop(), "this must be a list of 2"),
        (lambda p: p["confusion"]["matrix"]["cells"][0].append(1), "this must be a list of 2"),
        (lambda p: p["confusion"]["matrix"].update(cells=[[0.5, 1], [1, 1]]), "this must be a whole number"),
        (lambda p: p["latency"]["bars"].update(current=[]), "at least one bar"),
        (lambda p: p["latency"]["bars"].update(current=[2.0]), "a share is at most 1"),
        (lambda p: p["latency"]["bars"].update(current=[-0.1]), "a number from 0 on"),
        (lambda p: p["latency"]["bars"].update(low=1e9), "`high` must be above `low`"),
        (lambda p: p["latency"]["bars"].update(labels=["x"]), "this must be a list of 40"),
    ],
)
def test_anything_else_is_refused_by_its_key(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    """A report may come from a stranger's artifact."""
    with pytest.raises(UserError) as caught:
        serial.from_json(_changed(change))

    assert "plots[" in str(caught.value.problems[0].place)
    assert problem in str(caught.value)


def test_more_pictures_than_a_report_holds_are_refused() -> None:
    value = serial.to_json(RICH)
    value["plots"] = [value["plots"][0]] * 81  # type: ignore[index]

    with pytest.raises(UserError, match="there are 81 pictures, and at most 80"):
        serial.from_json(value)


def test_remembered_pictures_that_are_none_are_forgotten() -> None:
    """A judgement's memory is a cache: what cannot be read is found again."""
    assert serial.plots_from_json(serial.plots_json(RICH.plots))[0] == RICH.plots[0]
    with pytest.raises(ValueError, match=r"\[0\]: this must be an object"):
        serial.plots_from_json(["x"])
