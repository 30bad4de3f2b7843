"""How often gates are wrong, and what they cost.

    python -m benchmarks.gates --simulate                    error rates and power over the grid (17 minutes of CPU)
    python -m benchmarks.gates --simulate --only accuracy    one part of it
    python -m benchmarks.gates --least                       from how many units on a bound from moments decides
    python -m benchmarks.gates.latency                       the same questions, of waits
    python -m benchmarks.gates.large                         what files cost that do not fit in memory
    python -m benchmarks.gates --peers all                   CPU time and memory on a million rows, beside other tools

Exits with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import showing
from benchmarks.change import tables
from benchmarks.gates import speed
from benchmarks.repositories import ROOT

PARTS = ("accuracy", "counts", "scores", "numbers", "slices", "fairness", "intervals")


def main() -> None:
    """Measure, print, and say whether the bars are met. With JSON on standard output the tables go to the other."""
    given = _parsed()
    aside = contextlib.redirect_stdout(sys.stderr) if str(given.json) == "-" else contextlib.nullcontext()
    with aside:
        met = _measured(given)
    sys.exit(0 if met else 1)


def _measured(given: argparse.Namespace) -> bool:
    command = " ".join(["python -m benchmarks.gates", *sys.argv[1:]])
    today = time.strftime("%Y-%m-%d")
    print(f"`{command}`, {today}: {showing.machine()}, commit {_commit()}\n", flush=True)
    if given.least:
        from benchmarks.gates import least_units  # heavy: a process measured for its size must not inherit it

        print(f"{least_units.table(given.replicates, given.processes or os.cpu_count() or 1)}\n")
        print(f"Tails of F1 between equal models, as multiples of the level:\n\n{least_units.tails(given.replicates)}")
        return True
    if given.simulate:
        from benchmarks.gates import showing_errors  # heavy, as above

        bars = showing_errors.simulated(given, command, _commit())
    else:
        bars = speed.measured(given, command, _commit())
    print(f"\n{tables.of_bars(bars)}")
    return all(bar.met for bar in bars)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gates", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulate", action="store_true", help="error rates and power instead of costs")
    parser.add_argument("--least", action="store_true", help="how a least count was found, instead")
    parser.add_argument("--replicates", type=int, default=4_000, help="with --simulate: samples of a usual cell")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--processes", type=int, help="with --simulate: at once; as many as there are cores")
    parser.add_argument("--peers", nargs="+", default=["none"], metavar="NAME", help="tools beside; all, or none")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the table whose judgement is measured")
    parser.add_argument("--runs", type=int, default=3, help="how often each cost is measured")
    parser.add_argument("--environments", type=Path, default=None, help="where peers are installed")
    parser.add_argument(
        "--json", type=Path, nargs="?", const=Path("-"), metavar="FILE", help="write every figure here, or print it"
    )
    given = parser.parse_args()
    if min(given.replicates, given.rows, given.runs) < 1 or (given.processes or 1) < 1:
        parser.error("--replicates, --rows, --runs and --processes must be 1 or more")
    return given


def _commit() -> str:
    """The commit that is measured, and whether its tree has been changed since."""
    told = [
        subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for words in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    ]
    return f"{told[0] or 'unknown'}{' with changes' * bool(told[1])}"


if __name__ == "__main__":
    main()
