"""What is measured of a machine, judged; and looks that hang, or fail, do not take the others with them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seatrial.adopt.doctor import machine
from seatrial.adopt.doctor import machine_looks as looks
from seatrial.adopt.doctor.machine import Machine, look_at_machine
from seatrial.adopt.doctor.outcome import Health, Look
from seatrial.adopt.doctor.timed import Timed

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("look", "health"),
    [
        (looks.git_look(None, found=False, in_tree=False), Health.TROUBLE),
        (looks.git_look("2.17.1", found=True, in_tree=True), Health.TROUBLE),
        (looks.git_look("2.25.0", found=True, in_tree=True), Health.FINE),
        (looks.git_look("2.39.5", found=True, in_tree=False), Health.NOTICE),
        (looks.identity_look("ann", "ann@example.org"), Health.FINE),
        (looks.identity_look(None, "ann@example.org"), Health.NOTICE),
        (looks.clone_look(shallow=True, commits=True), Health.NOTICE),
        (looks.clone_look(shallow=False, commits=False), Health.NOTICE),
        (looks.clone_look(shallow=False, commits=True), Health.FINE),
        (looks.hooks_look([], pre_commit=True), Health.NOTICE),
        (looks.hooks_look(["pre-commit"], pre_commit=True), Health.FINE),
        (looks.python_look("/p", "3.7.17", declared=True), Health.TROUBLE),
        (looks.python_look("/p", "3.8.1", declared=True), Health.FINE),
        (looks.gpu_look([], "none", ["train"]), Health.NOTICE),
        (looks.gpu_look([], "none", []), Health.FINE),
        (looks.gpu_look(["H200"], "", ["train"]), Health.FINE),
        (looks.disk_look("the cache", looks.NO_ROOM - 1), Health.TROUBLE),
        (looks.disk_look("the cache", looks.NO_ROOM), Health.NOTICE),
        (looks.disk_look("the cache", looks.LITTLE_ROOM), Health.FINE),
        (looks.writable_look(".seatrial", "Read-only file system"), Health.TROUBLE),
        (looks.state_look("s3://b", readable="no answer", writable=looks.UNTRIED, streams=0), Health.TROUBLE),
        (looks.state_look("local", readable="", writable="Permission denied", streams=0), Health.TROUBLE),
        (looks.state_look("s3://b", readable="", writable=looks.UNTRIED, streams=3), Health.FINE),
    ],
    ids=lambda value: value.message if isinstance(value, Look) else "",
)
def test_each_thing_is_judged_by_what_was_measured(look: Look, health: Health) -> None:
    """What is not fine says what to do."""
    assert look.health is health
    assert look.next_step or health is Health.FINE


@pytest.mark.parametrize(
    ("ahead", "shift", "health"),
    [(None, None, Health.FINE), (-60.0, 0.0, Health.FINE), (looks.SKEW, None, Health.FINE),
     (looks.SKEW + 1, None, Health.NOTICE), (None, looks.SKEW + 1, Health.NOTICE), (None, -999.0, Health.NOTICE)],
)  # fmt: skip
def test_a_clock_is_told_by_what_is_dated_after_now(ahead: float | None, shift: float | None, health: Health) -> None:
    """The newest record or commit, and the disk on which the state lies."""
    newest = None if ahead is None else NOW + timedelta(seconds=ahead)
    assert looks.clock_look(NOW, newest, "the newest commit", shift).health is health


def test_which_of_two_clocks_is_ahead_is_said() -> None:
    """`shift` is how far the disk is ahead of this machine."""
    ahead = looks.clock_look(NOW, None, "", 600.0)
    behind = looks.clock_look(NOW, None, "", -600.0)

    assert "this clock is 10 m 00 s behind that" in ahead.message
    assert "this clock is 10 m 00 s ahead of that" in behind.message


def test_a_question_without_an_answer_ends_in_time() -> None:
    """The thread is left alone, and nobody waits for it."""
    end = threading.Event()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
        Timed("slow", end.wait).answer(0.05)
    end.set()
    assert Timed("quick", lambda: 3).answer(5) == 3


def _machine(folder: Path) -> Machine:
    return Machine(folder=folder, git_found=False, git=None, policy=None, environ={"PATH": "/nonexistent"}, now=NOW)


def test_a_look_that_hangs_or_breaks_is_unknown_and_the_others_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that never answers, a disk that gives an error nobody knows."""
    end = threading.Event()

    def hang(_machine: Machine, _patience: float) -> list[Look]:
        end.wait(30)
        return []

    def fail(_machine: Machine) -> list[Look]:
        raise RuntimeError("odd")

    monkeypatch.setattr(machine, "_gpu", hang)
    monkeypatch.setattr(machine, "_clock", fail)
    found = {look.name: look for look in look_at_machine(_machine(tmp_path), patience=0.5)}
    end.set()

    assert (found["gpu"].health, found["gpu"].message) == (Health.UNKNOWN, "no answer within 0.5 s")
    assert found["clock"].message == "RuntimeError: odd"
    assert found["git"].health is Health.TROUBLE
    assert found["python"].health is Health.TROUBLE
    assert found["disk"].message


def test_whether_a_folder_can_be_written_is_tried_without_leaving_anything(tmp_path: Path) -> None:
    """Also one that is not there yet: what is above it decides."""
    found = look_at_machine(
        Machine(
            folder=tmp_path, git_found=True, git=None, policy=None, environ={}, now=NOW, state_folder=tmp_path / "a/b"
        )
    )

    assert list(tmp_path.iterdir()) == []
    assert "clock" in {look.name for look in found}
