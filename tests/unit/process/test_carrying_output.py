"""One thread carries what all commands of a run print, with epoll and without: nobody waits, nothing leaks or mixes."""

from __future__ import annotations

import errno
import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.process import group
from seatrial.process.masking import forms
from seatrial.process.pipes import Pipes
from seatrial.process.pump import Carrier, Pump
from tests.support.cli import PATIENCE, wait_for

OPEN = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="what is open is listed by /proc")
MEBIBYTE = 1 << 20


@pytest.fixture(params=["epoll", "poll"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has both ways of waiting for pipes."""
    if request.param == "poll":
        monkeypatch.delattr(select, "epoll", raising=False)
    elif not hasattr(select, "epoll"):
        pytest.skip("this system has no epoll")


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    carrier = Carrier()
    yield carrier
    carrier.close()


def begin(
    folder: Path, *argv: str, carrier: Carrier | None, name: str = "log", mask: tuple[bytes, ...] = ()
) -> group.Child:
    return group.start(
        argv, folder=folder, environment={"PATH": os.defpath}, log=folder / name, carrier=carrier, mask=mask
    )


def finish(child: group.Child) -> group.Ended:
    until = time.monotonic() + PATIENCE
    while (ended := child.poll()) is None:
        if time.monotonic() > until:
            group.end_now(child)
            raise AssertionError("the command does not end")
        group.wait_any([child], 1)
    return ended


def carrying() -> int:
    """How many threads carry output; those that others have left in this process do not count."""
    return sum(1 for thread in threading.enumerate() if thread.name == "logs" and thread not in _OTHERS)


_OTHERS: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def _others() -> None:
    _OTHERS.clear()
    _OTHERS.update(threading.enumerate())


def still_open() -> list[str]:
    """What this process has open, by number; the look itself does not count."""
    looking = os.open("/proc/self/fd", os.O_RDONLY)
    try:
        return [name for name in os.listdir(looking) if int(name) != looking]
    finally:
        os.close(looking)


def test_a_command_goes_on_though_nobody_waits_for_it(tmp_path: Path, carrier: Carrier) -> None:
    """It prints more than a pipe holds and goes on to its next step, while the loop is busy with something else and
    another command prints nothing."""
    program = f"import sys; sys.stdout.write('x' * {MEBIBYTE}); sys.stdout.flush(); open('next', 'w').close()"
    silent = begin(tmp_path, "sleep", "600", carrier=carrier, name="silent")
    child = begin(tmp_path, sys.executable, "-c", program, carrier=carrier)
    try:
        wait_for((tmp_path / "next").exists, "the command stands still, because its pipe is full")
    except AssertionError:
        group.end_now(child)
        raise
    finally:
        group.end_now(silent)
    ended = finish(child)

    assert ended.code == 0
    assert (tmp_path / "log").read_bytes() == b"x" * MEBIBYTE
    assert (tmp_path / "silent").read_bytes() == b""


def test_what_is_printed_is_in_the_log_while_the_command_runs(tmp_path: Path, carrier: Carrier) -> None:
    """Somebody may follow it; nobody asks for it here."""
    child = begin(
        tmp_path, "sh", "-c", "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo over", carrier=carrier
    )
    try:
        wait_for(lambda: (tmp_path / "log").read_bytes() == b"begun\n", "nothing came into the log")
        running = child.poll()
    finally:
        (tmp_path / "go").touch()
        finish(child)

    assert running is None
    assert (tmp_path / "log").read_text() == "begun\nover\n"


def test_the_logs_of_commands_that_run_at_once_stay_apart(tmp_path: Path, carrier: Carrier) -> None:
    """They share one thread, which is there from the first command on."""
    program = "import sys\nfor n in range(2000): print(sys.argv[1], n, 'x' * 100, flush=True)"
    before = carrying()
    names = ("one", "two", "three")
    children = [begin(tmp_path, sys.executable, "-c", program, name, carrier=carrier, name=name) for name in names]
    threads = carrying()
    ended = [finish(child) for child in children]

    assert (before, threads) == (0, 1)
    assert [one.code for one in ended] == [0, 0, 0]
    for name in names:
        assert (tmp_path / name).read_text() == "".join(f"{name} {n} {'x' * 100}\n" for n in range(2000))


def test_commands_that_print_nothing_wake_nobody(
    tmp_path: Path, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither while they run nor at their end; one that prints does."""
    woken: list[int] = []
    carry = Pump.carry

    def counted(pump: Pump) -> int:
        if threading.current_thread().name == "logs":
            woken.append(pump.reader)
        return carry(pump)

    monkeypatch.setattr(Pump, "carry", counted)
    for _ in range(5):
        finish(begin(tmp_path, "true", carrier=carrier))
    silent = list(woken)
    child = begin(tmp_path, "sh", "-c", "echo words; while [ ! -e go ]; do sleep 0.02; done", carrier=carrier)
    try:
        wait_for(lambda: bool(woken), "nobody carries what is printed")
    finally:
        (tmp_path / "go").touch()
        finish(child)

    assert silent == []
    assert (tmp_path / "log").read_text() == "words\n"


def test_when_it_is_closed_no_thread_is_left(tmp_path: Path) -> None:
    """Closing again is harmless, and so is closing what never had a command."""
    unused, carrier = Carrier(), Carrier()
    finish(begin(tmp_path, "echo", "words", carrier=carrier))
    between = carrying()
    for one in (unused, carrier, carrier, unused):
        one.close()

    assert between == 1
    assert carrying() == 0


def test_one_that_was_closed_begins_anew_with_the_next_command(tmp_path: Path, carrier: Carrier) -> None:
    """Whoever comes late is carried all the same."""
    for number in range(2):
        finish(begin(tmp_path, "echo", "words", carrier=carrier))
        assert carrying() == 1, number
        carrier.close()

    assert carrying() == 0
    assert (tmp_path / "log").read_text() == "words\nwords\n"


def test_what_a_command_printed_after_the_close_is_taken_when_it_ends(tmp_path: Path, carrier: Carrier) -> None:
    """Its log is whole, and a command of the next thread keeps its own."""
    child = begin(
        tmp_path, "sh", "-c", "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo over", carrier=carrier
    )
    carrier.close()
    other = begin(tmp_path, "echo", "other", carrier=carrier, name="other")
    finish(other)
    (tmp_path / "go").touch()
    finish(child)

    assert (tmp_path / "log").read_text() == "begun\nover\n"
    assert (tmp_path / "other").read_text() == "other\n"


def test_a_command_alone_has_a_thread_of_its_own_until_it_ends(tmp_path: Path) -> None:
    """Where no run shares one."""
    child = begin(tmp_path, "sh", "-c", "echo words; while [ ! -e go ]; do sleep 0.02; done", carrier=None)
    during = carrying()
    (tmp_path / "go").touch()
    finish(child)

    assert (during, carrying()) == (1, 0)
    assert (tmp_path / "log").read_text() == "words\n"


@OPEN
def test_commands_one_after_another_leave_nothing_open(tmp_path: Path) -> None:
    """Nor do those that cannot be started; what watches the pipes goes with the close."""
    before = still_open()
    carrier = Carrier()
    finish(begin(tmp_path, "echo", "words", carrier=carrier))
    between = still_open()
    for _ in range(30):
        finish(begin(tmp_path, "echo", "words", carrier=carrier))
        with pytest.raises(FileNotFoundError):
            begin(tmp_path, "no-such-program", carrier=carrier)
    after = still_open()
    carrier.close()

    assert (tmp_path / "log").read_text() == "words\n" * 31
    assert len(after) == len(between)
    assert still_open() == before


@OPEN
def test_without_a_thread_to_be_had_no_command_is_started_and_nothing_is_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system error, which says of the machine what it is; the next one has a thread again."""
    carrier, before = Carrier(), still_open()

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(OSError, match="no thread can be started") as caught:
            begin(tmp_path, "touch", "started", carrier=carrier)
    after = still_open()
    finish(begin(tmp_path, "echo", "words", carrier=carrier))
    carrier.close()

    assert caught.value.errno == errno.EAGAIN
    assert after == before
    assert not (tmp_path / "started").exists()
    assert (tmp_path / "log").read_text() == "words\n"


def test_a_secret_in_two_pieces_is_masked(tmp_path: Path, carrier: Carrier) -> None:
    """The second comes when the first is in the log already, as far as it may be shown."""
    mask = forms(["correct horse battery"])
    before = "x" * 4 * len(mask[0])  # an encoding may be broken into lines after each letter
    script = f"printf '{before}correct hor'; while [ ! -e go ]; do sleep 0.02; done; printf 'se battery and more'"
    child = begin(tmp_path, "sh", "-c", script, carrier=carrier, mask=mask)
    try:
        wait_for(lambda: (tmp_path / "log").stat().st_size > 0, "nothing came into the log")
        first = (tmp_path / "log").read_text()
    finally:
        (tmp_path / "go").touch()
        finish(child)

    assert set(first) == {"x"}
    assert (tmp_path / "log").read_text() == f"{before}*** and more"


def test_a_pipe_is_waited_for_until_it_is_removed() -> None:
    """Its number may be another file's by then; told to end, nobody is waited for."""
    pipes, readable = Pipes(), [os.pipe() for _ in range(2)]
    (one, _), (two, _) = readable
    for _, writer in readable:
        os.write(writer, b"words")
    pipes.add(one)
    pipes.add(two)
    both = pipes.wait()
    pipes.remove(one)
    pipes.remove(one)
    left = pipes.wait()
    pipes.end()
    over = pipes.wait()
    pipes.close()
    for pair in readable:
        for descriptor in pair:
            os.close(descriptor)

    assert both is not None
    assert set(both) == {one, two}
    assert left == [two]
    assert over is None


def test_where_no_pipe_can_be_watched_the_machine_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of descriptors: told as the system tells it, and nothing stays open."""

    def refuse() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(select, "epoll", refuse, raising=False)
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        begin(tmp_path, "true", carrier=None)

    assert not before or set(os.listdir("/proc/self/fd")) == before
