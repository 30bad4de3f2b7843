"""The benchmarks measure what they say: whole process trees, only what ended as expected."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.measuring import Case, Cost, Result, UnexpectedError, cost_of, measure
from benchmarks.showing import table

ENVIRONMENT = {"PATH": os.environ["PATH"]}
SPIN = "import time\nwhile time.process_time() < 0.25: pass"


def test_the_cpu_time_of_a_child_of_the_measured_program_counts(tmp_path: Path) -> None:
    """Stages are children of Seatrial; a benchmark that forgot them would flatter."""
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPIN!r}], check=True)"

    cost = cost_of((sys.executable, "-c", program), folder=tmp_path, environment=ENVIRONMENT)

    assert cost.cpu >= 0.25
    assert cost.peak > 1


def test_measuring_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    """A stray file would make a work tree dirty, and a dirty tree is another thing to measure."""
    cost_of((sys.executable, "-c", "print('out')"), folder=tmp_path, environment=ENVIRONMENT)

    assert list(tmp_path.iterdir()) == []


def test_a_command_that_ends_otherwise_is_not_measured(tmp_path: Path) -> None:
    """The error says the codes and what the command said."""
    with pytest.raises(UnexpectedError, match=r"(?s)exit code 3, expected 0.*alas"):
        cost_of((sys.executable, "-c", "print('alas'); exit(3)"), folder=tmp_path, environment=ENVIRONMENT)


def test_a_program_that_does_not_exist_is_told_and_not_measured(tmp_path: Path) -> None:
    """Not finding the program must never look like a very fast one."""
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        cost_of(("./no-such-program",), folder=tmp_path, environment=ENVIRONMENT)


def test_each_round_prepares_runs_and_checks_every_case(tmp_path: Path) -> None:
    """Cases take turns, so that a slow minute of the machine is shared out."""
    steps: list[str] = []
    cases = [
        Case(
            name=name,
            command=("true",),
            folder=tmp_path,
            environment=ENVIRONMENT,
            prepare=lambda name=name: steps.append(f"prepare {name}"),  # type: ignore[misc]  # the default's type
            check=lambda name=name: steps.append(f"check {name}"),  # type: ignore[misc]  # the default's type
        )
        for name in ("a", "b")
    ]

    results = measure(cases, runs=2)

    assert steps == ["prepare a", "check a", "prepare b", "check b"] * 2
    assert [len(result.costs) for result in results] == [2, 2]


def test_the_table_shows_medians_in_milliseconds_and_the_budget() -> None:
    """One row for each case; the median is of each figure by itself."""
    costs = tuple(Cost(cpu=cpu, wall=2 * cpu, peak=30) for cpu in (0.3, 0.1, 0.2))
    rows = table([Result(name="x", costs=costs, budget_cpu_ms=400)]).splitlines()

    assert [cell.strip() for cell in rows[2].strip("|").split("|")] == ["x", "200", "100 .. 300", "400", "30", "400"]
    assert len({len(row) for row in rows}) == 1
