"""The rules of a set under the keys that `gates.yaml` has: what is printed could be written there."""

from __future__ import annotations

import json

import pytest

from seatrial.config.gates import load_gates
from seatrial.gates.rules import rules_of
from seatrial.gates.written_rules import as_written

KINDS = {
    "performance": {"accuracy": {"min": 0.9, "confidence": 0.95}},
    "regression": {"metrics": ["accuracy", "f1"], "max_degradation": {"accuracy": 0.01, "f1": "2%"}},
    "regression, anchored": {"max_degradation": 0.01, "anchor": {"max_degradation": 0.03, "alias": "launch"}},
    "slices": {"by": ["size", ["region", "size"]], "max_degradation": 0.02},
    "fairness": {"protected_attributes": ["gender", ["age", "gender"]], "max_disparity": 0.1},
    "calibration": {"max_error": 0.1, "by": ["source"]},
    "preference": {"margin": 0.05},
    "latency": {"p95_ms": 30, "throughput_rps": {"min": 100, "confidence": 0.9}, "max_increase": {"p95": "10%"}},
    "memory": {"max": "2GiB"},
    "size": {"max_increase": "10%"},
    "contract": {
        "loads": {"max_seconds": 5},
        "output": {"type": "object", "keys": ["label"]},
        "batch": {"tolerance": 1e-4},
    },
    "recipe": {"max_degradation": 0.02, "seeds": 4},
    "custom": {"toxicity": {"max": 0.05}, "licence": {}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_printed_reads_as_the_same_set(kind: str) -> None:
    gate = kind.partition(",")[0]
    (read,) = load_gates(json.dumps({"s": {gate: KINDS[kind]}}).encode(), "gates.yaml").values()
    again = load_gates(json.dumps({"s": as_written(rules_of(read))}).encode(), "gates.yaml")

    assert rules_of(again["s"]) == rules_of(read)


def test_a_share_and_a_grouping_of_one_column_look_as_people_write_them() -> None:
    rules = rules_of(
        load_gates(json.dumps({"s": {"slices": {"by": ["size"], "max_degradation": "1%"}}}).encode(), "gates.yaml")["s"]
    )

    assert as_written(rules)["slices"] == {
        "by": ["size"],
        "max_degradation": "1%",
        "alpha": 0.05,
        "power": 0.8,
        "block_on": "margin",
        "correction": "holm",
    }


@pytest.mark.parametrize("odd", [None, 1, "x", [], [1], {}, {"limits": 3, "comparing": 4, "anchor": 5, "by": 6}])
@pytest.mark.parametrize("kind", ["regression", "slices", "fairness", "latency", "contract", "custom", "calibration"])
def test_a_rule_of_another_form_is_no_error(kind: str, odd: object) -> None:
    """It was stored by a Seatrial of another time."""
    as_written({kind: odd})
