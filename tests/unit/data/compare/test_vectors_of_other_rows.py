"""Vectors are looked at along directions of their own: another model's lie elsewhere, other rows' fit no other column.

Both are distributed alike along any random direction, or nearly so.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.compare.columns import compare
from seatrial.data.decide import decide
from seatrial.data.joint.correlation import screened
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.data.profile.vectors import own_directions
from seatrial.verdict import Verdict
from tests.support.profiled import profile_of

WIDTH = 32


def embedded(rows: int, seed: int) -> pl.DataFrame:
    """Vectors about a common mean, wide in one direction, by which the price goes."""
    rng = np.random.default_rng(seed)
    topic = rng.normal(size=rows)
    axes = np.linalg.qr(np.random.default_rng(7).normal(size=(WIDTH, WIDTH)))[0]
    matrix = 0.25 * rng.normal(size=(rows, WIDTH)) + np.outer(topic, axes[0]) + 1.5 * axes[1]
    return pl.DataFrame(
        {
            "vector": pl.Series(matrix.astype(np.float32), dtype=pl.Array(pl.Float32, WIDTH)),
            "price": topic + rng.normal(size=rows),
        }
    )


REFERENCE = embedded(4_000, 1)


def against(after: pl.DataFrame) -> tuple[Profile, Profile]:
    return profile_of(REFERENCE), profile_of(after, reference=REFERENCE)


def alarms(after: pl.DataFrame) -> set[str]:
    before, now = against(after)
    claims = (*compare(before, now, Contract())[0], *screened(before, now, Contract())[0])
    return {str(found.check) for found in decide(claims, q=0.01) if found.verdict is Verdict.FAIL}


@pytest.mark.parametrize("seed", range(10, 20))
def test_other_rows_of_the_same_source_are_quiet(seed: int) -> None:
    assert alarms(embedded(500, seed)) == set()


def test_vectors_of_other_rows_no_longer_go_with_the_columns_they_went_with() -> None:
    frame = embedded(500, 2)
    order = np.random.default_rng(3).permutation(500)

    assert alarms(frame.with_columns(frame["vector"].gather(order))) == {"joint.correlation"}


def test_a_tenth_of_vectors_of_another_model_lies_elsewhere() -> None:
    frame = embedded(1_000, 2)
    matrix = frame["vector"].to_numpy().copy()
    matrix[:100] = matrix[:100] @ np.linalg.qr(np.random.default_rng(3).normal(size=(WIDTH, WIDTH)))[0]

    assert "drift.projections" in alarms(
        frame.with_columns(vector=pl.Series(matrix, dtype=pl.Array(pl.Float32, WIDTH)))
    )


def test_directions_are_stored_and_are_the_mean_and_the_widest_one() -> None:
    profile = profile_of(REFERENCE)
    mean, widest = np.array(profile.binning.columns["vector"].directions)
    axes = np.linalg.qr(np.random.default_rng(7).normal(size=(WIDTH, WIDTH)))[0]

    assert abs(mean @ axes[1]) > 0.99
    assert abs(widest @ axes[0]) > 0.99
    assert read_profile(write_profile(profile), file="p").binning == profile.binning


def test_vectors_without_spread_or_without_numbers_have_no_directions() -> None:
    assert own_directions(np.ones((50, 4))) == ()
    assert own_directions(np.full((50, 4), np.nan)) == ()
    assert own_directions(np.zeros((0, 4))) == ()


def test_vectors_of_another_width_are_profiled_all_the_same() -> None:
    frame = embedded(200, 2)
    shorter = pl.Series("vector", frame["vector"].to_numpy()[:, :8], dtype=pl.Array(pl.Float32, 8))

    _, now = against(frame.with_columns(shorter))

    assert now.columns["vector"].vectors is not None


def lengths(norms: list[float]) -> Profile:
    """Vectors along one axis, which have these lengths."""
    matrix = np.zeros((len(norms), 4), dtype=np.float32)
    matrix[:, 0] = norms
    frame = pl.DataFrame({"vector": pl.Series(matrix, dtype=pl.Array(pl.Float32, 4))})
    reference = pl.DataFrame({"vector": pl.Series(SPREAD, dtype=pl.Array(pl.Float32, 4))})
    return profile_of(frame, reference=reference)


SPREAD = np.outer(np.random.default_rng(1).uniform(1, 2, 2_000), np.eye(4)[0]).astype(np.float32)


OTHERS = np.random.default_rng(2).uniform(1, 2, 100)


@pytest.mark.parametrize(
    ("norms", "detect", "said"),
    [
        (
            [*OTHERS, *[1.5] * 20],
            0.6435,
            "19.2 % of the vectors of vector have a length from 1.499 to 1.514, was 1.6 %: ",
        ),
        ([*(1 + np.sqrt(OTHERS - 1))], 0.45, "the vectors of vector are longer"),
    ],
)
def test_what_is_told_not_to_go_unseen_is_what_rows_needed_were_found_for(
    norms: list[float], detect: float, said: str
) -> None:
    """A few vectors of one length must be gross, all that are longer need not be."""
    before = lengths([float(each) for each in SPREAD[:, 0]])

    (claim,) = (each for each in compare(before, lengths(norms), Contract())[0] if each.check == "drift.norms")

    assert said in claim.message
    assert claim.detect == pytest.approx(detect, abs=1e-4)
