"""The parameters a cell uses: those it declares, and those its command and `env:` refer to.

Pure. Called by the survey for the key and by `command`, which writes exactly these into the file
that the stage sees.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from seatrial.digest import Json
from seatrial.pipeline import words
from seatrial.pipeline.expand import Cell


def used_parameters(cell: Cell) -> tuple[str, ...]:
    """The parameters a cell declares or refers to."""
    return words.used_parameters(cell.spec)


def look_up(params: Mapping[str, object], name: str) -> object:
    """The value at a dotted path. Raises KeyError."""
    value: object = params
    for key in name.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(name)
        value = value[key]
    return value


def flatten(name: str, value: object) -> dict[str, Json]:
    """A value, and everything below it, by dotted path, as JSON."""
    return {path: json.loads(json.dumps(leaf)) for path, leaf in words.leaves(name, value).items()}
