"""A judged model's evidence as pictures, candidate beside baseline.

Called by `judging` with evidence that it has read, and only where its answer is not remembered, so a run with nothing
to do draws nothing. Which pictures a model has follows from its rows: classes have a confusion matrix, scores have ROC,
precision by recall and calibration, measurements have errors, a served model has waits. Nothing is judged here.

No picture ever ends a run: what cannot be pictured leaves a sentence in its place, and what nobody foresaw leaves a
warning beside it. Rows in their millions are pictured from some of them, at even steps, and the picture says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct, field

from seatrial.errors import EvidenceError
from seatrial.evidence.curves import read_curve
from seatrial.evidence.pairing import sample_of
from seatrial.evidence.records import LargePredictions, Predictions, pieces_of
from seatrial.evidence.sample import Sample, Side
from seatrial.flows.dossier import EvidenceFile
from seatrial.gates import evidence as shown
from seatrial.metrics.answer_table import answer_table
from seatrial.metrics.large.some_rows import some_of, some_of_pieces
from seatrial.metrics.measure import Measuring
from seatrial.metrics.number_pairs import errors, is_regression, pairs
from seatrial.metrics.reliability import reliability
from seatrial.metrics.score_curves import ScoreCurves, pooled_curves, score_curves
from seatrial.metrics.trouble import MetricError, Why
from seatrial.replacing import replace
from seatrial.report import model_plots, plot_facts
from seatrial.report.curve_plots import Drawn, baseline_plots, drawn
from seatrial.report.numbers import count
from seatrial.report.plot_facts import PlotFact
from seatrial.stats.proportion import wilson

_BINS = 10
_ALPHA = 0.025  # on each side
_MOST_SCORES = 2_000_000  # rows times classes, for curves of one class against the rest
_NOT_ASKED = (Why.LABELS_MISSING, Why.ANSWERS_MISSING, Why.SCORE_MISSING, Why.POSITIVE_UNKNOWN)


class Pictures(Struct, frozen=True, kw_only=True):
    """What was drawn, and sentences on what went wrong with it."""

    plots: tuple[PlotFact, ...] = ()
    troubles: tuple[str, ...] = ()


class _Rows(Struct, frozen=True, kw_only=True):
    """Both models' rows, each by itself. `joint` has both where they lie in one order."""

    sides: tuple[Sample, ...]
    joint: Sample
    names: tuple[str, str]
    note: str


class _Album(Struct, frozen=True):
    """Pictures of one model as they are made."""

    of: str
    plots: list[PlotFact] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def add(self, kind: str, make: Callable[[], Iterable[PlotFact]]) -> None:
        """What `make` makes, or why it cannot."""
        try:
            self.plots.extend(make())
        except MetricError as error:
            if error.why not in _NOT_ASKED:
                self.plots.append(model_plots.without(kind, self.of, error.message))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a picture, the model has its verdict
            why = f"{type(error).__name__}: {error}"
            self.plots.append(model_plots.without(kind, self.of, why))
            self.troubles.append(f"there is no picture of the {kind.replace('_', ' ')} of {self.of}: {why}")


def pictures(
    model: str,
    candidate: shown.Evidence,
    baseline: shown.Baseline,
    *,
    curves: Sequence[EvidenceFile] = (),
    scratch: Path,
) -> Pictures:
    """All pictures of one model. `curves` are files of the baseline, which are drawn beside the candidate's later."""
    other = baseline.evidence if isinstance(baseline, shown.Present) else None
    label = baseline.label if isinstance(baseline, shown.Present) else None
    album = _Album(model)
    if curves and label is not None:
        album.add(plot_facts.CURVE, lambda: baseline_plots(label, _curves(curves, scratch)))
    mine = candidate.predictions
    if mine is not None:
        found: list[_Rows] = []
        album.add(plot_facts.CONFUSION, lambda: _look(found, mine, other, label))
        for rows in found:
            _picture_rows(album, rows)
    if candidate.timings is not None:
        both = [candidate.timings.candidate, candidate.timings.baseline]
        waits = [side.waits for side in both if side is not None]
        names = model_plots.names_of(label)
        album.add(plot_facts.LATENCY, lambda: filter(None, [model_plots.latency(model, waits, names)]))
    return Pictures(plots=tuple(album.plots), troubles=tuple(album.troubles))


def _curves(files: Sequence[EvidenceFile], scratch: Path) -> list[Drawn]:
    return [
        one
        for file in files
        for one in drawn(file.stage or "", read_curve(file.fetch(scratch), shown=file.shown, stage=file.stage))
    ]


def _look(
    found: list[_Rows],
    mine: Predictions | LargePredictions,
    other: shown.Evidence | None,
    label: str | None,
) -> Iterable[PlotFact]:
    """The rows of both models, in `found`; no picture yet, but what goes wrong here is told as for one."""
    theirs = other.predictions if other is not None else None
    joint = _joint(mine, theirs)
    sides = [replace(joint, baseline=None)]
    if joint.baseline is not None:
        sides.append(replace(joint, candidate=joint.baseline, baseline=None))
    elif theirs is not None:
        sides.append(_alone(theirs))
    looked = joint.n
    note = f"From {count(looked)} of {count(mine.rows)} rows, at even steps." if looked < mine.rows else ""
    found.append(_Rows(sides=tuple(sides), joint=joint, names=model_plots.names_of(label), note=note))
    return ()


def _joint(mine: Predictions | LargePredictions, theirs: Predictions | LargePredictions | None) -> Sample:
    """Both models on the same rows; the candidate alone where they are too many to be joined for a picture, or cannot
    be."""
    if isinstance(mine, LargePredictions) or isinstance(theirs, LargePredictions):
        return _alone(mine)
    try:
        return some_of(sample_of(mine, theirs))
    except EvidenceError:  # gates have said so
        return some_of(sample_of(mine))


def _alone(mine: Predictions | LargePredictions) -> Sample:
    if isinstance(mine, LargePredictions):
        return some_of_pieces(pieces_of(mine, None))
    return some_of(sample_of(mine))


def _picture_rows(album: _Album, rows: _Rows) -> None:
    if rows.joint.queries is not None or rows.joint.labels is None:
        return  # ranked lists, or scores that nobody knows the truth of
    if is_regression(rows.joint):
        album.add(plot_facts.PREDICTED, lambda: _predicted(album.of, rows))
        album.add(plot_facts.RESIDUALS, lambda: _residuals(album.of, rows))
        return
    album.add(plot_facts.CONFUSION, lambda: _confusion(album.of, rows))
    if _scored(rows.sides[0].candidate):
        album.add(plot_facts.ROC, lambda: _scores(album.of, rows))
        album.add(plot_facts.CALIBRATION, lambda: _calibration(album.of, rows))


def _scored(side: Side) -> bool:
    return side.score is not None or bool(side.scores)


def _confusion(of: str, rows: _Rows) -> Iterable[PlotFact]:
    table = answer_table(rows.joint, plot_facts.MOST_CLASSES)
    return () if table is None else model_plots.confusion(of, table, rows.names, rows.note)


def _scores(of: str, rows: _Rows) -> Iterable[PlotFact]:
    sides = [side for side in rows.sides if _scored(side.candidate)]
    found = [_one_side(side) for side in sides]
    made = [one for one in found if one is not None]
    if not found or found[0] is None:
        return [model_plots.without(plot_facts.ROC, of, "all rows have the same label, or a score is no number")]
    several = sides[0].candidate.score is None
    pooled = "Each class against the rest, all of them pooled." if several else ""
    return model_plots.of_scores(of, made, rows.names, " ".join(filter(None, (pooled, rows.note))))


def _one_side(sample: Sample) -> ScoreCurves | None:
    """The curves of the positive class; with one score for each class those of every row and class, as one."""
    side, labels = sample.candidate, sample.labels
    assert labels is not None  # noqa: S101 - the caller has looked
    if side.score is not None:
        return score_curves(side.score, labels == Measuring(sample).positive())
    return pooled_curves(some_of(sample, max(1, _MOST_SCORES // len(side.scores))))


def _calibration(of: str, rows: _Rows) -> Iterable[PlotFact]:
    sides = [_bins(side) for side in rows.sides if _scored(side.candidate)]
    if not sides or not sides[0]:
        return [model_plots.without(plot_facts.CALIBRATION, of, "there are too few rows for a bin of them")]
    top = rows.sides[0].candidate.score is None
    said = "The score is that of the class that scores highest." if top else ""
    note = " ".join(filter(None, (said, rows.note)))
    return [model_plots.calibration(of, [side for side in sides if side], rows.names, note)]


def _bins(sample: Sample) -> list[model_plots.Binned]:
    [whole] = reliability(Measuring(sample), _BINS)
    made = []
    for one in whole.bins:
        bounds = wilson(round(one.share * one.n), one.n, alpha=_ALPHA)
        made.append(model_plots.Binned(n=one.n, score=one.score, share=one.share, low=bounds.lower, high=bounds.upper))
    return made


def _predicted(of: str, rows: _Rows) -> Iterable[PlotFact]:
    found = pairs(rows.joint, plot_facts.MOST_POINTS)
    return [model_plots.predicted(of, found, rows.names, rows.joint.n, rows.note)]


def _residuals(of: str, rows: _Rows) -> Iterable[PlotFact]:
    found = errors(rows.joint)
    if found is None:
        return [model_plots.without(plot_facts.RESIDUALS, of, "all errors are the same, or one is infinite")]
    return [model_plots.residuals(of, found, rows.names, rows.note)]
