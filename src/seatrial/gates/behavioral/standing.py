"""Where each case stands, and where the set stands: the rule of the behavioral gate, over counts alone.

Called by `judge`. A case that was asked once stands as it answered. One that was asked k times passes where the exact
lower bound of its share of passes (Clopper and Pearson) lies above `case_pass_rate`, fails where the upper bound
lies below it, and is open in between. The unit of the set is the case, however often it was asked, since repeats
of one case tell of that case only. Open cases count as failing where a pass is to be shown, and as passing where
a fail is.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.behavioral.tally import Tally
from seatrial.gates.figures import SHOWN_ALPHA
from seatrial.stats.interval import Interval
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import share_rows_needed
from seatrial.verdict import Verdict

_MOST_REPEATS = 10_000


class Standing(Enum):
    """What the answers show of one case."""

    PASSES = "passes"
    FAILS = "fails"
    OPEN = "open"


class SetStanding(Struct, frozen=True, kw_only=True):
    """The share of cases that pass against a least share. `alpha` is the error of `interval` on each side.

    `cases_needed` and `repeats_needed` say what would decide; both None where nothing is missing or nothing can be
    named.
    """

    verdict: Verdict
    passing: int
    open: int
    n: int
    interval: Interval
    alpha: float
    cases_needed: int | None = None
    repeats_needed: int | None = None

    @property
    def share(self) -> float:
        return self.passing / self.n


def stand(tally: Tally, rule: Behavioral) -> Standing:
    """Where one case stands."""
    if tally.asked == 1:
        return Standing.PASSES if tally.passed else Standing.FAILS
    bounds = clopper_pearson(tally.passed, tally.asked, alpha=rule.case_alpha)
    if bounds.lower > rule.case_pass_rate:
        return Standing.PASSES
    return Standing.FAILS if bounds.upper < rule.case_pass_rate else Standing.OPEN


def stand_together(
    tallies: Sequence[Tally], standings: Sequence[Standing], rule: Behavioral, *, least: float, confidence: float | None
) -> SetStanding:
    """Where a set of cases stands against a least share of passing ones; there is at least one case."""
    n = len(standings)
    passing, left_open = (sum(one is kind for one in standings) for kind in (Standing.PASSES, Standing.OPEN))
    alpha = SHOWN_ALPHA if confidence is None else 1 - confidence
    if confidence is None:
        low, high = passing / n, (passing + left_open) / n
        interval = wilson(passing, n, alpha=alpha)
    else:
        low = clopper_pearson(passing, n, alpha=alpha).lower
        high = clopper_pearson(passing + left_open, n, alpha=alpha).upper
        interval = Interval(lower=low, upper=high)
    verdict = Verdict.PASS if low >= least else Verdict.FAIL if high < least else Verdict.INCONCLUSIVE
    cases_needed = repeats_needed = None
    if verdict is Verdict.INCONCLUSIVE and left_open:
        opened = [tally for tally, one in zip(tallies, standings, strict=True) if one is Standing.OPEN]
        repeats_needed = _repeats_needed(opened, rule)
    elif verdict is Verdict.INCONCLUSIVE:
        cases_needed = share_rows_needed(passing, n, limit=least, alpha=alpha).needed
    return SetStanding(
        verdict=verdict,
        passing=passing,
        open=left_open,
        n=n,
        interval=interval,
        alpha=alpha,
        cases_needed=cases_needed,
        repeats_needed=repeats_needed,
    )


def _repeats_needed(opened: Sequence[Tally], rule: Behavioral) -> int | None:
    """Repeats that would settle every open case if its share stays as seen; None where one lies on the limit."""
    needed = 0
    for tally in opened:
        rows = share_rows_needed(tally.passed, tally.asked, limit=rule.case_pass_rate, alpha=rule.case_alpha)
        if rows.needed is None or rows.needed > _MOST_REPEATS:
            return None
        needed = max(needed, rows.needed)
    return needed
