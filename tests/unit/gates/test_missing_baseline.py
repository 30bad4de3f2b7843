"""A comparison without a baseline says what could not be told, and what to do about it."""

from __future__ import annotations

import pytest

from seatrial.gates.evidence import Absent, AbsentReason
from seatrial.gates.missing_baseline import Asking, missing
from seatrial.verdict import Verdict

QUESTION = "whether it is worse"


@pytest.mark.parametrize("reason", AbsentReason)
@pytest.mark.parametrize("asking", Asking)
def test_a_sentence_ends_with_what_to_do(reason: AbsentReason, asking: Asking) -> None:
    """Whatever is missing, and however the models would have been asked; it is never a pass."""
    found = missing(Absent(reason=reason), QUESTION, asking=asking)
    said, _, step = found.message.partition("; ")

    assert str(found.reason) == str(reason)
    assert found.verdict is not Verdict.PASS
    assert said
    assert step


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        (Asking.ROWS, "could not be evaluated on the candidate's rows"),
        (Asking.SERVED, "could not be measured beside the candidate"),
        (Asking.CASES, "could not be asked the candidate's cases"),
    ],
)
def test_a_baseline_that_failed_is_told_by_what_was_asked_of_it(asking: Asking, said: str) -> None:
    assert said in missing(Absent(reason=AbsentReason.NOT_RESCORED), QUESTION, asking=asking).message


def test_the_words_of_whoever_knows_more_come_first() -> None:
    absent = Absent(reason=AbsentReason.NO_BASELINE, message="nobody holds it", next_step="promote one")

    assert missing(absent, QUESTION).message == "nobody holds it; promote one"
