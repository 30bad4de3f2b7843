"""`kill -9` at every named fault point: nothing finished is lost, nothing wrong is found, whatever was under way.

A point is an event of a run, or a durable step, with its name in `tests/support/fault_points.py`. What is right is
told by cold runs in fresh clones (`tests/support/campaign.py`): outs byte for byte, and verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.store.local_state import LocalState
from tests.support.campaign import Campaign, campaign, kill_at_random
from tests.support.commanding import Fault
from tests.support.fault_points import POINTS, Command, Point

RANDOM_KILLS = 25
RUNS: tuple[Command, ...] = ("cold", "tree gone", "other machine", "memo")
WORDS: dict[Command, tuple[str, ...]] = {"memo": ("train",)}
STORED = (
    "after the result is stored",
    "after the pointers are appended",
    "before the result is offered",
    "before stage_ended",
)
"""Points from which on a stage is finished although nobody was told."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """One project for all kills: each begins by forgetting what it needs to."""
    with campaign(tmp_path_factory.mktemp("points")) as made:
        yield made


@pytest.mark.parametrize("point", [point for point in POINTS if point.during in RUNS], ids=lambda point: point.name)
def test_a_kill_there_loses_nothing(made: Campaign, point: Point) -> None:
    """The first time a run comes there: the next one does what is left, and the one after has nothing to do."""
    words = WORDS.get(point.during, ())
    made.begin("c", point.during)
    told = made.strike(Fault(point=point.name), *words)
    if point.name in STORED:
        made.acknowledged.add("data")

    assert told.killed
    made.recover(*words)
    assert words or set(made.recover().values()) == {"reused"}


def test_kills_anywhere_lose_nothing(made: Campaign) -> None:
    """At any call, in a thread too, once or twice in a row."""
    hits = kill_at_random(made, RANDOM_KILLS, "kills anywhere")

    assert sum(hits.values()) >= RANDOM_KILLS


@pytest.mark.parametrize("point", [point for point in POINTS if point.during == "part"], ids=lambda point: point.name)
def test_a_kill_around_the_record_of_a_part_loses_nothing(made: Campaign, point: Point) -> None:
    """The machine asked again does not repeat its stage; what it records is whole."""
    made.begin("c", "cold")
    before = made.starts().count("data")
    words = ("run", "--id", point.name.replace(" ", "-"), "--stage", "data", "--json")
    told = made.commander.type(made.repo, *words, fault=Fault(point=point.name))
    again = made.commander.type(made.repo, *words)

    assert told.killed
    assert again.code == 0, again
    assert made.starts().count("data") == before + 1


def versions(made: Campaign) -> list[Any]:
    """All versions there are."""
    return list(made.repo.seatrial("models", "show", "tiny", "--json").json["model"]["versions"])


def ledger(made: Campaign) -> list[Any]:
    """All moves of aliases there were."""
    return list(made.repo.seatrial("models", "show", "tiny", "--json").json["model"]["ledger"])


@pytest.mark.parametrize(
    "point", [point for point in POINTS if point.during == "register"], ids=lambda point: point.name
)
def test_a_kill_while_registering_leaves_a_version_or_none(made: Campaign, point: Point, tmp_path: Path) -> None:
    """Asked again, there is one more version and it is complete."""
    repo = made.repo
    repo.git("checkout", "-q", made.commits["better"])
    repo.edit("params.yaml", ("salt: d\n", f"salt: {point.name.replace(' ', '-')}\n"))  # each time another model
    repo.commit(point.name)
    made.commander.type(repo, "run", "--json")
    before = len(versions(made))
    told = made.commander.type(repo, "models", "register", "--json", fault=Fault(point=point.name))
    ref = repo.register()

    assert told.killed
    assert len(versions(made)) == before + 1
    artifact = next(one for one in versions(made) if one["ref"] == ref)["artifact"]
    blobs = LocalState(made.share / "state", seen=tmp_path / "seen.json").blobs
    assert artifact["digest"] in set(blobs.names())
    assert not [name for name in blobs.names() if blobs.damaged(name)]


@pytest.mark.parametrize(
    "point", [point for point in POINTS if point.during == "promote"], ids=lambda point: point.name
)
def test_a_kill_while_promoting_moves_the_alias_once_or_not(made: Campaign, point: Point) -> None:
    """Where it had not been recorded production stands still, and asking again is safe either way."""
    made.better()
    ref = made.repo.register()
    number = int(ref.partition("@")[2])
    before = made.repo.aliases()["production"]
    moves = len(ledger(made))
    words = ("models", "promote", ref, "--to", "production", "--json")
    told = made.commander.type(made.repo, *words, fault=Fault(point=point.name))
    between = made.repo.aliases()["production"]
    again = made.commander.type(made.repo, *words)
    after = made.repo.aliases()["production"]
    moved = ledger(made)[moves:]
    made.repo.seatrial("models", "rollback", "tiny")

    assert told.killed
    assert between == (before if point.name.startswith("before") else number)
    assert again.code == 0
    assert after == number
    assert [move["version"] for move in moved] == [number]
