"""Claims about a column of times. Time moves on, so that a later window is no drift; a cut one is.

If the current rows lie within the window of the reference, they should fill it: a missing end is truncation, and
inside the window the distribution is compared. If they reach beyond it, they are newer, and only what does not
depend on the window is asked: the hours of the day and days of the week without rows. A change of time zone turns
the hours, and is named by the turn that explains them best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.distances import figures
from seatrial.data.compare.pair import Pair, bins_for, detectable, speaks
from seatrial.data.compare.shares import compared, share_claim
from seatrial.data.profile.records import Times
from seatrial.stats.effects import shape

_SLACK = 0.02
"""How far beyond the reference's window, as a share of it, current rows may reach and still count as inside."""
_DAY = 86_400_000_000
_WHOLE_DAYS = 2
_WEEKS = 14
_RARE = 0.001
_BETTER = 3.0
"""How far turned hours may still lie from those of the reference, in what chance makes of equal ones (the squared
Hellinger distance of two samples is about (bins - 1) (1/n + 1/m) / 4)."""


def claims(pair: Pair) -> list[Claim]:
    """All claims about one column of times."""
    before, after = pair.before.times, pair.after.times
    if before is None or after is None or before.count <= 0 or after.count <= 0:
        return []
    found: list[Claim | None] = [_hours(pair, before, after), _weekdays(pair, before, after)]
    if before.least is not None and before.most is not None and after.least is not None and after.most is not None:
        slack = _SLACK * (before.most - before.least)
        later, earlier = after.most > before.most + slack, after.least < before.least - slack
        cut = None if later else _cut(pair, before, after, older=earlier)
        found.append(cut)
        if cut is None and not later and not earlier:
            found.append(_shape(pair, before, after))
    return [claim for claim in found if claim is not None]


def _cut(pair: Pair, before: Times, after: Times, *, older: bool) -> Claim | None:
    """Rows of the reference in whole bins after the last, or before the first, current row."""
    edges = pair.binning.edges
    if after.most is None or after.least is None or not edges:
        return None
    behind = sum(count for low, count in zip(edges, before.bins[1:], strict=True) if low > after.most)
    ahead = sum(count for high, count in zip(edges, before.bins[:-1], strict=True) if high <= after.least)
    if not behind and not ahead:
        return None
    at_end = behind >= ahead
    lost = max(behind, ahead)
    effect, limits = compared(pair, (lost, before.count), (0, after.count), Unit.SD)
    share = wording.percent(lost / before.count)
    if at_end:
        what = f"{pair.name} ends at {wording.moment(after.most)}, the reference at {wording.moment(before.most)}"
        what += f": {share} of its rows are later" + ("; the data is older than the reference" if older else "")
    else:
        what = f"{pair.name} begins at {wording.moment(after.least)}, the reference at {wording.moment(before.least)}"
        what += f": {share} of its rows are earlier"
    tail_only = at_end and not ahead and not older
    return pair.claim(
        Check.WINDOW,
        effect,
        f"{what}, {wording.size(effect, Unit.SD)} apart" + ("; the tail looks cut off" if tail_only else ""),
        limits=limits,
        current=_window(after),
        reference=_window(before),
        severity=Severity.ERROR if tail_only else Severity.WARNING,
    )


def _window(times: Times) -> str:
    return f"{wording.moment(times.least)} to {wording.moment(times.most)}"


def _shape(pair: Pair, before: Times, after: Times) -> Claim | None:
    old, new = np.asarray(before.bins), np.asarray(after.bins)
    if np.count_nonzero(old + new) < 2:
        return None
    limits = pair.limits(Unit.SD)
    effect = shape(old, new, bins=bins_for(after.count, before.count), **limits)
    if not speaks(effect, after.count):
        return None
    message = f"the rows of {pair.name} are spread over the same window otherwise, by {wording.size(effect, Unit.SD)}"
    return pair.claim(
        Check.SHAPE,
        effect,
        message,
        limits=limits,
        details=figures(pair, before.bins, after.bins),
        current=_window(after),
        reference=_window(before),
    )


def _days(times: Times) -> float:
    return 0.0 if times.least is None or times.most is None else (times.most - times.least) / _DAY


def _hours(pair: Pair, before: Times, after: Times) -> Claim | None:
    """The hours of the day, where both sides span whole days and have hours at all."""
    old, new = np.asarray(before.hours), np.asarray(after.hours)
    if min(_days(before), _days(after)) < _WHOLE_DAYS or np.count_nonzero(old + new) < 2:
        return None
    limits = pair.limits(Unit.SD)
    effect = shape(old, new, ordered=False, **limits)
    if not speaks(effect, after.count):
        return None
    limits = pair.limits(Unit.SD, detect=detectable(pair.drift.detect, effect))
    turn = turned(old, new)
    told = "" if turn == 0 else f"; they look shifted by {turn:+d} h: another time zone?"
    return pair.claim(
        Check.HOURS,
        effect,
        f"the hours of the day of {pair.name} differ by {wording.size(effect, Unit.SD)}: most rows at "
        f"{int(np.argmax(new))} h, was {int(np.argmax(old))} h{told}",
        limits=limits,
        details={"hours_shifted": float(turn)},
    )


def turned(before: NDArray[np.int64], after: NDArray[np.int64]) -> int:
    """By how many hours, -12 to 12, the hours of `before` are turned to lie closest to those of `after`; 0 if no turn
    explains them much better than none."""
    old, new = before / before.sum(), after / after.sum()
    apart = [
        float((np.sqrt(np.roll(old, turn)) - np.sqrt(new)) @ (np.sqrt(np.roll(old, turn)) - np.sqrt(new)))
        for turn in range(24)
    ]
    best = int(np.argmin(apart))
    noise = len(apart) / 4 * (1 / before.sum() + 1 / after.sum())
    if apart[best] > _BETTER * noise or apart[0] - apart[best] <= noise:
        return 0
    return best if best <= 12 else best - 24


def _weekdays(pair: Pair, before: Times, after: Times) -> Claim | None:
    """Rows on days of the week on which the reference has hardly any: a business calendar that is no longer kept."""
    if _days(before) < _WEEKS or not sum(before.weekdays):
        return None
    free = [day for day, count in enumerate(before.weekdays) if count <= _RARE * before.count]
    old, new = (sum(times.weekdays[day] for day in free) for times in (before, after))
    if not free or not (old or new):
        return None
    what = "on days of the week without rows before"
    return share_claim(pair, Check.WEEKDAYS, (old, before.count), (new, after.count), what, screens=True)
