"""`latency:` of a gate set, from text to rule.

    latency: {p50_ms: 10, p95_ms: 30, p99_ms: 50}

    latency:
      p99_ms: {max: 50, confidence: 0.99}
      throughput_rps: {min: 100}
      max_increase: {p99: 10%, p50: 2}

Called for each gate set that has the key. Beyond types and ranges it refuses what could never decide: a p50 that
may be above the p95, a p99 limit with fewer requests than bound a p99 at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from seatrial.config.amounts import count
from seatrial.config.gate_rules.amounts_of_change import number, share_or_number, within
from seatrial.config.node import Node, suggestion
from seatrial.gates.latency.policy import COMPARABLE, QUANTILES, USUAL, Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.stats.order_quantile import fewest_for_bound

_BY_WORD: Mapping[str, Figure] = {figure.word: figure for figure in Figure}
COUNTS: Mapping[str, int] = {"requests": 1, "warm_up": 0, "concurrency": 1, "cold_starts": 1}
LEVELS = ("confidence", "alpha", "power")
KEYS = (*_BY_WORD, "max_increase", "max_failed", *LEVELS, *COUNTS)


def read(node: Node) -> Latency:
    """The rule under `latency:`; mistakes are noted."""
    default = Latency()
    if not node.fields(KEYS):
        return default
    confidence = within(node, "confidence", 0.5, 1.0, default.confidence)
    limits = {
        figure: _limit(child, figure, confidence) for word, figure in _BY_WORD.items() if (child := node.child(word))
    }
    increase = node.child("max_increase")
    counts = {key: _count(node, key, least, getattr(default, key)) for key, least in COUNTS.items()}
    rule = Latency(
        limits=limits,
        max_increase={} if increase is None else _increases(increase, limits),
        alpha=within(node, "alpha", 0.0, 0.5, default.alpha),
        power=within(node, "power", 0.5, 1.0, default.power),
        max_failed=_failed(node.child("max_failed")),
        confidence=confidence,
        place=node.key_place,
        **counts,
    )
    if not node.broken:
        _check(node, rule)
    return rule


def _limit(node: Node, figure: Figure, confidence: float) -> Limit:
    """A plain number, or `{max: ..., confidence: ...}`; throughput has a `min`."""
    side = "min" if figure is Figure.THROUGHPUT else "max"
    at: Node | None = node
    if isinstance(node.value, dict):
        if not node.fields((side, "confidence")):
            return Limit(value=1.0, confidence=confidence)
        confidence = within(node, "confidence", 0.5, 1.0, confidence)
        at = node.required(side, f"write e.g. `{figure.word}: {{{side}: 50}}`")
    if at is None:
        return Limit(value=1.0, confidence=confidence)
    value = number(at, figure.word)
    if value <= 0.0 and not at.broken:
        unit = "requests a second" if figure is Figure.THROUGHPUT else "milliseconds"
        at.complain(f"{figure.word} must be above 0, and is {value:g}", f"write a number of {unit}")
    return Limit(value=value, confidence=confidence)


def _increases(node: Node, limits: Mapping[Figure, Limit]) -> Mapping[Figure, Margin]:
    """One margin for everything that has a limit, or one for each figure."""
    if not isinstance(node.value, dict):
        margin = _increase(node)
        covered = [figure for figure in limits if figure in COMPARABLE] or USUAL
        return dict.fromkeys(covered, margin)
    if not node.value:
        node.complain("max_increase names no figure", "write e.g. `max_increase: {p99: 10%}`", at_key=True)
    increases: dict[Figure, Margin] = {}
    known = tuple(figure.value for figure in COMPARABLE)
    for name, child in node.items("margins by figure"):
        if name in known:
            increases[Figure(name)] = _increase(child)
        else:
            child.complain(
                f"`{name}` cannot be compared with the baseline", suggestion(name, known, "known"), at_key=True
            )
    return increases


def _increase(node: Node) -> Margin:
    value, relative = share_or_number(node, "max_increase", "write e.g. `10%`, or a number of milliseconds")
    return Margin(value=value, relative=relative)


def _failed(node: Node | None) -> float:
    if node is None:
        return 0.0
    if node.value == 0 and not isinstance(node.value, bool):
        return 0.0
    value, _ = share_or_number(node, "max_failed", "write a share of the requests, e.g. `1%` or 0.01")
    if value >= 1.0 and not node.broken:
        node.complain(f"max_failed is a share of the requests below 1, and is {value:g}", "write e.g. `1%` or 0.01")
    return min(value, 1.0)


def _count(node: Node, key: str, least: int, default: int) -> int:
    child = node.child(key)
    return default if child is None else count(child, key, least=least)


def _check(node: Node, rule: Latency) -> None:
    """What could never decide, or never fail."""
    if not rule.limits and not rule.max_increase and node.child("max_failed") is None:
        node.complain("latency has no limit", "write e.g. `p99_ms: 50`", at_key=True)
    declared = [figure for figure in QUANTILES if figure in rule.limits]
    for low, high in pairwise(declared):
        if rule.limits[low].value > rule.limits[high].value:
            node.at(low.word).complain(
                f"{low.word} {rule.limits[low].value:g} is above {high.word} {rule.limits[high].value:g}, "
                f"and no {low} is above the {high}: this limit could never fail",
                "lower it, or remove it",
            )
    for figure, limit in rule.limits.items():
        if figure in QUANTILES:
            _check_number(node, rule, figure, alpha=1.0 - limit.confidence, level=limit.confidence)
        if figure is Figure.COLD_START and rule.cold_starts < (
            fewest := fewest_for_bound(0.5, alpha=1.0 - limit.confidence)
        ):
            node.at("cold_starts").complain(
                f"{rule.cold_starts} starts bound no median at {limit.confidence:g}; {fewest} is the least",
                f"write `cold_starts: {fewest}` or more",
            )
    for figure in rule.max_increase:
        if figure in QUANTILES and figure not in rule.limits:
            _check_number(node, rule, figure, alpha=rule.alpha, level=1.0 - rule.alpha)


def _check_number(node: Node, rule: Latency, figure: Figure, *, alpha: float, level: float) -> None:
    fewest = fewest_for_bound(QUANTILES[figure], alpha=alpha)
    at = node.at("requests")
    if rule.requests < fewest and not at.broken:
        at.complain(
            f"{rule.requests:,} requests bound no {figure} at {level:g}; {fewest:,} is the least",
            f"write `requests: {fewest}` or more",
        )
