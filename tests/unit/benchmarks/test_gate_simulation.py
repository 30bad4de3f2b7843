"""The simulation of gates counts what gates answer, and a gate that is wrong is seen to be wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.gates import bars, disparities, error_tables, grid, interval_coverage, judging, simulation, slicing
from benchmarks.gates.grid import AT_THE_MARGIN, EQUAL, Cell
from benchmarks.gates.judging import Tally, known
from benchmarks.repositories import ROOT, environment
from seatrial.gates import comparison
from seatrial.gates.comparison import Compared
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing
from seatrial.metrics.figures import Figure
from seatrial.replacing import replace as changed
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict

CELL = Cell(
    part="accuracy", metrics=("accuracy",), n=500, replicates=1_500, margin=0.02, truth=AT_THE_MARGIN, disagreement=0.1
)


def _drawn(cell: Cell) -> Tally:
    _, outcomes, _ = simulation.drawn(cell)
    assert outcomes is not None
    return outcomes[0].tally


def test_a_model_at_the_margin_passes_the_gate_at_its_level_and_the_rule_of_others_half_of_the_time() -> None:
    """Which is why the gate exists."""
    tally = _drawn(CELL)

    assert 0.03 < tally.share("passed") < 0.07
    assert 0.4 < tally.share("naive") < 0.6
    assert 0.88 < tally.share("covered") < 0.92
    assert 0.88 < tally.share("newcombe") < 0.92


@pytest.mark.parametrize("wrong", ["passes all", "compares points"])
def test_a_wrong_gate_misses_its_bar(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """In the outcome, in the table and in the list of what was missed."""

    def careless(metric: Any, figure: Figure, margin: Margin, rule: Any, *, many: bool) -> Compared:
        answer = comparison.compare(metric, figure, margin, rule, many=many)
        counts = figure.paired
        assert counts is not None
        passes = wrong == "passes all" or counts.difference >= -margin.value
        return changed(answer, verdict=Verdict.PASS if passes else Verdict.FAIL)

    monkeypatch.setattr(judging, "remembering", careless)
    run = simulation.run([replace(CELL, replicates=200)], processes=1)

    (outcome,) = run.outcomes
    assert outcome.again
    assert outcome.tally.replicates == 800
    assert "passed" in {limit.counted for limit in outcome.missed}
    assert "**" in error_tables.compared(run.outcomes)
    assert any("accuracy: passed" in line for line in error_tables.missing(run.outcomes))
    assert not all(bar.met for bar in error_tables.of_bars(run))


def test_a_right_gate_misses_nothing() -> None:
    """Of equal models and of one at the margin, over several sizes."""
    cells = [replace(CELL, truth=truth, n=n, replicates=800) for truth in (EQUAL, AT_THE_MARGIN) for n in (500, 2_000)]
    run = simulation.run(cells, processes=1)

    assert [outcome.missed for outcome in run.outcomes] == [[], [], [], []]
    assert all(bar.met for bar in error_tables.of_bars(run))
    assert "**" not in error_tables.compared(run.outcomes)


def test_what_is_drawn_depends_on_the_cell_alone() -> None:
    """Not on the other cells, nor on how many processes draw them."""
    few = [replace(CELL, replicates=40), replace(CELL, replicates=40, n=1_000), replace(CELL, replicates=40, n=2_000)]

    one, two = simulation.run(few, processes=1), simulation.run(few[::-1], processes=2)

    assert [each.tally for each in one.outcomes] == [each.tally for each in two.outcomes[::-1]]


def test_no_verdict_is_no_pass() -> None:
    """A figure without a value counts as a replicate, and as neither PASS nor FAIL."""
    nothing = Figure(n=5, candidate=float("nan"), baseline=0.5, support=0.0, own=None, undefined="no positives")

    tally = judging.judged(known("recall"), [nothing], Margin(value=0.01), 0.0)

    assert tally.replicates == 1
    assert tally.counts == {}


def test_equal_counts_are_answered_as_if_they_had_been_asked_for_alone() -> None:
    """The short cut past repeated counts answers like the gate's own comparison."""
    counts = PairedCounts(n=700, candidate_only=20, baseline_only=33)
    figure = Figure(n=700, candidate=0.9, baseline=0.91857, support=700.0, own=None, paired=counts)
    rule = Comparing(margin=Margin(value=0.01), alpha=judging.ALPHA)

    alone = comparison.compare(known("accuracy"), figure, Margin(value=0.01), rule, many=False)
    remembered = judging.remembering(known("accuracy"), figure, Margin(value=0.01), rule, many=False)

    assert (remembered.verdict, remembered.result, remembered.p_value) == (alone.verdict, alone.result, alone.p_value)


def test_fifty_slices_of_an_identical_model_are_blocked_by_points_and_not_by_the_gate() -> None:
    cell = Cell(
        part="slices", metrics=("accuracy",), n=200, replicates=150, margin=0.01, truth=EQUAL, disagreement=0.05,
        groups=50, what="equal",
    )  # fmt: skip
    found = slicing.of_slices(cell, np.random.default_rng(1))
    assert found is not None

    assert found["accuracy"].replicates == 150
    assert found["accuracy"].share("naive_blocked") > 0.97
    assert found["accuracy"].share("failed") < 0.05


def test_equal_groups_are_blocked_by_points_and_not_by_the_gate() -> None:
    cell = Cell(
        part="fairness",
        metrics=("recall",),
        n=200,
        replicates=100,
        margin=0.05,
        truth=EQUAL,
        disagreement=0.0,
        groups=20,
    )
    tally = disparities.of_fairness(cell, np.random.default_rng(1))["recall"]

    assert tally.share("naive_blocked") > 0.95
    assert tally.share("failed") <= 0.01


@pytest.mark.parametrize(("n", "share", "held"), [(2, 0.5, 1.0), (1, 0.5, 1.0), (20, 0.03, None), (500, 0.5, None)])
def test_exact_intervals_are_counted_without_chance(n: int, share: float, held: float | None) -> None:
    """Never below their level; of one or two rows they are so wide that they always hold a half."""
    found = interval_coverage.clopper_pearson_coverage(n, share)

    assert found >= 0.9
    if held is not None:
        assert found == pytest.approx(held)


def test_the_coverage_of_ranks_is_that_of_drawn_values() -> None:
    """The 0.9 quantile of exponential values, bounded by order statistics."""
    from seatrial.stats.order_quantile import quantile_bounds

    values = np.sort(np.random.default_rng(5).exponential(size=(3_000, 120)), axis=1)
    truth = -np.log(0.1)
    held = 0
    for row in values:
        bounds = quantile_bounds(row.tolist(), 0.9, alpha=judging.ALPHA)
        low, high = bounds.lower, bounds.upper
        held += (low is None or low <= truth) and (high is None or truth <= high)

    assert interval_coverage.quantile_coverage(120, 0.9) == pytest.approx(held / 3_000, abs=0.02)


def test_coverage_is_asked_only_where_enough_samples_are_judged() -> None:
    """A gate that judges one sample in ten picks them, so the others would have to be known as well."""
    tally = Tally(replicates=100, counts={"bounded": 50.0, "covered": 10.0})
    often = Tally(replicates=100, counts={"bounded": 96.0, "covered": 10.0})
    cell = replace(CELL, part="counts", metrics=("f1",))

    assert "covered" not in {limit.counted for limit in bars.missed(cell, "f1", tally)}
    assert "covered" in {limit.counted for limit in bars.missed(cell, "f1", often)}


def test_coverage_of_a_share_is_asked_only_where_it_can_take_many_values() -> None:
    """Ten rows that tell two models apart are few steps for an interval to end on."""
    tally = Tally(replicates=100, counts={"bounded": 100.0, "covered": 10.0})
    few, many = (replace(CELL, disagreement=apart) for apart in (0.02, 0.04))

    assert "covered" not in {limit.counted for limit in bars.missed(few, "accuracy", tally)}
    assert "covered" in {limit.counted for limit in bars.missed(many, "accuracy", tally)}


def _asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A tiny run of a part that is quick; more would be a campaign."""
    command = (sys.executable, "-m", "benchmarks.gates", "--simulate", "--replicates", "40", "--processes", "1")
    return subprocess.run(
        [*command, "--only", "fairness", *arguments], cwd=ROOT, env=environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_the_command_prints_tables_keeps_figures_and_says_whether_bars_are_met(tmp_path: Path) -> None:
    """The exit code is that of the bars, and the file holds every cell."""
    done = _asked("--json", str(tmp_path / "kept.json"))

    assert done.returncode in (0, 1), done.stderr
    assert "| groups | positives each |" in done.stdout
    assert "| bar" in done.stdout
    cells = json.loads((tmp_path / "kept.json").read_text())["cells"]
    assert len(cells) == len(grid.cells(("fairness",)))
    assert all(cell["drawn"] >= 20 for cell in cells)
    assert (done.returncode == 0) == (not any(cell["missed"] for cell in cells))


def test_json_without_a_file_is_all_that_is_printed() -> None:
    """For programs; the tables go to standard error then."""
    done = _asked("--json")

    assert json.loads(done.stdout)["command"].endswith("--json")
    assert "| bar" in done.stderr
