"""The second of two runs of one stage begins in another second than the first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from seatrial.clock import FixedClock
from seatrial.flows.twice import into_the_next_second

BEGAN = datetime(2026, 11, 24, 22, 0, 0, 900_000, tzinfo=UTC)


@pytest.mark.parametrize(("later", "sleeps"), [(0.0, 2), (0.04, 2), (0.1, 0), (7.0, 0)])
def test_waits_for_the_next_second_and_no_longer(later: float, sleeps: int) -> None:
    """Else a stage that writes down whole seconds would pass for one that always makes the same."""
    clock = FixedClock(BEGAN + timedelta(seconds=later))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.instant += timedelta(seconds=seconds)

    into_the_next_second(clock, int(BEGAN.timestamp()), sleep)

    assert len(slept) == sleeps
    assert int(clock.now().timestamp()) > int(BEGAN.timestamp())


def test_clock_that_stands_still_does_not_hang() -> None:
    """Somebody sets it back for ever: the comparison goes on without the help."""
    slept: list[float] = []

    into_the_next_second(FixedClock(BEGAN), int(BEGAN.timestamp()), slept.append)

    assert 20 <= len(slept) <= 100
