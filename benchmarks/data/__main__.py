"""What checks of data find, how often clean data alarms, and what they cost.

    python -m benchmarks.data --corruptions                 98 kinds of accident on four tables, Seatrial alone
    python -m benchmarks.data --corruptions --peers all     beside other tools, in environments of their own
    python -m benchmarks.data --speed --peers all           CPU time and memory, beside other tools
    python -m benchmarks.data --clusters                    clean rows of users, with and without `cluster`
    python -m benchmarks.data --power                       what the ideal test could find, and nothing else

Exits with 1 when a bar is missed. Answers are kept in .venv/data-answers, so that a long run can be continued.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks import showing
from benchmarks.change import tables
from benchmarks.data import speed
from benchmarks.repositories import ROOT

ANSWERS = ROOT / ".venv" / "data-answers"


def main() -> None:
    """Measure, print, and say whether the bars are met."""
    given = _parsed()
    command = " ".join(["python -m benchmarks.data", *sys.argv[1:]])
    medians = f"median of {given.runs}, " if given.speed else ""
    print(f"`{command}`, {medians}{time.strftime('%Y-%m-%d')}: {showing.machine()}\n", flush=True)
    if given.speed:
        bars = speed.measured(given)
    else:
        from benchmarks.data import clustered, corruptions  # heavy: a process measured for its size must not inherit it

        work = corruptions.power if given.power else clustered.counted if given.clusters else corruptions.counted
        bars = work(given)
    if bars:
        print(f"\n{tables.of_bars(bars)}")
    sys.exit(0 if all(bar.met for bar in bars) else 1)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.data", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--corruptions", action="store_true", help="what is found of what breaks")
    what.add_argument("--speed", action="store_true", help="CPU time and memory of whole processes")
    what.add_argument("--clusters", action="store_true", help="how often clean rows of users alarm")
    what.add_argument("--power", action="store_true", help="what the ideal test could find")
    parser.add_argument("--peers", nargs="+", default=[], metavar="TOOL", help="tools to measure beside, or `all`")
    parser.add_argument("--tables", nargs="+", default=[], metavar="TABLE", help="these tables only")
    parser.add_argument("--kinds", nargs="+", default=[], metavar="KIND", help="these kinds of accident only")
    parser.add_argument(
        "--ways", nargs="+", default=[], metavar="WAY", help="these ways of asking Seatrial only, or `none`"
    )
    parser.add_argument("--sizes", nargs="+", type=int, default=[500, 5_000], help="rows: 500, 5000, 500000")
    parser.add_argument("--clean", type=int, default=300, help="clean samples of each table and size")
    parser.add_argument("--repeats", type=int, default=1, help="samples that each accident happens to")
    parser.add_argument("--replicates", type=int, default=0, help="with --power: also try the ideal test so often")
    parser.add_argument("--each", action="store_true", help="also a row for each accident")
    parser.add_argument("--json", type=Path, help="write every figure of corruptions here")
    parser.add_argument("--kept", action="store_true", help="ask no peer: show what is kept of their answers")
    parser.add_argument("--answers", type=Path, default=ANSWERS, help="where answers are kept")
    parser.add_argument("--runs", type=int, default=3, help="with --speed: how often each is measured")
    parser.add_argument("--first", action="store_true", help="with --speed: the first table only")
    parser.add_argument("--second", action="store_true", help="with --speed: the second table only")
    parser.add_argument("--large", action="store_true", help="with --speed: also 10 GB in many files")
    given = parser.parse_args()
    if min(given.runs, given.clean, given.repeats) < 1:
        parser.error("--runs, --clean and --repeats must be 1 or more")
    return given


if __name__ == "__main__":
    main()
