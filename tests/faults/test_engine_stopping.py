"""Nothing of a stage survives it: not its group, not a daemon, not a child that ignores every polite signal."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from seatrial.pipeline import scheduler
from seatrial.process import group
from seatrial.replacing import replace
from seatrial.store.locks import Busy, PathLocks
from tests.support.project import Project, new_project, stage

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")

STUBBORN = """
import os, signal, sys, time
folder, leader_ends = sys.argv[1], sys.argv[2] == "leader ends"
for number in range(2):
    if os.fork() == 0:
        if number:
            os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open(f"{folder}/{os.getpid()}", "w") as file:
            file.write("here")
        while True:
            if os.fork() == 0:
                time.sleep(0.05)
                os._exit(0)
            os.wait()
while len(os.listdir(folder)) < 2:
    time.sleep(0.01)
open("out/o", "w").close()
if not leader_ends:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository with a program whose children stay; patience with them is short."""
    monkeypatch.setattr(scheduler, "_GRACE", 0.3)
    (tmp_path / "nest").mkdir()
    return new_project(tmp_path, {"stubborn.py": STUBBORN})


def declare(project: Project, leader: str, timeout: float | None = None) -> None:
    nest = project.root.parent / "nest"
    project.declare(stage("s", f"python stubborn.py {nest} '{leader}'", deps=[], outs={"o": "out/o"}, timeout=timeout))


def survivors(project: Project) -> list[int]:
    """The processes that still carry the stage's name, a moment after it ended."""
    nest = project.root.parent / "nest"
    known = [int(path.name) for path in nest.iterdir()]
    assert len(known) == 2, "both children were to be there"
    until = time.monotonic() + 5
    while (alive := [pid for pid in _carrying() if group.start_time(pid) is not None]) and time.monotonic() < until:
        time.sleep(0.02)
    return alive + [pid for pid in known if group.start_time(pid) is not None]


def _carrying() -> list[int]:
    numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid in numbers if group.started_with(pid, "SEATRIAL_STAGE") == "s"]


def test_nothing_survives_a_normal_end(project: Project) -> None:
    """The stage passes; what it left in its group and outside of it is ended."""
    declare(project, "leader ends")
    ran = project.run()

    assert ran.did == {"s": "ran"}
    assert survivors(project) == []


def test_nothing_survives_a_timeout(project: Project) -> None:
    """Asked, given a moment, and killed."""
    declare(project, "leader stays", timeout=1.0)
    ran = project.run()

    assert ran["s"].reason == "stopped after its timeout of 1 s"
    assert survivors(project) == []


def test_nothing_survives_ctrl_c(project: Project) -> None:
    """Also when it comes while the command is busy."""

    def interrupt(event: object) -> None:
        if isinstance(event, dict) and event["event"] == "stage_started" and event["cell"] == "late":
            nest = project.root.parent / "nest"
            until = time.monotonic() + 10
            while len(list(nest.iterdir())) < 2 and time.monotonic() < until:
                time.sleep(0.01)
            raise KeyboardInterrupt

    declare(project, "leader stays")
    project.policy = replace(project.policy, stages={**project.policy.stages, "late": stage("late", "true", deps=[])})
    project.on_event = interrupt
    with pytest.raises(KeyboardInterrupt):
        project.run()

    assert survivors(project) == []


def test_a_daemon_keeps_no_lock_of_its_stage(project: Project) -> None:
    """It inherited the descriptors of the locks; the next run need not wait for it."""
    declare(project, "leader ends")
    project.run()
    locks = PathLocks(project.root / ".seatrial" / "locks")
    held = locks.try_acquire(exclusive=[str(project.root / "out/o")])

    assert not isinstance(held, Busy)
    held.release()


def test_a_flood_of_output_is_cut_in_the_middle(project: Project) -> None:
    """Beginning and end are there, what is missing is said, and the stage passes."""
    project.declare(stage("s", "sh -c 'echo begin; head -c 30000000 /dev/zero; echo end'", deps=[]))
    ran = project.run()
    log = ran.log("s")

    assert ran.did == {"s": "ran"}
    assert log.startswith("begin\n")
    assert log.endswith("end\n")
    assert "bytes left out here]" in log
    assert len(log) < 11_000_000
