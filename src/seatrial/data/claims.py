"""One measured difference, before anybody decides what it means.

Whatever compares two datasets, or looks for something in one by a statistic, returns claims; `decide.py`
takes all claims of one check together, because whether one of them is a discovery depends on how
many were made. What is a plain fact (a column is missing) is a `DataFinding` at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Severity(StrEnum):
    """What a FAIL of this finding does: `error` blocks, `warning` is told, `info` is a note."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Unit(StrEnum):
    """The scale of an effect.

    SD: standard deviations. A shift of a normal distribution by x of its own standard deviations has the
    effect x, and any other difference the x that is as far apart (Jensen-Shannon; Cohen's h for shares).
    SHARE: a difference of shares of rows. CORRELATION: a difference of rank correlations. AUC: how far an
    area under the curve lies above one half. DISTANCE: a distance that a contract limits, in its own measure; the
    claim's `statistic` names it.
    """

    SD = "sd"
    SHARE = "share"
    CORRELATION = "correlation"
    AUC = "auc"
    DISTANCE = "distance"


class Claim(Struct, frozen=True, kw_only=True):
    """How far one thing lies from what it is compared with.

    `estimate` is the size of the effect (never negative: its direction is in `message`) in `unit`; `low` and
    `high` are its bounds, each wrong with probability 1 - confidence at most. `p` is that of no effect at
    all. Below `floor` an effect does not matter; one of `detect` must not go unseen: a check that cannot
    exclude it is INCONCLUSIVE. `n` counts the rows (or values) of the current data it rests on, `n_reference`
    those of the reference, `n_needed` how many current ones would show an effect of `detect`, None where no number
    would do. `check` is the name of the finding, `statistic` what was computed. `current` and `reference`
    show the two sides in the column's own unit, for people. `guess` is what would explain the difference, as the end of
    `message`: it is told of what fails alone, because something always suggests itself. `declared`: it is about a limit
    of the contract's own, so that an answer is owed however few rows there are.
    """

    check: str
    column: str | None
    statistic: str
    unit: Unit
    estimate: float
    low: float
    high: float
    floor: float
    detect: float
    p: float
    n: int
    message: str
    n_reference: int | None = None
    n_needed: int | None = None
    severity: Severity = Severity.ERROR
    current: str | None = None
    reference: str | None = None
    confidence: float = 0.95
    declared: bool = False
    guess: str = ""
    details: Mapping[str, float] = field(default_factory=dict)
    """Further figures, such as `psi`, `kl` or `wasserstein`, by name."""
