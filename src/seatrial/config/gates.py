"""`gates.yaml`: text to named gate sets.

Called by `load` for each model, and by `seatrial gate`, which has no project. Two forms: named
sets, and the flat form, whose top keys are gate kinds and which is the set `promote`. Limits
that no measurement could meet or miss are refused here, because a gate that cannot fail is none. Each kind of gate has
a reader of its own in `gate_rules/`.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config import later
from seatrial.config.gate_rules import (
    behavioral,
    calibration,
    comparing,
    contract,
    custom,
    fairness,
    latency,
    memory,
    performance,
    preference,
    recipe,
    regression,
    size,
    slices,
)
from seatrial.config.names import NAME_RULE, is_name
from seatrial.config.node import Node, Notes, kind
from seatrial.config.source import Source
from seatrial.config.yaml_source import parse_yaml
from seatrial.gates.choice import DEFAULT_SET
from seatrial.gates.policy import GateSet, Mode
from seatrial.metrics.catalog import find
from seatrial.nearest import nearest
from seatrial.verdict import OnInconclusive

KINDS = (
    "performance", "regression", "slices", "fairness", "calibration", "behavioral", "preference", "latency", "memory",
    "size", "contract", "recipe", "custom",
)  # fmt: skip
POLICY_KEYS = ("on_inconclusive", "mode", "cluster", "lower_is_better")
SET_KEYS = (*KINDS, *POLICY_KEYS)
_NEARLY = 0.8  # how much a mistyped word is like the right one


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
    if any(key in SET_KEYS or key in later.GATE_KINDS for key in source.value) or _is_misspelt_set(source.value):
        return {DEFAULT_SET: _set(DEFAULT_SET, root)}
    sets = {}
    for name, node in root.items("gate sets"):
        if not is_name(name):
            node.complain(f"{name!a} cannot name a gate set", NAME_RULE, at_key=True)
        sets[name] = _set(name, node)
    return sets


def _is_misspelt_set(value: Mapping[object, object]) -> bool:
    """Whether every key is nearly a kind of gate, with a rule under it rather than gates: a flat file, mistyped."""
    return all(
        isinstance(key, str)
        and nearest(key.lower(), KINDS, cutoff=_NEARLY) is not None
        and not (isinstance(under, dict) and any(each in SET_KEYS for each in under))
        for key, under in value.items()
    )


def _set(name: str, node: Node) -> GateSet:
    default = GateSet(name=name)
    if not node.fields(SET_KEYS, later.GATE_KINDS):
        return default
    gates = {key: child for key in KINDS if (child := node.child(key)) is not None}
    if not gates and not node.broken:
        node.complain(f"the set `{name}` has no gate", "add `performance:` or `regression:`", at_key=True)
    inconclusive, mode, cluster, lower = (node.child(key) for key in POLICY_KEYS)
    for key in ("regression", "slices"):
        if key in gates:
            comparing.refuse_margin_of_all(gates[key], _names(gates.get("performance")))
            if (anchor := gates[key].child("anchor")) is not None:
                comparing.refuse_margin_of_all(anchor, _names(gates.get("performance")))
    word = None if inconclusive is None else inconclusive.choice(tuple(OnInconclusive), "on_inconclusive")
    how = None if mode is None else mode.choice(tuple(Mode), "mode")
    return GateSet(
        name=name,
        performance=performance.read(gates["performance"]) if "performance" in gates else {},
        regression=regression.read(gates["regression"]) if "regression" in gates else None,
        slices=slices.read(gates["slices"]) if "slices" in gates else None,
        fairness=fairness.read(gates["fairness"]) if "fairness" in gates else None,
        calibration=calibration.read(gates["calibration"]) if "calibration" in gates else None,
        behavioral=behavioral.read(gates["behavioral"]) if "behavioral" in gates else None,
        preference=preference.read(gates["preference"]) if "preference" in gates else None,
        latency=latency.read(gates["latency"]) if "latency" in gates else None,
        memory=memory.read(gates["memory"]) if "memory" in gates else None,
        size=size.read(gates["size"]) if "size" in gates else None,
        contract=contract.read(gates["contract"]) if "contract" in gates else None,
        recipe=recipe.read(gates["recipe"]) if "recipe" in gates else None,
        custom=custom.read(gates["custom"]) if "custom" in gates else None,
        on_inconclusive=default.on_inconclusive if word is None else OnInconclusive(word),
        mode=default.mode if how is None else Mode(how),
        cluster=None if cluster is None else cluster.text("cluster"),
        lower_is_better=() if lower is None else _columns(lower),
        place=node.key_place,
    )


def _names(node: Node | None) -> tuple[str, ...]:
    return () if node is None or not isinstance(node.value, dict) else tuple(node.value)


def _columns(node: Node) -> tuple[str, ...]:
    """Columns of numbers of which less is good; a metric that Seatrial computes has its own direction."""
    names = node.texts("columns")
    for entry, name in zip(node.entries("columns"), names, strict=True) if names else ():
        if find(name) is not None:
            entry.complain(f"which way `{name}` is better is known", "name columns of numbers only")
    return names
