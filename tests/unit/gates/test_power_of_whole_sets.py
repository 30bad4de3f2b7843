"""`--power` has a line for whatever a set asks, with the reason where no chance can be told."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from seatrial.cli.gate_text import plan_text
from seatrial.cli.main import run_app
from seatrial.evidence.records import Predictions, Source
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.codes import Kind
from seatrial.gates.contract.policy import ContractRule
from seatrial.gates.custom.policy import Custom, OwnLimit
from seatrial.gates.evidence import Absent, AbsentReason, Case, Evidence, LeftOut
from seatrial.gates.judge import judge
from seatrial.gates.latency.policy import Figure, Latency, Limit
from seatrial.gates.looking import Looking
from seatrial.gates.margin import Margin
from seatrial.gates.memory.policy import Memory
from seatrial.gates.policy import Bound, Calibration, Comparing, Fairness, GateSet, Recipe, Regression, Slices
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.plan import outlooks
from seatrial.gates.preference.policy import PreferenceRule
from seatrial.gates.serial import plan_json
from seatrial.gates.size.policy import Size

_MARGIN = Margin(value=0.02)
_OTHERS = GateSet(
    name="s",
    calibration=Calibration(max_error=0.05, max_gap=0.02, by=(("region",),)),
    behavioral=Behavioral(test_cases=("cases.jsonl",), max_degradation=0.02),
    preference=PreferenceRule(margin=0.05),
    latency=Latency(limits={Figure.P99: Limit(value=20.0)}, max_increase={Figure.P50: Margin(value=0.1)}),
    memory=Memory(max=10**9, max_increase=Margin(value=0.1, relative=True)),
    size=Size(max=10**8, max_increase=Margin(value=0.1, relative=True)),
    contract=ContractRule(),
    recipe=Recipe(max_degradation=0.01),
    custom=Custom(limits={"toxicity": OwnLimit(max=0.02), "licence": OwnLimit()}),
)
"""Every kind of gate that judges something else than the answers to rows."""

_ALL = GateSet(
    name="s",
    performance={"accuracy": Bound(min=0.8, confidence=0.95), "f1": Bound(min=0.8)},
    regression=Regression(comparing=Comparing(margin=_MARGIN), anchor=Comparing(margin=_MARGIN)),
    slices=Slices(by=(("region",),), comparing=Comparing(margin=_MARGIN)),
    fairness=Fairness(protected=(("region",),), max_disparity=0.1, min_ratio=0.8, max_increase=0.05),
    **{kind: getattr(_OTHERS, kind) for kind in Kind if getattr(_OTHERS, kind)},
)


def _rows(n: int, classes: str, *, wrong: int = 10, region: int = 2) -> Evidence:
    """One row in `wrong` is answered with another class."""
    table = pl.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "label": [classes[i % len(classes)] for i in range(n)],
            "prediction": [classes[(i + (i // len(classes) % wrong == 0)) % len(classes)] for i in range(n)],
            "group:region": [str(i // len(classes) % region) for i in range(n)],
        }
    )
    return Evidence(
        predictions=Predictions(source=Source(path="p.csv", digest="b3:x"), table=table, groups=("region",))
    )


def _plan(gate_set: GateSet, rows: Evidence) -> tuple[Outlook, ...]:
    return outlooks(gate_set, Looking(gate_set, Case(candidate=rows, baseline=LeftOut())))


def test_every_kind_of_gate_has_a_line() -> None:
    assert {one.kind for one in _plan(_ALL, _rows(600, "01"))} == set(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_gate_that_is_alone_in_its_set_has_a_line_with_a_reason(kind: Kind) -> None:
    plan = _plan(GateSet(name="s", **{kind: getattr(_ALL, kind)}), _rows(600, "01"))

    assert plan
    assert all(one.kind == kind and one.name.split(".")[0] == kind for one in plan)
    assert all(len(one.message.split()) > 5 for one in plan)


def test_lines_without_a_chance_are_named_as_the_findings_are() -> None:
    """A set that is planned and then judged calls things by the same names. A contract's promises are one line, and
    answers to test cases that nobody read are one finding."""
    named = {one.name for one in _plan(_OTHERS, _rows(600, "01"))}
    findings = judge(_OTHERS, _rows(600, "01"), Absent(reason=AbsentReason.NO_BASELINE))
    found = {each.name for each in findings if each.kind != Kind.CONTRACT}

    assert named - found == {"contract", "behavioral.regression"}
    assert found <= named


def test_where_nothing_can_be_told_table_and_json_say_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = _plan(_OTHERS, _rows(600, "01"))
    told = plan_json(plan)["gates"]

    assert {one.can_pass for one in plan} == {None}
    assert isinstance(told, list)
    assert len(told) == len(plan)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    heads = [line for line in plan_text(plan).splitlines() if line.startswith("untold    ")]
    assert [line.removeprefix("untold    ") for line in heads] == [one.name for one in plan]

    (tmp_path / "gates.yaml").write_text("promote: {size: {max: 100MB}, recipe: {max_degradation: 0.01}}\n")
    (tmp_path / "old.csv").write_text("id,y,p\n1,0,0\n2,1,1\n")
    options = ["--production", str(tmp_path / "old.csv"), "--gates", str(tmp_path / "gates.yaml")]
    assert run_app(["gate", "--power", *options]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "untold recipe.accuracy its seeds are not known before they are trained" in shown
    assert "untold size.max bytes are counted" in shown


@pytest.mark.parametrize(
    ("classes", "asked"),
    [("01", ["equalized_odds.recall", "equalized_odds.false_positive_rate"]), ("abc", ["accuracy"])],
)
def test_fairness_without_metrics_is_planned_for_what_the_gate_will_ask(classes: str, asked: list[str]) -> None:
    """Several classes of which none is the positive one: accuracy, as the gate has it."""
    gate_set = GateSet(name="s", fairness=Fairness(protected=(("region",),), max_disparity=0.1))
    rows = _rows(1_200, classes)
    plan = _plan(gate_set, rows)

    assert [one.name for one in plan] == [f"fairness.{name}.region" for name in asked]
    assert [one.name for one in plan] == [each.name for each in judge(gate_set, rows, LeftOut())]
    assert all(one.chance is not None for one in plan)


def test_a_criterion_of_one_class_is_not_planned_as_an_average_over_several() -> None:
    """The gate answers with an ERROR where no class is the positive one; a plan of a macro average would hide it."""
    rule = Fairness(protected=(("region",),), metrics=("equal_opportunity",), max_disparity=0.1)
    (one,) = _plan(GateSet(name="s", fairness=rule), _rows(1_200, "abc"))

    assert one.can_pass is None
    assert "positive" in one.message


def test_each_limit_of_fairness_has_its_line() -> None:
    rule = Fairness(
        protected=(("region",),), metrics=("accuracy",), max_disparity=0.1, min_ratio=0.8, max_increase=0.05
    )
    plan = _plan(GateSet(name="s", fairness=rule), _rows(1_200, "01"))

    assert [(one.name, one.limit, one.chance is None) for one in plan] == [
        ("fairness.accuracy.region", 0.1, False),
        ("fairness.accuracy.region.ratio", 0.8, False),
        ("fairness.accuracy.region.increase", 0.05, True),
    ]


def test_groups_without_a_spread_or_without_others_are_told() -> None:
    rule = Fairness(protected=(("region",),), metrics=("f1",), max_disparity=0.1)
    gate_set = GateSet(name="s", fairness=rule)
    (flawless,) = _plan(gate_set, _rows(600, "01", wrong=10**6))
    (one_group,) = _plan(gate_set, _rows(600, "01", region=1))

    assert (flawless.can_pass, flawless.chance) == (None, None)
    assert "all rows have the same region" in one_group.message


@pytest.mark.parametrize("extra", [["--timings", "t.csv"], ["--seed-run", "s.csv"], ["--artifact", "m.bin"]])
def test_files_that_a_plan_does_not_look_at_are_refused(
    extra: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text("id,y,p\n1,0,0\n2,1,1\n")
    options = ["--power", "--fail-if-worse-than", "0.02", "--production", str(tmp_path / "old.csv")]

    assert run_app(["gate", *options, *extra]) == 2
    assert "have no use" in capsys.readouterr().err
