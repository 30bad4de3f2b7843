"""What every gate that compares with a baseline is told: margins, metrics, levels.

    max_degradation: 0.01
    max_degradation: 2%                       # of the baseline's value
    max_degradation: {accuracy: 0.01, log_loss: 2%}
    metrics: [accuracy, roc_auc]

Called by the readers of `regression` and `slices` beside this file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from seatrial.config.gate_rules.amounts_of_change import share_or_number, within
from seatrial.config.node import Node, suggestion
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Comparing, Correction
from seatrial.metrics.catalog import find

KEYS = ("max_degradation", "alpha", "power", "metric", "metrics", "block_on", "correction")
ACCURACY = "accuracy"
_EXAMPLE = "write e.g. `max_degradation: 0.01`, or `2%` of the baseline's value"


def comparing(node: Node, *, required: bool = True) -> Comparing:
    """The keys of a comparison under a gate; mistakes are noted."""
    default = Comparing()
    if required:
        node.required("max_degradation", f"say how much worse the model may be: {_EXAMPLE.removeprefix('write ')}")
    written = node.child("max_degradation")
    metrics = _metrics(node)
    margin: Margin | None = None
    margins: Mapping[str, Margin] = {}
    if written is not None and isinstance(written.value, dict):
        margins = _margins(written, metrics)
    elif written is not None:
        margin = _margin(written, None)
        for name in metrics or ():
            _refuse_beyond(written, name, margin)
    block_on, correction = node.child("block_on"), node.child("correction")
    blocked = None if block_on is None else block_on.choice(tuple(BlockOn), "block_on")
    corrected = None if correction is None else correction.choice(tuple(Correction), "correction")
    return Comparing(
        margin=margin,
        margins=margins,
        metrics=metrics,
        alpha=within(node, "alpha", 0, 0.5, default.alpha),
        power=within(node, "power", 0.5, 1, default.power),
        block_on=default.block_on if blocked is None else BlockOn(blocked),
        correction=default.correction if corrected is None else Correction(corrected),
    )


def _metrics(node: Node) -> tuple[str, ...] | None:
    one, several = node.child("metric"), node.child("metrics")
    if one is not None and several is not None:
        one.complain("`metric` and `metrics` say the same", "keep `metrics`", at_key=True)
    if several is not None:
        names = several.texts("metrics")
        if names == () and not several.broken:
            several.complain("no metric is named", "write e.g. `metrics: [accuracy]`, or remove the key")
        return names
    return None if one is None else (one.text("metric"),)


def _margins(node: Node, metrics: tuple[str, ...] | None) -> Mapping[str, Margin]:
    found = {}
    for name, child in node.items("margins by metric"):
        if metrics is not None and name not in metrics:
            child.complain(f"`{name}` is not among `metrics`", suggestion(name, metrics, "metrics"), at_key=True)
        found[name] = _margin(child, name)
    if not found and not node.broken:
        node.complain("no margin is given", _EXAMPLE)
    for name in metrics or ():
        if name not in found and not node.broken:
            node.complain(f"there is no margin for `{name}`", f"add `{name}: 0.01`")
    return found


def _margin(node: Node, name: str | None) -> Margin:
    value, relative = share_or_number(node, "max_degradation", _EXAMPLE)
    margin = Margin(value=value, relative=relative)
    if relative and value >= 1 and not node.broken:
        node.complain("a model may not lose all that the baseline has", "write less than 100%")
    if name is not None:
        _refuse_beyond(node, name, margin)
    return margin


def _refuse_beyond(node: Node, name: str, margin: Margin) -> None:
    """A margin as wide as a metric's range lets everything through."""
    metric = find(name)
    if metric is None or metric.low is None or metric.high is None or margin.relative or node.broken:
        return
    if margin.value >= metric.high - metric.low:
        node.complain(
            f"max_degradation {margin.value:g} is as wide as `{name}` itself, so nothing could fail", _EXAMPLE
        )


def refuse_margin_of_all(node: Node, names: Collection[str]) -> None:
    """Refuses a margin as wide as one of the metrics that it is for where nobody listed them: those under
    `performance`, which are `names`, or accuracy."""
    written = node.child("max_degradation")
    listed = node.child("metric") or node.child("metrics")
    if written is None or listed is not None or written.broken or isinstance(written.value, dict):
        return
    value, relative = share_or_number(written, "max_degradation", _EXAMPLE)
    for name in names or (ACCURACY,):
        _refuse_beyond(written, name, Margin(value=value, relative=relative))


def shown(rule: Comparing) -> Mapping[str, object]:
    """The rule as its keys would be written, defaults included."""
    margins: object = {name: _written(margin) for name, margin in rule.margins.items()}
    return {
        "max_degradation": margins if rule.margins else None if rule.margin is None else _written(rule.margin),
        "metrics": None if rule.metrics is None else list(rule.metrics),
        "alpha": rule.alpha,
        "power": rule.power,
        "block_on": rule.block_on.value,
        "correction": rule.correction.value,
    }


def _written(margin: Margin) -> object:
    return f"{100 * margin.value:.12g}%" if margin.relative else margin.value
