"""Do labels and predictions disagree more often than they did?

Where a dataset carries a model's predictions, a rise in disagreement with no drift of the inputs is the one trace that flipped labels
leave. Whether labels or the model became worse it does not tell; the message does not claim to.
"""

from __future__ import annotations

import math

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.stats import normal
from seatrial.stats.proportion import wilson


def noisier(reference: Profile | None, current: Profile, contract: Contract) -> Claim | None:
    """A claim where both profiles have labels and predictions."""
    if reference is None or not current.agreement or not reference.agreement:
        return None
    (n, agree), (m, agreed) = current.agreement, reference.agreement
    if n == 0 or m == 0:
        return None
    now, was = (n - agree) / n, (m - agreed) / m
    drift = contract.drift
    low, high = _newcombe(n - agree, n, m - agreed, m, 1.0 - drift.confidence)
    both = (n - agree + m - agreed) / (n + m)
    error = math.sqrt(max(both * (1 - both), 0.0) * (1 / n + 1 / m))
    return Claim(
        check=Check.LABEL_NOISE,
        column=contract.label,
        statistic="disagreement",
        unit=Unit.SHARE,
        estimate=max(now - was, 0.0),
        low=max(low, 0.0),
        high=max(high, 0.0),
        floor=drift.share_floor,
        detect=drift.share_detect,
        p=normal.sf((now - was) / error) if error > 0 else 1.0,
        n=n,
        n_reference=m,
        n_needed=_needed(was, drift.share_floor, drift.share_detect, 1.0 - drift.confidence),
        message=f"labels and predictions disagree in {percent(now)} of the rows, {percent(was)} in the reference",
        current=percent(now),
        reference=percent(was),
    )


def _newcombe(k: int, n: int, j: int, m: int, alpha: float) -> tuple[float, float]:
    """Newcombe (1998), Stat. Med. 17:873, method 10: Wilson's intervals combined."""
    here, there = wilson(k, n, alpha=alpha), wilson(j, m, alpha=alpha)
    now, was = k / n, j / m
    return (
        now - was - math.hypot(now - here.lower, there.upper - was),
        now - was + math.hypot(here.upper - now, was - there.lower),
    )


def _needed(was: float, floor: float, detect: float, alpha: float) -> int:
    share = min(was + detect, 0.5)
    z = 2 * normal.upper_quantile(alpha)
    return math.ceil(2 * share * (1 - share) * (z / (detect - floor)) ** 2) if detect > floor else 1
