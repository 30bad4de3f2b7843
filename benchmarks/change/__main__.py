"""What finding out what a change reaches costs, and how often it is wrong.

    python -m benchmarks.change                                  on a generated tree of 5,000 Python files
    python -m benchmarks.change --repo DIR --config FILE         on a repository, which is only read
    python -m benchmarks.change --faults [300]                   with faults injected, beside three other methods

Exits with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import showing
from benchmarks.change import speed, tables
from benchmarks.change.campaign import inject, seatrial_plan
from benchmarks.change.projects import example, generated, written
from benchmarks.change.shapes import LARGE, RUNNABLE, Shape
from benchmarks.change.tables import Bar
from benchmarks.change.tree import grow
from benchmarks.repositories import scratch

IN_THE_EXAMPLE = 0.08
"""The share of faults that go into the example, whose stages take a hundred times as long."""


def main() -> None:
    """Measure, print, and say whether the bars are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.change", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--faults", type=int, nargs="?", const=300, help="inject faults (300) instead of measuring time"
    )
    parser.add_argument("--large", action="store_true", help="inject them into the tree of 5,000 files")
    parser.add_argument("--each", action="store_true", help="with --faults: also tell each fault and what it affects")
    parser.add_argument("--repo", type=Path, help="measure on this repository")
    parser.add_argument("--config", type=Path, help="its configuration, inside or outside of it")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured; the median is shown")
    parser.add_argument("--seed", type=int, default=1, help="of the generated tree and of the faults")
    given = parser.parse_args()
    if (given.repo is None) != (given.config is None):
        parser.error("--repo and --config go together")
    if given.runs < 1 or (given.faults is not None and given.faults < 1):
        parser.error("--runs and --faults must be 1 or more")
    command = " ".join(["python -m benchmarks.change", *sys.argv[1:]])
    medians = "" if given.faults else f"median of {given.runs}, "
    print(f"`{command}`, {medians}{time.strftime('%Y-%m-%d')}: {showing.machine()}\n", flush=True)
    if given.faults is None:
        with scratch() as folder:
            bars = _speed(folder, given)
    else:
        with tempfile.TemporaryDirectory(prefix="seatrial-faults-") as made:
            bars = _faults(Path(made), given.faults, given.seed, LARGE if given.large else RUNNABLE, each=given.each)
    print(f"\n{tables.of_bars(bars)}")
    sys.exit(0 if all(bar.met for bar in bars) else 1)


def _speed(folder: Path, given: argparse.Namespace) -> list[Bar]:
    if given.repo is None:
        repository, configuration = written(folder, grow(LARGE, given.seed))
    else:
        repository, configuration = given.repo.resolve(), given.config.resolve()
    clones = folder / "clones"
    clones.mkdir()
    venv = Path(sys.prefix)
    results = speed.timed(repository, configuration, venv, clones, runs=given.runs, seed=given.seed)
    print(showing.table(results))
    return speed.bars(results)


def _faults(folder: Path, number: int, seed: int, shape: Shape, *, each: bool) -> list[Bar]:
    home = folder / "home"
    home.mkdir()
    in_example = round(number * IN_THE_EXAMPLE)
    tree = generated(folder / "generated", shape, seed)
    found = [inject(tree, number - in_example, seed, seatrial_plan(tree, home))]
    if in_example:
        digits = example(folder / "example")
        found.append(inject(digits, in_example, seed, seatrial_plan(digits, home)))
    print(tables.of_faults(found))
    print("\n" + "\n".join(tables.about(counted) for counted in found))
    for line in [line for counted in found for line in counted.each] if each else ():
        print(line)
    for miss in [miss for counted in found for miss in counted.misses]:
        print(f"missed: {miss}")
    return tables.bars_of_faults(found, generated=tree.name)


if __name__ == "__main__":
    main()
