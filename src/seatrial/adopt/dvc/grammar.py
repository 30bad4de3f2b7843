"""Every key of DVC 3's `dvc.yaml`, and what becomes of it.

Read by `document` (which keys there are) and by the tests, which hold this table against DVC's own schema, against
what the conversion says of each key, and against docs/reference/from-dvc.md. Pure data. Each key has exactly one
fate: carried over without loss, carried over with something to know, or left behind and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a key."""

    CARRIED = "carried over"
    NOTED = "carried over, with a note"
    LEFT = "not carried over"


STAGE_KEYS: Mapping[str, Fate] = {
    "cmd": Fate.CARRIED,
    "wdir": Fate.CARRIED,
    "deps": Fate.CARRIED,
    "params": Fate.NOTED,
    "vars": Fate.NOTED,
    "outs": Fate.CARRIED,
    "metrics": Fate.NOTED,
    "plots": Fate.NOTED,
    "frozen": Fate.NOTED,
    "always_changed": Fate.CARRIED,
    "desc": Fate.CARRIED,
    "meta": Fate.LEFT,
    "matrix": Fate.CARRIED,
}
"""Of a stage, also of one under `do:`, which has no `matrix`."""

GROUP_KEYS: Mapping[str, Fate] = {"foreach": Fate.CARRIED, "do": Fate.CARRIED}

OUT_KEYS: Mapping[str, Fate] = {
    "cache": Fate.NOTED,
    "persist": Fate.CARRIED,
    "checkpoint": Fate.NOTED,
    "remote": Fate.LEFT,
    "push": Fate.LEFT,
    "desc": Fate.CARRIED,
    "type": Fate.LEFT,
    "labels": Fate.LEFT,
    "meta": Fate.LEFT,
}
"""Of an out, under `outs`, `metrics` and `plots` of a stage."""

PLOT_KEYS: Mapping[str, Fate] = dict.fromkeys(
    ("template", "x", "y", "x_label", "y_label", "title", "header"), Fate.LEFT
)
"""Of a plot: under `plots` of a stage, and at the top (there without `header`)."""

TOP_KEYS: Mapping[str, Fate] = {
    "stages": Fate.CARRIED,
    "vars": Fate.NOTED,
    "params": Fate.LEFT,
    "metrics": Fate.NOTED,
    "plots": Fate.LEFT,
    "artifacts": Fate.NOTED,
    "datasets": Fate.LEFT,
}

ARTIFACT_KEYS: Mapping[str, Fate] = {
    "path": Fate.CARRIED,
    "type": Fate.NOTED,
    "desc": Fate.CARRIED,
    "labels": Fate.LEFT,
    "meta": Fate.LEFT,
}

TOP_PLOT_KEYS = tuple(key for key in PLOT_KEYS if key != "header")


def every_key() -> Mapping[str, Fate]:
    """All keys by where they stand: `stages.NAME.outs.PATH.cache`."""
    found = dict(TOP_KEYS)
    found.update({f"stages.NAME.{key}": fate for key, fate in STAGE_KEYS.items()})
    found.update({f"stages.NAME.{key}": fate for key, fate in GROUP_KEYS.items()})
    for section in ("outs", "metrics", "plots"):
        found.update({f"stages.NAME.{section}.PATH.{key}": fate for key, fate in OUT_KEYS.items()})
    found.update({f"stages.NAME.plots.PATH.{key}": fate for key, fate in PLOT_KEYS.items()})
    found.update({f"plots.NAME.{key}": PLOT_KEYS[key] for key in TOP_PLOT_KEYS})
    found.update({f"artifacts.NAME.{key}": fate for key, fate in ARTIFACT_KEYS.items()})
    return found
