"""How long a plan over two revisions takes: from nothing, again, and after one more file has changed.

Called by `python -m benchmarks.change`. Every plan is a new process. *Cold* is a fresh bare clone and an empty home,
so that whatever is remembered, wherever, is not there. *Warm* asks the same again. *One file changed* asks, with
that memory, about a commit it has never seen, in which one file more is changed; what it takes beyond warm is its cost.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from benchmarks.change import asking
from benchmarks.change.projects import git
from benchmarks.change.tables import Bar
from benchmarks.measuring import Case, Result, measure

WARM_MS, COLD_S, BEYOND_MS, PEAK_MIB = 300, 15, 50, 200
COLD, WARM, ONE = "plan, cold", "plan, warm", "plan, one file changed"
ADDED = "\n\ndef added_by_the_benchmark(value: int = {number}) -> int:\n    return value + {number}\n"


def timed(repository: Path, configuration: Path, venv: Path, scratch: Path, *, runs: int, seed: int) -> list[Result]:
    """The three cases, in turns. The repository itself is only read; everything happens in clones of it."""
    work, warm_clone = scratch / "work", scratch / "warm"
    git(scratch, "clone", "--quiet", str(repository), str(work))
    base, heads = _changes(work, runs + 1, seed)
    git(scratch, "clone", "--quiet", "--bare", str(work), str(warm_clone))

    def case(name: str, place: Path, home: str, head: str) -> Case:
        (scratch / home).mkdir(exist_ok=True)
        return Case(
            name=name,
            command=asking.command(place, configuration, base, head),
            folder=scratch,
            environment=asking.surroundings(venv, scratch / home),
        )

    warm = case(WARM, warm_clone, "warm-home", heads[0])
    asking.ask(warm.command, warm.environment)  # fills the memory, and makes sure that there is an answer
    rounds = []
    for number, head in enumerate(heads[1:]):
        fresh = scratch / f"cold-{number}"
        git(scratch, "clone", "--quiet", "--bare", str(work), str(fresh))
        cold = case(COLD, fresh, f"cold-home-{number}", heads[0])
        rounds.append(measure([cold, warm, case(ONE, warm_clone, "warm-home", head)], runs=1))
    return [
        Result(name=same[0].name, costs=tuple(result.costs[0] for result in same), budget_cpu_ms=None)
        for same in zip(*rounds, strict=True)
    ]


def _changes(work: Path, number: int, seed: int) -> tuple[str, list[str]]:
    """The newest commit, and commits that follow it and each add a function to one Python file, each to another."""
    base = git(work, "rev-parse", "HEAD")
    listed = [path for path in git(work, "ls-files", "-z", "*.py").split("\0") if path and (work / path).is_file()]
    heads: list[str] = []
    for path in random.Random(seed).sample(listed, number):
        with (work / path).open("a", encoding="utf-8") as file:
            file.write(ADDED.format(number=len(heads) + 2))
        git(work, "commit", "--quiet", "--no-verify", "--all", "--message", path)
        heads.append(git(work, "rev-parse", "HEAD"))
        git(work, "branch", f"benchmark-{len(heads)}")
        git(work, "reset", "--quiet", "--hard", base)
    return base, heads


def bars(results: Sequence[Result]) -> list[Bar]:
    """The promises about time and memory, held against medians of wall time and the largest peak.

    CPU time is shown beside: on a machine that others use too it is the steadier figure, and the lower bound.
    """
    medians = {result.name: result.median for result in results}
    cold, warm, one = medians[COLD], medians[WARM], medians[ONE]
    peak = max(cost.peak for result in results for cost in result.costs)
    beyond, beyond_cpu = one.wall - warm.wall, one.cpu - warm.cpu
    return [
        _bar("warm plan, wall", 1000 * warm.wall, WARM_MS, "ms", cpu=1000 * warm.cpu),
        _bar("cold plan, wall", cold.wall, COLD_S, "s", cpu=cold.cpu),
        _bar("one file changed, beyond warm", 1000 * beyond, BEYOND_MS, "ms", cpu=1000 * beyond_cpu),
        _bar("memory, largest process", peak, PEAK_MIB, "MiB"),
    ]


def _bar(name: str, value: float, most: float, unit: str, cpu: float | None = None) -> Bar:
    beside = "" if cpu is None else f" (CPU {cpu:,.1f})"
    return Bar(name=name, measured=f"{value:,.1f} {unit}{beside}", promised=f"at most {most} {unit}", met=value <= most)
