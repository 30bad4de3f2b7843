"""Whom a cell waits for, as it is told, and the end of what a killed run left behind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.pipeline.holders import owner_note, waiting_for
from seatrial.process import group
from seatrial.store.locks import Busy

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")


@pytest.fixture
def child(tmp_path: Path) -> Iterator[group.Child]:
    """A command that carries no mark: only a note can tell whose it is."""
    child = group.start(["sleep", "60"], folder=tmp_path, environment={"PATH": os.defpath}, log=tmp_path / "log")
    yield child
    group.end_now(child)


def _busy(folder: Path, note: dict[str, object]) -> Busy:
    file = folder / "lock"
    file.touch()
    return Busy(path="data/train.csv", file=file, owner=json.loads(json.dumps(note)))


def _running(child: group.Child) -> bool:
    return group.start_time(child.pid) is not None


def test_the_run_that_holds_a_path_is_named(tmp_path: Path, child: group.Child) -> None:
    """It lives, and it wrote the note."""
    assert waiting_for(_busy(tmp_path, owner_note(child, "r1"))).holder == "run r1"
    assert _running(child)


def test_a_run_that_ended_is_not_named_for_one_that_only_reads(tmp_path: Path, child: group.Child) -> None:
    """A reader leaves the note of whoever wrote the path last, which may be weeks old; its number may be another's."""
    note = {**owner_note(child, "r1"), "pid_start": "before", "group_start": [1, 2]}

    assert waiting_for(_busy(tmp_path, note)).holder == "another run"
    assert _running(child)


@LINUX
def test_a_command_of_a_run_that_is_gone_is_ended_by_its_note(tmp_path: Path, child: group.Child) -> None:
    """Its mark was taken away, `env -i` does that; the note tells its number and when it started."""
    note = {**owner_note(child, "r1"), "pid_start": "before"}
    holder = waiting_for(_busy(tmp_path, note)).holder
    group.wait_any([child], 10)

    assert holder == "a command that the killed run r1 left behind"
    assert not _running(child)


@pytest.mark.parametrize("begun", [None, "", "before", [], [1], ["1", "2"], [1, 2, 3], {"1": 2}, 7, True, [None, None]])
def test_a_note_that_does_not_tell_when_it_started_ends_nobody(
    tmp_path: Path, child: group.Child, begun: object
) -> None:
    """Damaged, or of another version: what holds the lock is then found by its mark alone."""
    note = {**owner_note(child, "r1"), "pid_start": "before", "group_start": begun}

    assert waiting_for(_busy(tmp_path, note)).holder == "another run"
    assert _running(child)
