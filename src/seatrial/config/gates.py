"""`gates.yaml`: text to named gate sets.

Called by `load` for each model, and by `seatrial gate`, which has no project. Two forms: named
sets, and the flat form, whose top keys are gate kinds and which is the set `promote`. Limits
that no measurement could meet or miss are refused here, because a gate that cannot fail is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config import later
from seatrial.config.names import NAME_RULE, is_name
from seatrial.config.node import Node, Notes, kind
from seatrial.config.source import Source
from seatrial.config.yaml_source import parse_yaml
from seatrial.gates.choice import DEFAULT_SET
from seatrial.gates.policy import Bound, GateSet, Regression
from seatrial.verdict import OnInconclusive

ACCURACY = "accuracy"
SET_KEYS = ("performance", "regression", "on_inconclusive")
BOUND_KEYS = ("min", "max", "confidence")
REGRESSION_KEYS = ("max_degradation", "alpha", "power", "metric")


def load_gates(data: bytes, file: str) -> Mapping[str, GateSet]:
    """The gate sets of a file (YAML, or JSON by its suffix), by name, in the file's order.

    Raises ConfigError with every mistake of the file, each with its place.
    """
    notes = Notes()
    sets = read_gates(parse_source(data, file), notes)
    notes.raise_all()
    return sets


def parse_source(data: bytes, file: str) -> Source:
    """A settings file by its suffix: JSON for `.json`, YAML for anything else. Raises ConfigError."""
    if not file.endswith(".json"):
        return parse_yaml(data, file)
    from seatrial.config.json_source import parse_json  # brings the strict reader of evidence along

    return parse_json(data, file)


def read_gates(source: Source, notes: Notes) -> Mapping[str, GateSet]:
    """The gate sets of a parsed file; mistakes are noted."""
    root = Node(source, (), source.value, notes)
    if source.value is None or source.value == {}:
        root.complain("the file declares no gates", "write e.g. `promote: {performance: {accuracy: {min: 0.9}}}`")
        return {}
    if not isinstance(source.value, dict):
        root.complain(
            f"gate sets by name were expected here, not {kind(source.value)}", "write `NAME:` and the gates under it"
        )
        return {}
    if any(key in SET_KEYS or key in later.GATE_KINDS for key in source.value):
        return {DEFAULT_SET: _set(DEFAULT_SET, root)}
    sets = {}
    for name, node in root.items("gate sets"):
        if not is_name(name):
            node.complain(f"{name!a} cannot name a gate set", NAME_RULE, at_key=True)
        sets[name] = _set(name, node)
    return sets


def _set(name: str, node: Node) -> GateSet:
    default = GateSet(name=name)
    if not node.fields(SET_KEYS, later.GATE_KINDS):
        return default
    performance, regression, inconclusive = (node.child(key) for key in SET_KEYS)
    if performance is None and regression is None and not node.broken:
        node.complain(f"the set `{name}` has no gate", "add `performance:` or `regression:`", at_key=True)
    word = None if inconclusive is None else inconclusive.choice(tuple(OnInconclusive), "on_inconclusive")
    return GateSet(
        name=name,
        performance={} if performance is None else _performance(performance),
        regression=None if regression is None else _regression(regression),
        on_inconclusive=default.on_inconclusive if word is None else OnInconclusive(word),
        place=node.key_place,
    )


def _performance(node: Node) -> Mapping[str, Bound]:
    bounds: dict[str, Bound] = {}
    if node.value == {}:
        node.complain("performance names no metric", "write e.g. `accuracy: {min: 0.9}`", at_key=True)
    for metric, child in node.items("limits by metric"):
        if metric in later.METRICS:
            child.complain(f"`{metric}` is not supported yet", later.METRICS[metric].next_step, at_key=True)
        elif not metric.strip() or not metric.isprintable():
            child.complain(f"{metric!a} cannot name a metric", "use a name from the metrics file", at_key=True)
        else:
            bounds[metric] = _bound(metric, child)
    return bounds


def _bound(metric: str, node: Node) -> Bound:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        written = node.source.text(node.path) or node.value
        node.complain("a limit says which side it is on", f"write `{metric}: {{min: {written}}}`")
        return Bound()
    if not node.fields(BOUND_KEYS):
        return Bound()
    least, most, confidence = (_number(node, key) for key in BOUND_KEYS)
    if least is None and most is None and not node.broken:
        node.complain("a limit needs `min`, `max` or both", f"write e.g. `{metric}: {{min: 0.9}}`", at_key=True)
    if least is not None and most is not None and least > most:
        node.at("min").complain(
            f"min {least:g} is above max {most:g}, so nothing could pass", "swap them, or remove one"
        )
    if metric == ACCURACY:
        for key, limit in (("min", least), ("max", most)):
            _within(node, key, limit, 0, 1, closed=True)
        _within(node, "confidence", confidence, 0.5, 1)
    elif confidence is not None:
        node.at("confidence").complain(
            f"`confidence` needs rows, and `{metric}` comes from a metrics file, which has none",
            "remove it; `accuracy` is measured on rows",
            at_key=True,
        )
    return Bound(min=least, max=most, confidence=confidence, place=node.key_place)


def _regression(node: Node) -> Regression:
    default = Regression(max_degradation=0.0)
    if not node.fields(REGRESSION_KEYS, later.REGRESSION):
        return default
    node.required("max_degradation", "say how much worse the model may be, e.g. `max_degradation: 0.01`")
    margin, alpha, power = (_number(node, key) for key in REGRESSION_KEYS[:3])
    _within(node, "max_degradation", margin, 0, 1)
    _within(node, "alpha", alpha, 0, 0.5)
    _within(node, "power", power, 0.5, 1)
    return Regression(
        max_degradation=0.0 if margin is None else margin,
        metric=_metric(node.child("metric")),
        alpha=default.alpha if alpha is None else alpha,
        power=default.power if power is None else power,
        place=node.key_place,
    )


def _metric(node: Node | None) -> str:
    if node is None:
        return ACCURACY
    metric = node.text("metric")
    if metric and metric != ACCURACY:
        node.complain(f"a regression gate on `{metric}` is not supported yet", "use `metric: accuracy`")
    return ACCURACY


def _number(node: Node, key: str) -> float | None:
    child = node.child(key)
    return None if child is None else child.number(key)


def _within(node: Node, key: str, value: float | None, low: float, high: float, *, closed: bool = False) -> None:
    child = node.child(key)
    if value is None or child is None or child.broken:
        return
    if not (low <= value <= high if closed else low < value < high):
        limits = f"from {low:g} to {high:g}" if closed else f"between {low:g} and {high:g}"
        child.complain(f"{key} must lie {limits}, and is {value:g}", f"write a value {limits}")
