"""What a command leaves outside of its group is found by its mark, or by the pipe it holds, and ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from seatrial.process import escaped, group

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="escaped processes are told by /proc")

DAEMON = """
import os, sys, time
mark, quiet = sys.argv[1:3]
if os.fork():
    if len(sys.argv) > 3:
        time.sleep(60)
    while not os.path.exists(mark):
        time.sleep(0.01)
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
if quiet == "quiet":
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1), os.dup2(null, 2)
with open(mark + ".part", "w") as file:
    file.write(str(os.getpid()))
os.rename(mark + ".part", mark)
time.sleep(60)
"""

FORKER = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def breed(depth):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if depth:
                breed(depth - 1)
            open(f"{sys.argv[1]}/{os.getpid()}", "w").close()
            while True:
                if os.fork() == 0:
                    time.sleep(0.05)
                    os._exit(0)
                os.wait()
breed(1)
time.sleep(60)
"""


def begin(folder: Path, *argv: str, mark: str = "one", keep: tuple[int, ...] = ()) -> group.Child:
    return group.start(
        argv,
        folder=folder,
        environment={"PATH": os.defpath, "MARK": mark},
        log=folder / "log",
        mark=f"MARK={mark}",
        keep=keep,
    )


def finish(child: group.Child) -> group.Ended:
    while (ended := child.poll()) is None:
        group.wait_any([child], 10)
    return ended


def when_there(path: Path) -> int:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return int(path.read_text())


def gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while group.start_time(pid) is not None and time.monotonic() < until:
        time.sleep(0.01)
    return group.start_time(pid) is None


@pytest.mark.parametrize("output", ["quiet", "loud"])
def test_a_daemon_does_not_outlive_its_command(tmp_path: Path, output: str) -> None:
    """It left the group and its parent is gone; the command ended well."""
    ended = finish(begin(tmp_path, sys.executable, "-c", DAEMON, str(tmp_path / "pid"), output))

    assert ended.code == 0
    assert gone(when_there(tmp_path / "pid"))


def test_a_daemon_without_its_environment_is_found_by_the_pipe_it_holds(tmp_path: Path) -> None:
    """`env -i` takes the mark away; its output still goes to the command's log."""
    finish(begin(tmp_path, "env", "-i", sys.executable, "-c", DAEMON, str(tmp_path / "pid"), "loud"))

    assert gone(when_there(tmp_path / "pid"))


def test_another_command_is_left_alone(tmp_path: Path) -> None:
    """Its mark is another one, though it was started later by the same process."""
    first = begin(tmp_path, "sleep", "0.2", mark="one")
    second = begin(tmp_path, "sh", "-c", "sleep 0.6; exit 7", mark="two")
    finish(first)

    assert finish(second).code == 7


def test_the_end_of_a_command_that_printed_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log is whole, and nobody is suspected of holding its pipe."""
    monkeypatch.setattr(group, "end_holders", lambda *_: pytest.fail("somebody is looked for"))
    finish(begin(tmp_path, "echo", "words"))

    assert (tmp_path / "log").read_text() == "words\n"


def test_commands_beside_it_are_not_looked_at_when_one_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are ours and nobody's descendants, and a look at a process costs as much as starting one."""
    looked: list[int] = []
    look = escaped.environment_of

    def noted(pid: int) -> list[bytes]:
        looked.append(pid)
        return look(pid)

    monkeypatch.setattr(escaped, "environment_of", noted)
    first = begin(tmp_path, "sleep", "0.3", mark="one")
    beside = begin(tmp_path, "sleep", "60", mark="two")
    finish(first)
    at_its_end = list(looked)
    running = beside.poll() is None
    group.end_now(beside)

    assert running
    assert beside.pid not in at_its_end


def test_what_a_command_of_a_command_left_behind_is_found(tmp_path: Path) -> None:
    """A stage that runs Seatrial itself: the inner mark stands before the outer one."""
    daemon = ["env", "MARK=inner; one", sys.executable, "-c", DAEMON, str(tmp_path / "pid"), "quiet"]
    finish(begin(tmp_path, *daemon))

    assert gone(when_there(tmp_path / "pid"))


def test_a_daemon_is_asked_to_end_with_its_command(tmp_path: Path) -> None:
    """The polite signal reaches it, so that it may clean up."""
    child = begin(tmp_path, sys.executable, "-c", DAEMON, str(tmp_path / "pid"), "quiet", "wait")
    daemon = when_there(tmp_path / "pid")
    child.send(signal.SIGTERM)

    assert gone(daemon)
    finish(child)


def test_nothing_survives_of_a_command_that_ignores_the_signal_and_forks_without_end(tmp_path: Path) -> None:
    """Each of its children leaves the group and goes on forking; afterwards /proc has none of them."""
    nest = tmp_path / "nest"
    nest.mkdir()
    child = begin(tmp_path, sys.executable, "-c", FORKER, str(nest))
    until = time.monotonic() + 20
    while len(list(nest.iterdir())) < 9:
        assert time.monotonic() < until
        time.sleep(0.01)
    child.send(signal.SIGTERM)
    time.sleep(0.1)
    still = child.poll()
    child.send(signal.SIGKILL)
    finish(child)
    marked = [
        int(name)
        for name in os.listdir("/proc")
        if name.isdigit() and group.started_with(int(name), "MARK") == "one" and not gone(int(name))
    ]

    assert still is None, "it was to ignore the polite signal"
    assert len(list(nest.iterdir())) >= 9
    assert marked == []
