"""A change of unit is named when its figures fit; clusters, and elements of one list, make rows count for less."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seatrial.data.codes import Check
from seatrial.data.columns import Part
from seatrial.data.compare import wording
from seatrial.data.compare.clusters import design_effect, tail_growth
from seatrial.data.compare.columns import compare
from seatrial.data.compare.units import CHANGES, explained, factor_of
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Numbers, Profile
from tests.support.profiled import profile_of
from tests.unit.data.compare.profiles import binning, column, profiled


def numbers(values: np.ndarray) -> Numbers:
    found = column("x", values.tolist(), binning(values.tolist())).numbers
    assert found is not None
    return found


def sample(seed: int, rows: int = 2_000) -> np.ndarray:
    return np.random.default_rng(seed).normal(20, 5, rows)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.words)
def test_every_change_of_unit_is_recognised_on_other_rows(change: object) -> None:
    assert isinstance(change, type(CHANGES[0]))

    told = explained(numbers(sample(1)), numbers(change.factor * sample(2) + change.offset))

    assert told == change.words


@pytest.mark.parametrize("moved", [sample(2), sample(2) + 1.5, 20 + (sample(2) - 20) * 1.3])
def test_ordinary_drift_is_no_change_of_unit(moved: np.ndarray) -> None:
    assert explained(numbers(sample(1)), numbers(moved)) is None


def test_more_zeros_are_no_change_of_unit() -> None:
    """Values set to zero shrink mean and deviation as a factor would, but a factor leaves the zeros where they are."""
    before = msgspec.structs.replace(numbers(sample(1)), zeros=1_600)
    fewer = msgspec.structs.replace(numbers(sample(2) * 0.6214), zeros=1_800)
    scaled = msgspec.structs.replace(fewer, zeros=1_600)

    assert explained(before, fewer) is None
    assert explained(before, scaled) == "now 0.621 times (kilometres to miles)"


def test_figures_too_large_for_floats_are_explained_by_no_unit() -> None:
    endless = msgspec.structs.replace(numbers(sample(1)), m2=math.inf)

    assert explained(numbers(sample(1)), endless) is None
    assert explained(endless, numbers(sample(1))) is None


def test_a_far_value_is_told_by_its_power_of_ten() -> None:
    assert factor_of(21_000.0, 20.0) == "about 1,000 times"
    assert factor_of(30.0, 20.0) is None
    assert factor_of(5.0, 0.0) is None


def test_independent_rows_have_a_design_effect_of_little_more_than_one() -> None:
    """The largest of three noisy figures, and Student's tail: what it costs to declare clusters that are none."""
    rng = np.random.default_rng(5)
    effects = [design_effect(rng.multinomial(200, np.full(16, 1 / 16), size=64).tolist()) for _ in range(50)]

    assert 1.0 <= np.mean(effects) < 1.5


def test_what_clusters_have_in_common_is_their_level() -> None:
    """64 users of 50 rows, half of the variance between them: the mean has the effect 1 + 49/2, its bins less."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=(64, 1)) + rng.normal(size=(64, 50))
    edges = np.quantile(values, np.linspace(0, 1, 16)[1:-1])
    groups = [[*np.bincount(np.searchsorted(edges, user), minlength=15).tolist(), 0] for user in values]

    assert 15.0 < design_effect(groups) < 60.0


@pytest.mark.parametrize("freedom", [3, 9, 63])
def test_few_groups_widen_as_students_tail_does(freedom: int) -> None:
    expected = (stats.t.isf(1e-4, freedom) / stats.norm.isf(1e-4)) ** 2

    assert tail_growth(freedom) == pytest.approx(float(expected), rel=1e-5)


def test_other_users_are_no_drift() -> None:
    """The cluster column itself is asked for nulls alone: in new data there are other users."""
    old = {"user": [f"u{row % 40}" for row in range(2_000)], "x": sample(1).tolist()}
    new = {"user": [f"v{row % 40}" for row in range(2_000)], "x": sample(2).tolist()}
    reference = profiled(old)
    claims, _ = compare(reference, profiled(new, reference), Contract(cluster="user"))

    assert {claim.check for claim in claims if claim.column == "user"} == {"drift.nulls"}
    assert {"drift.shift", "drift.shape"} <= {claim.check for claim in claims if claim.column == "x"}


@given(copies=st.integers(2, 30))
def test_rows_repeated_within_their_cluster_count_once(copies: int) -> None:
    """Each row `copies` times: the variance of every share is that of the rows before, so the effect is `copies`."""
    rng = np.random.default_rng(6)
    once = rng.multinomial(100, np.full(16, 1 / 16), size=64)

    expected = max(1.0, copies * unbounded(once))
    assert design_effect((once * copies).tolist()) == pytest.approx(expected, rel=1e-9)


def unbounded(groups: np.ndarray) -> float:
    """The design effect of groups of unlike size, so large that the bound at one does not show."""
    return design_effect((groups * 50).tolist()) / 50


def test_few_groups_say_nothing() -> None:
    assert design_effect([]) == 1.0
    assert design_effect([(5, 5), (0, 10), (3, 7)]) == 1.0


def with_part(profile: Profile, each: int) -> Profile:
    """As if the column held the elements of lists, `each` of them in a row."""
    old = profile.columns["x"]
    elements = msgspec.structs.replace(
        old, column=msgspec.structs.replace(old.column, part=Part.ELEMENTS), values=old.values
    )
    return msgspec.structs.replace(profile, rows=profile.rows // each, columns={"x": elements})


def test_elements_of_one_list_are_no_independent_rows() -> None:
    reference = profiled({"x": sample(1, 20_000).tolist()})
    current = profiled({"x": (sample(2, 2_000) + 1.0).tolist()}, reference)

    plain, _ = compare(reference, current, Contract())
    nested, _ = compare(with_part(reference, 10), with_part(current, 10), Contract())
    shift, wary = (next(claim for claim in claims if claim.check == "drift.shift") for claims in (plain, nested))

    assert wary.estimate == shift.estimate
    assert wary.p > shift.p
    assert wary.low < shift.low
    assert wary.high - wary.estimate == pytest.approx(math.sqrt(10) * (shift.high - shift.estimate), rel=0.05)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.00001, "under 0.01 %"),
        (0.999999, "over 99.99 %"),
        (0.0042, "0.42 %"),
        (0.17, "17.0 %"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(share: float, shown: str) -> None:
    assert wording.percent(share) == shown


def test_values_are_shown_on_one_line_and_short() -> None:
    assert wording.value("a\nb\x00") == '"a\\nb\\x00"'
    assert wording.value("x" * 30 + "y" * 30) == '"' + "x" * 23 + "..." + "y" * 14 + '"'
    assert wording.values(["a", "b", "c", "d"], most=2) == '"a", "b" and 2 more'


@pytest.mark.parametrize(
    ("number", "shown"),
    [(3.0, "3"), (1234567.0, "1234567"), (15000.4, "15000"), (0.12345, "0.1235"), (None, "none")],
)
def test_figures_have_four_digits(number: float | None, shown: str) -> None:
    assert wording.figure(number) == shown


def test_a_mean_that_contradicts_the_ranks_is_told_as_such() -> None:
    """Nine rows in ten went up, and the largest came down: the mean fell."""
    before = pl.DataFrame({"x": [float(x) for x in range(100)] * 20 + [1e6] * 100})
    after = pl.DataFrame({"x": [float(x) + 60 for x in range(100)] * 20 + [2e3] * 100})
    claims, _ = compare(profile_of(before), profile_of(after, reference=before), Contract())
    (shift,) = [claim for claim in claims if claim.check is Check.SHIFT]

    assert "x is higher by" in shift.message
    assert "% of all pairs of rows, if not on average; mean " in shift.message
