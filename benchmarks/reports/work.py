"""What is measured of pictures: the evidence of two models is read, everything is drawn, and the page is made.

Called by `benchmarks/report.py` as a program of its own: `python -m benchmarks.reports.work CANDIDATE BASELINE PAGE`.
It does what `seatrial run` does for a judged model besides judging it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.reports.runs import a_run, curves, drift, timings
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.flows.picturing import pictures
from seatrial.gates.evidence import Evidence, Present
from seatrial.report.page import render_page
from seatrial.report.serial import to_text

COLUMNS = Columns(label="label", prediction="prediction", score="score")


def main(candidate: str, baseline: str, page: str) -> None:
    """Draw, and write the page and the facts."""
    mine, theirs = (read_predictions(Path(path), COLUMNS) for path in (candidate, baseline))
    made = pictures(
        "model",
        Evidence(predictions=mine, timings=timings()),
        Present(evidence=Evidence(predictions=theirs), label="model@3 (production)"),
        scratch=Path(),
    )
    facts = a_run(plots=(*made.plots, *curves(), *drift()))
    if len(facts.plots) < 10 or made.troubles:
        raise SystemExit(f"{len(facts.plots)} pictures, and ten were to be made: {made.troubles}")
    Path(page).write_text(render_page(facts))
    Path(page).with_suffix(".json").write_text(to_text(facts))
    print(f"{len(facts.plots)} pictures")


if __name__ == "__main__":
    main(*sys.argv[1:])
