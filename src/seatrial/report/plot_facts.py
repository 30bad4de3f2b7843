"""A picture of a run as data: what the flows compute once, `report.json` keeps, and `plot_svg.py` draws.

Part of `facts.py`, in a file of its own. There are three forms (lines or points, a table of shades, bars), so that
each needs one small renderer whatever it is a picture of. A picture holds figures and words, no colour and no place on
the page, and is bounded by the numbers below. What was left out to keep those bounds, or why there is no picture at
all, is said in `note`.
"""

from __future__ import annotations

from msgspec import Struct

MOST_PLOTS = 80
MOST_SERIES = 16
MOST_POINTS = 200
MOST_CLASSES = 12
MOST_BARS = 60

CURVE = "curve"
CONFUSION = "confusion"
CONFUSION_DIFFERENCE = "confusion_difference"
ROC = "roc"
PRECISION_RECALL = "precision_recall"
CALIBRATION = "calibration"
PREDICTED = "predicted"
RESIDUALS = "residuals"
LATENCY = "latency"
DRIFT = "drift"
KINDS = (
    *(CURVE, CONFUSION, CONFUSION_DIFFERENCE, ROC, PRECISION_RECALL, CALIBRATION, PREDICTED, RESIDUALS, LATENCY, DRIFT),
)
"""What there are pictures of."""

CANDIDATE = "candidate"
BASELINE = "baseline"
RUN = "run"
MEAN = "mean"
ROLES = (CANDIDATE, BASELINE, RUN, MEAN)
"""Whose a series is: `run` is one of several seeds, `mean` that of them."""


class AxisFact(Struct, frozen=True, kw_only=True):
    """What an axis measures. Without ends it reaches as far as the values do."""

    title: str
    low: float | None = None
    high: float | None = None
    log: bool = False


class SeriesFact(Struct, frozen=True, kw_only=True):
    """Points in order; a `y` that is NaN is a gap. `low` and `high` bound each point and `n` counts its rows, where
    that is known; all have one length."""

    name: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    n: tuple[int, ...] = ()


class LinesFact(Struct, frozen=True, kw_only=True):
    """Series over one pair of axes, as lines, or where they are not `joined` as points. `diagonal`: the line y = x
    means something."""

    x: AxisFact
    y: AxisFact
    series: tuple[SeriesFact, ...]
    joined: bool = True
    diagonal: bool = False


class MatrixFact(Struct, frozen=True, kw_only=True):
    """Rows by label (down) and answer (across), both named by `names`. `signed`: differences of such counts."""

    names: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    signed: bool = False


class BarsFact(Struct, frozen=True, kw_only=True):
    """Shares of two sides, named by `sides`, over one axis: `labels` names each bar, else the bars divide what lies
    from `low` to `high` evenly, as numbers or (`time`) microseconds since 1970. `below` and `above`: the outermost bars
    also hold what lies outside."""

    sides: tuple[str, str]
    current: tuple[float, ...]
    reference: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    below: bool = False
    above: bool = False
    time: bool = False


class PlotFact(Struct, frozen=True, kw_only=True):
    """One picture: `kind` is one of `KINDS`, `of` the model, the check or the stage it belongs to. It has one of the
    three forms, or none and a `note` that says why."""

    kind: str
    of: str
    title: str
    note: str = ""
    lines: LinesFact | None = None
    matrix: MatrixFact | None = None
    bars: BarsFact | None = None

    @property
    def drawn(self) -> bool:
        """Whether there is something to draw."""
        return self.lines is not None or self.matrix is not None or self.bars is not None


class IntervalFact(Struct, frozen=True, kw_only=True):
    """One of several things compared: its difference and the bounds of it."""

    name: str
    estimate: float
    low: float
    high: float
    verdict: str = ""
    n: int | None = None


class IntervalsFact(Struct, frozen=True, kw_only=True):
    """Differences side by side, made of a finding when a page is made, so nobody stores them. `threshold` is where the
    gate draws its line."""

    title: str
    rows: tuple[IntervalFact, ...]
    threshold: float | None = None
