"""Seatrial: what reading two files of predictions costs, without judging anything.

seatrial_reading.py FOLDER SUFFIX
"""

# mypy: ignore-errors
import sys
from pathlib import Path

from measured_work import report

from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions

COLUMNS = Columns(label="y", prediction="p", score="s", groups=("group",), positive="1")


def work():
    """Both models' rows, checked."""
    files = [Path(sys.argv[1]) / f"{name}.{sys.argv[2]}" for name in ("candidate", "baseline")]
    return f"{sum(read_predictions(file, COLUMNS).table.height for file in files):,} rows"


report(work)
