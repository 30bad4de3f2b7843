"""What a point takes to be declared, present or proven, and what points come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.adopt.doctor.facts import CheckSeen, Facts, FindingSeen, Records, Spot, Tree, TwiceSeen
from seatrial.adopt.doctor.levels import level_of
from seatrial.adopt.doctor.outcome import Evidence, Point, Section, Strength
from seatrial.adopt.doctor.points import BEST_BAND, MOST_EVIDENCE, POINTS, band, points_of, score_of
from seatrial.adopt.doctor.probes import PROBES, evidence_of
from seatrial.environment.pin_records import Pins
from seatrial.registry.approval import Given
from seatrial.registry.history import History
from seatrial.registry.records import Actor, AliasMove, Approval, How, IdentifiedBy, Revoked
from tests.support.visited import (
    CONFIG,
    EARLY,
    GATES,
    LATE,
    SINCE,
    gate,
    job,
    point,
    project,
    run,
    with_runs,
    workflow,
)

NOTHING, DECLARED, PRESENT, PROVEN = Strength


def _facts(text: str = CONFIG, files: dict[str, str] | None = None, **parts: object) -> Facts:
    return Facts(tree=Tree(), project=project(text, files), since=SINCE, **parts)  # type: ignore[arg-type]  # by name


def test_there_are_the_seven_points_of_four_sections() -> None:
    """28, in the paper's order, each answered by a probe or said to be answered by hand."""
    assert [sum(one.section is section for one in POINTS) for section in Section] == [7, 7, 7, 7]
    assert {one.name for one in POINTS if one.most is not NOTHING} == set(PROBES)
    assert all(one.limit for one in POINTS if one.most is not PROVEN)


@pytest.mark.parametrize(
    ("score", "starts"),
    [(0.0, "a research"), (0.5, "not wholly"), (1.0, "not wholly"), (1.5, "a first"), (2.0, "a first"),
     (3.0, "reasonably"), (5.0, "strong"), (5.5, BEST_BAND), (7.0, BEST_BAND)],
)  # fmt: skip
def test_bands_are_those_of_the_paper(score: float, starts: str) -> None:
    """Each bound belongs to the band below it."""
    assert band(score).startswith(starts)


@given(st.lists(st.sampled_from(Strength), min_size=len(POINTS), max_size=len(POINTS)))
def test_the_score_is_the_lowest_section_and_no_point_exceeds_what_can_be_seen(strengths: list[Strength]) -> None:
    """Whatever probes claim; a declaration earns nothing, a present point half, a proven one a whole."""
    claims = {
        asked.name: (Evidence(message="x", strength=strength),)
        for asked, strength in zip(POINTS, strengths, strict=True)
    }
    points = points_of(claims)
    score = score_of(points)

    assert all(one.strength.rank <= one.most.rank for one in points)
    assert score.final == min(score.sections.values()) == score.sections[score.lowest]
    for section in Section:
        mine = [one for one in points if one.section is section]
        proven, present = (sum(one.strength is strength for one in mine) for strength in (PROVEN, PRESENT))
        assert score.sections[section] == proven + present / 2


def test_nothing_known_is_nothing_claimed() -> None:
    """An empty folder earns nothing, and is a research project by the paper's words."""
    points = points_of(evidence_of(Facts(tree=Tree())))

    assert {one.strength for one in points} == {NOTHING}
    assert score_of(points).final == 0.0


FAIRNESS = GATES.replace("promote:\n", "promote:\n  fairness: {protected_attributes: [region], max_disparity: 0.05}\n")


def test_a_gate_is_declared_in_a_spare_set_present_in_one_that_judges_and_proven_by_a_no() -> None:
    """The three strengths, by configuration and by records."""
    spare = point(_facts(), "fairness")
    used = point(_facts(files={"gates.yaml": FAIRNESS}), "fairness")
    passed = point(with_runs(run(findings=(gate("fairness", "PASS"),))), "fairness")
    failed = point(with_runs(run(findings=(gate("fairness", "FAIL"),))), "fairness")

    assert [one.strength for one in (spare, used, passed, failed)] == [DECLARED, PRESENT, PRESENT, PROVEN]
    assert spare.evidence[0].where == "gates.yaml:7"
    assert failed.evidence[0].where == "run 01"


def test_a_no_of_long_ago_proves_together_with_a_run_of_late() -> None:
    """It can say no, and it still runs; one of both is not enough."""
    old_no, new_yes = (
        run("01", at=EARLY, findings=(gate("fairness", "FAIL"),)),
        run("02", findings=(gate("fairness", "PASS"),)),
    )

    assert point(with_runs(old_no, new_yes), "fairness").strength is PROVEN
    assert point(with_runs(old_no), "fairness").strength is DECLARED


@pytest.mark.parametrize("verdict", ["ERROR"])
def test_a_gate_that_could_not_look_has_not_run(verdict: str) -> None:
    """Unknown is no evidence, neither that it runs nor that it says no."""
    assert point(with_runs(run(findings=(gate("fairness", verdict),))), "fairness").strength is DECLARED


CONTRACT = CONFIG.replace("{path: data/train.csv}", "{path: data/train.csv, contract: contract.yaml}")
JUDGED = CONTRACT.replace("stages:\n", "stages:\n  look: {uses: data, with: {dataset: train}}\n")
FILES = {"contract.yaml": "columns: {a: {type: number, sensitive: true}}\nextra_columns: forbid\n"}


def test_a_schema_is_declared_by_a_contract_present_by_a_stage_and_proven_by_a_no() -> None:
    """And the data policy point asks for a no of its own: a column that nobody named."""
    other = CheckSeen(stage="look", dataset="train", judges="data", verdict="FAIL",
                      findings=(gate("data", "FAIL"),))  # fmt: skip
    column = FindingSeen(kind="data", name="contract.extra_column", reason="broken", verdict="FAIL")
    named = CheckSeen(stage="look", dataset="train", judges="data", verdict="FAIL",
                      findings=(column,))  # fmt: skip
    no = Records(runs=(run(checks=(other,)),))
    named_no = Records(runs=(run(checks=(named,)),))

    assert point(_facts(CONTRACT, FILES), "feature_schema").strength is DECLARED
    assert point(_facts(JUDGED, FILES), "feature_schema").strength is PRESENT
    assert point(_facts(JUDGED, FILES, records=no), "feature_schema").strength is PROVEN
    assert point(_facts(JUDGED, FILES, records=no), "feature_policy").strength is PRESENT
    assert point(_facts(JUDGED, FILES, records=named_no), "feature_policy").strength is PROVEN
    assert point(_facts(JUDGED, FILES), "privacy").strength is PRESENT


TESTED = CONFIG.replace(
    "stages:\n",
    "stages:\n  unit:\n    cmd: pytest -q tests --junitxml ${outs.junit}\n    roots: [tests]\n"
    "    outs: {junit: {path: u.xml, as: junit}}\n",
)


def test_tests_of_features_and_of_models_are_told_apart_by_what_they_import() -> None:
    """Tests of something else are no evidence."""
    tree = Tree(tested={"digits.preprocess": "tests/test_p.py"})
    facts = Facts(tree=tree, project=project(TESTED), since=SINCE)

    assert point(facts, "feature_tests").strength is PRESENT
    assert point(facts, "model_code_tests").strength is NOTHING
    assert point(Facts(tree=tree, since=SINCE), "feature_tests").strength is DECLARED
    assert point(Facts(tree=tree, workflows=(job("pytest"),), since=SINCE), "feature_tests").strength is PRESENT


@pytest.mark.parametrize(
    ("runs", "strength"),
    [
        (("ran", "failed: exit code 1"), PROVEN),
        (("reused", "failed: exit code 1"), PROVEN),
        (("ran", "failed: exit code 2"), PRESENT),
        (("failed: exit code 1",), PRESENT),
        (("failed: exit code 1", "ran"), PRESENT),
    ],
)
def test_tests_are_proven_by_one_that_failed_after_they_had_passed(runs: tuple[str, ...], strength: Strength) -> None:
    """Where pytest is not installed, `python -m pytest` ends with 1 as well: what never passed has not said no."""
    seen = tuple(run(f"0{at}", stages={"unit": said}) for at, said in enumerate(runs))
    tree = Tree(tested={"digits.preprocess": "tests/test_p.py"})

    assert point(Facts(tree=tree, project=project(TESTED), records=Records(runs=seen), since=SINCE),
                 "feature_tests").strength is strength  # fmt: skip


def _moves(*moves: tuple[int, int | None, How], at: str = LATE) -> History:
    actor = Actor(name="ann", identified_by=IdentifiedBy.GIT_CONFIG)
    ledger = tuple(
        AliasMove(model="tiny", alias="production", version=version, previous=previous, how=how, actor=actor, at=at)
        for version, previous, how in moves
    )
    return History(model="tiny", ledger=ledger, aliases={"production": moves[-1][0]})


def test_a_way_back_is_present_with_an_earlier_version_and_proven_by_a_rollback() -> None:
    """A first version has none; a rollback of long ago was practised long ago."""
    first = ((1, None, How.FIRST),)
    second = (*first, (2, 1, How.PROMOTE))
    back = (*second, (1, 2, How.ROLLBACK))

    def strength(history: History) -> Strength:
        return point(_facts(records=Records(models=(history,))), "rollback").strength

    assert strength(_moves(*first)) is DECLARED
    assert strength(_moves(*second)) is PRESENT
    assert strength(_moves(*back)) is PROVEN
    assert strength(_moves(*back, at=EARLY)) is PRESENT


def test_training_is_reproducible_when_two_runs_were_compared() -> None:
    """Equal is present; a difference that was told once proves that it can be told."""
    same, other = (TwiceSeen(run=str(at), at=LATE, stage="train", same=at == 1) for at in (1, 2))

    assert point(_facts(records=Records(twice=(same,))), "reproducible_training").strength is PRESENT
    assert point(_facts(records=Records(twice=(same, other))), "reproducible_training").strength is PROVEN


def test_the_pipeline_is_proven_whole_by_a_run_that_failed() -> None:
    """Training alone is no integration test."""
    whole = run(stages={"train": "ran", "evaluate": "ran"})
    broken = run("02", stages={"train": "ran", "evaluate": "failed"})

    assert point(with_runs(run(stages={"train": "ran"})), "integration_test").strength is DECLARED
    assert point(with_runs(whole), "integration_test").strength is PRESENT
    assert point(with_runs(whole, broken), "integration_test").strength is PROVEN


def test_a_pipeline_that_never_worked_or_failed_beside_it_is_not_proven() -> None:
    """A first run without its packages fails everywhere, and a linter is not on the way to a verdict."""
    whole = run("02", stages={"train": "ran", "evaluate": "ran"})
    before = run("01", stages={"train": "failed"})
    beside = run("03", stages={"train": "ran", "evaluate": "ran", "lint": "failed"})

    assert point(with_runs(before), "integration_test").strength is DECLARED
    assert point(with_runs(before, whole, beside), "integration_test").strength is PRESENT


def test_numbers_that_were_none_prove_that_they_are_looked_for() -> None:
    """A curve that diverged, or a metric that is NaN."""
    fine = run(findings=(gate("performance", "PASS"),))
    bad = run("02", findings=(gate("performance", "ERROR", "not_a_number"),))

    assert point(with_runs(fine), "numeric_stability").strength is PRESENT
    assert point(with_runs(fine, bad), "numeric_stability").strength is PROVEN
    assert point(with_runs(run(diverged=("loss",))), "numeric_stability").strength is PROVEN


def test_what_production_does_is_never_claimed() -> None:
    """Points that need it end at half, whatever was recorded."""
    told = point(with_runs(run(findings=(gate("regression", "FAIL"),))), "served_quality")

    assert (told.strength, told.most) == (PRESENT, PRESENT)
    assert "not observed" in told.limit


def test_a_canary_and_a_search_are_told_with_their_lines() -> None:
    """They are files, and no records."""
    tree = Tree(canaries=(Spot(file="k8s/r.yaml", line=1),), searches=(Spot(file="tune.py", line=2, what="optuna"),))
    facts = Facts(tree=tree, since=SINCE)

    assert point(facts, "canary").evidence[0].where == "k8s/r.yaml:1"
    assert point(facts, "tuning").evidence[0].where == "tune.py:2"


NIGHTLY = """
on:
  schedule: [{cron: '0 6 * * *'}]
  repository_dispatch:
jobs:
  one: {runs-on: x, steps: [{run: seatrial run --tier nightly}]}
"""


def test_levels_are_reached_one_after_the_other() -> None:
    """A nightly training without tests of code is level 0; every need names its evidence."""
    tests, nightly = job("pytest"), workflow(NIGHTLY, ".github/workflows/nightly.yml")

    def level(text: str, *flows: object) -> tuple[int, list[str]]:
        facts = _facts(text, FILES, workflows=flows)
        found = level_of(facts, points_of(evidence_of(facts)))
        return found.number, [need.evidence for need in found.needs if need.met]

    assert level(CONFIG)[0] == 0
    assert level(CONFIG, tests) == (1, [".github/workflows/ci.yml:7", "gates.yaml:2"])
    assert level(CONFIG, job("pytest", on="schedule"))[0] == 0
    assert level(JUDGED, nightly)[0] == 0
    assert level(JUDGED, tests, nightly)[0] == 2
    assert level(CONFIG, tests, nightly)[0] == 1


def test_approvals_are_proven_by_one_that_was_taken_back() -> None:
    """Somebody who could say no, did."""
    actor = Actor(name="ann", identified_by=IdentifiedBy.GIT_CONFIG)
    given = Approval(version=1, alias="production", evidence="e", policy="p", actor=actor, at=LATE)
    back = Revoked(version=1, alias="production", of=actor, actor=actor, at=LATE)

    def strength(one: Given) -> Strength:
        history = History(model="tiny", approvals=(one,))
        return point(_facts(records=Records(models=(history,))), "model_review").strength

    assert strength(Given(approval=given)) is PRESENT
    assert strength(Given(approval=given, revoked=back)) is PROVEN


def test_only_what_locks_shows_what_changes() -> None:
    """Requirements without hashes pin nothing for sure; a bot that proposes versions is present."""

    def strength(**parts: object) -> Strength:
        return point(Facts(tree=Tree(**parts), since=SINCE), "dependency_news").strength  # type: ignore[arg-type]  # by name

    assert strength(locks=(Pins(path="requirements.txt"),)) is NOTHING
    assert strength(locks=(Pins(path="requirements.txt", hashed=True),)) is DECLARED
    assert strength(locks=(Pins(path="uv.lock"),)) is DECLARED
    assert strength(paths=frozenset({".github/dependabot.yml"})) is PRESENT


def test_the_strongest_evidence_is_kept_and_not_more_than_can_be_read() -> None:
    """A monorepo may have a hundred tiers; the record of a run comes before them."""
    weak = [Evidence(message=str(at), strength=DECLARED) for at in range(9)]
    found = points_of({"slices": [*weak, Evidence(message="strong", strength=PROVEN)]})
    (slices,) = [one for one in found if one.name == "slices"]

    assert len(slices.evidence) == MOST_EVIDENCE
    assert slices.evidence[0].message == "strong"


def test_points_are_what_the_probes_say() -> None:
    """Evidence is kept strongest first, and each piece says what it is worth alone."""
    found: Point = point(with_runs(run(findings=(gate("fairness", "FAIL"),))), "fairness")

    assert [one.strength for one in found.evidence] == [PROVEN, DECLARED]
