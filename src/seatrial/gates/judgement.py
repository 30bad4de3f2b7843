"""What findings add up to: a verdict, and the decision that policy makes of it.

Apart from `judge`, which brings numerics with it: a remembered judgement is concluded from its findings alone.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.gates.policy import GateSet, Mode
from seatrial.verdict import Decision, Finding, Verdict, combine, decide


class Judgement(Struct, frozen=True, kw_only=True):
    """What the findings of one gate set add up to."""

    gate_set: str
    verdict: Verdict
    decision: Decision
    findings: tuple[Finding, ...]


def conclude(gate_set: GateSet, findings: tuple[Finding, ...], *, debt: int = 0) -> Judgement:
    """Verdict and decision over findings; `debt` counts stages that should have run and did not.

    A set that only observes allows, and warns of what it would have stopped.
    """
    verdict = combine(finding.verdict for finding in findings)
    decision = decision_of(gate_set, verdict, debt=debt)
    return Judgement(gate_set=gate_set.name, verdict=verdict, decision=decision, findings=findings)


def decision_of(gate_set: GateSet, verdict: Verdict, *, debt: int = 0) -> Decision:
    """What a set makes of a verdict."""
    decision = decide(verdict, gate_set.on_inconclusive, debt=debt)
    if gate_set.mode is Mode.OBSERVE and decision is not Decision.ALLOW:
        return Decision.WARN
    return decision
