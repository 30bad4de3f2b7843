"""What judging two models costs: on rows in memory, beside other tools, and from files by the command line.

Called by `__main__`, which imports nothing heavy for it. Every figure is of a process of its own; all take turns, so
that a slow minute hurts all alike. What a worker measures is its work alone: imports and the input in memory are set
apart, for Seatrial as for the others (`speed_work/measured_work.py`). Nobody is asked for less than a user of it would
run, and the others for less than Seatrial is: they look at one model where ours compares two, and give no intervals.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks import showing
from benchmarks.change.tables import Bar, aligned
from benchmarks.gates import files, peer_tools
from benchmarks.gates.peer_tools import Peer
from benchmarks.measuring import Result
from benchmarks.repositories import environment

WORK = Path(__file__).parent / "speed_work"
SCHEMA_VERSION = 1
OURS = "Seatrial"
FULL = 1_000_000
"""Rows at which the bars hold."""

CPU, MEMORY = 1.0, 300.0
OF_FAIRLEARN, OF_EVIDENTLY = 0.03, 0.1
MB = 1.048576
"""Megabytes in a MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One run of a worker: CPU seconds of its work and before it, and MiB held before and at most."""

    cpu: float
    before_cpu: float
    held: float
    peak: float
    marked: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Something that is measured in a process of its own, and what came of it each time."""

    name: str
    what: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    seconds: float
    runs: list[Once] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Seconds, the median."""
        return statistics.median(once.cpu for once in self.runs)

    @property
    def above(self) -> float:
        """The most memory held during the work, above what was held before it, in MiB; the median."""
        return statistics.median(once.peak - once.held for once in self.runs)


def measured(given: argparse.Namespace, command: str, commit: str) -> list[Bar]:
    """Measure, print the tables, keep every figure where a file was named, and say which bars are met."""
    peers, place = peer_tools.chosen(given.peers, given.environments)
    with tempfile.TemporaryDirectory(prefix="seatrial-gates-") as scratch:
        folder = Path(scratch)
        make_rows(folder / "rows", given.rows)
        workers = measure_workers(_workers(folder / "rows", peers, place), given.runs)
        make_rows(folder / "few", files.FEW)
        by_command = files.measured(folder, given.rows, given.runs)
    print(f"Rows in memory, {given.rows:,} of them, median of {given.runs}:\n\n{of_workers(workers)}\n")
    print(f"From files, whole processes, median of {given.runs}:\n\n{showing.table(by_command)}")
    if given.json is not None:
        _keep(given.json, workers, by_command, command, commit)
    return _bars(workers, by_command, given.rows)


def make_rows(folder: Path, rows: int) -> None:
    """In a process of its own: the table library would otherwise count as memory of what is measured."""
    folder.mkdir(parents=True)
    script = str(WORK / "make_rows.py")
    subprocess.run([sys.executable, script, str(folder), str(rows)], check=True, env=environment())


def _workers(rows: Path, peers: Sequence[Peer], place: Path) -> list[Worker]:
    def own(name: str, what: str, script: str, *arguments: str) -> Worker:
        command = (sys.executable, str(WORK / script), str(rows), *arguments)
        return Worker(name=name, what=what, command=command, environment=environment(), seconds=600.0)

    found = [own(OURS, "9 metrics x 20 groups, AUC, log loss, Brier, two models, intervals", "seatrial_gate.py")]
    found += [
        own(f"{OURS} reads {suffix}", "two files, checked", "seatrial_reading.py", suffix)
        for suffix in ("parquet", "csv")
    ]
    return [*found, *(_peer(peer, rows, place) for peer in peers)]


def _peer(peer: Peer, rows: Path, place: Path) -> Worker:
    python = place / peer.tool.name / "bin" / "python"
    return Worker(
        name=peer.name,
        what=peer.what,
        command=(str(python), "-W", "ignore", str(WORK / peer.worker), str(rows)),
        environment=peer_tools.environment_of(peer.tool, place),
        seconds=peer.seconds,
    )


def measure_workers(workers: Sequence[Worker], runs: int) -> list[Worker]:
    """All workers in turns. A peer that does not end, or ends in an error, is told and left out; ours stops the run."""
    left = list(workers)
    for _ in range(runs):
        for worker in tuple(left):
            once = _once(worker)
            if isinstance(once, Once):
                worker.runs.append(once)
                continue
            if worker.name.startswith(OURS):
                sys.exit(f"{worker.name}: {once}")
            print(f"{worker.name} is left out: {once}\n", flush=True)
            left.remove(worker)
    return left


def _once(worker: Worker) -> Once | str:
    try:
        done = subprocess.run(
            worker.command, env=worker.environment, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=worker.seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"not done in {worker.seconds:.0f} s"
    at = done.stdout.rfind('{"before_cpu"')
    if done.returncode or at < 0:
        return f"exit code {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}"
    return Once(**json.loads(done.stdout[at:].splitlines()[0]))


def of_workers(workers: Sequence[Worker]) -> str:
    """One row for each worker."""
    ours = next(worker.cpu for worker in workers if worker.name == OURS)
    head = ("what", "CPU s", "from .. to", "ours / it", "imports, input: CPU s", "MiB above input")
    rows: list[tuple[str, ...]] = [head]
    for worker in workers:
        cpu = [once.cpu for once in worker.runs]
        rows.append(
            (
                f"{worker.name}: {worker.what}", f"{worker.cpu:.2f}", f"{min(cpu):.2f} .. {max(cpu):.2f}",
                "" if worker.name.startswith(OURS) else f"{ours / worker.cpu:.3f}",
                f"{statistics.median(once.before_cpu for once in worker.runs):.1f}", f"{worker.above:.0f}",
            )
        )  # fmt: skip
    return aligned(rows)


def _bars(workers: Sequence[Worker], by_command: Sequence[Result], rows: int) -> list[Bar]:
    """At another number of rows only the ratios and the small gate are promised."""
    there = {worker.name: worker for worker in workers}
    ours, found = there[OURS], []
    if rows == FULL:
        found = [
            _most(f"{rows:,} rows in memory: CPU", ours.cpu, CPU, "s"),
            _most(f"{rows:,} rows in memory: memory above the input", ours.above * MB, MEMORY, "MB"),
        ]
    for name, most in (("fairlearn", OF_FAIRLEARN), ("evidently", OF_EVIDENTLY)):
        if name in there:
            found.append(_most(f"{rows:,} rows: CPU of Seatrial / {name}", ours.cpu / there[name].cpu, most, ""))
    return found + files.bars(by_command)


def _most(name: str, value: float, most: float, unit: str) -> Bar:
    shown = f"{value:.3f} {unit}".strip()
    return Bar(name=name, measured=shown, promised=f"at most {most:g} {unit}".strip(), met=value <= most)


def _keep(path: Path, workers: Sequence[Worker], by_command: Sequence[Result], command: str, commit: str) -> None:
    in_memory = [
        {"name": worker.name, "what": worker.what, "runs": [asdict(once) for once in worker.runs]} for worker in workers
    ]
    kept = {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        "commit": commit,
        "machine": showing.machine(),
        "in_memory": in_memory,
        "from_files": [asdict(result) for result in by_command],
    }
    showing.keep(kept, path)
