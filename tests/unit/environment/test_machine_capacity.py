"""Cores and memory of this process, from trees of /proc and /sys as containers and machines show them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.environment.capacity import cores, memory_available, memory_total

GIB = 1 << 30


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MEMINFO = {"proc/meminfo": "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\n"}


def test_a_plain_machine_has_what_the_kernel_says(tmp_path: Path) -> None:
    """And as many cores as this process may run on."""
    root = _tree(tmp_path, MEMINFO)

    assert (memory_total(root), memory_available(root)) == (16 * GIB, 8 * GIB)
    assert cores(root) == len(os.sched_getaffinity(0))


def test_a_container_has_what_its_groups_leave(tmp_path: Path) -> None:
    """The smallest limit on the way up counts; memory the kernel would give back is not used."""
    root = _tree(
        tmp_path,
        MEMINFO
        | {
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/fs/cgroup/outer/inner/memory.max": "max\n",
            "sys/fs/cgroup/outer/inner/cpu.max": "max 100000\n",
            "sys/fs/cgroup/outer/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/outer/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/outer/memory.stat": f"anon 5\ninactive_file {GIB}\n",
            "sys/fs/cgroup/outer/cpu.max": "50000 100000\n",
        },
    )

    assert (memory_total(root), memory_available(root)) == (4 * GIB, 2 * GIB)
    assert cores(root) == 0.5


def test_control_groups_of_the_first_version_count_too(tmp_path: Path) -> None:
    """With their huge number, or -1, for no limit."""
    root = _tree(
        tmp_path,
        MEMINFO
        | {
            "proc/self/cgroup": "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/\n",
            "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{2 * GIB}",
            "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{GIB}",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "25000",
            "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
        },
    )

    assert (memory_total(root), memory_available(root)) == (2 * GIB, GIB)
    assert cores(root) == 0.25


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc/meminfo": "nonsense\nMemTotal: many kB\n", "proc/self/cgroup": "what\n0::/../../etc\n"},
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1 0\n", "sys/fs/cgroup/memory.max": "x\n"},
    ],
)
def test_what_cannot_be_read_is_unknown(tmp_path: Path, files: dict[str, str]) -> None:
    """Not zero: nothing could start then."""
    root = _tree(tmp_path, files)

    assert memory_total(root) is None
    assert memory_available(root) is None
    assert cores(root) == len(os.sched_getaffinity(0))
