"""What `seatrial gate` costs as a user starts it: two files of predictions, of a thousand rows and of many.

Called by `speed`. The interpreter that is measured starts anew each time; the operating system may hold the files in
its page cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.change.tables import Bar
from benchmarks.measuring import Case, Result, measure
from benchmarks.repositories import environment, seatrial

FEW = 1_000
SMALL_GATE = 0.8
"""CPU seconds that a gate on few rows may take, from start to end."""

ACCURACY = """\
promote:
  performance: {accuracy: {min: 0.7}}
  regression: {max_degradation: 0.5}
"""
EVERYTHING = """\
promote:
  performance: {roc_auc: {min: 0.7}, log_loss: {max: 0.9}, brier: {max: 0.5}}
  regression: {max_degradation: 0.05}
  slices:
    by: [group]
    max_degradation: 0.05
    metrics: [accuracy, balanced_accuracy, precision, recall, f1, mcc, specificity, npv, kappa]
  on_inconclusive: warn
"""
COLUMNS = ("--id", "id", "--label", "y", "--prediction", "p")
MORE_COLUMNS = ("--score", "s", "--group", "group", "--positive", "1")
GATES = {"accuracy": (ACCURACY, ()), "everything": (EVERYTHING, MORE_COLUMNS)}


def measured(folder: Path, rows: int, runs: int) -> tuple[Result, ...]:
    """Files that `make_rows` wrote below `folder`, in `few` and `rows`."""
    for name, (text, _) in GATES.items():
        (folder / f"{name}.yaml").write_text(text)
    suffixes = {"few": ("csv", "jsonl", "parquet"), "rows": ("csv", "parquet")}
    cases = [
        _case(folder, place, count, suffix, gates)
        for place, count in (("few", FEW), ("rows", rows))
        for suffix in suffixes[place]
        for gates in GATES
    ]
    return measure(cases, runs=runs)


def _case(folder: Path, place: str, rows: int, suffix: str, gates: str) -> Case:
    files = [f"{place}/{name}.{suffix}" for name in ("candidate", "baseline")]
    judged = ("--candidate", files[0], "--production", files[1], "--gates", f"{gates}.yaml")
    command = seatrial("gate", *judged, *COLUMNS, *GATES[gates][1], "--json")
    name = f"`seatrial gate`, {gates}, {rows:,} rows, {suffix}"
    return Case(name=name, command=command, folder=folder, environment=environment())


def bars(results: Sequence[Result]) -> list[Bar]:
    """A small gate must not be waited for, in any format and with all gates."""
    small = max((each for each in results if f" {FEW:,} rows" in each.name), key=lambda each: each.median.cpu)
    cpu = small.median.cpu
    return [
        Bar(
            name=small.name,
            measured=f"{cpu:.3f} s",
            promised=f"at most {SMALL_GATE:g} s",
            met=cpu <= SMALL_GATE,
        )
    ]
