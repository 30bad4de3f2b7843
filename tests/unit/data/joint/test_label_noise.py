"""Disagreement of labels and predictions against that of the reference."""

from __future__ import annotations

import pytest

from seatrial.data.codes import Check
from seatrial.data.decide import decide
from seatrial.data.joint.jointly import jointly
from seatrial.data.joint.label_noise import noisier
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import profile
from tests.unit.data.joint.tables import numeric


def _verdict(was: tuple[int, int] | None, now: tuple[int, int] | None) -> Verdict | None:
    table = numeric(100, 1)
    claim = noisier(profile(table, agreement=was), profile(table, agreement=now), Contract())
    return None if claim is None else decide([claim], q=0.01)[0].verdict


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ((5000, 4400), Verdict.PASS),
        ((5000, 4850), Verdict.PASS),  # better than before is no alarm
        ((5000, 3900), Verdict.FAIL),
        ((500, 375), Verdict.FAIL),
        ((30, 25), Verdict.INCONCLUSIVE),
    ],
)
def test_only_a_rise_alarms_and_few_rows_cannot_show_there_is_none(now: tuple[int, int], verdict: Verdict) -> None:
    assert _verdict((20000, 17600), now) is verdict


def test_predicted_amounts_are_no_classes() -> None:
    """All rows disagree, before as now, which is no news and no clean bill."""
    assert _verdict((20000, 0), (5000, 0)) is None
    assert _verdict((20000, 900), (5000, 0)) is None
    assert _verdict((20000, 1100), (5000, 0)) is Verdict.FAIL

    table = numeric(300, 1)
    old, new = (profile(table, left_out=("id",), agreement=(300, 0)) for _ in range(2))
    _, facts = jointly(old, new, Contract(label="y", prediction="a"), seed=1)
    assert Check.LABEL_NOISE in {fact.check for fact in facts}


def test_without_predictions_on_both_sides_nothing_is_claimed() -> None:
    assert _verdict(None, (500, 400)) is None
    assert _verdict((500, 400), None) is None
    assert _verdict((500, 400), (0, 0)) is None
