"""Claims about a column of times. Time moves on, so that a later window is no drift; a cut one is.

If the current rows lie within the window of the reference, they should fill it: a missing end is truncation, a
stretch without rows a delivery that has not come, and inside the window the distribution is compared. If they reach
beyond it, they are newer, and only what does not depend on the window is asked: the hours of the day, days of the
week without rows, and days that are missing among the new ones. But newer rows follow the older ones: where most rows
lie in the old window and a few lie farther away than the window is long, those few have a wrong year, a swapped day
and month, or a time that stands for none. Rows that came in the order of a time should still do so.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.distances import figures, limit_claims
from seatrial.data.compare.hours import hours
from seatrial.data.compare.missing_days import missing_days
from seatrial.data.compare.pair import Pair, bins_for, speaks
from seatrial.data.compare.shares import compared, share_claim
from seatrial.data.profile.records import Times
from seatrial.stats.effects import shape

_SLACK = 0.02
"""How far beyond the reference's window, as a share of it, current rows may reach and still count as inside."""
_DAY = 86_400_000_000  # microseconds
_WEEKS = 14  # days: each day of the week comes twice
_RARE = 0.001  # a day of the week that has no more of the reference is one without rows
_OUTER = 0.005
"""The share of the reference that a bin far outside may hold."""
_INSIDE = 0.5
"""The share of current rows inside the window of the reference from which on rows far away are no later window: one
that grew at the same pace until it reaches so far has fewer."""
_IN_ORDER = 0.25
"""Successors that lie earlier, as a share, up to which a reference is in the order of a time; by chance it is 0.5."""
_LOST = 0.01
"""More of them than before, as a share, from which on a message says that the order is lost."""


def claims(pair: Pair) -> list[Claim]:
    """All claims about one column of times."""
    before, after = pair.before.times, pair.after.times
    if before is None or after is None or before.count <= 0 or after.count <= 0:
        return []
    found: list[Claim | None] = [
        hours(pair, before, after),
        _weekdays(pair, before, after),
        _order(pair, before, after),
        _far(pair, before, after),
    ]
    if before.least is not None and before.most is not None and after.least is not None and after.most is not None:
        slack = _SLACK * (before.most - before.least)
        later, earlier = after.most > before.most + slack, after.least < before.least - slack
        cut = None if later else _cut(pair, before, after, older=earlier)
        found.append(cut)
        if later or earlier:
            found.append(missing_days(pair, before, after))
        if cut is None and not later and not earlier:
            found += [_shape(pair, before, after), _gap(pair, before, after)]
            found += limit_claims(pair, before.bins, after.bins)
    return [claim for claim in found if claim is not None]


def _far(pair: Pair, before: Times, after: Times) -> Claim | None:
    """Rows far outside the window of the reference, where most are inside it; the side that has more."""
    edges = pair.binning.edges
    if len(edges) < 4 or sum(after.bins[2:-2]) < _INSIDE * after.count:
        return None
    sides = [place for place in (0, -1) if before.bins[place] <= _OUTER * before.count]
    if not sides or not any(before.bins[place] or after.bins[place] for place in sides):
        return None
    place = max(sides, key=lambda place: after.bins[place] / after.count - before.bins[place] / before.count)
    word, farthest = ("before", after.least) if place == 0 else ("after", after.most)
    what = f"{word} {wording.moment(int(edges[place]))}, far outside the reference"
    return share_claim(
        pair,
        Check.BEYOND,
        (before.bins[place], before.count),
        (after.bins[place], after.count),
        what,
        more=f", the farthest at {wording.moment(farthest)}; the reference has {_window(before)}",
        times=len(sides),
        screens=True,
    )


def _order(pair: Pair, before: Times, after: Times) -> Claim | None:
    """Rows that are earlier than the one before, where the reference is in order. Whom it harms depends on the use
    (splits by time, windows, joins of the last known value), so it warns."""
    if before.steps <= 0 or after.steps <= 0 or before.falls > _IN_ORDER * before.steps:
        return None
    lost = after.falls / after.steps - before.falls / before.steps > _LOST
    return share_claim(
        pair,
        Check.ORDER,
        (before.falls, before.steps),
        (after.falls, after.steps),
        "earlier than in the row before",
        more="; the rows are no longer in its order" if lost else "",
        severity=Severity.WARNING,
        screens=True,
    )


def _gap(pair: Pair, before: Times, after: Times) -> Claim | None:
    """The stretch of whole bins without current rows in which the reference has most, corrected for all stretches."""
    size = len(after.bins)
    best = first = last = lost = start = 0
    for place in range(1, size - 1):  # the outer bins are open: a missing end is told as one
        start, lost = (place + 1, 0) if after.bins[place] else (start or 1, lost + before.bins[place])
        if lost > best:
            best, first, last = lost, start, place
    if not best:
        return None
    edges = pair.binning.edges
    effect, limits = compared(pair, (best, before.count), (0, after.count), Unit.SD, screens=True)
    return pair.claim(
        Check.WINDOW,
        effect,
        f"no row of {pair.name} lies between {wording.moment(int(edges[first - 1]))} and "
        f"{wording.moment(int(edges[last]))}, where the reference has {wording.percent(best / before.count)} of its "
        f"rows: {wording.size(effect, Unit.SD)} apart",
        limits=limits,
        current=_window(after),
        reference=_window(before),
        times=(size - 2) * (size - 1) // 2,
    )


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
        what += f": {share} of the reference's rows are later" + ("; the data is older" if older else "")
    else:
        what = f"{pair.name} begins at {wording.moment(after.least)}, the reference at {wording.moment(before.least)}"
        what += f": {share} of the reference's rows are earlier"
    tail_only = at_end and not ahead and not older
    return pair.claim(
        Check.WINDOW,
        effect,
        f"{what}, {wording.size(effect, Unit.SD)} apart" + ("; the tail looks cut off" if tail_only else ""),
        limits=limits,
        current=_window(after),
        reference=_window(before),
        severity=Severity.ERROR if tail_only or (at_end and older) else Severity.WARNING,
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
    message = f"the rows of {pair.name} are spread over the same window differently, by {wording.size(effect, Unit.SD)}"
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
