"""Machines that do parts of one run are killed, meet each other, and lose nothing that was recorded."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.support.driving import Driver
from tests.support.project import Project, made, new_project, stage

MAKE = """
import sys
*given, out = sys.argv[1:]
with open(out, "w") as file:
    file.write("made of " + " ".join(open(name).read() for name in given))
"""
SECONDS = 20
"""How long random calls are tried; `SEATRIAL_TEST_SEED` chooses others."""


def pair(folder: Path) -> Project:
    """A stage that makes a file and a folder, and one that reads both."""
    project = new_project(folder, {"make.py": MAKE, "seatrial.yaml": ""})
    project.declare(
        stage("first", "python make.py ${outs.o}", deps=[], outs={"o": "out/first"}),
        stage("second", "python make.py ${deps.o} ${outs.o}", deps={"o": made("first", "o")}, outs={"o": "out/second"}),
    )
    return project


def records(project: Project) -> list[Path]:
    """The records of the run: how it began, and one a cell."""
    return list((project.root / ".git" / "seatrial" / "state" / "records" / "parts").rglob("*.json"))


def forget(project: Project, *, records_too: bool = False) -> None:
    """Another machine: neither cache nor outs; with no records either, another run."""
    for path in (".seatrial", "out", *([".git/seatrial"] if records_too else [])):
        shutil.rmtree(project.root / path, ignore_errors=True)


def test_runner_killed_anywhere_between_blobs_and_record_is_resumed(tmp_path: Path) -> None:
    """Killed at any call between the first byte and the record, its next try, or another machine's, finishes
    the cell with one record, and a third machine gets whole bytes."""
    project = pair(tmp_path)
    deadline = time.monotonic() + SECONDS
    chance = random.Random(os.environ.get("SEATRIAL_TEST_SEED", "kill -9"))
    with Driver(project, part=("7", "first"), within="publish") as driver:
        total = int(driver.run().split()[1])
        points = list(range(1, total + 1))
        chance.shuffle(points)
        survived = 0
        for point in points:
            forget(project, records_too=True)
            assert driver.run(die_at=point) == "killed", point
            if point % 2:
                forget(project)
            assert driver.run().startswith("ended"), point
            if survived % 5 == 0:
                forget(project)
                project.run_part("7", "second")
                whole = project.collect("7")

                assert project.read("out/first") == "made of ", point
                assert {fact.action for fact in whole.facts.stages} <= {"ran", "reused"}, point
            assert len(records(project)) == (3 if survived % 5 == 0 else 2), point
            survived += 1
            if time.monotonic() > deadline:
                break
    assert survived > 5


@pytest.mark.parametrize("event", ["stage_started", "stage_ended", "part_recorded"])
def test_runner_killed_after_each_event_is_resumed(tmp_path: Path, event: str) -> None:
    """What was recorded before is found; what was not is done."""
    project = pair(tmp_path)
    with Driver(project, part=("7", "first")) as driver:
        assert driver.run(die_on=event) == "killed"
        again = project.run_part("7", "first")

    (fact,) = again.facts.stages
    assert not again.failed
    expected = {"stage_started": "ran", "stage_ended": "reused", "part_recorded": "reused"}
    assert fact.action == expected[event]
    assert ("finished on another machine" in fact.reason) is (event == "part_recorded")


def test_loser_of_a_put_adopts_the_stored_result(tmp_path: Path) -> None:
    """Two machines end the same cell with different bytes: what the first recorded is what consumers read."""
    project = new_project(tmp_path, {"make.py": MAKE, "seatrial.yaml": ""})
    project.declare(
        stage("first", "sh -c 'od -An -N8 -tx1 /dev/urandom > out/first'", deps=[], outs={"o": "out/first"}),
        stage("second", "python make.py ${deps.o} ${outs.o}", deps={"o": made("first", "o")}, outs={"o": "out/second"}),
    )
    other = Project(root=tmp_path / "other", python=project.python, policy=project.policy)
    project.git("worktree", "add", "-q", "--detach", str(other.root))
    won: list[str] = []

    def other_is_faster(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "stage_ended" and not won:
            won.append("tried")
            other.run_part("7", "first")
            won.append(other.read("out/first"))

    project.on_event = other_is_faster
    late = project.run_part("7", "first")
    project.on_event = None
    project.run_part("7", "second")

    (fact,) = late.facts.stages
    assert fact.action == "reused"
    assert "finished on another machine" in fact.reason
    assert project.read("out/first") == won[1]
    assert project.read("out/second") == f"made of {won[1]}"
