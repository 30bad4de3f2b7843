"""Gates that judge evidence of their own kind: what each is handed out of all that was shown.

The table of `judge` names these functions; each takes its rule and its records from the set and the case, and says
what is missing where nobody made them.
"""

from __future__ import annotations

from seatrial.gates.behavioral.given import Given
from seatrial.gates.behavioral.judge import judge as judge_behavior
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.contract.judge import judge as judge_contract
from seatrial.gates.custom.judge import judge as judge_custom
from seatrial.gates.evidence import Absent, Evidence, LeftOut, Present
from seatrial.gates.latency import claims
from seatrial.gates.latency.judge import judge as judge_latency
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.measured_models import of_other_votes
from seatrial.gates.memory.judge import SUBJECT as PEAK
from seatrial.gates.memory.judge import judge as judge_memory
from seatrial.gates.policy import GateSet
from seatrial.gates.preference.judge import WIN_RATE
from seatrial.gates.preference.judge import judge as judge_preference
from seatrial.gates.recipe import judge as judge_recipe
from seatrial.gates.size.judge import judge as judge_size
from seatrial.verdict import Finding, Verdict


def behavioral(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """Answers to test cases."""
    rule, case = gate_set.behavioral, looking.case
    if rule is None:
        return ()
    if (said := case.candidate.unserved.get(Kind.BEHAVIORAL)) is not None:
        return (_error(Kind.BEHAVIORAL, "pass_rate", Reason.NOT_SERVED, said),)
    if case.cases is None:
        message = f"the test cases {', '.join(rule.test_cases)} were not read"
        return (_error(Kind.BEHAVIORAL, "pass_rate", Reason.CASES_MISSING, message),)
    other: Given | Absent | LeftOut
    match case.baseline:
        case Present(evidence=evidence, label=label):
            other = _given(label, evidence)
        case absent:
            other = absent
    return judge_behavior(rule, case.cases, _given("the candidate", case.candidate), other)


def preference(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """A judge's preferences between the answers of both models."""
    rule = gate_set.preference
    if rule is None:
        return ()
    other = looking.other()
    if isinstance(other, Trouble):
        if other.left_out:
            return ()
        return (_error(Kind.PREFERENCE, WIN_RATE, other.reason, other.message, verdict=other.verdict),)
    shown = looking.case.candidate
    refused = of_other_votes(shown.preferences, shown.voted_against, other.evidence.artifact, other.label)
    if refused is not None and not other.same_artifact:
        return (_error(Kind.PREFERENCE, WIN_RATE, *refused),)
    return judge_preference(rule, shown.preferences, label=other.label)


def latency(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """How fast the served model answers."""
    rule, case = gate_set.latency, looking.case
    if rule is None:
        return ()
    shown = case.candidate
    if (said := shown.unserved.get(Kind.LATENCY)) is not None:
        failures = claims.failures(rule)
        return (_error(Kind.LATENCY, failures.metric, Reason.NOT_SERVED, said, name=failures.name),)
    return judge_latency(rule, shown.timings, shown.measurement, case.baseline, artifact=shown.artifact)


def memory(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """How much memory the served model takes."""
    rule, case = gate_set.memory, looking.case
    if rule is None:
        return ()
    if (said := case.candidate.unserved.get(Kind.MEMORY)) is not None:
        name = f"{Kind.MEMORY}.{'max_increase' if rule.max is None else 'max'}"
        return (_error(Kind.MEMORY, PEAK.metric, Reason.NOT_SERVED, said, name=name),)
    return judge_memory(rule, case.candidate.measurement, case.baseline, artifact=case.candidate.artifact)


def size(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """How large the artifact is."""
    rule, case = gate_set.size, looking.case
    if rule is None:
        return ()
    theirs = case.baseline.evidence.size if isinstance(case.baseline, Present) else None
    return judge_size(rule, case.candidate.size, theirs, case.baseline, artifact=case.candidate.artifact)


def contract(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """What a served model promises whatever it answers."""
    rule, report = gate_set.contract, looking.case.candidate.contract
    if rule is None:
        return ()
    if (said := looking.case.candidate.unserved.get(Kind.CONTRACT)) is not None:
        return (_error(Kind.CONTRACT, "loads", Reason.NOT_SERVED, said),)
    if report is None:
        message = "nobody started the model to hold it to its contract"
        return (_error(Kind.CONTRACT, "loads", Reason.CONTRACT_MISSING, message),)
    return judge_contract(rule, report)


def recipe(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """The same training with other seeds."""
    rule = gate_set.recipe
    return () if rule is None else judge_recipe(rule, looking)


def custom(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """Results that the user's own code left."""
    rule = gate_set.custom
    return () if rule is None else judge_custom(rule, looking.case.candidate.custom)


def _given(label: str, evidence: Evidence) -> Given:
    return Given(label=label, answers=evidence.answers, predictions=evidence.predictions, artifact=evidence.artifact)


def _error(
    kind: Kind,
    metric: str,
    reason: Reason,
    message: str,
    *,
    verdict: Verdict = Verdict.ERROR,
    name: str | None = None,
) -> Finding:
    """One finding for the whole gate, under the name that its first has where it can be judged."""
    named = name or f"{kind}.{metric}"
    return Finding(name=named, kind=kind, metric=metric, verdict=verdict, reason=reason, message=message)
