"""The simulation of the latency gate's errors asks what it says it asks."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.gates.latency import FIGURES, SETTINGS, Setting, comparisons, limits, truth
from seatrial.gates.latency.policy import QUANTILES, Figure


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name.replace(" ", "-"))
@pytest.mark.parametrize("figure", FIGURES)
def test_the_truth_of_a_setting_is_that_of_many_draws(setting: Setting, figure: Figure) -> None:
    """Both marginals, by 300,000 waits each; a wrong truth would make every error rate wrong."""
    pair = setting.draw(np.random.default_rng(1), 300_000)
    for waits, marginal in zip(pair, (setting.candidate, setting.baseline), strict=True):
        seen = waits.mean() if figure is Figure.MEAN else np.quantile(waits, QUANTILES[figure])
        assert seen == pytest.approx(truth(marginal, figure), rel=0.04)


def test_shares_of_verdicts_add_up_and_a_short_run_is_near_the_promise() -> None:
    """Forty judgements of independent waits: hardly one in ten passes or fails a limit that is the truth."""
    found = limits(SETTINGS[0], 500, 40, 1)

    for passed, failed, undecided in found.values():
        assert passed + failed + undecided == pytest.approx(1)
        assert passed < 0.2
        assert failed < 0.2


def test_peers_are_judged_on_the_same_draws() -> None:
    """The two figures alone pass half of the models that are slower by the margin; this gate passes few."""
    found = comparisons(SETTINGS[0], 300, 40, 1, peers=True)[Figure.P95]

    assert set(found) == {"this gate", "two figures", "block bootstrap", "Harrell-Davis"}
    assert 0.25 < found["two figures"].at_margin < 0.75
    assert found["this gate"].at_margin < 0.2
    assert found["this gate"].blocked <= found["two figures"].blocked
    assert found["two figures"].equal > found["this gate"].equal
