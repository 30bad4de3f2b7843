"""The engine beside the tools people use today: CPU time of the same work, in one run, as ratios.

Called as `python -m benchmarks.engine_peers [--runs N] [--work A,B,C,D,E] [--big BYTES] [--json]`, or by
`make bench-peers`. The works:

    A   100 stages, ten chains of ten, from nothing
    B   the same, nothing changed
    C   1,000 stages, nothing changed
    D   one stage on a folder of 100,000 files of 1 KiB: first, nothing changed, one file changed
    E   one stage on one file of 4 GiB: first, touched only

A tool is left out where it does something else: ninja looks at times alone, so it is the ceiling and no
rival; Snakemake does not see a change inside a folder and hashes no large file; DVC takes minutes to get
through 1,000 stages once. After each measurement the outs are looked at: what ran, or did not, must be
what was to be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import showing
from benchmarks.measuring import Case, Cost, UnexpectedError, measure
from benchmarks.peers import DOIT, DVC, NINJA, SEATRIAL, SNAKEMAKE, Step, Tool, Work, install, set_up
from benchmarks.repositories import scratch

BLOCK = 64
FOLDERS, FILES = 100, 1000
GIB = 1 << 30
QUIET = 2.5
"""Seconds after which no tool needs to distrust what it has just written."""

ENOUGH = {
    ("A", "snakemake"): 0.22,
    ("A", "dvc"): 0.05,
    ("B", "doit"): 0.8,
    ("B", "dvc"): 0.05,
    ("C", "doit"): 1.0,
    ("C", "snakemake"): 0.06,
    ("D nothing changed", "doit"): 0.8,
    ("D nothing changed", "dvc"): 0.15,
    ("D one file changed", "doit"): 0.8,
    ("D one file changed", "dvc"): 0.15,
    ("E first", "dvc"): 0.25,
    ("E touched", "dvc"): 0.25,
}
"""The most that Seatrial may take of a peer's CPU time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One work by one tool. `cost` is the median; `ratio` is Seatrial's CPU time over this tool's."""

    work: str
    tool: str
    cost: Cost
    least: float
    most: float
    ratio: float | None
    bar: float | None


def chains(count: int, depth: int) -> Work:
    """Chains of stages, each one `dd` that drops the first block of its input."""
    steps = []
    for chain in range(count):
        before = f"source-{chain}.txt"
        for link in range(depth):
            name = f"s{chain}-{link}"
            after = f"made/{name}.txt"
            command = ("dd", f"if={before}", f"of={after}", f"bs={BLOCK}", "skip=1", "status=none")
            steps.append(Step(name=name, command=command, reads=(before,), writes=after))
            before = after

    def make(folder: Path) -> None:
        for chain in range(count):
            text = "".join(f"{chain} {line:{BLOCK - 8}}\n" for line in range(depth + 1))
            (folder / f"source-{chain}.txt").write_text(text)

    return Work(steps=tuple(steps), make=make)


def folder_of_files() -> Work:
    """One stage that depends on a folder of a hundred thousand small files."""

    def make(folder: Path) -> None:
        (folder / "marker.txt").write_text("marker\n")
        for number in range(FOLDERS):
            below = folder / "data" / f"{number:03d}"
            below.mkdir(parents=True)
            for name in range(FILES):
                (below / f"{name:04d}.txt").write_bytes(f"{number} {name} ".encode().ljust(1024, b"."))

    step = Step(
        name="look",
        command=("dd", "if=marker.txt", "of=out.txt", "status=none"),
        reads=("data", "marker.txt"),
        writes="out.txt",
    )
    return Work(steps=(step,), make=make, data=("data",))


def one_big_file(size: int) -> Work:
    """One stage that depends on one large file of noise."""

    def make(folder: Path) -> None:
        (folder / "marker.txt").write_text("marker\n")
        with (folder / "big.bin").open("wb") as file:
            for _ in range(size >> 23):
                file.write(os.urandom(1 << 23))

    step = Step(
        name="look",
        command=("dd", "if=marker.txt", "of=out.txt", "status=none"),
        reads=("big.bin", "marker.txt"),
        writes="out.txt",
    )
    return Work(steps=(step,), make=make, data=("big.bin",))


class Bench:
    """All measurements of one run, in one scratch folder."""

    def __init__(self, scratch: Path, runs: int) -> None:
        self._scratch = scratch
        self._runs = runs
        self._marks: dict[Path, int] = {}
        self.rows: list[Row] = []

    def chains(self, name: str, tools: Sequence[Tool], work: Work, *, cold: bool, warm: str | None) -> None:
        """Measure a work from nothing, and then unchanged."""
        places = self._places(name, tools, work)
        if cold:
            self._measure(
                name, tools, places, lambda tool: partial(tool.forget, places[tool.name], work), work, ran=True
            )
        if warm:
            self._settle(tools, places)
            self._measure(warm, tools, places, lambda _: None, work, ran=False)

    def folder(self, tools: Sequence[Tool], work: Work) -> None:
        """Work D."""
        places = self._places("D", tools, work)
        self._measure(
            "D first", tools, places, lambda tool: partial(tool.forget, places[tool.name], work), work, ran=True
        )
        self._settle(tools, places)
        self._measure("D nothing changed", tools, places, lambda _: None, work, ran=False)
        self._measure(
            "D one file changed", tools, places, lambda tool: partial(_edit, places[tool.name]), work, ran=True
        )

    def big_file(self, tools: Sequence[Tool], work: Work) -> None:
        """Work E."""
        places = self._places("E", tools, work)
        self._measure(
            "E first", tools, places, lambda tool: partial(tool.forget, places[tool.name], work), work, ran=True
        )
        self._settle(tools, places)
        self._measure("E touched", tools, places, lambda tool: partial(_touch, places[tool.name]), work, ran=False)

    def _places(self, name: str, tools: Sequence[Tool], work: Work) -> dict[str, Path]:
        places = {tool.name: self._scratch / name / tool.name for tool in tools}
        for tool in tools:
            print(f"{name}: preparing {tool.name} ...", file=sys.stderr, flush=True)
            set_up(tool, work, places[tool.name])
        return places

    def _settle(self, tools: Sequence[Tool], places: dict[str, Path]) -> None:
        """Run each twice outside of the measurement, with time between: what was just written is looked at again."""
        for _ in range(2):
            for tool in tools:
                subprocess.run(
                    tool.command, cwd=places[tool.name], env=tool.environment, check=True, capture_output=True
                )
            time.sleep(QUIET)

    def _measure(
        self,
        name: str,
        tools: Sequence[Tool],
        places: dict[str, Path],
        prepare: Callable[[Tool], Callable[[], None] | None],
        work: Work,
        *,
        ran: bool,
    ) -> None:
        print(f"{name}: measuring ...", file=sys.stderr, flush=True)
        cases = [
            Case(
                name=tool.name,
                command=tool.command,
                folder=places[tool.name],
                environment=tool.environment,
                prepare=partial(self._mark, places[tool.name], work, prepare(tool)),
                check=partial(self._check, places[tool.name], work, ran),
            )
            for tool in tools
        ]
        medians = {result.name: (result.median, result.costs) for result in measure(cases, runs=self._runs)}
        ours = medians[SEATRIAL.name][0].cpu
        for tool in tools:
            middle, costs = medians[tool.name]
            self.rows.append(
                Row(
                    work=name,
                    tool=tool.name,
                    cost=middle,
                    least=min(cost.cpu for cost in costs),
                    most=max(cost.cpu for cost in costs),
                    ratio=None if tool is SEATRIAL else ours / middle.cpu if middle.cpu else None,
                    bar=ENOUGH.get((name, tool.name)),
                )
            )

    def _mark(self, folder: Path, work: Work, prepare: Callable[[], None] | None) -> None:
        if prepare is not None:
            prepare()
        self._marks[folder] = max(_written(folder, work), default=0)

    def _check(self, folder: Path, work: Work, ran: bool) -> None:
        written = list(_written(folder, work))
        if len(written) != len(work.outs):
            raise UnexpectedError(f"{folder}: {len(written)} of {len(work.outs)} outs are there")
        newer = [moment for moment in written if moment > self._marks[folder]]
        wanted = len(work.outs) if ran else 0
        if len(newer) != wanted:
            raise UnexpectedError(f"{folder}: {len(newer)} outs were written, {wanted} expected")


def _written(folder: Path, work: Work) -> Iterator[int]:
    for out in work.outs:
        path = folder / out
        if path.exists():
            yield path.stat().st_mtime_ns


def _edit(folder: Path) -> None:
    """Change one file of the folder, and leave its size as it is."""
    path = folder / "data" / "050" / "0500.txt"
    path.write_bytes(f"{time.time_ns()} ".encode().ljust(1024, b"."))


def _touch(folder: Path) -> None:
    os.utime(folder / "big.bin")


def table(rows: Sequence[Row]) -> str:
    """One line for each work and tool; `at most` is the bar the project sets itself."""
    cells: list[tuple[str, ...]] = [
        ("work", "tool", "CPU s", "from .. to", "wall s", "peak MiB", "Seatrial / tool", "at most")
    ]
    cells += [_cells(row) for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.work,
        row.tool,
        f"{row.cost.cpu:.3f}",
        f"{row.least:.3f} .. {row.most:.3f}",
        f"{row.cost.wall:.2f}",
        f"{row.cost.peak:.0f}",
        "" if row.ratio is None else f"{row.ratio:.3f}",
        "" if row.bar is None else f"{row.bar:g}",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The engine beside other tools.")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured; the median is shown")
    parser.add_argument("--work", default="A,B,C,D,E", help="which works, by letter")
    parser.add_argument("--big", type=int, default=4 * GIB, help="bytes of the file of work E")
    parser.add_argument("--scratch", type=Path, help="where the repositories are made (default: .venv/scratch)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    wanted = set(given.work.upper().split(","))
    for tool in (SEATRIAL, DOIT, DVC, SNAKEMAKE, NINJA):
        install(tool)
    with scratch(given.scratch) as made:
        bench = Bench(made, given.runs)
        if wanted & {"A", "B"}:
            tools = (SEATRIAL, DOIT, SNAKEMAKE, DVC, NINJA)
            bench.chains("A", tools, chains(10, 10), cold="A" in wanted, warm="B" if "B" in wanted else None)
        if "C" in wanted:
            bench.chains("C", (SEATRIAL, DOIT, SNAKEMAKE, NINJA), chains(100, 10), cold=False, warm="C")
        if "D" in wanted:
            bench.folder((SEATRIAL, DOIT, DVC), folder_of_files())
        if "E" in wanted:
            bench.big_file((SEATRIAL, DOIT, DVC), one_big_file(given.big))
    command = f"python -m benchmarks.engine_peers --runs {given.runs}"
    missed = [row for row in bench.rows if row.bar is not None and row.ratio is not None and row.ratio > row.bar]
    if given.json:
        rows = [
            {"work": row.work, "tool": row.tool, "cpu": row.cost.cpu, "wall": row.cost.wall, "peak": row.cost.peak,
             "ratio": row.ratio, "at_most": row.bar}
            for row in bench.rows
        ]  # fmt: skip
        print(
            json.dumps({"schema_version": 1, "command": command, "machine": showing.machine(), "rows": rows}, indent=2)
        )
    else:
        print(f"`{command}`, median of {given.runs}, {time.strftime('%Y-%m-%d')}: {showing.machine()}\n")
        print(table(bench.rows))
    for row in missed:
        print(f"missed: {row.work} beside {row.tool}: {row.ratio:.3f}, at most {row.bar:g}", file=sys.stderr)


if __name__ == "__main__":
    main()
