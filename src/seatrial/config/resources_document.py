"""The shape of `resources:`, `retries:` and `budget:` in `seatrial.yaml`.

Called by `stage_document` for a stage and by `document` for the project and its tiers. A stage's
resources say what one cell needs; the project's say what runs may use of one machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config.amounts import count, duration, size
from seatrial.config.names import NAME_RULE, is_name
from seatrial.config.node import Node
from seatrial.pipeline.policy import Budget, MachineLimits, Over, Resources, Retries

RESOURCE_KEYS = ("cpus", "memory", "gpus", "tokens")
RETRY_KEYS = ("count", "delay", "factor", "longest")
BUDGET_KEYS = ("time", "over")
MOST_RETRIES = 100


def read_resources(node: Node | None) -> Resources:
    """What a cell needs; mistakes are noted."""
    default = Resources()
    if node is None or not node.fields(RESOURCE_KEYS):
        return default
    cpus, memory, gpus = (node.child(key) for key in RESOURCE_KEYS[:3])
    return Resources(
        cpus=default.cpus if cpus is None else _cpus(cpus),
        memory=None if memory is None else size(memory, "memory"),
        gpus=default.gpus if gpus is None else count(gpus, "gpus", most=1024),
        tokens=_tokens(node.child("tokens")),
    )


def read_limits(node: Node | None) -> MachineLimits:
    """What runs may use of one machine; mistakes are noted."""
    if node is None or not node.fields(RESOURCE_KEYS):
        return MachineLimits()
    cpus, memory, gpus = (node.child(key) for key in RESOURCE_KEYS[:3])
    return MachineLimits(
        cpus=None if cpus is None else _cpus(cpus),
        memory=None if memory is None else size(memory, "memory"),
        gpus=None if gpus is None else count(gpus, "gpus", most=1024),
        tokens=_tokens(node.child("tokens")),
    )


def read_retries(node: Node | None) -> Retries:
    """`retries: 2`, or a mapping that says more."""
    default = Retries()
    if node is None:
        return default
    if not isinstance(node.value, dict):
        return Retries(count=count(node, "retries", most=MOST_RETRIES))
    node.fields(RETRY_KEYS)
    number = node.required("count", "say how often to try again, e.g. `retries: {count: 2}`")
    delay, factor, longest = (node.child(key) for key in RETRY_KEYS[1:])
    return Retries(
        count=0 if number is None else count(number, "count", most=MOST_RETRIES),
        delay=default.delay if delay is None else duration(delay, "delay"),
        factor=default.factor if factor is None else _factor(factor),
        longest=default.longest if longest is None else duration(longest, "longest"),
    )


def read_budget(node: Node | None) -> Budget | None:
    """`budget: 5m`, which puts off what does not fit, or `{time: 5m, over: stop}`."""
    if node is None:
        return None
    if not isinstance(node.value, dict):
        return Budget(time=duration(node, "budget"))
    node.fields(BUDGET_KEYS)
    time, over = node.required("time", "say how long the tier may take, e.g. `budget: {time: 5m}`"), node.child("over")
    word = None if over is None else over.choice(tuple(Over), "over")
    seconds = 1.0 if time is None else duration(time, "time")
    return Budget(time=seconds, over=Over(word)) if word else Budget(time=seconds)


def _cpus(node: Node) -> float:
    value = node.number("cpus")
    if not node.broken and not 0 < value <= 100_000:
        node.complain("cpus must be above 0", "write e.g. `cpus: 2`, or `cpus: 0.5`")
        return 1.0
    return value


def _factor(node: Node) -> float:
    value = node.number("factor")
    if not node.broken and not 1 <= value <= 100:
        node.complain("factor must be from 1 to 100", "write e.g. `factor: 2`")
        return 1.0
    return value


def _tokens(node: Node | None) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name, entry in () if node is None else node.items("counts by token"):
        if not is_name(name):
            entry.complain(f"`{name}` cannot name a token", NAME_RULE, at_key=True)
        found[name] = count(entry, f"the count of {name}", least=1)
    return found
