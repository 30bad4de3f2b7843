"""What a user may declare about evidence: the kinds of file a stage can write, and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

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
    ANSWERS = "answers"
    PREFERENCES = "preferences"
    TIMINGS = "timings"
    MEASUREMENT = "measurement"
    CONTRACT = "contract"
    CUSTOM = "custom"


OF_MODELS = (
    OutKind.ANSWERS,
    OutKind.PREFERENCES,
    OutKind.TIMINGS,
    OutKind.MEASUREMENT,
    OutKind.CONTRACT,
    OutKind.CUSTOM,
)
"""Kinds of evidence that a model names under `evidence:`, at most one file of each."""


class Columns(Struct, frozen=True, kw_only=True):
    """Which columns of a predictions table mean what.

    `score` is the score of the positive class, `scores` one column for each class, by class. `values` are numeric
    columns of their own (a judge's score, a reward, a cost), `cluster` names what rows belong together (a user, a
    document), `query` the list that a row is ranked in. `positive` is the positive class as a label spells it; with
    `threshold` and no column of answers a row is answered with it where its score is at least that.
    """

    id: str = "id"
    label: str = "y"
    prediction: str = "p"
    score: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    cluster: str | None = None
    query: str | None = None
    groups: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
