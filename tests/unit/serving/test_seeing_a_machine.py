"""The class of a machine and the peak of a group, read from files as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.environment.gpus import Gpu
from seatrial.serving.machine import machine_class
from seatrial.serving.memory import PeakMemory


def process(root: Path, pid: int, session: int, kib: int | None) -> None:
    folder = root / "proc" / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_text(f"{pid} (a) b) S 1 {session} {session} 0 -1 4194304\n")
    peak = "" if kib is None else f"VmHWM:\t  {kib} kB\n"
    (folder / "status").write_text(f"Name:\tpython\nVmPeak:\t  999999 kB\n{peak}VmRSS:\t  1 kB\n")


def test_peaks_of_a_group_are_added_over_those_that_live_together(tmp_path: Path) -> None:
    memory = PeakMemory(10, tmp_path)
    process(tmp_path, 10, 10, 100)
    process(tmp_path, 11, 10, 50)
    process(tmp_path, 12, 99, 4000)
    process(tmp_path, 13, 10, None)  # a kernel thread, or one that is just ending
    memory.look()
    assert memory.peak == 150 << 10

    for name in ("stat", "status"):
        (tmp_path / "proc/11" / name).unlink()
    process(tmp_path, 10, 10, 120)
    memory.look()

    assert memory.peak == 150 << 10


def test_nothing_seen_is_no_peak_of_zero(tmp_path: Path) -> None:
    memory = PeakMemory(10, tmp_path)
    memory.look()

    assert memory.peak is None


CPUINFO = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC  7B13\n\nprocessor\t: 1\n"


def test_a_machine_is_named_as_the_system_does(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(CPUINFO)
    (tmp_path / "proc/meminfo").write_text("MemTotal:       8388608 kB\nMemAvailable:   1 kB\n")

    found = machine_class({"PATH": str(tmp_path)}, tmp_path)

    assert found is not None
    assert (found.cpu, found.memory_bytes, found.gpu) == ("AMD EPYC 7B13", 8 << 30, None)
    assert found.cores >= 1


def test_devices_are_named_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal:       8388608 kB\n")
    gpus = tuple(Gpu(index=at, uuid=f"u{at}", handle=f"u{at}", name="H200") for at in range(2))
    monkeypatch.setattr("seatrial.serving.machine.nvidia.ask", lambda _environ: (gpus, ""))

    found = machine_class({}, tmp_path)

    assert found is not None
    assert found.gpu == "2 x H200"


def test_a_machine_that_does_not_tell_its_memory_is_not_half_named(tmp_path: Path) -> None:
    assert machine_class({}, tmp_path) is None
