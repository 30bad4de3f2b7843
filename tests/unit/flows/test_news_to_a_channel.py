"""What of a run is news to a channel, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import StateError
from seatrial.flows.telling_rule import (
    ApprovalWanted,
    Ground,
    Situation,
    Standing,
    due,
    ground_of,
    situations,
    waiting,
)
from seatrial.flows.told import CLAIM_HOLDS, Claim, Heard, How, Outcome, Subject, delivery_id, fold, to_body
from seatrial.forge.channels import Channel, Event, Wire
from seatrial.report.facts import ModelFact, StageFact
from seatrial.store.state import Entry
from seatrial.verdict import Decision, Finding, Verdict
from tests.support.report_samples import a_check, regression, run

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SUBJECT = Subject(project="digits", kind="model", name="digits", tier="nightly", branch="main")
ON_MAIN = Ground(branch="main", main=True)


def _situation(standing: Standing, *reasons: str) -> Situation:
    return Situation(subject=SUBJECT, standing=standing, said="said", reasons=reasons, verdict="FAIL")


class Listener:
    """A channel that is told what is due, and remembers it as the records say."""

    def __init__(self, quiet: float = 0.0) -> None:
        self.entries: list[Entry] = []
        self.now = NOW
        self.quiet = quiet

    def _append(self, record: Claim | Outcome) -> None:
        number = len(self.entries) + 1
        self.entries.append(
            Entry(stream="told/to-t", number=number, digest="", previous=None, at="", body=to_body(record))
        )

    def hears(self, situation: Situation, how: How | None = How.DELIVERED) -> tuple[str, tuple[str, ...], str] | None:
        """Event, reasons and delivery of what is due; `how` is None where the teller is killed after its claim."""
        memory = fold(self.entries)
        news = due(memory.of(situation.subject), situation, at=self.now, quiet=self.quiet)
        if news is None:
            return None
        fresh = delivery_id("t", situation.subject, news.event, news.reasons, length=memory.length)
        delivery, at = news.delivery or fresh, self.now.isoformat()
        self._append(
            Claim(delivery=delivery, subject=situation.subject, event=news.event, reasons=news.reasons, at=at, run="r")
        )
        if how is not None:
            self._append(Outcome(delivery=delivery, how=how, said="", at=at))
        return news.event.value, news.reasons, delivery

    def events(self, found: Sequence[Situation]) -> list[str | None]:
        return [None if (said := self.hears(one)) is None else said[0] for one in found]


FAILS, FAILS_TOO = _situation(Standing.FAILING, "a"), _situation(Standing.FAILING, "a", "b")
PASSES, UNKNOWN = _situation(Standing.PASSING), _situation(Standing.UNKNOWN)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([PASSES, PASSES], [None, None]),
        ([FAILS, FAILS, FAILS], ["failure", None, None]),
        ([FAILS, PASSES, PASSES], ["failure", "recovery", None]),
        ([FAILS, PASSES, FAILS], ["failure", "recovery", "failure"]),
        ([FAILS, UNKNOWN, PASSES], ["failure", None, "recovery"]),
        ([UNKNOWN, PASSES], [None, None]),
        ([FAILS, FAILS_TOO, FAILS, FAILS_TOO], ["failure", "failure", None, None]),
        ([FAILS_TOO, FAILS, PASSES], ["failure", None, "recovery"]),
    ],
)
def test_the_same_state_is_told_once(found: list[Situation], told: list[str | None]) -> None:
    """However many runs come to it; and a gate that comes and goes is told once until a recovery."""
    assert Listener().events(found) == told


def test_new_reasons_are_told_alone_and_a_recovery_names_all() -> None:
    """What is known already is not repeated."""
    listener = Listener()
    listener.hears(FAILS)
    more, well = listener.hears(FAILS_TOO), listener.hears(PASSES)

    assert more is not None
    assert more[:2] == ("failure", ("b",))
    assert well is not None
    assert well[:2] == ("recovery", ("a", "b"))


def test_new_reasons_wait_until_it_has_been_quiet_for_long_enough() -> None:
    """And are told then; a recovery does not wait."""
    listener = Listener(quiet=3600)
    listener.hears(FAILS)
    listener.now += HOUR - timedelta(seconds=1)
    early = listener.hears(FAILS_TOO)
    listener.now += timedelta(seconds=1)

    assert early is None
    assert listener.hears(FAILS_TOO) is not None
    assert listener.hears(PASSES) is not None


def test_a_clock_that_was_set_back_does_not_silence_a_channel() -> None:
    """Else it would be quiet until the clock has caught up."""
    listener = Listener(quiet=3600)
    listener.hears(FAILS)
    listener.now -= 24 * HOUR

    assert listener.hears(FAILS_TOO) is not None


def test_what_did_not_arrive_is_told_again_under_the_same_delivery() -> None:
    """A receiver that took it all the same drops the second one."""
    listener = Listener()
    first, again = listener.hears(FAILS, How.NOT_DELIVERED), listener.hears(FAILS, How.UNSURE)
    third = listener.hears(FAILS)

    assert first is not None
    assert first == again == third
    assert listener.hears(FAILS) is None


def test_other_news_have_another_delivery() -> None:
    """Else a receiver would drop them."""
    listener = Listener()
    first, other = listener.hears(FAILS, How.NOT_DELIVERED), listener.hears(FAILS_TOO)
    listener.hears(PASSES)
    later = listener.hears(FAILS)

    assert first is not None
    assert other is not None
    assert later is not None
    assert len({first[2], other[2], later[2]}) == 3


def test_a_failure_that_nobody_heard_of_needs_no_recovery() -> None:
    """It was refused, so nobody waits."""
    listener = Listener()
    listener.hears(FAILS, How.NOT_DELIVERED)

    assert listener.hears(PASSES) is None


def test_a_failure_that_may_have_been_heard_is_told_to_have_recovered() -> None:
    """A recovery too many is better than a red light for ever."""
    listener = Listener()
    listener.hears(FAILS, How.UNSURE)
    well = listener.hears(PASSES)

    assert well is not None
    assert well[0] == "recovery"
    assert listener.hears(PASSES) is None


def test_a_recovery_that_did_not_arrive_is_told_again() -> None:
    """Under the same delivery."""
    listener = Listener()
    listener.hears(FAILS)
    first = listener.hears(PASSES, How.NOT_DELIVERED)

    assert first is not None
    assert listener.hears(PASSES) == first


def test_a_failure_after_a_recovery_that_may_have_been_heard_is_told() -> None:
    """Else somebody believes that all is well."""
    listener = Listener()
    listener.hears(FAILS)
    listener.hears(PASSES, How.UNSURE)
    again = listener.hears(FAILS)

    assert again is not None
    assert again[:2] == ("failure", ("a",))


def test_nobody_tells_what_somebody_tells_at_this_moment() -> None:
    """Two runs that end at once."""
    listener = Listener()
    listener.hears(FAILS, None)

    assert listener.hears(FAILS) is None


def test_a_claim_of_somebody_who_was_killed_ends() -> None:
    """The same news goes out under the same delivery, since nobody knows what happened."""
    listener = Listener()
    first = listener.hears(FAILS, None)
    listener.now += timedelta(seconds=CLAIM_HOLDS + 1)

    assert listener.hears(FAILS) == first


def test_what_is_not_asked_for_is_remembered_all_the_same() -> None:
    """A channel without recoveries hears of the next failure."""
    listener = Listener()
    listener.hears(FAILS)
    listener.hears(PASSES, How.UNSAID)

    assert listener.hears(FAILS) is not None


@given(st.lists(st.tuples(st.sampled_from([FAILS, FAILS_TOO, PASSES, UNKNOWN]), st.sampled_from(list(How)[:3]))))
def test_whatever_happens_a_delivery_is_never_two_things_and_nothing_delivered_is_repeated(
    steps: list[tuple[Situation, How]],
) -> None:
    """The law behind the examples above."""
    listener = Listener()
    meant: dict[str, tuple[str, tuple[str, ...]]] = {}
    delivered: set[str] = set()
    for situation, how in steps:
        said = listener.hears(situation, how)
        if said is None:
            continue
        event, reasons, delivery = said
        assert meant.setdefault(delivery, (event, reasons)) == (event, reasons)
        assert delivery not in delivered
        delivered |= {delivery} if how is How.DELIVERED else set()


def test_a_version_waits_once_for_the_same_evidence() -> None:
    """One approval of two changes nothing; another version, or other evidence, is news."""
    listener = Listener()
    two = ApprovalWanted(model="digits", version=17, alias="production", missing=2, command="x", evidence="b3:1")
    one = ApprovalWanted(model="digits", version=17, alias="production", missing=1, command="x", evidence="b3:1")
    anew = ApprovalWanted(model="digits", version=17, alias="production", missing=2, command="x", evidence="b3:2")
    other = ApprovalWanted(model="digits", version=18, alias="production", missing=2, command="x", evidence="b3:3")

    found = listener.events([waiting(each, "digits") for each in (two, one, anew, other, two)])

    assert found == ["approval", None, "approval", "approval", None]


def _model(verdict: Verdict, decision: Decision, *findings: Finding) -> ModelFact:
    return ModelFact(name="digits", gate_set="promote", verdict=verdict, decision=decision, findings=findings)


def _standing(facts_of: ModelFact, *stages: StageFact) -> dict[str, Standing]:
    found = situations(run(models=(facts_of,), stages=stages), ON_MAIN)
    return {one.subject.kind: one.standing for one in found}


@pytest.mark.parametrize(
    ("verdict", "decision", "standing"),
    [
        (Verdict.PASS, Decision.ALLOW, Standing.PASSING),
        (Verdict.FAIL, Decision.BLOCK, Standing.FAILING),
        (Verdict.ERROR, Decision.BLOCK, Standing.FAILING),
        (Verdict.INCONCLUSIVE, Decision.BLOCK, Standing.FAILING),
        (Verdict.INCONCLUSIVE, Decision.HOLD, Standing.FAILING),
        (Verdict.INCONCLUSIVE, Decision.WARN, Standing.UNKNOWN),
        (Verdict.FAIL, Decision.WARN, Standing.UNKNOWN),
        (Verdict.PASS, Decision.HOLD, Standing.FAILING),
    ],
)
def test_how_a_model_stands(verdict: Verdict, decision: Decision, standing: Standing) -> None:
    """The decision says whether it fails, and nothing but a PASS is well."""
    assert _standing(_model(verdict, decision, regression(verdict)))["model"] is standing


def test_a_model_that_a_failed_stage_kept_from_being_judged_is_no_second_failure() -> None:
    """One broken stage is one message, not one for each model behind it."""
    stage = StageFact(name="train", action="failed", reason="exit code 1")

    assert _standing(_model(Verdict.ERROR, Decision.BLOCK), stage) == {"stages": Standing.FAILING}


def test_a_failing_check_of_data_is_told_as_data_and_not_as_a_stage() -> None:
    """Its stage has failed because of it."""
    facts = run(checks=(a_check(),), stages=(StageFact(name="check", action="failed", reason="the data"),))
    found = {one.subject.kind: one for one in situations(facts, ON_MAIN)}

    assert found["stages"].standing is Standing.PASSING
    assert found["data"].standing is Standing.FAILING
    assert set(found["data"].reasons) == {"contract.range age", "drift.nulls city"}
    assert found["data"].command == "Correct these rows, or what makes them"


def _stages(whole: bool, **actions: str) -> Situation:
    facts = run(stages=tuple(StageFact(name=name, action=did, reason="r") for name, did in actions.items()))
    return situations(facts, Ground(branch="main", main=True, whole=whole))[0]


@pytest.mark.parametrize(
    ("whole", "later", "recovered"),
    [
        (True, {"lint": "ran", "train": "ran"}, True),
        (True, {"lint": "ran", "train": "reused"}, True),
        (True, {"lint": "ran"}, True),  # a stage that is there no more
        (True, {"lint": "ran", "train": "deferred"}, False),
        (True, {"lint": "ran", "train": "blocked"}, False),
        (False, {"lint": "ran"}, False),  # `seatrial run lint` says nothing of `train`
        (False, {"train": "ran"}, True),
    ],
)
def test_a_stage_has_recovered_only_where_it_ended_well(whole: bool, later: dict[str, str], recovered: bool) -> None:
    """Unknown is never a pass."""
    listener = Listener()
    listener.hears(_stages(True, lint="ran", train="failed"))

    assert (listener.hears(_stages(whole, **later)) is not None) is recovered


def test_a_cell_that_no_machine_did_is_a_failure() -> None:
    """A run put together from parts lacks one."""
    assert _stages(True, train="missing").standing is Standing.FAILING


def test_subjects_of_other_tiers_and_pull_requests_are_others() -> None:
    """A failure of the nightly run says nothing of the run of a pull request."""
    grounds = (ON_MAIN, Ground(pull=3, main=False), Ground(pull=4, main=False))
    facts = [run(tier=tier, stages=()) for tier in ("nightly", "pr")]

    assert len({situations(one, where)[0].subject for one in facts for where in grounds}) == 6


@pytest.mark.parametrize(
    ("environ", "here", "main", "expected"),
    [
        ({}, "main", "main", Ground(branch="main", main=True)),
        ({}, "topic", "main", Ground(branch="topic", main=False)),
        ({}, "main", None, Ground(branch="main", main=None)),
        ({}, None, "main", Ground(branch=None, main=False)),
        ({"GITHUB_REF": "refs/heads/main"}, None, "main", Ground(branch="main", main=True)),
        ({"GITHUB_REF": "refs/pull/12/merge"}, "main", "main", Ground(pull=12, main=False)),
        ({"GITHUB_REF": "refs/tags/v1"}, None, "main", Ground(branch=None, main=False)),
        ({"CI_COMMIT_BRANCH": "trunk", "CI_DEFAULT_BRANCH": "trunk"}, None, None, Ground(branch="trunk", main=True)),
        ({"CI_MERGE_REQUEST_IID": "7"}, None, "main", Ground(pull=7, main=False)),
        ({"CI_MERGE_REQUEST_IID": "x"}, "main", "main", Ground(branch="main", main=True)),
    ],
)
def test_where_a_run_takes_place(environ: dict[str, str], here: str | None, main: str | None, expected: Ground) -> None:
    """By what CI says, else by what is checked out."""
    assert ground_of(environ, here=here, main=main, whole=True) == expected


@pytest.mark.parametrize(
    ("where", "by_default", "with_pulls"),
    [
        (ON_MAIN, True, True),
        (Ground(branch="topic", main=False), False, False),
        (Ground(branch="main", main=None), False, False),
        (Ground(pull=3, main=False), False, True),
    ],
)
def test_who_hears_of_a_run(where: Ground, by_default: bool, with_pulls: bool) -> None:
    """The main branch, and pull requests where that was asked for."""
    assert where.heard_by(Channel(name="t", kind=Wire.SLACK)) is by_default
    assert where.heard_by(Channel(name="t", kind=Wire.SLACK, pull_requests=True)) is with_pulls


@given(st.lists(st.tuples(st.sampled_from([FAILS, FAILS_TOO, PASSES]), st.sampled_from([*How, None]))))
def test_taking_records_in_one_by_one_comes_to_the_same_as_reading_all(
    steps: list[tuple[Situation, How | None]],
) -> None:
    """A run that has just written does not read again."""
    listener = Listener()
    for situation, how in steps:
        listener.hears(situation, how)
        listener.now += timedelta(seconds=CLAIM_HOLDS)
    memory = fold(())
    for entry in listener.entries:
        memory = memory.after(entry)

    assert memory == fold(listener.entries)


def test_a_record_of_a_newer_version_is_not_half_understood() -> None:
    """It may mean that something was told."""
    listener = Listener()
    listener.hears(FAILS)
    [claim, outcome] = listener.entries
    for body in ({**claim.body, "schema": 2}, {**claim.body, "kind": "whisper"}, {**outcome.body, "data": {"x": 1}}):
        with pytest.raises(StateError, match="record 1 of told/to-t"):
            fold([Entry(stream="told/to-t", number=1, digest="", previous=None, at="", body=body)])


def test_a_claim_that_is_open_is_not_settled_too_early() -> None:
    """Its teller may still be asking."""
    claim = Claim(delivery="d", subject=SUBJECT, event=Event.FAILURE, reasons=("a",), at=NOW.isoformat())
    heard = Heard(claim=claim)

    assert heard.settled(NOW + timedelta(seconds=CLAIM_HOLDS - 1)).claim is not None
    assert heard.settled(NOW + timedelta(seconds=CLAIM_HOLDS)).unsure
