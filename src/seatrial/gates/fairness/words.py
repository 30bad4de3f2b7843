"""The fairness gate's sentences."""

from __future__ import annotations

from seatrial.errors import some_of
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.fairness.records import Apart, Limit
from seatrial.verdict import Verdict


def sentence(
    asked: str,
    key: str,
    seen: Apart,
    limit: Limit,
    verdict: Verdict,
    reason: Reason,
    missing: tuple[str, ...],
    needed: int | None,
    alpha: float,
) -> str:
    """What was compared, by how much, how sure, and what would change it."""
    high, low = seen.pair
    value = wording.apart(seen.estimate, limit.value, 3)
    ends = f"{wording.apart(seen.lower, limit.value, 3)} to {wording.apart(seen.upper, limit.value, 3)}"
    sure = f"{wording.percent(1 - alpha)} bounds {ends}"
    bound = wording.exactly(limit.value, 3)
    match limit.what:
        case "ratio":
            said = f"{asked} by {key}: {low} has {value} of what {high} has ({sure})"
            claim = f"no group has less than {bound} of another's"
        case "increase":
            way, size = ("closer together", -seen.estimate) if seen.estimate < 0 else ("further apart", seen.estimate)
            value = wording.apart(size, limit.value, 3)
            said = f"{asked} by {key}: {high} and {low} are {way} by {value} than under the baseline ({sure})"
            claim = f"no two groups moved apart by more than {bound}"
        case _:
            said = f"{asked} by {key}: {high} and {low} are {value} apart ({sure})"
            claim = f"no two groups are more than {bound} apart"
    if verdict is Verdict.PASS:
        return f"{said}; {claim}"
    if verdict is Verdict.FAIL:
        return f"{said}; that is beyond {bound}, even for the two of all groups that look most unlike"
    if missing:
        return f"{said}; in {some_of(missing)} it has no value, so that {claim} cannot be shown"
    if needed is not None:
        return f"{said}; that {claim} cannot be shown; about {wording.rows(needed)} would decide if groups are alike"
    if reason is Reason.NEAR_THE_LIMIT:
        return f"{said}; whether {claim} cannot be told: it lies close to the limit"
    return f"{said}; that {claim} cannot be shown, and no number of rows is known that would"
