"""The rules of a gate set as their keys would be written, defaults included: what `config --show` prints.

`performance` is not here: its keys are the user's own metrics.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from seatrial.config.gate_rules import (
    behavioral,
    byte_limits,
    calibration,
    comparing,
    contract,
    fairness,
    latency,
    preference,
    recipe,
)
from seatrial.gates.policy import GateSet


def shown_rules(gate_set: GateSet) -> Mapping[str, Mapping[str, object]]:
    """By kind of gate, the values by key; kinds that the set does not have are left out."""
    found: dict[str, Mapping[str, object]] = {}
    if gate_set.regression is not None:
        anchor = gate_set.regression.anchor
        total = {} if anchor is None else {"anchor": {**comparing.shown(anchor), "alias": gate_set.anchor_alias}}
        found["regression"] = {**comparing.shown(gate_set.regression.comparing), **total}
    if gate_set.slices is not None:
        by = [list(each) if len(each) > 1 else each[0] for each in gate_set.slices.by]
        found["slices"] = {"by": by, **comparing.shown(gate_set.slices.comparing)}
    if gate_set.fairness is not None:
        rule = gate_set.fairness
        attributes = [list(each) if len(each) > 1 else each[0] for each in rule.protected]
        found["fairness"] = {"protected_attributes": attributes, **_values(rule, fairness.KEYS)}
    others: tuple[tuple[str, Struct | None, Collection[str]], ...] = (
        ("calibration", gate_set.calibration, calibration.KEYS),
        ("behavioral", gate_set.behavioral, behavioral.KEYS),
        ("preference", gate_set.preference, preference.KEYS),
        ("latency", gate_set.latency, latency.KEYS),
        ("memory", gate_set.memory, byte_limits.KEYS),
        ("size", gate_set.size, byte_limits.KEYS),
        ("contract", gate_set.contract, contract.CONTRACT_KEYS),
        ("recipe", gate_set.recipe, recipe.KEYS),
    )
    if gate_set.custom is not None:
        named = gate_set.custom.limits.items()
        found["custom"] = {name: {"min": limit.min, "max": limit.max} for name, limit in named}
    found.update({kind: _values(rule, keys) for kind, rule, keys in others if rule is not None})
    return found


def _values(rule: Struct, keys: Collection[str]) -> dict[str, object]:
    return {key: _plain(getattr(rule, key)) for key in keys if hasattr(rule, key)}


def _plain(value: object) -> object:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
