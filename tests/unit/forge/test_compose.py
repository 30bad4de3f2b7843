"""What a forge is told of a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.cli.run_code import code_of_run
from seatrial.forge import compose
from seatrial.forge.policy import ForgePolicy, Kind
from seatrial.forge.port import State
from seatrial.forge.target import Target
from seatrial.replacing import replace
from seatrial.report.facts import ModelFact, RunFacts, StageFact, UnpromotedFact
from seatrial.verdict import Decision, Verdict
from tests.support import report_samples as samples

TARGET = Target(kind=Kind.LOCAL, api="", repo="acme/digits", sha="a" * 40, number=7)
SAMPLES = (
    samples.passed,
    samples.failed,
    samples.inconclusive,
    samples.no_baseline,
    samples.broken_pipeline,
    samples.hostile,
    samples.deferred,
    samples.owed,
    samples.data,
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
def test_a_check_says_success_exactly_where_the_command_ends_with_0(sample: object) -> None:
    facts = sample()  # type: ignore[operator]

    assert (compose.state_of(facts) is State.SUCCESS) == (code_of_run(facts) == 0)


@given(
    st.sampled_from(list(Decision)),
    st.lists(st.sampled_from(list(Verdict)), max_size=3),
    st.sampled_from(["ran", "reused", "failed", "deferred", "missing", "skipped", "blocked", "used"]),
    st.booleans(),
    st.booleans(),
)
def test_no_combination_of_verdicts_and_stages_merges_what_the_command_refuses(
    decision: Decision, verdicts: list[Verdict], action: str, unpromoted: bool, judged: bool
) -> None:
    """INCONCLUSIVE that blocks, a stage that failed, a promotion that did not come: a forge's `success` lets it in."""
    findings = tuple(samples.regression(verdict) for verdict in verdicts)
    model = ModelFact(
        name="digits", gate_set="promote", verdict=Verdict.INCONCLUSIVE, decision=decision, findings=findings
    )
    facts = samples.run(
        models=(model,) if judged else (),
        stages=(StageFact(name="train", action=action, reason="because"),),
        unpromoted=(UnpromotedFact(kind="held", reason="approvals are missing"),) if unpromoted and judged else (),
    )

    assert (compose.state_of(facts) is State.SUCCESS) == (code_of_run(facts) == 0)


def test_what_was_deferred_is_in_every_title_however_little_room_there_is() -> None:
    facts = samples.deferred()

    assert "DEFERRED" in compose.title_of(facts)
    assert "DEFERRED" in compose.title_of(facts, compose.DESCRIPTION)
    assert "DEFERRED" in compose.title_of(facts, 40)


def _many_deferred() -> RunFacts:
    stages = tuple(StageFact(name=f"{'x' * 75}{number}", action="deferred", reason="no time") for number in range(9))
    return samples.run(stages=stages)


@given(st.integers(min_value=30, max_value=300), st.sampled_from([*SAMPLES, _many_deferred]))
def test_a_title_keeps_to_its_bound(bound: int, sample: object) -> None:
    facts = sample()  # type: ignore[operator]

    title = compose.title_of(facts, bound)

    assert len(title) <= bound
    assert ("DEFERRED" in title) == any(stage.action == "deferred" for stage in facts.stages)


def test_a_check_of_a_tier_has_a_name_of_its_own() -> None:
    """Else the verdict of a fast tier would stand for that of a thorough one."""
    facts = replace(samples.passed(), tier="nightly")

    assert compose.check_of(facts, TARGET, ForgePolicy(), sha="a" * 40).name == "seatrial/digits/nightly"
    assert compose.check_of(replace(facts, tier=None), TARGET, ForgePolicy(), sha="a" * 40).name == "seatrial/digits"
    assert compose.status_of(facts, TARGET, ForgePolicy(check="gate"), sha="a" * 40).context == "gate/nightly"


def test_a_promotion_that_was_refused_is_what_the_title_of_a_good_model_says() -> None:
    refused = UnpromotedFact(kind="held", reason="2 approvals are missing")
    facts = replace(samples.passed(), unpromoted=(refused,))

    assert "NOT PROMOTED: 2 approvals are missing" in compose.title_of(facts)
    assert compose.state_of(facts) is State.FAILURE


def test_a_summary_with_a_note_keeps_to_the_limit_of_a_check() -> None:
    facts = replace(samples.failed(), warnings=tuple("w" * 500 for _ in range(1000)))

    check = compose.check_of(facts, TARGET, ForgePolicy(), sha="a" * 40, note="n" * 300)

    assert check.summary.startswith("n" * 300)
    assert len(check.summary.encode()) <= compose.SUMMARY


def test_a_move_of_an_alias_is_a_deployment_into_the_environment_of_that_name() -> None:
    facts = samples.passed()
    model = replace(facts.models[0], registered=17, promoted_to="production")
    policy = ForgePolicy(environments={"production": "prod"})

    (told,) = compose.deployments_of(replace(facts, models=(model,)), TARGET, policy, sha="a" * 40)

    assert (told.environment, told.key) == ("prod", "digits@17 production")
    kept = replace(facts, models=(replace(model, promoted_to=None),))
    assert compose.deployments_of(kept, TARGET, policy, sha="a" * 40) == ()


def test_a_commit_without_a_report_is_a_failure_and_one_whose_run_began_is_not_judged_yet() -> None:
    of = compose.Unreported(project="digits", tier=None, run="0" * 26, sha="a" * 40)

    begun, _ = compose.running(of, TARGET, ForgePolicy())
    lost, status = compose.unreported(of, TARGET, ForgePolicy(), "the run left no report <b>@all</b>")

    assert begun.state is State.RUNNING
    assert (lost.state, status.state) == (State.FAILURE, State.FAILURE)
    assert "<b>" not in lost.summary
