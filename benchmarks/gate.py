"""What `seatrial gate` costs: two files of predictions with a thousand and with a million rows each.

Called by `make bench`, or as `python -m benchmarks.gate [--runs N] [--json]` from the root. The
rows come from arithmetic, not from chance, and the interpreter that is measured starts anew each
time; the operating system may hold the files in its page cache.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import showing
from benchmarks.measuring import Case, measure
from benchmarks.repositories import environment, seatrial

SIZES = (1_000, 1_000_000)
FORMATS = ("csv", "jsonl", "parquet")
GATES = """\
promote:
  performance: {accuracy: {min: 0.9}}
  regression: {max_degradation: 0.05}
"""
# In a process of its own: the table library would otherwise count as memory of what is measured.
WRITER = """\
import sys
import polars as pl

rows, folder = int(sys.argv[1]), sys.argv[2]
number = pl.int_range(rows, dtype=pl.UInt64)
for name, factor in (("candidate", 2_654_435_761), ("production", 2_246_822_519)):
    right = (number * factor) % 2**32 < int(0.95 * 2**32)
    table = pl.select(
        id=pl.format("row-{}", number), y=number % 10, p=pl.when(right).then(number % 10).otherwise((number + 1) % 10)
    )
    table.write_csv(f"{folder}/{name}-{rows}.csv")
    table.write_ndjson(f"{folder}/{name}-{rows}.jsonl")
    table.write_parquet(f"{folder}/{name}-{rows}.parquet")
"""


def case(folder: Path, rows: int, suffix: str) -> Case:
    """One judgement of a candidate against production, both with `rows` rows."""
    files = [f"{name}-{rows}.{suffix}" for name in ("candidate", "production")]
    command = seatrial("gate", "--candidate", files[0], "--production", files[1], "--gates", "gates.yaml", "--json")
    return Case(
        name=f"`seatrial gate`, {rows:,} rows, {suffix}", command=command, folder=folder, environment=environment()
    )


def main() -> None:
    """Measure and print."""
    runs, as_json = showing.arguments("What `seatrial gate` costs.")
    with tempfile.TemporaryDirectory(prefix="seatrial-benchmark-") as scratch:
        folder = Path(scratch)
        (folder / "gates.yaml").write_text(GATES)
        for rows in SIZES:
            subprocess.run([sys.executable, "-c", WRITER, str(rows), scratch], check=True)
        results = measure((case(folder, rows, suffix) for rows in SIZES for suffix in FORMATS), runs=runs)
    showing.show(results, command="python -m benchmarks.gate", runs=runs, as_json=as_json)


if __name__ == "__main__":
    main()
