"""Votes and the baseline that they were cast against: what a project's account of it decides."""

from __future__ import annotations

import pytest

from seatrial.evidence.preference_records import Preference, Preferences, Winner
from seatrial.evidence.records import Source
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Evidence, Present, VotedAgainst
from seatrial.gates.judge import judge
from seatrial.gates.policy import GateSet
from seatrial.gates.preference.policy import PreferenceRule
from seatrial.verdict import Finding, Verdict

MINE, HELD, EARLIER = "b3:" + "a" * 64, "b3:" + "b" * 64, "b3:" + "c" * 64
VOTES = Preferences(
    source=Source(path="votes.csv", digest="b3:v", stage="arena[judge=one]"),
    judge="judge@1",
    rows=2_400,
    by_id=tuple(
        Preference(id=str(at), candidate_first=winner, baseline_first=winner)
        for at in range(1_200)
        for winner in [Winner.CANDIDATE if at % 2 else Winner.BASELINE]
    ),
)


def _judged(voted: VotedAgainst | None, held: str | None = HELD, votes: Preferences | None = VOTES) -> Finding:
    rules = GateSet(name="s", preference=PreferenceRule(margin=0.05))
    candidate = Evidence(preferences=votes, artifact=MINE, voted_against=voted)
    (finding,) = judge(rules, candidate, Present(evidence=Evidence(artifact=held), label="digits@3 (production)"))
    return finding


@pytest.mark.parametrize(
    ("voted", "held"),
    [
        (VotedAgainst(artifact=HELD), HELD),
        (None, HELD),
        (None, None),
        (VotedAgainst(artifact=EARLIER), None),
        (VotedAgainst(artifact=None), MINE),
    ],
    ids=["the holder", "no account", "files alone", "no artifact", "the candidate itself"],
)
def test_votes_count_against_their_own_baseline_and_where_nobody_keeps_account(
    voted: VotedAgainst | None, held: str | None
) -> None:
    assert _judged(voted, held).verdict is Verdict.PASS


@pytest.mark.parametrize("artifact", [EARLIER, None], ids=["another", "not known"])
def test_votes_against_another_model_or_nobody_known_are_an_error(artifact: str | None) -> None:
    """It names both models, and the command that asks the judge again."""
    finding = _judged(VotedAgainst(artifact=artifact))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.OTHER_BASELINE)
    assert "digits@3 (production) is b3:bbbbbbbbb..." in finding.message
    assert "seatrial cache forget arena && seatrial run" in finding.message
    assert ("b3:ccccccccc..." if artifact else "is not known") in finding.message


def test_where_there_are_no_votes_that_is_what_is_said() -> None:
    assert _judged(VotedAgainst(artifact=None), votes=None).reason is Reason.PREFERENCES_MISSING
