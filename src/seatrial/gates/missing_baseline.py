"""What a gate says when there is no baseline to compare with, so that all say it alike.

Called by the gates whose comparison is with one baseline's evidence. Silence is never taken for agreement:
see `evidence.Absent` for the cases.
"""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from msgspec import Struct

from seatrial.gates.codes import Kind, Reason
from seatrial.gates.evidence import Absent, AbsentReason, Baseline
from seatrial.replacing import replace
from seatrial.verdict import Verdict


class Asking(Enum):
    """How both models would have been asked."""

    ROWS = "evaluated on rows"
    SERVED = "started and timed"
    CASES = "asked test cases"


_REFUSED = {
    Asking.ROWS: (
        "the baseline could not be evaluated on the candidate's rows",
        "make the evaluating stage work with the baseline's artifact",
    ),
    Asking.SERVED: (
        "the baseline could not be measured beside the candidate",
        "make the baseline's artifact start with the command that serves the candidate",
    ),
    Asking.CASES: (
        "the baseline could not be asked the candidate's cases",
        "make what answers them work with the baseline's artifact",
    ),
}


class Missing(Struct, frozen=True, kw_only=True):
    """The verdict, the reason and the sentence for a comparison that could not be made."""

    verdict: Verdict
    reason: Reason
    message: str


def for_kind(baseline: Baseline, kind: Kind) -> Baseline:
    """The baseline as a gate of this kind is shown it: where there is none, with the step that gives that gate one."""
    if isinstance(baseline, Absent) and kind in baseline.next_steps:
        return replace(baseline, next_step=baseline.next_steps[kind])
    return baseline


def missing(absent: Absent, question: str, *, asking: Asking = Asking.SERVED) -> Missing:
    """What becomes of a comparison without a baseline. `question` is what cannot be told: `whether it is slower`."""
    match absent.reason:
        case AbsentReason.NO_BASELINE:
            verdict, reason = Verdict.ERROR, Reason.NO_BASELINE
            message = f"there is no baseline, so {question} cannot be told"
            next_step = "a first model is declared with `seatrial models promote --first`"
        case AbsentReason.BASELINE_ABSENT:
            verdict, reason = Verdict.INCONCLUSIVE, Reason.BASELINE_ABSENT
            message = "the main branch has no Seatrial configuration at the commit to compare with"
            next_step = "once it has, the next change can be compared"
        case AbsentReason.NOT_GIVEN:
            verdict, reason = Verdict.INCONCLUSIVE, Reason.BASELINE_NOT_GIVEN
            message = "code from a fork is not shown the registry, so it does not know what it would be compared with"
            next_step = "a second run, of the repository's own code, judges what was measured"
        case AbsentReason.NOT_RESCORED:
            verdict, reason = Verdict.ERROR, Reason.NOT_RESCORED
            message, next_step = _REFUSED[asking]
        case _:
            assert_never(absent.reason)
    return Missing(
        verdict=verdict,
        reason=reason,
        message=f"{absent.message or message}; {absent.next_step or next_step}",
    )
