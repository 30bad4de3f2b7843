"""`gate --power` of test cases: what no model could show with so few of them, and how often an equal one passes."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from seatrial.cli.gate_text import plan_text
from seatrial.cli.main import run_app
from seatrial.evidence.case_records import Cases
from seatrial.evidence.cases import read_cases
from seatrial.gates.behavioral.matchers.table import faults
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.power.cases import behavioral
from seatrial.gates.power.outlook import Outlook
from seatrial.stats.noninferiority import non_inferiority
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Verdict


@pytest.fixture
def cases(tmp_path: Path) -> Cases:
    """Sixty of which something is expected, and one that only another is compared with."""
    made = [{"id": f"c{at}", "input": f"say {at}", "expected": str(at)} for at in range(59)]
    made += [{"id": "first", "input": "hello"}, {"id": "again", "input": "Hello", "of": "first", "relation": "same"}]
    (tmp_path / "cases.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in made))
    return read_cases([tmp_path / "cases.jsonl"], check=faults)


def _plan(cases: Cases | None, **rule: object) -> dict[str, Outlook]:
    made = Behavioral(test_cases=("cases.csv",), **rule)  # type: ignore[arg-type]
    return {one.name.removeprefix("behavioral."): one for one in behavioral(made, cases, None)}


@pytest.mark.parametrize(("least", "can"), [(0.95, True), (0.96, False)])
def test_so_many_cases_show_so_much_where_all_pass(cases: Cases, least: float, can: bool) -> None:
    """59 cases show 95 % with 95 % confidence, the rule of three in its exact form; 74 show 96 %."""
    one = _plan(cases, min_pass_rate=least, confidence=0.95)["pass_rate"]

    assert (one.n, one.can_pass, one.n_needed) == (60, can, 59 if can else 74)
    assert "60 cases that all pass" in one.message


def test_a_rate_that_is_compared_as_it_is_is_not_planned(cases: Cases) -> None:
    one = _plan(cases, min_pass_rate=0.9)["pass_rate"]

    assert one.can_pass is None
    assert "compared as it is" in one.message


def test_cases_that_are_not_at_hand_are_not_planned() -> None:
    plan = _plan(None, min_pass_rate=0.9, confidence=0.95, max_degradation=0.1)

    assert [one.can_pass for one in plan.values()] == [None, None]


def test_an_equal_model_passes_as_often_as_is_said(cases: Cases) -> None:
    """By the test that the gate judges with, on 2,000 draws of two models that differ on 5 % of cases."""
    one = _plan(cases, max_degradation=0.1)["regression"]
    chance = random.Random(3)
    drawn = Counter[PairedCounts]()
    for _ in range(2_000):
        apart = sum(chance.random() < 0.05 for _ in range(60))
        won = sum(chance.random() < 0.5 for _ in range(apart))
        drawn[PairedCounts(n=60, candidate_only=won, baseline_only=apart - won)] += 1
    passed = sum(
        times
        for counts, times in drawn.items()
        if non_inferiority(counts, margin=0.1, alpha=0.05, power=0.8).verdict is Verdict.PASS
    )

    assert one.chance == pytest.approx(passed / 2_000, abs=0.035)
    assert one.counted == "cases"


def test_too_few_cases_for_a_margin_never_pass(cases: Cases) -> None:
    one = _plan(cases, max_degradation=0.02)["regression"]

    assert one.can_pass is False
    assert one.chance == 0.0
    assert "no model as good can pass: 60 cases, and" in one.message


def test_repeated_cases_are_not_planned(cases: Cases) -> None:
    assert _plan(cases, max_degradation=0.1, repeats=10)["regression"].can_pass is None


@pytest.mark.parametrize(
    "rule", [{"min_pass_rate": 0.9}, {"min_pass_rate": 0.9, "confidence": 0.95, "max_degradation": 0.1, "repeats": 10}]
)
def test_what_is_counted_is_cases_planned_or_not(cases: Cases, rule: dict[str, object]) -> None:
    plan = list(_plan(cases, **rule).values())

    assert plan[-1].can_pass is None
    assert {one.units for one in plan} == {"cases"}
    assert "there are 60 cases" in " ".join(plan_text(plan[-1:]).split())


def test_one_case_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,input,expected\na,say a,a\n")
    one = _plan(read_cases([tmp_path / "c.csv"], check=faults), min_pass_rate=0.9, confidence=0.95)["pass_rate"]

    assert "1 case that passes shows a rate of 0.05" in one.message


def test_a_set_of_cases_alone_is_planned_without_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text("id,input,expected\na,say a,a\nb,say b,b\n")
    (tmp_path / "g.yaml").write_text("behavioral: {test_cases: c.csv, min_pass_rate: 0.9, confidence: 0.95}\n")
    code = run_app(["gate", "--power", "--gates", "g.yaml"])
    said = " ".join(capsys.readouterr().out.split())

    assert code == 3
    assert "not even a flawless model could show it: 2 cases that all pass show a rate of 0.2236" in said
    assert "about 29 cases would do" in said
