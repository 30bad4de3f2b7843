"""Judge one model: a gate set, the candidate's evidence and a baseline go in, findings come out.

Called by the flows and by `seatrial gate`. Pure: same evidence and same set, same findings, byte
for byte. A new kind of gate is one file (or folder) beside this one and one line in `GATES`.

What is subtle: a set may yield no finding at all (only gates against a baseline, and a first model).
`conclude` then answers ERROR, because checking nothing is not a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from seatrial.evidence.case_records import Cases
from seatrial.gates import given_files, performance, regression, slices
from seatrial.gates.calibration import judge as calibration
from seatrial.gates.codes import Kind
from seatrial.gates.evidence import Baseline, Case, Evidence
from seatrial.gates.fairness import judge as fairness
from seatrial.gates.looking import Looking
from seatrial.gates.policy import GateSet
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Finding

Gate: TypeAlias = Callable[[GateSet, Looking], tuple[Finding, ...]]

GATES: Mapping[Kind, Gate] = MappingProxyType(
    {
        Kind.PERFORMANCE: performance.judge,
        Kind.REGRESSION: regression.judge,
        Kind.SLICES: slices.judge,
        Kind.FAIRNESS: fairness.judge,
        Kind.CALIBRATION: calibration.judge,
        Kind.BEHAVIORAL: given_files.behavioral,
        Kind.PREFERENCE: given_files.preference,
        Kind.LATENCY: given_files.latency,
        Kind.MEMORY: given_files.memory,
        Kind.SIZE: given_files.size,
        Kind.CONTRACT: given_files.contract,
        Kind.RECIPE: given_files.recipe,
        Kind.CUSTOM: given_files.custom,
    }
)
"""Every kind of gate, in the order findings are listed."""


def judge(
    gate_set: GateSet,
    candidate: Evidence,
    baseline: Baseline,
    *,
    anchor: Baseline | None = None,
    more: PairedCounts | None = None,
    cases: Cases | None = None,
) -> tuple[Finding, ...]:
    """The findings of every gate in the set. Never raises for evidence that does not fit: that is a finding."""
    looking = Looking(gate_set, Case(candidate=candidate, baseline=baseline, anchor=anchor, more=more, cases=cases))
    return tuple(finding for gate in GATES.values() for finding in gate(gate_set, looking))
