"""`kill -9` at 200 random places, and at every named fault point each time a run comes there.

Run with `--long`. SEATRIAL_TEST_SEED chooses other places.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.campaign import Campaign, campaign, kill_at_random
from tests.support.commanding import Fault
from tests.support.fault_points import POINTS, Command

KILLS = 200
RUNS: tuple[Command, ...] = ("cold", "tree gone", "other machine")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with campaign(tmp_path_factory.mktemp("kills")) as made:
        yield made


def test_two_hundred_random_kills_lose_nothing(made: Campaign) -> None:
    """No finished stage runs again, and every run ends as a cold one in a fresh clone."""
    hits = kill_at_random(made, KILLS, os.environ.get("SEATRIAL_TEST_SEED", "two hundred kills"))
    print(f"\nkilled {sum(hits.values())} times, by what the run began with: {hits}")

    assert sum(hits.values()) >= KILLS


@pytest.mark.parametrize("state", RUNS)
def test_every_point_each_time_it_is_reached(made: Campaign, state: Command) -> None:
    """Not only the first: whatever named point is on the way of such a run, also those of other runs."""
    made.begin("c", "cold")
    made.recover()  # so that there is something to restore, or to take over
    made.begin("c", state)
    reached = made.commander.type(made.repo, "run", "--json", fault=Fault(count=True)).reached
    made.kills = 0

    assert len(reached) > 20
    for point in POINTS:
        for nth in range(1, reached.get(point.name, 0) + 1):
            made.begin("c", state)
            told = made.strike(Fault(point=point.name, nth=nth))

            assert told.killed, (point.name, nth)
            made.recover()
    print(f"\nkilled {made.kills} times at {len(reached)} points")

    assert made.kills == sum(reached.values())
