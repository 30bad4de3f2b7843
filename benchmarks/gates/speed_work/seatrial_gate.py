"""Seatrial: the whole gate on two tables in memory: joined by id, nine metrics of counts in twenty groups, DeLong's
AUC, log loss and Brier score, an interval on every difference, verdicts, and their JSON.

    seatrial_gate.py FOLDER
"""

# mypy: ignore-errors
import json
import sys

import numpy as np
import polars as pl
from measured_work import report

from seatrial.evidence.records import Predictions, Source
from seatrial.gates.evidence import Evidence, Present
from seatrial.gates.judge import judge
from seatrial.gates.judgement import conclude
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing, GateSet, Regression, Slices
from seatrial.gates.serial import judgement_json

COUNTS = (
    "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "specificity", "npv", "kappa",
)  # fmt: skip
MARGIN = Margin(value=0.01)
GATES = GateSet(
    name="promote",
    regression=Regression(comparing=Comparing(margin=MARGIN, metrics=("roc_auc", "log_loss", "brier"))),
    slices=Slices(by=(("group",),), comparing=Comparing(margin=MARGIN, metrics=COUNTS)),
)


def evidence(rows, name):
    """As the reader of files makes it."""
    table = pl.DataFrame(
        {
            "id": pl.select(pl.format("row-{}", pl.int_range(len(rows["label"])))).to_series(),
            "label": pl.Series(rows["label"]).cast(pl.String),
            "prediction": pl.Series((rows[name] >= 0.5).astype(np.int8)).cast(pl.String),
            "score": rows[name],
            "group:group": pl.Series(rows["group"]).cast(pl.String),
        }
    )
    source = Source(path=f"{name}.parquet", digest="0" * 64)
    return Evidence(predictions=Predictions(source=source, table=table, groups=("group",), positive="1"))


rows = dict(np.load(f"{sys.argv[1]}/rows.npz"))
candidate, baseline = evidence(rows, "candidate"), evidence(rows, "baseline")
del rows


def work():
    """Judge, and write it down."""
    findings = judge(GATES, candidate, Present(evidence=baseline, label="baseline"))
    text = json.dumps(judgement_json(conclude(GATES, findings)))
    verdicts = [finding.verdict for finding in findings]
    intervals = sum(part.interval is not None for finding in findings for part in finding.parts)
    intervals += sum(finding.interval is not None for finding in findings if not finding.parts)
    return f"{len(findings)} findings, {intervals} intervals, {len(text):,} bytes, {sorted(set(verdicts))}"


report(work)
