"""A warning decides no exit code: what is held stays held beside a FAIL that only warns."""

from __future__ import annotations

import pytest

from seatrial.cli import exits
from seatrial.report.facts import CheckFact, DetailFact
from seatrial.verdict import Decision, Finding, Verdict


def fact(decision: Decision, *said: tuple[Verdict, str]) -> CheckFact:
    return CheckFact(
        name="data",
        dataset="train",
        identity="b3:1",
        rows=10,
        verdict=said[0][0],
        decision=decision,
        findings=tuple(
            Finding(name="n", kind="data", metric=None, verdict=verdict, reason="r", message="m") for verdict, _ in said
        ),
        passed=1,
        details=tuple(DetailFact(severity=severity) for _, severity in said),
    )


@pytest.mark.parametrize(
    ("decision", "said", "code"),
    [
        (Decision.HOLD, [(Verdict.FAIL, "warning"), (Verdict.INCONCLUSIVE, "error")], exits.HELD),
        (Decision.BLOCK, [(Verdict.FAIL, "warning"), (Verdict.INCONCLUSIVE, "error")], exits.HELD),
        (Decision.BLOCK, [(Verdict.FAIL, "error"), (Verdict.INCONCLUSIVE, "error")], exits.BLOCKED),
        (Decision.BLOCK, [(Verdict.FAIL, "warning"), (Verdict.ERROR, "error")], exits.USER),
        (Decision.WARN, [(Verdict.FAIL, "warning")], exits.OK),
    ],
)
def test_the_exit_code_goes_by_what_is_more_than_a_warning(
    decision: Decision, said: list[tuple[Verdict, str]], code: int
) -> None:
    assert exits.exit_code(decision, fact(decision, *said).grave) == code


def test_a_check_that_left_no_detail_counts_by_its_own_verdict() -> None:
    """So that a record that cannot be read never passes."""
    unread = CheckFact(
        name="data",
        dataset="",
        identity="",
        rows=0,
        verdict=Verdict.ERROR,
        decision=Decision.BLOCK,
        findings=(),
        passed=0,
    )

    assert exits.exit_code(unread.decision, unread.grave) == exits.USER
