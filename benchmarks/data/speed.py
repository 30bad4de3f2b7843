"""What checks of wide tables cost: CPU time and memory of whole processes, beside one decode and beside other tools.

Called by `__main__`, which imports nothing heavy for it, since a measured process would inherit the size. Files are
made by `speed_work/make_tables.py` in a folder that is removed at the end: 1,000,000 rows by 50 columns, 10,000,000 by
20, each with a drifted copy; with `--large` 10 GB in many files. All cases of a table take turns. Seatrial is
`seatrial check` as a user starts it, without a memory of earlier checks. A peer that ends in an error, of memory for
one, is told with its last words and left out of the rounds that follow; Seatrial that does so stops the run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import showing
from benchmarks.change.tables import Bar
from benchmarks.data import peer_tools
from benchmarks.measuring import Case, Cost, Result, UnexpectedError, cost_of, measure
from benchmarks.peers import ENVIRONMENTS, Tool, install
from benchmarks.repositories import environment, seatrial

WORK = Path(__file__).parent / "speed_work"
TABLES = ((1_000_000, 50), (10_000_000, 20))
LARGE_ROWS, LARGE_COLUMNS, LARGE_FILES = 100_000_000, 20, 400
SMALL = "1,000 rows"
MB = 1.048576
"""Millions of bytes in a MiB."""
BLOCKED = 1
"""The exit code of a check of drifted data."""
HEAVY = ("evidently", "deepchecks")
"""Peers that are asked about the first table only: on the second they need more memory or time than there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The files of one table."""

    rows: int
    columns: int

    @property
    def title(self) -> str:
        return f"{self.rows:,} x {self.columns}"

    @property
    def before(self) -> str:
        return f"{self.rows}-{self.columns}.parquet"

    @property
    def now(self) -> str:
        return f"{self.rows}-{self.columns}-drifted.parquet"

    @property
    def contract(self) -> str:
        return f"{self.rows}-{self.columns}.contract"

    @property
    def profile(self) -> str:
        return f"{self.rows}-{self.columns}.profile.json"


def measured(given: argparse.Namespace) -> list[Bar]:
    """Measure, print, and say which bars are met."""
    tools = {tool.name: tool for tool in peer_tools.PEERS if "all" in given.peers or tool.name in given.peers}
    for tool in tools.values():
        install(tool)
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="seatrial-speed-") as made:
        folder = Path(made)
        asked = TABLES[:1] if given.first else TABLES[1:] if given.second else TABLES
        for names in (Names(rows=rows, columns=columns) for rows, columns in asked):
            _make(folder, names)
            results = in_turns(_own_cases(folder, names), _peer_cases(folder, names, tools), runs=given.runs)
            print(showing.table(results) + "\n", flush=True)
            bars += _bars(names, results, (folder / names.profile).stat().st_size)
            for file in folder.iterdir():
                file.unlink()
        bars += _small(folder, given.runs)
        if given.large:
            bars += _large(folder)
    return bars


def _make(folder: Path, names: Names) -> None:
    arguments = [str(folder), str(names.rows), str(names.columns)]
    subprocess.run([sys.executable, str(WORK / "make_tables.py"), *arguments], check=True)
    save = seatrial("check", names.before, "--save-profile", names.profile)
    cost_of(save, folder=folder, environment=environment())


def in_turns(own: Iterable[Case], peers: Iterable[Case], *, runs: int) -> tuple[Result, ...]:
    """Each case `runs` times, case after case within a round; a peer that fails is measured no more."""
    listed, may_fail = [*own], [*peers]
    costs: dict[str, list[Cost]] = {}
    for _ in range(runs):
        for case in [*listed, *may_fail]:
            try:
                (result,) = measure([case], runs=1)
            except UnexpectedError as failed:
                if case in listed:
                    raise
                may_fail.remove(case)
                costs.pop(case.name, None)
                progress(f"{case.name}: not measured: {_last_words(failed)}")
            else:
                costs.setdefault(case.name, []).extend(result.costs)
    return tuple(Result(name=name, costs=tuple(some), budget_cpu_ms=None) for name, some in costs.items())


def _last_words(failed: UnexpectedError) -> str:
    """The exit code, and the last line of what was said before it."""
    command, *said = str(failed).strip().splitlines()
    return "exit code" + command.rpartition("exit code")[2] + (f": {said[-1][:200]}" if said else "")


def progress(text: str) -> None:
    """Told on standard output as well, since what is missing in a table is a result."""
    print(f"{text}\n", flush=True)


def _own_cases(folder: Path, names: Names) -> Iterator[Case]:
    contract = ("--contract", f"{names.contract}.yaml")

    def own(name: str, *arguments: str, exits: int = BLOCKED) -> Case:
        return Case(
            name=f"{names.title}: {name}", command=seatrial("check", names.now, *arguments, "--json"), folder=folder,
            environment=environment(), exits=exits,
        )  # fmt: skip

    yield _script(folder, names, "one decode, polars", "polars_decode.py", names.now)
    yield _script(folder, names, "rules, polars by hand", "polars_rules.py", names.now, f"{names.contract}.json")
    yield own("rules, Seatrial", *contract, exits=0)
    yield own("rules and drift, Seatrial", *contract, "--reference", names.before)
    yield own("rules and drift, stored reference, Seatrial", *contract, "--reference", names.profile)


def _peer_cases(folder: Path, names: Names, tools: Mapping[str, Tool]) -> Iterator[Case]:
    for name in ("great_expectations", "pandera"):
        if name in tools:
            files = (names.now, f"{names.contract}.json")
            yield _script(folder, names, f"rules, {name}", f"{name}_rules.py", *files, tool=tools[name])
    for name in ("scipy", "nannyml", *HEAVY):
        if name in tools and not (name in HEAVY and names.rows > TABLES[0][0]):
            files = (names.before, names.now)
            yield _script(folder, names, f"drift, {name}", f"{name}_drift.py", *files, tool=tools[name])


def _script(folder: Path, names: Names, name: str, file: str, *arguments: str, tool: Tool | None = None) -> Case:
    python = sys.executable if tool is None else str(ENVIRONMENTS / tool.name / "bin" / "python")
    return Case(
        name=f"{names.title}: {name}", command=(python, "-W", "ignore", str(WORK / file), *arguments),
        folder=folder, environment=environment() if tool is None else {**tool.environment, **peer_tools.QUIET},
    )  # fmt: skip


def _bars(names: Names, results: tuple[Result, ...], profile: int) -> list[Bar]:
    cost = {result.name.partition(": ")[2]: result.median for result in results}
    rules, both = cost["rules, Seatrial"], cost["rules and drift, Seatrial"]
    stored, decode = cost["rules and drift, stored reference, Seatrial"], cost["one decode, polars"]
    made = [_ratio(names, "rules / rules by polars", rules.cpu, cost["rules, polars by hand"].cpu, 1.3)]
    if names.rows == TABLES[0][0]:
        made += [
            _most(names, "rules and drift, CPU", both.cpu, 8, "s"),
            _most(names, "rules and drift, memory", both.peak * MB, 700, "MB"),
            _most(names, "with stored reference, CPU", stored.cpu, 4, "s"),
            _most(names, "profile", profile / 1000, 400, "KB"),
        ]
    made.append(_ratio(names, "rules and drift / two decodes", both.cpu, 2 * decode.cpu, 2.5))
    made.append(_ratio(names, "with stored reference / one decode", stored.cpu, decode.cpu, 2.5))
    for work, ours, peer, most in (
        ("rules", rules, "great_expectations", 0.15), ("drift", both, "nannyml", 0.25), ("drift", both, "scipy", 0.4),
    ):  # fmt: skip
        if f"{work}, {peer}" in cost:
            made.append(_ratio(names, f"{work}: Seatrial / {peer}", ours.cpu, cost[f"{work}, {peer}"].cpu, most))
    return made


def _small(folder: Path, runs: int) -> list[Bar]:
    """What it costs where there is nearly nothing to do."""
    names = Names(rows=1_000, columns=20)
    _make(folder, names)
    imports = "import seatrial.data.checking, seatrial.data.reading.opening, polars, numpy"
    results = measure(
        [
            Case(name="cold import", command=(sys.executable, "-c", imports), folder=folder, environment=environment()),
            Case(name=f"check, {SMALL}", command=seatrial("check", names.before, "--reference", names.now, "--json"),
                 folder=folder, environment=environment(), exits=BLOCKED),
        ],
        runs=runs,
    )  # fmt: skip
    print(showing.table(results) + "\n", flush=True)
    cold, small = (result.median.cpu for result in results)
    return [
        Bar(name="cold import", measured=f"{cold:.2f} s", promised="at most 0.5 s", met=cold <= 0.5),
        Bar(name=f"check, {SMALL}", measured=f"{small:.2f} s", promised="at most 1.2 s", met=small <= 1.2),
    ]


def _large(folder: Path) -> list[Bar]:
    """10 GB in many files, once: the memory must not depend on how much there is."""
    names = Names(rows=LARGE_ROWS, columns=LARGE_COLUMNS)
    arguments = [str(folder), str(names.rows), str(names.columns), "--files", str(LARGE_FILES)]
    subprocess.run([sys.executable, str(WORK / "make_tables.py"), *arguments], check=True)
    data = folder / f"{names.rows}-{names.columns}"
    size = sum(file.stat().st_size for file in data.iterdir())
    command = seatrial("check", data.name, "--save-profile", names.profile, "--json")
    cost = cost_of(command, folder=folder, environment=environment())
    print(f"{names.title}, {size / 1e9:.1f} GB in {LARGE_FILES} files: {cost.cpu:.0f} CPU s, {cost.wall:.0f} s, "
          f"{cost.peak:.0f} MiB\n")  # fmt: skip
    return [Bar(name=f"{size / 1e9:.1f} GB in {LARGE_FILES} files", measured=f"{cost.peak:.0f} MiB",
                promised="at most 1,000 MiB", met=cost.peak <= 1000)]  # fmt: skip


def _most(names: Names, what: str, value: float, most: float, unit: str) -> Bar:
    return Bar(name=f"{names.title}: {what}", measured=f"{value:.2f} {unit}", promised=f"at most {most:g} {unit}",
               met=value <= most)  # fmt: skip


def _ratio(names: Names, what: str, ours: float, theirs: float, most: float) -> Bar:
    ratio = ours / theirs
    return Bar(name=f"{names.title}: {what}", measured=f"{ratio:.2f}", promised=f"at most {most:g}", met=ratio <= most)
