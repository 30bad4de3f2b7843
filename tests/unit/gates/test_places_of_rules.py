"""A finding points at the line of the rule that asked for it."""

from __future__ import annotations

import pytest

from seatrial.config.gates import load_gates
from seatrial.errors import Place
from seatrial.gates.places import place_of
from seatrial.gates.policy import GateSet
from seatrial.verdict import Finding, Verdict

GATES = b"""\
promote:
  performance:
    accuracy: {min: 0.9}
    latency_ms:
      max: 20
  regression:
    max_degradation: 0.01
    metrics: [accuracy]
  size: {max: 20 MB}
  custom:
    toxicity: {max: 0.1}
"""


def finding(name: str, kind: str, metric: str | None) -> Finding:
    return Finding(name=name, kind=kind, metric=metric, verdict=Verdict.FAIL, reason="worse", message="no")


@pytest.fixture(scope="module")
def gate_set() -> GateSet:
    return load_gates(GATES, "gates.yaml")["promote"]


@pytest.mark.parametrize(
    ("name", "kind", "metric", "line"),
    [
        ("performance.accuracy.min", "performance", "accuracy", 3),
        ("performance.latency_ms.max", "performance", "latency_ms", 4),
        ("regression.accuracy", "regression", "accuracy", 6),
        ("anchor.accuracy", "regression", "accuracy", 6),
        ("size.max", "size", "bytes", 9),
        ("custom.toxicity", "custom", "toxicity", 11),
        ("evidence", "evidence", None, 1),
        ("performance.unheard_of.min", "performance", "unheard_of", 1),
        ("slices.accuracy.size", "slices", "accuracy", 1),
        ("name", "name", None, 1),
    ],
)
def test_each_finding_has_the_line_of_its_rule_or_of_its_set(
    gate_set: GateSet, name: str, kind: str, metric: str | None, line: int
) -> None:
    """The last are of no rule of this set, so the set itself is what asked; `name` is a field and no rule."""
    place = place_of(gate_set, finding(name, kind, metric))

    assert place is not None
    assert (place.file, place.line) == ("gates.yaml", line)


def test_a_set_of_no_file_has_no_places() -> None:
    assert place_of(GateSet(name="promote"), finding("size.max", "size", "bytes")) is None


def test_a_rule_of_no_file_points_at_its_set() -> None:
    made = GateSet(name="promote", place=Place(file="gates.yaml", line=1))

    assert place_of(made, finding("size.max", "size", "bytes")) == made.place
