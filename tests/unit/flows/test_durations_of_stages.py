"""How long a cell takes is told from what it took, and from its nearest kin where that is too little."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from seatrial.flows.durations import Duration, durations, quantile
from seatrial.flows.history import Row
from tests.support.past_runs import MACHINE, rows


def _of(cell: str, *history: Iterable[Row], tier: str | None = None) -> Duration | None:
    flat = [row for group in history for row in group]
    return durations([(cell, cell.partition("[")[0])], flat, machine=MACHINE, tier=tier).get(cell)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ((5.0,), 0.5, 5.0),
        ((1.0, 2.0), 0.5, 1.0),
        ((3.0, 1.0, 2.0), 0.5, 2.0),
        (tuple(map(float, range(1, 11))), 0.9, 9.0),
        (tuple(map(float, range(1, 12))), 0.9, 10.0),
        ((1.0, 2.0, 3.0), 0.9, 3.0),
    ],
)
def test_quantiles_are_values_that_were_seen(values: tuple[float, ...], share: float, expected: float) -> None:
    """The nearest rank: nothing between two observations is made up."""
    assert quantile(values, share) == expected


def test_median_and_ninety_per_cent_of_its_own_runs() -> None:
    """With enough of its own, nobody else is asked."""
    found = _of("train", rows("train", *map(float, range(1, 11))), rows("lint", 99.0, 99.0, 99.0))

    assert found is not None
    assert (found.p50, found.p90, found.basis) == (5.0, 9.0, "")


def test_two_observations_are_no_history() -> None:
    """Nothing is made up."""
    assert _of("train", rows("train", 5.0, 5.0)) is None
    assert _of("train", rows("train", 5.0, 5.0, 5.0)) is not None


@pytest.mark.parametrize("did", ["reused", "failed", "blocked", "deferred"])
def test_only_what_really_ran_counts(did: str) -> None:
    """A reused stage takes no time and a failed one took the wrong time."""
    assert _of("train", rows("train", 1.0, 1.0, 1.0, did=did)) is None


def test_other_cells_of_a_matrix_stand_in() -> None:
    """A seed that never ran takes what other seeds took, and the answer says so."""
    found = _of("train[seed=3]", rows("train[seed=0]", 4.0), rows("train[seed=1]", 5.0), rows("train[seed=2]", 6.0))

    assert found is not None
    assert (found.p50, found.basis) == (5.0, "other cells")


def test_machine_and_tier_are_asked_from_near_to_far() -> None:
    """A tier that trains on a tenth of the data says little of another, a laptop little of a server."""
    here = rows("train", 1.0, 1.0, 1.0, tier="pr")
    elsewhere = rows("train", 2.0, 2.0, 2.0, machine="linux x86_64, 64 cores", tier="nightly")
    far = rows("train", 3.0, 3.0, 3.0, machine="linux x86_64, 64 cores", tier="release")

    expected = [
        ((here, elsewhere, far), "pr", (1.0, "")),
        ((here, elsewhere, far), "nightly", (1.0, "other tiers")),
        ((elsewhere, far), "nightly", (2.0, "other machines")),
        ((far,), "nightly", (3.0, "other tiers and machines")),
    ]
    for history, tier, wanted in expected:
        found = _of("train", *history, tier=tier)

        assert found is not None
        assert (found.p50, found.basis) == wanted


def test_newest_observations_win() -> None:
    """A stage that became faster is not held to what it took a year ago."""
    found = _of("train", rows("train", *[100.0] * 100, *[1.0] * 30))

    assert found is not None
    assert found.p90 == 1.0
