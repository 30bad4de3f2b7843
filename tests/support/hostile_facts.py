"""A run in which everything is told, and the same run with any text of ours in the place of each of its texts.

Called by the laws of what is written for people (`tests/properties/test_hostile_facts.py`). A report that was handed
over by another job may say anything in any field, also in those that hold words of ours such as `action` and `kind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import msgspec

from seatrial.replacing import replace
from seatrial.report.facts import (
    RunFacts,
    SelectionFact,
    StageFact,
    UnderBaseFact,
    UnpromotedFact,
)
from seatrial.verdict import Decision, Verdict
from tests.support.report_samples import (
    a_check,
    broken_pipeline,
    deferred,
    failed,
    owed,
    performance,
    regression,
    sliced,
)

Told = TypeVar("Told")
VOCABULARY = ("action", "kind", "severity", "judges", "better", "fit", "merge", "over", "unit", "metric")
"""Fields whose words are ours, or tell one thing from another: with those kept, more of a report is written."""


def everything() -> RunFacts:
    """Every section that a report has."""
    facts = sliced()
    first, *others = facts.models
    base = UnderBaseFact(
        label="main at 1a2b3c4d5e",
        gate_set="promote",
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        findings=(performance(Verdict.FAIL), regression(Verdict.ERROR)),
    )
    judged = replace(
        first, under_base=base, rescored="the test set is another one", registered=3, promoted_to="staging"
    )
    put_off = tuple(StageFact(name=f"later{number}", action="deferred", reason="no time") for number in range(5))
    slow = StageFact(
        name="slow",
        action="ran",
        reason="changed",
        wall=9.0,
        waited=7.0,
        waited_for="a lease",
        unpinned=("/etc/hosts",),
    )
    return replace(
        facts,
        models=(judged, *others, *owed().models),
        checks=(a_check(), *facts.checks),
        stages=(*facts.stages, *broken_pipeline().stages, *put_off, slow),
        curves=failed().curves,
        tests=failed().tests,
        warnings=("one", "two"),
        forecast=deferred().forecast,
        debt=owed().debt,
        selection=SelectionFact(audited=40, misses=1, misses_below=0.1, recall=0.97, interval=(0.9, 1.0)),
        unpromoted=(UnpromotedFact(kind="held", reason="a person has to approve", model=first.name),),
        named=("train",),
        overridden=("train.skill",),
        dirty=True,
    )


def passing() -> RunFacts:
    """A run that only passed, beside stages that were put off."""
    facts = owed()
    return replace(facts, unpromoted=(), debt=None, models=facts.models[:1])


def told_as(told: Told, text: Callable[[str, str], str]) -> Told:
    """The same with `text(field, what stands there)` in the place of every text, keys of mappings too."""
    return cast("Told", _told(told, text, ""))


def _told(value: Any, text: Callable[[str, str], str], field: str) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return text(field, value)
    if isinstance(value, tuple):
        return tuple(_told(each, text, field) for each in value)
    if isinstance(value, Mapping):
        return {_told(name, text, field): _told(each, text, field) for name, each in value.items()}
    if isinstance(value, msgspec.Struct):
        names = type(value).__struct_fields__
        return type(value)(**{name: _told(getattr(value, name), text, name) for name in names})
    return value
