"""Where in its file a rule stands that a finding comes from. Pure.

Called by the flows for the findings of a model, so that a report can point at the line that asked for them. Subtle: a
finding does not remember its rule, since it is kept and read again under gate sets that moved in their file; so the
rule is looked up by the finding's kind and metric in the set that judged it now. What no rule asked for (evidence that
cannot be read) points at its set.
"""

from __future__ import annotations

from seatrial.errors import Place
from seatrial.gates.codes import Kind
from seatrial.gates.policy import GateSet
from seatrial.verdict import Finding

_RULES = tuple(kind for kind in Kind if kind is not Kind.PERFORMANCE)


def place_of(gate_set: GateSet, finding: Finding) -> Place | None:
    """The place of the rule behind a finding; None where its file is not known."""
    return _of_rule(gate_set, finding) or gate_set.place


def _of_rule(gate_set: GateSet, finding: Finding) -> Place | None:
    if finding.kind == Kind.PERFORMANCE:
        bound = gate_set.performance.get(finding.metric or "")
        return None if bound is None else bound.place
    if finding.kind == Kind.CUSTOM and gate_set.custom is not None:
        limit = gate_set.custom.limits.get(finding.name.removeprefix(f"{Kind.CUSTOM}."))
        return None if limit is None else limit.place
    rule = getattr(gate_set, finding.kind) if finding.kind in _RULES else None
    return None if rule is None else rule.place
