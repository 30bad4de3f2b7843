"""Commands as groups: started, awaited, stopped whole, and recognised later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seatrial.process import group
from tests.support.cli import wait_for

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")


def begin(folder: Path, *argv: str, **environment: str) -> group.Child:
    return group.start(argv, folder=folder, environment={"PATH": os.defpath} | environment, log=folder / "log")


def finish(child: group.Child) -> group.Ended:
    while True:
        ended = child.poll()
        if ended is not None:
            return ended
        group.wait_any([child], 10)


def test_a_command_ends_with_its_code_and_figures(tmp_path: Path) -> None:
    """Both outputs are in the log; there is nothing to read from."""
    ended = finish(begin(tmp_path, "sh", "-c", "echo out; echo err >&2; cat; exit 3"))

    assert (ended.code, ended.signal) == (3, None)
    assert (tmp_path / "log").read_text() == "out\nerr\n"
    assert ended.wall > 0
    assert ended.peak_memory > 100_000


def test_the_environment_is_exactly_what_is_given(tmp_path: Path) -> None:
    """Nothing is inherited."""
    finish(begin(tmp_path, sys.executable, "-c", "import os; print(sorted(os.environ))", LC_ALL="C", ONE="1"))

    assert (tmp_path / "log").read_text() == "['LC_ALL', 'ONE', 'PATH']\n"


@LINUX
def test_a_group_is_stopped_with_everything_in_it(tmp_path: Path) -> None:
    """A grandchild that ignores the polite signal does not outlive its leader."""
    child = begin(tmp_path, "sh", "-c", "(trap '' TERM; sleep 60 & echo $! > pid; wait) & wait")
    until = time.monotonic() + 10
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    grandchild = int((tmp_path / "pid").read_text())
    group.signal_group(child.pid, signal.SIGTERM)
    ended = finish(child)
    until = time.monotonic() + 10
    while group.start_time(grandchild) is not None and time.monotonic() < until:
        time.sleep(0.01)

    assert ended.signal == signal.SIGTERM
    assert group.start_time(grandchild) is None


@LINUX
def test_a_command_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    """`end_now` does not ask."""
    child = begin(tmp_path, "sh", "-c", "trap '' TERM; touch ready; while :; do sleep 0.05; done")
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)
    group.signal_group(child.pid, signal.SIGTERM)
    time.sleep(0.1)
    assert child.poll() is None
    group.end_now(child)

    assert group.start_time(child.pid) is None


def test_a_command_that_does_not_exist_cannot_be_started(tmp_path: Path) -> None:
    """It raises, and no process is left."""
    with pytest.raises(FileNotFoundError):
        begin(tmp_path, "no-such-program")


def test_signalling_a_group_that_is_gone_does_nothing(tmp_path: Path) -> None:
    """Everybody may try."""
    child = begin(tmp_path, "true")
    finish(child)
    group.signal_group(child.pid, signal.SIGTERM)


def test_waiting_ends_with_the_timeout(tmp_path: Path) -> None:
    """Also when nothing ended."""
    child = begin(tmp_path, "sleep", "30")
    group.wait_any([child], 0.1)
    ended = child.poll()
    group.end_now(child)

    assert ended is None, "it waited for the command"


@LINUX
def test_a_process_is_told_by_its_start_time() -> None:
    """Stable while it lives, none once it is gone, also before anybody has waited for it."""
    other = subprocess.Popen(["sleep", "30"])
    begun = group.start_time(other.pid)
    same = group.start_time(other.pid)
    other.kill()
    while group.start_time(other.pid) is not None:
        time.sleep(0.01)
    other.wait()

    assert begun == same is not None
    assert group.start_time(os.getpid()) != begun


@LINUX
def test_a_command_is_told_by_when_it_can_have_started(tmp_path: Path) -> None:
    """Nobody asked the kernel, and yet a later process with its number would be another one."""
    child = begin(tmp_path, "sleep", "30")
    bounds = child.begun
    start = group.start_time(child.pid)
    told = bounds is not None and group.started_between(child.pid, bounds)
    earlier = bounds is not None and group.started_between(child.pid, (0, bounds[0] - 1))
    later = bounds is not None and group.started_between(child.pid, (bounds[1] + 1, bounds[1] + 1000))
    group.end_now(child)

    assert bounds is not None
    assert start is not None
    assert bounds[0] <= int(start) <= bounds[1] < bounds[0] + 1000
    assert (told, earlier, later) == (True, False, False)
    assert not group.started_between(child.pid, bounds), "it is gone"


@LINUX
def test_who_has_a_file_open_is_found_with_its_environment(tmp_path: Path) -> None:
    """That is how a command is found which nobody noted."""
    (tmp_path / "lock").touch()
    (tmp_path / "other").touch()
    with (tmp_path / "lock").open() as file:
        child = group.start(
            ["sleep", "30"],
            folder=tmp_path,
            environment={"PATH": os.defpath, "WHO": "me too"},
            log=tmp_path / "log",
            keep=[file.fileno()],
        )
        holders = group.holding(tmp_path / "lock")
        wait_for(lambda: group.started_with(child.pid, "WHO") is not None, "the program does not begin")
        who = group.started_with(child.pid, "WHO")
        group.end_now(child)

    assert set(holders) == {os.getpid(), child.pid}
    assert who == "me too"
    assert group.holding(tmp_path / "other") == group.holding(tmp_path / "none") == ()
    assert group.started_with(child.pid, "WHO") is None
