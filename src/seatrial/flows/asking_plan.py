"""What a gate set asks of a served model, and how it is to be measured. Pure; called by `measuring`.

The gate's rule says how; where it says nothing (memory alone, or no limit on cold starts) the model's `serving:` does.
What an out of the model brings is not made again: timings and the record beside them belong together, so either of
them stands for both.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from seatrial.evidence.policy import OutKind
from seatrial.flows.policy import ServingPolicy
from seatrial.gates.codes import Kind
from seatrial.gates.latency.policy import Figure
from seatrial.gates.policy import GateSet
from seatrial.serving.policy import Timing


class Times(Struct, frozen=True, kw_only=True):
    """Requests to time, of `kinds` of gates; `compare` says that the baseline is asked as well."""

    kinds: tuple[Kind, ...]
    timing: Timing
    compare: bool


class Cases(Struct, frozen=True, kw_only=True):
    """Test cases to ask, each `repeats` times."""

    files: tuple[str, ...]
    repeats: int
    compare: bool


class Held(Struct, frozen=True, kw_only=True):
    """A contract to hold the model to; `score` is the path of its numbers."""

    score: str | None


def times_of(gate_set: GateSet, serving: ServingPolicy, known: Collection[OutKind]) -> Times | None:
    """What to time for latency and memory; None where nothing is, or an out brings it."""
    latency, memory = gate_set.latency, gate_set.memory
    if (latency is None and memory is None) or OutKind.TIMINGS in known or OutKind.MEASUREMENT in known:
        return None
    rules = ((Kind.LATENCY, latency), (Kind.MEMORY, memory))
    usual = serving.server
    cold = latency is not None and Figure.COLD_START in latency.limits
    return Times(
        kinds=tuple(kind for kind, rule in rules if rule is not None),
        timing=Timing(
            requests=None if latency is None else latency.requests,
            warm_up=usual.warm_up if latency is None else latency.warm_up,
            concurrency=usual.concurrency if latency is None else latency.concurrency,
            starts=latency.cold_starts if latency is not None and cold else serving.starts,
        ),
        compare=any(rule is not None and rule.needs_baseline for _, rule in rules),
    )


def cases_of(gate_set: GateSet, known: Collection[OutKind]) -> Cases | None:
    """Which cases to ask; None where there are none, or an out brings the answers."""
    rule = gate_set.behavioral
    if rule is None or OutKind.ANSWERS in known:
        return None
    return Cases(files=rule.test_cases, repeats=rule.repeats, compare=rule.max_degradation is not None)


def held_of(gate_set: GateSet, known: Collection[OutKind]) -> Held | None:
    """The contract to hold the model to; None where there is none, or an out brings what was seen."""
    rule = gate_set.contract
    if rule is None or OutKind.CONTRACT in known:
        return None
    return Held(score=None if rule.score is None else rule.score.path)
