"""The one place that knows exit codes: decisions, errors and refusals to numbers."""

from __future__ import annotations

import pytest

from seatrial.cli import exits
from seatrial.cli.refusals import refusal_code
from seatrial.errors import (
    ConfigError,
    ConflictError,
    EvidenceError,
    OutsideError,
    SeatrialError,
    StageError,
    StateError,
    UsageError,
)
from seatrial.registry.promotion import Refusal, Refused
from seatrial.verdict import Decision, Verdict


@pytest.mark.parametrize(
    ("decision", "verdicts", "code"),
    [
        (Decision.ALLOW, (Verdict.PASS,), 0),
        (Decision.WARN, (Verdict.INCONCLUSIVE,), 0),
        (Decision.BLOCK, (Verdict.FAIL,), 1),
        (Decision.BLOCK, (Verdict.FAIL, Verdict.ERROR), 1),
        (Decision.BLOCK, (Verdict.ERROR, Verdict.PASS), 2),
        (Decision.BLOCK, (), 2),
        (Decision.HOLD, (Verdict.INCONCLUSIVE, Verdict.PASS), 3),
        (Decision.BLOCK, (Verdict.INCONCLUSIVE,), 3),
    ],
)
def test_decision_gives_the_code_and_fail_beats_error(
    decision: Decision, verdicts: tuple[Verdict, ...], code: int
) -> None:
    """A block by INCONCLUSIVE alone is a hold to the shell; nothing judged is an ERROR."""
    assert exits.exit_code(decision, verdicts) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError, 2),
        (EvidenceError, 2),
        (UsageError, 2),
        (StageError, 4),
        (OutsideError, 5),
        (StateError, 5),
        (ConflictError, 6),
    ],
)
def test_error_gives_the_code_of_its_kind(error: type[SeatrialError], code: int) -> None:
    """The tree in errors.py says who must act; the code says the same to a script."""
    assert exits.code_of(error("what is wrong")) == code


@pytest.mark.parametrize(("refusal", "code"), [(Refusal.BLOCKED, 1), (Refusal.FIX, 2), (Refusal.HELD, 3)])
def test_refused_promotion_gives_the_code_of_its_reason(refusal: Refusal, code: int) -> None:
    """The same codes as a decision's."""
    assert refusal_code(Refused(refusal=refusal, reasons=("why",), next_step="what")) == code


def test_promotion_that_lost_a_race_is_a_conflict() -> None:
    """An error in place of a refusal keeps its own code."""
    assert refusal_code(ConflictError("somebody was faster")) == 6
