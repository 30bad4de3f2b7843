"""Keys that the design has and this release does not: refused by name, each where it would stand.

A static table. `node.Node.fields` looks a key up here before calling it unknown, so that a file
written for a later release is answered with "not supported yet" and not with a guess at a typo,
and is never half obeyed. When a key arrives, its line here goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Later(Struct, frozen=True):
    """What to do until the key is supported."""

    next_step: str


_REMOVE = Later("remove it for now")

PROJECT: Mapping[str, Later] = {
    "contract": _REMOVE,
    "cost": _REMOVE,
    "data": _REMOVE,
    "delivery": Later("remove it; `seatrial models promote` moves an alias at once"),
    "environment": _REMOVE,
    "image": _REMOVE,
    "rollout": Later("remove it; `seatrial models promote` moves an alias at once"),
    "secrets": Later("name them in the stage that needs them: `secrets: [TOKEN]`"),
    "serving": _REMOVE,
    "triggers": Later("remove it; start `seatrial run` from cron for now"),
    "watch": _REMOVE,
}

TIER: Mapping[str, Later] = {
    "anchor": _REMOVE,
    "pick": _REMOVE,
    "resources": _REMOVE,
    "secrets": Later("name them in the stage that needs them: `secrets: [TOKEN]`"),
}

DATASET: Mapping[str, Later] = {
    "label": Later("write it into the dataset's contract"),
    "id": Later("write it into the dataset's contract"),
}

STAGE: Mapping[str, Later] = {
    "budget": Later("use `timeout:` of the stage"),
    "cache": Later("say it of an out: `{path: ..., cache: false}`"),
    "executor": Later("remove it; stages run on this machine"),
    "image": Later("remove it; stages run in the interpreter that `python:` names"),
    "persist": Later("say it of an out: `{path: ..., persist: true}`"),
    "pick": _REMOVE,
}

OUT: Mapping[str, Later] = {
    "remote": _REMOVE,
}

DEP: Mapping[str, Later] = {
    "pick": Later("name one cell: `stage[key=value].out`"),
    "path": Later("write the path itself: `data: data/train.csv`"),
    "out": Later("write the reference itself: `model: train.model`"),
}

MODEL: Mapping[str, Later] = {
    "anchor": _REMOVE,
    "delivery": Later("remove it; `seatrial models promote` moves an alias at once"),
    "pick": Later("name one cell: `artifact: stage[key=value].out`"),
    "triggers": _REMOVE,
}

GATE_KINDS: Mapping[str, Later] = dict.fromkeys(
    ("robustness",),
    Later("remove it for now"),
)

REGRESSION: Mapping[str, Later] = {
    "baseline": Later("the tier's `baseline:` says what to compare with"),
    "slices": Later("`slices:` is a gate of its own, beside `regression:`"),
    "test": _REMOVE,
}
