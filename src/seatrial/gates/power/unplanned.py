"""The gates of which no chance can be told before a model exists, each with the reason in plain words.

They judge what only a trained model has: what a judge says of its answers, its speed, its
bytes. Called last by `plan`, so that no gate of a set is passed over in silence. Names are those of the findings.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.gates.bytes_compared import ByteLimits
from seatrial.gates.codes import Kind
from seatrial.gates.latency import claims
from seatrial.gates.policy import GateSet
from seatrial.gates.power.outlook import Outlook, untold
from seatrial.gates.preference.judge import WIN_RATE

_PREFERENCE = "how often a judge calls its answers a tie is not known before it has answered"
_TIMINGS = "how much its times vary is not known before it is served and measured"
_MEMORY = "peak memory is compared as it is measured, without an interval; no number of rows bears on it"
_SIZE = "bytes are counted and compared as they are; no number of rows bears on it"
_CONTRACT = "its promises are kept or not, one by one; no number of rows bears on it"
_RECIPE = "its seeds are not known before they are trained, and seeds are what it counts instead of rows"
_CUSTOM = "the result is your own code's, which says by itself how sure it is"


def unplanned(gate_set: GateSet) -> Iterator[Outlook]:
    """A line for each limit of those gates."""
    if gate_set.preference is not None:
        yield untold(f"{Kind.PREFERENCE}.{WIN_RATE}", Kind.PREFERENCE, gate_set.preference.margin, _PREFERENCE)
    yield from _latency(gate_set)
    yield from _bytes(Kind.MEMORY, gate_set.memory, _MEMORY)
    yield from _bytes(Kind.SIZE, gate_set.size, _SIZE)
    if gate_set.contract is not None:
        yield untold(Kind.CONTRACT, Kind.CONTRACT, None, _CONTRACT)
    if gate_set.recipe is not None:
        rule = gate_set.recipe
        yield untold(f"{Kind.RECIPE}.{rule.metric}", Kind.RECIPE, rule.max_degradation, _RECIPE)
    if gate_set.custom is not None:
        for name, limit in gate_set.custom.limits.items():
            value = limit.min if limit.min is not None else limit.max
            yield untold(f"{Kind.CUSTOM}.{name}", Kind.CUSTOM, value, _CUSTOM)


def _latency(gate_set: GateSet) -> Iterator[Outlook]:
    rule = gate_set.latency
    if rule is None:
        return
    for claim in claims.all_of(rule):
        yield untold(claim.name, Kind.LATENCY, claim.threshold, _TIMINGS)


def _bytes(kind: Kind, rule: ByteLimits | None, why: str) -> Iterator[Outlook]:
    if rule is None:
        return
    if rule.max is not None:
        yield untold(f"{kind}.max", kind, rule.max, why)
    if rule.max_increase is not None:
        yield untold(f"{kind}.max_increase", kind, rule.max_increase.value, why)
