"""Asking the driver for devices: whatever it does, the answer is devices, or none and why; never a crash."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from seatrial.environment.nvidia import ask
from seatrial.process.group import start_time
from tests.support.fake_gpus import FakeGpus, fake_gpus, uuid


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGpus:
    return fake_gpus(tmp_path, monkeypatch)


def test_the_driver_is_asked_for_its_table(fake: FakeGpus) -> None:
    """By the words that it documents."""
    fake.script(f'echo "$@" > {fake.folder}/arguments; cat {fake.folder}/answer')
    devices, _ = ask(os.environ)

    assert [device.uuid for device in devices] == [uuid(0), uuid(1)]
    assert (fake.folder / "arguments").read_text().strip() == (
        "--query-gpu=index,uuid,name,memory.total,memory.used,compute_cap --format=csv,noheader,nounits"
    )


def test_a_machine_without_the_driver_has_none(tmp_path: Path) -> None:
    """The usual case, and no error."""
    assert ask({"PATH": str(tmp_path)}) == ((), "this machine has none (nvidia-smi is not installed)")


def test_a_failing_driver_says_what_is_wrong(fake: FakeGpus) -> None:
    """Its own first line."""
    fake.print("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\nMore.\n", code=9)
    devices, why = ask(os.environ)

    assert devices == ()
    assert why.startswith("this machine shows none (nvidia-smi: NVIDIA-SMI has failed because it couldn't")


def test_a_driver_that_fails_silently_is_named_by_its_code(fake: FakeGpus) -> None:
    """There is nothing else to say."""
    fake.print("", code=3)

    assert ask(os.environ)[1] == "this machine shows none (nvidia-smi: exit code 3)"


def test_rubbish_is_no_device(fake: FakeGpus) -> None:
    """Quoted, so that somebody can find out what it is."""
    fake.print("segfault at 0\n")

    assert ask(os.environ) == (
        (),
        "this machine shows none (nvidia-smi printed not a line of devices: 'segfault at 0')",
    )


def test_a_program_that_cannot_be_started_is_no_device(fake: FakeGpus) -> None:
    """As with a wrong architecture."""
    (fake.folder / "nvidia-smi").write_bytes(b"\x7fELF")
    devices, why = ask(os.environ)

    assert devices == ()
    assert "cannot be started" in why or "exit code" in why


@pytest.mark.parametrize("hanging", ["sleep 60", "sleep 60 & echo x", "trap '' TERM; sleep 60", "exec yes"])
def test_a_driver_that_hangs_or_never_ends_is_killed_with_all_it_started(fake: FakeGpus, hanging: str) -> None:
    """Broken drivers do that; the answer has a bound in time and in bytes."""
    fake.script(f"echo $$ > {fake.folder}/pid; {hanging}")
    devices, why = ask(os.environ, patience=1.0)

    assert devices == ()
    assert "gave no answer in 1 s" in why
    leader = int((fake.folder / "pid").read_text())
    for _ in range(500):
        if not _alive_in(leader):
            break
        time.sleep(0.01)
    assert _alive_in(leader) == []


def _alive_in(leader: int) -> list[int]:
    """The processes of a group that are more than a name that nobody has asked for yet."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(int(name)) == leader and start_time(int(name)) is not None:
                found.append(int(name))
    return found
