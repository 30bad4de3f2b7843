"""What judging two predictions files costs that do not fit in memory: CPU, peak memory and temporary space.

    python -m benchmarks.gates.large                             100,000,000 rows, in the same order and shuffled
    python -m benchmarks.gates.large --rows 50000000             fewer: memory must be the same
    python -m benchmarks.gates.large --only shuffled --folder /data/scratch

The whole command `seatrial gate` is measured, from reading both files to the verdict: accuracy, F1, AUC and log loss
against limits, against production, and in the slices of a group of 20. Files take about 9 bytes for each row, temporary
space is printed. Exits with 1 where the peak is above the bar.

Subtle: temporary files have no names. Their size is read from the descriptors of the running process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import showing
from benchmarks.gates import large_names as names
from benchmarks.measuring import KIB_PER_UNIT
from benchmarks.repositories import ROOT, environment

ROWS = 100_000_000
BAR_MB = 2_500
"""Megabytes that the process may have at its peak, whatever the number of rows."""

GATES = """\
promote:
  performance:
    accuracy: {min: 0.5, confidence: 0.95}
    f1: {min: 0.3, confidence: 0.95}
    roc_auc: {min: 0.6, confidence: 0.95}
    log_loss: {max: 1, confidence: 0.95}
  regression: {max_degradation: 0.01}
  slices: {by: [region], max_degradation: 0.02}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One run: seconds, megabytes, and what was found."""

    order: str
    cpu: float
    wall: float
    peak: float
    temporary: float
    verdicts: dict[str, str]


def main() -> None:
    """Make the files, judge them, print what it cost."""
    given = _parsed()
    print(f"`{' '.join(['python -m benchmarks.gates.large', *sys.argv[1:]])}`: {showing.machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="large-gates-") as name:
        folder = Path(name)
        _make(folder, given.rows)
        found = []
        for order in given.only:
            found.append(_judge(folder, order))
            print(_line(found[-1], given.rows), flush=True)
    if len({json.dumps(each.verdicts, sort_keys=True) for each in found}) > 1:
        raise SystemExit("the order of the rows changed a verdict")
    sys.exit(0 if all(each.peak <= BAR_MB for each in found) else 1)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gates.large",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=ROWS, help="of each file")
    parser.add_argument("--only", nargs="+", choices=tuple(names.PRODUCTION), default=tuple(names.PRODUCTION))
    parser.add_argument("--folder", type=Path, default=None, help="where files and temporary space lie")
    given = parser.parse_args()
    if given.rows < 1:
        parser.error("--rows must be 1 or more")
    return given


def _make(folder: Path, rows: int) -> None:
    command = (sys.executable, "-m", "benchmarks.gates.large_files", str(folder), str(rows))
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)
    (folder / "gates.yaml").write_text(GATES)


def _judge(folder: Path, order: str) -> Judged:
    options = ("--score", "score", "--positive", "1", "--gates", "gates.yaml", "--json")
    files = ("--candidate", names.CANDIDATE, "--production", names.PRODUCTION[order])
    command = (sys.executable, "-m", "seatrial", "gate", *files, *options)
    begun, output = time.monotonic(), folder / "judgement.json"
    with output.open("wb") as stdout:
        process = subprocess.Popen(command, cwd=folder, env={**environment(), "TMPDIR": str(folder)}, stdout=stdout)
        temporary, ended = 0, 0
        while not ended:
            temporary = max(temporary, _nameless(process.pid))
            time.sleep(0.2)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 3):
        raise SystemExit(f"seatrial gate ended with {code}")
    judgement = json.loads(output.read_bytes())
    return Judged(
        order=order,
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.monotonic() - begun,
        peak=usage.ru_maxrss / KIB_PER_UNIT * 1024 / 1e6,
        temporary=temporary / 1e6,
        verdicts={each["name"]: each["verdict"] for each in judgement["gates"]},
    )


def _nameless(process: int) -> int:
    """Bytes of the files that a process holds open and that have no name; 0 where it cannot be told."""
    total = 0
    try:
        for link in Path(f"/proc/{process}/fd").iterdir():
            known = link.stat()
            total += known.st_size if known.st_nlink == 0 else 0
    except OSError:
        return total
    return total


def _line(one: Judged, rows: int) -> str:
    told = f"{sum(verdict == 'PASS' for verdict in one.verdicts.values())} of {len(one.verdicts)} gates pass"
    return (
        f"{rows:,} rows, {one.order}: {one.cpu:.1f} CPU s, {one.wall:.1f} s, {one.peak:,.0f} MB at the peak, "
        f"{one.temporary:,.0f} MB of temporary space; {told}"
    )


if __name__ == "__main__":
    main()
