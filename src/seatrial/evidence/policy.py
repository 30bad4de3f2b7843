"""What a user may declare about evidence: the kinds of file a stage can write, and their columns."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

TRIAL_REVISION = 1
"""Of the rules by which a training on one batch is judged, and of the program that tries it (`process/guest.py`). Part
of the key of such a stage: raise it with every change by which the same training can come to another verdict."""


class OutKind(StrEnum):
    """What an out is read as, besides being stored."""

    METRICS = "metrics"
    PREDICTIONS = "predictions"
    CURVE = "curve"
    JUNIT = "junit"
    CHECK = "check"


class Columns(Struct, frozen=True, kw_only=True):
    """Which columns of a predictions table mean what."""

    id: str = "id"
    label: str = "y"
    prediction: str = "p"
    score: str | None = None
    groups: tuple[str, ...] = ()
