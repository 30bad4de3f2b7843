"""Do labels and predictions disagree more often than they did?

Where a dataset carries a model's predictions, a rise in disagreement with no drift of the inputs is the one trace that
flipped labels leave. Whether the labels or the model became worse it does not tell, and the message does not claim to.
"""

from __future__ import annotations

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.stats.effects import share

DETECT = 0.1
"""More disagreement that must not go unseen: models are wrong in many rows, so its share is less sure than one of
nulls."""

CLASSES = 0.05  # the share of rows in which classes agree at least, by luck alone; predicted amounts hardly ever do


def noisier(reference: Profile | None, current: Profile, contract: Contract, *, deff: float = 1.0) -> Claim | None:
    """A claim where both profiles have labels and predictions that are classes. Less disagreement than before is no
    alarm."""
    if reference is None or not current.agreement or not reference.agreement:
        return None
    (n, agree), (m, agreed) = current.agreement, reference.agreement
    if n == 0 or m == 0 or agreed < CLASSES * m:
        return None
    drift = contract.drift
    detect = max(drift.share_detect, DETECT)
    effect = share(
        m - agreed,
        m,
        n - agree,
        n,
        confidence=drift.confidence,
        floor=drift.share_floor,
        detect=detect,
        alpha=drift.q / 10,
        deff_reference=deff,
        deff_current=deff,
    )
    rose = effect.signed > 0
    now, was = percent((n - agree) / n), percent((m - agreed) / m)
    return Claim(
        check=Check.LABEL_NOISE,
        column=contract.label,
        statistic="rise_of_disagreement",
        unit=Unit.SHARE,
        estimate=max(effect.signed, 0.0),
        low=effect.low if rose else 0.0,
        high=effect.high if rose else max(effect.high + 2 * effect.signed, 0.0),
        floor=drift.share_floor,
        detect=detect,
        p=effect.p if rose else 1.0,
        n=n,
        n_reference=m,
        n_needed=effect.n_needed,
        message=f"labels and predictions disagree in {now} of the rows, in the reference in {was}",
        current=now,
        reference=was,
        confidence=drift.confidence,
    )
