"""The rules of a set, as `rules.rules_of` keeps them, under the keys that `gates.yaml` has. Pure.

Called by the page of a dossier: its readers know what they wrote, not how it is kept. What is subtle: a record may be
years old or from a later Seatrial, so a value of another form than ours is left as it is, and never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seatrial.gates.latency.policy import Figure

_Rule = Mapping[str, object]
_LATENCY = {figure.value: figure for figure in Figure}


def as_written(rules: _Rule) -> dict[str, object]:
    """The set by its keys in `gates.yaml`, defaults included and what it does not ask left out; its name is none of
    them."""
    asked = {key: value for key, value in rules.items() if key != "name" and value not in ({}, [], ())}
    return {key: _KINDS.get(key, _plain)(value) for key, value in asked.items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        if set(value) == {"value", "relative"} and isinstance(value["value"], int | float):
            return f"{100 * value['value']:.12g}%" if value["relative"] else value["value"]
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _in(read: Callable[[_Rule], dict[str, object]]) -> Callable[[object], object]:
    """A reader of a rule that leaves alone what is none."""
    return lambda value: _plain(read(value)) if isinstance(value, Mapping) else _plain(value)


def _comparing(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        return {}
    margin = value.get("margins") or value.get("margin")
    rest = {key: each for key, each in value.items() if key not in ("margin", "margins")}
    return {**({} if margin is None else {"max_degradation": margin}), **rest}


def _regression(rule: _Rule) -> dict[str, object]:
    rest = {key: each for key, each in rule.items() if key not in ("comparing", "anchor", "anchor_alias")}
    anchor = rule.get("anchor")
    held = {} if anchor is None else {"anchor": {**_comparing(anchor), "alias": rule.get("anchor_alias")}}
    return {**_comparing(rule.get("comparing")), **rest, **held}


def _slices(rule: _Rule) -> dict[str, object]:
    rest = {key: _groupings(each) if key == "by" else each for key, each in rule.items() if key != "comparing"}
    return {**rest, **_comparing(rule.get("comparing"))}


def _fairness(rule: _Rule) -> dict[str, object]:
    return {("protected_attributes" if key == "protected" else key): _groupings(each) for key, each in rule.items()}


def _grouped(rule: _Rule) -> dict[str, object]:
    return {key: _groupings(each) if key == "by" else each for key, each in rule.items()}


def _groupings(value: object) -> object:
    """A grouping by one column is that column; one by several stays a list."""
    if not isinstance(value, list | tuple):
        return value
    return [each[0] if isinstance(each, list | tuple) and len(each) == 1 else each for each in value]


def _latency(rule: _Rule) -> dict[str, object]:
    limits = rule.get("limits")
    written: dict[str, object] = {}
    for name, limit in limits.items() if isinstance(limits, Mapping) else ():
        figure = _LATENCY.get(name)
        if figure is None or not isinstance(limit, Mapping):
            written[str(name)] = limit
        elif limit.get("confidence") == rule.get("confidence"):
            written[figure.word] = limit.get("value")
        else:
            side = "min" if figure is Figure.THROUGHPUT else "max"
            written[figure.word] = {side: limit.get("value"), "confidence": limit.get("confidence")}
    return {**written, **{key: each for key, each in rule.items() if key != "limits"}}


def _contract(rule: _Rule) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, each in rule.items():
        if key == "max_seconds":
            found["loads"] = {"max_seconds": each}
        elif key == "output" and isinstance(each, Mapping):
            found[key] = {("type" if name == "form" else name): value for name, value in each.items()}
        elif key in ("batch", "deterministic"):
            found[key] = {"tolerance": each}
        else:
            found[key] = each
    return found


def _custom(rule: _Rule) -> dict[str, object]:
    limits = rule.get("limits")
    return dict(limits) if isinstance(limits, Mapping) else dict(rule)


_KINDS: Mapping[str, Callable[[object], object]] = {
    "regression": _in(_regression),
    "slices": _in(_slices),
    "fairness": _in(_fairness),
    "calibration": _in(_grouped),
    "latency": _in(_latency),
    "contract": _in(_contract),
    "custom": _in(_custom),
}
