"""The cheapest next steps: cost against points gained, a stated rule, and steps that a configuration accepts."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.adopt.doctor.facts import Facts, Tree
from seatrial.adopt.doctor.next_steps import MOST, WAYS, contract_judged, next_steps, ways_up
from seatrial.adopt.doctor.outcome import Evidence, Point, Strength
from seatrial.adopt.doctor.points import POINTS, points_of, score_of
from seatrial.config.contract import load_contract
from tests.support.visited import CONFIG, SINCE, point, project

ALL = len(POINTS)


def _points(strengths: list[Strength]) -> tuple[Point, ...]:
    return points_of(
        {
            asked.name: (Evidence(message="x", strength=strength),)
            for asked, strength in zip(POINTS, strengths, strict=True)
        }
    )


def test_every_point_that_can_be_seen_has_a_way_up_from_nothing_to_the_most() -> None:
    """No dead end: from each strength below the most there is a next step."""
    for asked in POINTS:
        (point,) = points_of({asked.name: ()})[(at := POINTS.index(asked)) : at + 1]
        either = [[way.to for way in ways_up(point, served=served, contract=True)] for served in (True, False)]
        wanted = [one for one in (Strength.PRESENT, Strength.PROVEN) if one.rank <= asked.most.rank]
        by_people = [Strength.PROVEN] if asked.name == "model_review" else []  # somebody takes a word back
        assert either == [[one for one in wanted if one not in by_people]] * 2, asked.name


@given(st.lists(st.sampled_from(Strength), min_size=ALL, max_size=ALL))
def test_no_step_that_is_left_out_is_cheaper_for_what_it_gains(strengths: list[Strength]) -> None:
    """The rule, against every point that has a way up."""
    points = _points(strengths)
    steps = next_steps(points, score_of(points), configured=True, broken=False)
    prices = sorted(
        way.cost / (way.to.score - point.strength.score)
        for point in points
        for way in ways_up(point, served=False, contract=contract_judged(points))[:1]
    )

    assert [step.cost / step.gain for step in steps] == pytest.approx(prices[:MOST])
    assert all(step.gain > 0 for step in steps)


@pytest.mark.parametrize("name", WAYS)
def test_what_is_to_be_typed_fits_a_terminal(name: str) -> None:
    """It is shown behind some blanks and cannot be broken into lines."""
    for way in WAYS[name]:
        assert max(map(len, (way.command, way.then, *(f"  {line}" for line in way.lines)))) <= 75


def test_what_comes_before_all_comes_first() -> None:
    """A broken configuration is mended, a missing one is made, one without a model gets it; then the points."""
    points = _points([Strength.NOTHING] * ALL)

    def first(*, configured: bool, broken: bool, modelled: bool = True) -> str:
        steps = next_steps(points, score_of(points), configured=configured, broken=broken, modelled=modelled)
        return steps[0].command or steps[0].lines[0]

    assert first(configured=False, broken=False) == "seatrial init"
    assert first(configured=True, broken=True) == "seatrial config"
    assert first(configured=True, broken=False, modelled=False) == "models:"
    assert first(configured=True, broken=False) == "seatrial run --twice STAGE"


def test_among_equals_the_lowest_section_comes_first() -> None:
    """It is the score."""
    strengths = [Strength.PROVEN if one.id.startswith("infrastructure") else Strength.NOTHING for one in POINTS]
    strengths[0] = Strength.PROVEN
    points = _points(strengths)
    steps = next_steps(points, score_of(points), configured=True, broken=False)

    assert [step.point.partition(".")[0] for step in steps] == ["model"] * 3


@pytest.mark.parametrize("name", [name for name, ways in WAYS.items() if any(way.file == "gates.yaml" for way in ways)])
def test_lines_for_gates_are_gates(name: str) -> None:
    """What is told to be written can be read."""
    for way in WAYS[name]:
        if way.file == "gates.yaml":
            accuracy = "  performance: {accuracy: {min: 0.6}}"
            rows = [f"smoke:\n{accuracy}", *way.lines, *([] if "performance" in str(way.lines) else [accuracy])]
            policy = project(_served(CONFIG), {"gates.yaml": "\n".join(rows)}).policy
            assert "promote" in policy.models["tiny"].gates


def _served(text: str) -> str:
    serving = "serving: {cmd: 'python serve.py ${model} ${port}', requests: data/requests.jsonl}"
    return text.replace("gates: gates.yaml}", f"gates: gates.yaml, {serving}}}")


@pytest.mark.parametrize("name", ["feature_policy", "privacy"])
def test_lines_for_a_contract_are_a_contract(name: str) -> None:
    """The same."""
    lines = WAYS[name][0].lines
    text = "\n".join(lines if lines[0].startswith("columns") else ("columns: {a: {}}", *lines))
    assert load_contract(f"{text}\n".encode(), "contract.yaml").columns


def test_lines_for_the_project_are_a_project() -> None:
    """Stages and datasets that are told to be written, put where they say."""
    schema = WAYS["feature_schema"][0].lines

    def filled(line: str) -> str:
        return line.replace("DATASET", "train").replace("DATA", "data/train.csv")

    stage = next(line for line in schema if "uses: data" in line)
    text = CONFIG.replace("  train: {path: data/train.csv}\n", f"{filled(schema[1])}\n").replace(
        "stages:\n", f"stages:\n{filled(stage)}\n"
    )
    found = project(text, {"contract.yaml": "columns: {a: {type: number}}\n"})
    approvals = WAYS["model_review"][0].lines[-1].strip()
    asked = project(CONFIG.replace("gates: gates.yaml}", f"gates: gates.yaml, {approvals}}}"))
    overfit = "\n".join(WAYS["model_code_tests"][0].lines[1:])
    unit = "\n".join(WAYS["feature_tests"][0].lines[1:])
    both = project(CONFIG.replace("stages:\n", f"stages:\n{overfit}\n{unit}\n"))

    assert {"overfit", "unit"} <= both.policy.pipeline.stages.keys()
    assert found.policy.pipeline.stages["check"].uses is not None
    assert "production" in asked.policy.models["tiny"].approvals


def test_rules_of_a_contract_come_after_the_contract() -> None:
    """There is nothing to write them into before."""
    nothing = _points([Strength.NOTHING] * ALL)
    judged = _points([Strength.PRESENT, *[Strength.NOTHING] * (ALL - 1)])
    policy = next(at for at, one in enumerate(POINTS) if one.name == "feature_policy")

    assert ways_up(nothing[policy], served=True, contract=contract_judged(nothing)) == []
    assert [way.file for way in ways_up(judged[policy], served=True, contract=contract_judged(judged))][:1] == [
        "contract.yaml"
    ]


@pytest.mark.parametrize("name", ["feature_cost", "serving_skew", "compute_speed"])
def test_a_gate_on_the_served_model_comes_with_how_it_is_started(name: str) -> None:
    """Without that such a gate can only say ERROR, so it alone would gain nothing; the lines make it count."""
    way = next(one for one in WAYS[name] if one.served is False)
    gate = way.lines[-1].partition("promote: ")[2]
    sets = f"smoke:\n  size: {{max: 1GiB}}\npromote:\n  performance: {{accuracy: {{min: 0.6}}}}\n  {gate}\n"
    gates = {"gates.yaml": sets}
    (told,) = yaml.safe_load("\n".join(way.lines))["models"].values()
    serving = f"serving: {json.dumps(told['serving'])}"

    def strength(text: str) -> Strength:
        return point(Facts(tree=Tree(), project=project(text, gates), since=SINCE), name).strength

    assert strength(CONFIG) is Strength.DECLARED
    assert strength(CONFIG.replace("gates: gates.yaml}", f"gates: gates.yaml, {serving}}}")) is Strength.PRESENT


def test_blanks_are_filled_with_what_the_project_has() -> None:
    """And stay blanks, in capitals, where nobody knows."""
    points = _points([Strength.NOTHING] * ALL)

    def command(words: dict[str, str]) -> str:
        return next_steps(points, score_of(points), configured=True, broken=False, words=words)[0].command

    assert command({"STAGE": "fit"}) == "seatrial run --twice fit"
    assert command({}) == "seatrial run --twice STAGE"


def test_a_name_with_a_space_is_one_word_of_the_shell_and_of_yaml() -> None:
    """What is told to be typed can be typed."""
    points = _points([Strength.NOTHING] * ALL)
    words = {"STAGE": "fit", "DATA": "my data.csv", "DATASET": "train"}
    steps = next_steps(points, score_of(points), configured=True, broken=False, words=words)
    step = next(one for one in steps if one.point == "data.1")

    assert step.command == "seatrial check 'my data.csv' --infer --output contract.yaml"
    assert '  train: {path: "my data.csv", contract: contract.yaml}' in step.lines
