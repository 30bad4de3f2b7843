"""What a command costs: CPU time of its whole process tree, wall time, peak memory.

Called by the benchmarks. The kernel accounts for it (`os.wait4`): CPU seconds of the process and of
every descendant that was waited for, and the largest resident set that any one of them had; two
that run side by side are not added up.

What is subtle: on Linux a process inherits the size of the one that started it until it has loaded
its own program, so nothing heavy may be imported here, or it would show up in every figure.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KIB_PER_UNIT = 1024 if sys.platform == "darwin" else 1
"""`ru_maxrss` counts bytes on macOS and KiB elsewhere."""


class UnexpectedError(Exception):
    """A measured command did something else than was to be measured, so its cost says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of one process tree. `cpu` and `wall` in seconds, `peak` in MiB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something to measure. Before each time `prepare` sets it up and afterwards `check` looks at what
    was done, raising UnexpectedError; neither is measured."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    exits: int = 0
    budget_cpu_ms: int | None = None
    prepare: Callable[[], None] | None = None
    check: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All costs of one case, in the order they were measured."""

    name: str
    costs: tuple[Cost, ...]
    budget_cpu_ms: int | None

    @property
    def median(self) -> Cost:
        """The median of each figure by itself."""
        return Cost(
            cpu=statistics.median(cost.cpu for cost in self.costs),
            wall=statistics.median(cost.wall for cost in self.costs),
            peak=statistics.median(cost.peak for cost in self.costs),
        )


def cost_of(command: Sequence[str], *, folder: Path, environment: Mapping[str, str], exits: int = 0) -> Cost:
    """Run a command to its end and say what it cost.

    Its output is kept outside of the folder, which may be a clean work tree. Raises UnexpectedError,
    with the end of its output, when it does not exit with `exits`, and OSError when there is no
    such program.
    """
    with tempfile.TemporaryFile(buffering=0) as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = code = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
    if code != exits:
        raise UnexpectedError(f"{' '.join(command)}: exit code {code}, expected {exits}\n{said[-3000:]}")
    return Cost(cpu=usage.ru_utime + usage.ru_stime, wall=wall, peak=usage.ru_maxrss / KIB_PER_UNIT / 1024)


def measure(cases: Iterable[Case], *, runs: int) -> tuple[Result, ...]:
    """Each case `runs` times, case after case within a round, so that a slow minute hurts all alike."""
    listed = tuple(cases)
    costs: dict[str, list[Cost]] = {case.name: [] for case in listed}
    for _ in range(runs):
        for case in listed:
            if case.prepare is not None:
                case.prepare()
            one = cost_of(case.command, folder=case.folder, environment=case.environment, exits=case.exits)
            costs[case.name].append(one)
            if case.check is not None:
                case.check()
    return tuple(
        Result(name=case.name, costs=tuple(costs[case.name]), budget_cpu_ms=case.budget_cpu_ms) for case in listed
    )
