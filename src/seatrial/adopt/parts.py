"""A proposal under way: what `proposing` and `surroundings` add to, one group of scripts after the other.

Not pure by accident: a plain value, changed only while one proposal is made.
"""

from __future__ import annotations

from msgspec import Struct, field

from seatrial.adopt.found import Found
from seatrial.adopt.proposal import (
    LeftOut,
    ProposedDataset,
    ProposedGates,
    ProposedModel,
    ProposedStage,
    Snippet,
    Value,
)
from seatrial.adopt.script_stage import Made, ScriptStage


class Parts(Struct):
    """The proposal under way."""

    found: Found
    made: Made = field(default_factory=Made)
    datasets: list[ProposedDataset] = field(default_factory=list)
    stages: list[ProposedStage] = field(default_factory=list)
    models: list[ProposedModel] = field(default_factory=list)
    gates: dict[str, tuple[ProposedGates, ...]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    shown: list[Snippet] = field(default_factory=list)
    overlay: dict[str, Value] = field(default_factory=dict)
    scripts: list[ScriptStage] = field(default_factory=list)
