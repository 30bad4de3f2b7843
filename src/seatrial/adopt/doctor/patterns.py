"""All that the documents warn of, found in the facts, in one order. Pure."""

from __future__ import annotations

from seatrial.adopt.doctor.ci_trust import trust_alarms
from seatrial.adopt.doctor.ci_waste import waste_alarms
from seatrial.adopt.doctor.data_patterns import DATA_SUFFIXES, data_alarms
from seatrial.adopt.doctor.dvc_stages import dvc_alarms
from seatrial.adopt.doctor.facts import Facts
from seatrial.adopt.doctor.files_patterns import large_alarms, pin_alarms
from seatrial.adopt.doctor.gate_patterns import gate_alarms
from seatrial.adopt.doctor.outcome import Alarm, Pattern

_GRAVEST = (
    Pattern.SECRET_IN_CLEAR,
    Pattern.PULL_REQUEST_TARGET,
    Pattern.EVALUATION_ON_TRAINING_DATA,
    Pattern.MODEL_BEHIND_THE_GATE,
    Pattern.NO_ROLLBACK,
    Pattern.STRANGERS_ON_OWN_RUNNER,
    Pattern.SLEEP_THEN_PROMOTE,
    Pattern.JOB_THAT_NEVER_RUNS,
    Pattern.MODEL_IN_GIT,
    Pattern.LARGE_FILE_IN_GIT,
    Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST,
    Pattern.GPU_RUNNER_FOR_CPU_WORK,
    Pattern.CACHE_BY_WRONG_KEY,
    Pattern.UNPINNED_DEPENDENCY,
    Pattern.UNPINNED_IMAGE,
    Pattern.UNPINNED_ACTION,
)


def alarms_of(facts: Facts) -> tuple[Alarm, ...]:
    """Every finding, the gravest pattern first, then by file and line; one place is told once for a pattern."""
    tiers = facts.project is not None and bool(facts.project.policy.tiers)
    found = [*large_alarms(facts.tree), *pin_alarms(facts.tree), *gate_alarms(facts)]
    for workflow in facts.workflows:
        found += trust_alarms(workflow)
        found += waste_alarms(workflow, facts.tree.paths, tiers=tiers)
    found += dvc_alarms(facts.tree.dvc, DATA_SUFFIXES)
    if facts.project is not None:
        found += data_alarms(facts.project, facts.tree)
    unique = {(one.pattern, one.file, one.line, one.message): one for one in found}
    return tuple(
        sorted(unique.values(), key=lambda one: (_GRAVEST.index(one.pattern), one.file, one.line or 0, one.message))
    )
