"""Findings of every gate that looks at rows: plain numbers, the same bytes twice, whatever the order of the rows."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from seatrial.config.gates import load_gates
from seatrial.evidence.records import Predictions
from seatrial.gates.evidence import Evidence
from seatrial.gates.judge import judge
from seatrial.replacing import replace
from seatrial.verdict import Finding
from tests.support.judged import Models, production

_EVERYTHING = b"""
performance: {accuracy: {min: 0.5, confidence: 0.9}, f1: {min: 0.5}, auc: {min: 0.5, confidence: 0.9}, cost: {max: 9}}
regression: {max_degradation: 5%, anchor: {max_degradation: 10%}}
slices: {by: [region, [region, size]], max_degradation: 0.1, metrics: [accuracy, log_loss, recall]}
fairness:
  protected_attributes: [region]
  metrics: [equalized_odds, predictive_parity, calibration, f1, roc_auc]
  max_disparity: 0.2
  max_increase: 0.1
calibration: {max_error: 0.1, max_gap: 0.1, by: [region]}
lower_is_better: [cost]
"""


def _evidence(n: int, *, clustered: bool) -> tuple[Evidence, Evidence]:
    models = Models(n, moved=0.1)
    draw = np.random.default_rng(1)
    groups = {"region": draw.choice(["n", "e", "s"], n).tolist(), "size": draw.choice(["big", "small"], n).tolist()}
    cluster = np.arange(n) // 3 if clustered else None
    ours = models.candidate(groups=groups, cluster=cluster, values={"cost": draw.exponential(1, n)})
    theirs = models.baseline(groups=groups, cluster=cluster, values={"cost": draw.exponential(1, n)})
    return ours, theirs.evidence


def _judged(ours: Evidence, theirs: Evidence) -> tuple[Finding, ...]:
    gate_set = load_gates(_EVERYTHING, "g.yaml")["promote"]
    return judge(gate_set, ours, production(theirs), anchor=production(theirs))


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("n", [1, 2, 7, 90, 1_500])
def test_findings_become_json_whatever_the_number_of_rows(n: int, clustered: bool) -> None:
    """One row, one class, groups of one row: findings all the same, and no number that JSON does not have."""
    found = _judged(*_evidence(n, clustered=clustered))

    text = msgspec.json.encode(found)

    assert len(found) == 4 + 2 * 4 + 2 * 3 + 6 * 2 + 2 * 2  # gates times metrics times groupings or limits
    for word in (b"NaN", b"Infinity", b"np.float", b" nan", b" inf"):
        assert word not in text


def test_the_order_of_the_rows_changes_nothing() -> None:
    """Two files with the same rows in another order give the same bytes, but for the last digits of sums."""
    ours, theirs = _evidence(700, clustered=True)

    def shuffled(of: Evidence) -> Evidence:
        rows = of.predictions
        assert isinstance(rows, Predictions)
        table = rows.table.sample(fraction=1, shuffle=True, seed=9)
        return replace(of, predictions=Predictions(source=rows.source, table=table, groups=rows.groups))

    assert msgspec.json.encode(_judged(shuffled(ours), shuffled(theirs))) == msgspec.json.encode(_judged(ours, theirs))
    assert msgspec.json.encode(_judged(shuffled(ours), theirs)) == msgspec.json.encode(_judged(ours, theirs))


def test_exchanged_columns_of_an_intersection_are_the_same_slices() -> None:
    """`[region, size]` and `[size, region]` differ in names alone."""
    ours, theirs = _evidence(500, clustered=False)

    def parts(by: str) -> list[tuple[list[str], int | None, float | None]]:
        gate_set = load_gates(f"slices: {{by: [[{by}]], max_degradation: 0.1}}".encode(), "g.yaml")["promote"]
        (found,) = judge(gate_set, ours, production(theirs))
        return sorted((sorted(part.name.split(" x ")), part.n, part.estimate) for part in found.parts)

    assert parts("region, size") == parts("size, region")
