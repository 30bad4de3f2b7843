"""What was counted of a judged model as pictures: candidate beside baseline, whatever the task is.

Called by `flows/picturing.py`, which reads the evidence and has `metrics/` count it; pure. Nothing is computed here
beyond differences and quantiles: this file knows what each picture is called, and what has to be said below it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from seatrial.report.numbers import count, figure, plural
from seatrial.report.plot_facts import (
    BASELINE,
    CALIBRATION,
    CANDIDATE,
    CONFUSION,
    CONFUSION_DIFFERENCE,
    LATENCY,
    PRECISION_RECALL,
    PREDICTED,
    RESIDUALS,
    ROC,
    AxisFact,
    BarsFact,
    LinesFact,
    MatrixFact,
    PlotFact,
    SeriesFact,
)
from seatrial.stats.order_quantile import sample_quantile

if TYPE_CHECKING:  # these bring numerics along, and a report is shown without them
    from seatrial.metrics.answer_table import AnswerTable
    from seatrial.metrics.number_pairs import Errors
    from seatrial.metrics.score_curves import ScoreCurves

T = TypeVar("T")
_SHARE = (0.0, 1.0)
_BARS = 40
_QUANTILES = (0.5, 0.95, 0.99)
_ROOM = 0.99  # the share of waits that the picture of them shows in width


class Binned(Struct, frozen=True, kw_only=True):
    """Rows with scores close to each other, as `stats.calibration.Bin`, with the interval of their share."""

    n: int
    score: float
    share: float
    low: float
    high: float


def names_of(baseline: str | None) -> tuple[str, str]:
    """How the two sides are called in a legend."""
    return CANDIDATE, baseline or BASELINE


def without(kind: str, of: str, why: str) -> PlotFact:
    """No picture, and why."""
    return PlotFact(kind=kind, of=of, title=f"{kind.replace('_', ' ')} of {of}", note=why)


def confusion(of: str, table: AnswerTable, names: tuple[str, str], note: str) -> tuple[PlotFact, ...]:
    """The matrix of the candidate, and how many rows moved where since the baseline."""
    together = (
        f"{plural(table.together, 'class', 'classes')} with few labels are one row and column, "
        "in which right answers cannot be told from wrong ones."
        if table.together
        else ""
    )
    said = " ".join(filter(None, (note, together)))
    plots = [
        PlotFact(
            kind=CONFUSION,
            of=of,
            title=f"answers of {of}",
            note=said,
            matrix=MatrixFact(names=table.names, cells=table.candidate),
        )
    ]
    if table.baseline is not None:
        moved = tuple(
            tuple(now - was for now, was in zip(row, before, strict=True))
            for row, before in zip(table.candidate, table.baseline, strict=True)
        )
        plots.append(
            PlotFact(
                kind=CONFUSION_DIFFERENCE,
                of=of,
                title=f"answers of {of}, candidate minus {names[1]}",
                note=said,
                matrix=MatrixFact(names=table.names, cells=moved, signed=True),
            )
        )
    return tuple(plots)


def of_scores(of: str, sides: Sequence[ScoreCurves], names: tuple[str, str], note: str) -> tuple[PlotFact, ...]:
    """ROC and precision by recall of one or two models."""
    roc = [
        SeriesFact(name=f"{name}: AUC {figure(one.area)}", role=role, x=one.false_positives, y=one.true_positives)
        for role, name, one in _by_side(sides, names)
    ]
    precision = [
        SeriesFact(name=f"{name}: AP {figure(one.average_precision)}", role=role, x=one.recall, y=one.precision)
        for role, name, one in _by_side(sides, names)
    ]
    return (
        PlotFact(
            kind=ROC,
            of=of,
            title=f"ROC of {of}",
            note=note,
            lines=LinesFact(
                x=_share("false positive rate"), y=_share("true positive rate"), series=tuple(roc), diagonal=True
            ),
        ),
        PlotFact(
            kind=PRECISION_RECALL,
            of=of,
            title=f"precision and recall of {of}",
            note=note,
            lines=LinesFact(x=_share("recall"), y=_share("precision"), series=tuple(precision)),
        ),
    )


def calibration(of: str, sides: Sequence[Sequence[Binned]], names: tuple[str, str], note: str) -> PlotFact:
    """Scores against what came true, in bins, with 95 % intervals and the rows of each bin."""
    series = [
        SeriesFact(
            name=name,
            role=role,
            x=tuple(one.score for one in bins),
            y=tuple(one.share for one in bins),
            low=tuple(one.low for one in bins),
            high=tuple(one.high for one in bins),
            n=tuple(one.n for one in bins),
        )
        for role, name, bins in _by_side(sides, names)
    ]
    sizes = [one.n for one in sides[0]]
    per_bin = count(sizes[0]) if len(set(sizes)) == 1 else f"{count(min(sizes))} to {count(max(sizes))}"
    rows = f"{per_bin} rows in each of the candidate's {plural(len(sizes), 'bin')}; bars are 95 % intervals."
    return PlotFact(
        kind=CALIBRATION,
        of=of,
        title=f"calibration of {of}",
        note=" ".join(filter(None, (rows, note))),
        lines=LinesFact(
            x=_share("mean score"), y=_share("share that came true"), series=tuple(series), joined=False, diagonal=True
        ),
    )


def predicted(
    of: str, sides: Sequence[Sequence[tuple[float, float]]], names: tuple[str, str], rows: int, note: str
) -> PlotFact:
    """Answers against labels, of some rows."""
    series = [
        SeriesFact(name=name, role=role, x=tuple(x for x, _ in points), y=tuple(y for _, y in points))
        for role, name, points in _by_side(sides, names)
    ]
    drawn = len(sides[0])
    said = f"{count(drawn)} of {count(rows)} rows, evenly over their labels." if drawn < rows else ""
    return PlotFact(
        kind=PREDICTED,
        of=of,
        title=f"answers of {of} against labels",
        note=" ".join(filter(None, (said, note))),
        lines=LinesFact(
            x=AxisFact(title="label"), y=AxisFact(title="answer"), series=tuple(series), joined=False, diagonal=True
        ),
    )


def residuals(of: str, found: Errors, names: tuple[str, str], note: str) -> PlotFact:
    """How far answers lie from labels."""
    return PlotFact(
        kind=RESIDUALS,
        of=of,
        title=f"errors of {of} (answer minus label)",
        note=note,
        bars=BarsFact(
            sides=names,
            current=found.shares[0],
            reference=found.shares[1] if len(found.shares) > 1 else (),
            low=found.low,
            high=found.high,
            below=found.below,
            above=found.above,
        ),
    )


def latency(of: str, sides: Sequence[Sequence[float]], names: tuple[str, str]) -> PlotFact | None:
    """How long callers waited, in ms; None where nobody got an answer. An infinite wait is one that never came."""
    known = [sorted(filter(math.isfinite, waits)) for waits in sides]
    if not known[0]:
        return None
    low = min(waits[0] for waits in known if waits)
    high = max(sample_quantile(waits, _ROOM) for waits in known if waits)
    if not (low < high and low + (high - low) / _BARS > low):
        margin = abs(low) / 2 or 0.5
        low, high = low - margin, high + margin
    shares = [_shares(waits, low, high) if waits else () for waits in known]
    said = [
        f"{name}: {_quantiles(one, waits)}{_unanswered(waits)}."
        for name, one, waits in zip(names, known, sides, strict=False)
        if waits
    ]
    return PlotFact(
        kind=LATENCY,
        of=of,
        title=f"waits for an answer of {of}, in ms",
        note=" ".join(said),
        bars=BarsFact(
            sides=names,
            current=shares[0],
            reference=shares[1] if len(shares) > 1 else (),
            low=low,
            high=high,
            above=any(waits and waits[-1] > high for waits in known),
        ),
    )


def _quantiles(answered: Sequence[float], waits: Sequence[float]) -> str:
    """Of all waits, also those without an end, as the table of what a model takes and the gates have them."""
    if not answered:
        return "no answer came"
    ordered = sorted(waits)
    each = ((share, sample_quantile(ordered, share)) for share in _QUANTILES)
    said = (f"p{share * 100:.0f} {figure(value) if math.isfinite(value) else 'no answer'}" for share, value in each)
    return f"{', '.join(said)}, longest {figure(answered[-1])} ms"


def _unanswered(waits: Sequence[float]) -> str:
    failed = sum(not math.isfinite(wait) for wait in waits)
    return f", {plural(failed, 'request')} without an answer" if failed else ""


def _shares(ordered: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    counts = [0] * _BARS
    for wait in ordered:
        counts[min(_BARS - 1, int((wait - low) / (high - low) * _BARS))] += 1
    return tuple(each / len(ordered) for each in counts)


def _by_side(sides: Sequence[T], names: tuple[str, str]) -> list[tuple[str, str, T]]:
    return [(role, name, one) for role, name, one in zip((CANDIDATE, BASELINE), names, sides, strict=False)]


def _share(title: str) -> AxisFact:
    return AxisFact(title=title, low=_SHARE[0], high=_SHARE[1])
