"""The ideal test that decides what is asked for: its power is that of simulation, its floors are the declared ones."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from benchmarks.data.cases import cases_of
from benchmarks.data.catalogue import KINDS, TABLES
from benchmarks.data.oracle import replicated
from benchmarks.data.power import Effect, arcs, area_variance, distance, effect_of, power
from seatrial.data.policy import Drift

CUSTOMERS = TABLES[0]
COLUMNS = 22


def _shares(before: float, after: float) -> Effect:
    return Effect(unit="share", size=abs(after - before), floor=Drift().share_floor, before=before, after=after)


def test_a_shifted_normal_distribution_lies_as_far_as_it_was_shifted() -> None:
    """The scale on which all distributions are compared; small shifts, as the distance is bounded."""
    values = np.random.default_rng(1).normal(0, 1, 400_000)

    assert distance(pl.Series(values), pl.Series(values)) == 0
    for shift in (0.1, 0.3):
        assert distance(pl.Series(values[::2]), pl.Series(values[1::2] + shift)) == pytest.approx(shift, abs=0.02)


def test_chance_alone_is_no_distance() -> None:
    """Without its correction, a plug-in distance of small samples is large."""
    rng = np.random.default_rng(2)
    found = [distance(pl.Series(rng.normal(0, 1, 2_000)), pl.Series(rng.normal(0, 1, 2_000))) for _ in range(40)]

    assert np.mean(np.square(found)) < 0.1**2


@pytest.mark.parametrize("n", [500, 5_000])
@pytest.mark.parametrize(("before", "after"), [(0.0, 0.02), (0.0, 0.01), (0.3, 0.24), (0.1, 0.2)])
def test_the_power_of_a_share_is_that_of_the_exact_test_on_drawn_samples(n: int, before: float, after: float) -> None:
    """Level, bound and floor as they are declared; the counts are drawn."""
    counts = np.random.default_rng(3).binomial(n, after, 4_000)
    level = Drift().q / COLUMNS
    alarms = []
    for count in counts.tolist():
        k, p0 = (count, before) if after > before else (n - count, 1 - before)
        lower = stats.beta.ppf(0.05, k, n - k + 1) if k else 0.0
        far = lower - p0 > 0.005 and arcs(lower, p0) > 0.1
        alarms.append(far and stats.binom.sf(k - 1, n, p0) <= level)

    assert power(_shares(before, after), CUSTOMERS, n, COLUMNS) == pytest.approx(np.mean(alarms), abs=0.03)


@pytest.mark.parametrize("n", [500, 5_000])
@pytest.mark.parametrize("shift", [0.15, 0.3])
def test_the_power_of_a_shift_is_that_of_a_test_of_means_on_drawn_samples(n: int, shift: float) -> None:
    """A reference of 20,000 rows is drawn too, through its mean."""
    rng = np.random.default_rng(4)
    error = math.sqrt(1 / n + 1 / 20_000)
    means = rng.normal(shift, 1 / math.sqrt(n), 20_000) - rng.normal(0, 1 / math.sqrt(20_000), 20_000)
    significant = stats.norm.sf(means / error) <= Drift().q / COLUMNS
    above = means - stats.norm.ppf(0.95) * error > Drift().floor

    effect = Effect(unit="sd", size=shift, floor=Drift().floor)
    assert power(effect, CUSTOMERS, n, COLUMNS) == pytest.approx(np.mean(significant & above), abs=0.02)


def test_an_accident_that_leaves_few_rows_leaves_little_power() -> None:
    """Rows that are drawn more often are kept, the others are not: 212 of 500 stay, and the ideal test has no more."""
    (kind,) = (kind for kind in KINDS if kind.name == "rows_selected")
    weak = next(case for case in cases_of(CUSTOMERS, [kind], 500) if case.magnitude == 0.3)

    assert weak.effect.rows == pytest.approx(0.425, abs=0.01)
    assert weak.power == pytest.approx(replicated(CUSTOMERS, weak, 500, 100, COLUMNS), abs=0.15)
    assert weak.power < 0.9


def test_few_positive_rows_leave_little_power_to_an_area() -> None:
    """Hanley and McNeil's variance by drawn scores: 8 of 100 rows are positive, not every second one."""
    rng = np.random.default_rng(6)
    areas = []
    for _ in range(2_000):
        high, low = rng.normal(0.5, 1, 40), rng.normal(0, 1, 460)
        areas.append(stats.mannwhitneyu(high, low).statistic / (40 * 460))

    assert area_variance(float(np.mean(areas)), 500, 0.08) == pytest.approx(np.var(areas), rel=0.15)


@pytest.mark.parametrize("name", ["shifted", "clipped", "rows_permuted", "leak_in_place", "numbers_as_text"])
def test_the_ideal_test_does_on_drawn_samples_what_its_power_says(name: str) -> None:
    """One kind for each view, at each of its magnitudes; thirty samples know a chance to within a quarter."""
    kinds = [kind for kind in KINDS if kind.name == name]
    for case in cases_of(CUSTOMERS, kinds, 500):
        assert replicated(CUSTOMERS, case, 500, 30, COLUMNS) == pytest.approx(case.power, abs=0.25), case.name


def test_more_rows_never_make_an_effect_above_the_floor_harder_to_show() -> None:
    """And with enough rows everything above is shown, everything below is not."""
    for table in TABLES[:1]:
        for kind in KINDS:
            for magnitude in kind.magnitudes if kind.column(table) else ():
                effect = effect_of(table, kind, magnitude)
                few, many, most = (power(effect, table, n, COLUMNS) for n in (500, 5_000, 500_000))
                if effect.above_floor:
                    assert few - 0.01 <= many <= most + 0.01, kind.name
                    assert most > 0.9, kind.name
                else:
                    assert most < 0.1, kind.name


def test_a_share_has_to_pass_both_floors() -> None:
    """One point of a hundred is far from nothing, and close to a half."""
    assert _shares(0.0, 0.01).above_floor
    assert not _shares(0.5, 0.51).above_floor
    assert not _shares(0.0, 0.004).above_floor
