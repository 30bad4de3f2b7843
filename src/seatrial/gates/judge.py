"""Judge one model: a gate set, the candidate's evidence and a baseline go in, findings come out.

Called by the flows and by `seatrial gate`. Pure: same evidence and same set, same findings, byte
for byte. A new kind of gate is one file beside this one and one line in `GATES`.

What is subtle: a set may yield no finding at all (only a regression gate, and a first model).
`conclude` then answers ERROR, because checking nothing is not a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct

from seatrial.gates import performance, regression
from seatrial.gates.codes import Kind
from seatrial.gates.evidence import Baseline, Evidence
from seatrial.gates.policy import GateSet
from seatrial.verdict import Decision, Finding, Verdict, combine, decide

Gate: TypeAlias = Callable[[GateSet, Evidence, Baseline], tuple[Finding, ...]]

GATES: Mapping[Kind, Gate] = MappingProxyType(
    {
        Kind.PERFORMANCE: performance.judge,
        Kind.REGRESSION: regression.judge,
    }
)
"""Every kind of gate, in the order findings are listed."""


class Judgement(Struct, frozen=True, kw_only=True):
    """What the findings of one gate set add up to."""

    gate_set: str
    verdict: Verdict
    decision: Decision
    findings: tuple[Finding, ...]


def judge(gate_set: GateSet, candidate: Evidence, baseline: Baseline) -> tuple[Finding, ...]:
    """The findings of every gate in the set. Never raises for evidence that does not fit: that is a finding."""
    return tuple(finding for gate in GATES.values() for finding in gate(gate_set, candidate, baseline))


def conclude(gate_set: GateSet, findings: tuple[Finding, ...], *, debt: int = 0) -> Judgement:
    """Verdict and decision over findings; `debt` counts stages that should have run and did not."""
    verdict = combine(finding.verdict for finding in findings)
    decision = decide(verdict, gate_set.on_inconclusive, debt=debt)
    return Judgement(gate_set=gate_set.name, verdict=verdict, decision=decision, findings=findings)
