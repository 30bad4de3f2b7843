"""What the fairness gate asks of a model: which metrics must be alike between groups, and how sure each answer must be.

Called by the gate and by `gate --power`, so that what is planned is what will be judged.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.gates.fairness.criteria import CALIBRATION, find
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.policy import Fairness
from seatrial.metrics.catalog import POSITIVE, Metric
from seatrial.metrics.catalog import find as metric_of
from seatrial.metrics.measure import CALIBRATION_GAP
from seatrial.metrics.trouble import MetricError
from seatrial.replacing import replace

BINARY, OTHERWISE = ("equalized_odds",), ("accuracy",)
"""What is asked when the set does not say: with a positive class, and without."""

NO_POSITIVE = (
    "no positive class is known, so accuracy is what must be alike; `positive:` of the out, or --positive, makes it "
    "equalized odds"
)


class Question(Struct, frozen=True, kw_only=True):
    """One metric that must be alike. `asked` names it in findings; `metric` is None where nobody knows it. `note` says
    what is asked in place of something else."""

    asked: str
    metric: Metric | None
    alpha: float
    note: str | None = None


def questions(rule: Fairness, looking: Looking) -> tuple[Question, ...]:
    """In the order of the set; a criterion of several metrics gives each its share of alpha."""
    found = []
    names = rule.metrics or default_metrics(looking)
    note = NO_POSITIVE if not rule.metrics and names == OTHERWISE else None
    for name in names:
        criterion = find(name)
        metrics = criterion.metrics if criterion is not None else (name,)
        found += [
            Question(
                asked=name if len(metrics) == 1 else f"{name}.{metric}",
                metric=looking.metric(metric) if criterion is None else _of_criterion(metric),
                alpha=rule.alpha / len(metrics),
                note=note,
            )
            for metric in metrics
        ]
    return tuple(found)


def default_metrics(looking: Looking) -> tuple[str, ...]:
    """What a set without `metrics` asks about these rows."""
    rows = looking.alone()
    if isinstance(rows, Trouble):
        return BINARY
    try:
        return OTHERWISE if rows.positive(required=False) is None else BINARY
    except MetricError:
        return BINARY


def _of_criterion(name: str) -> Metric | None:
    """A criterion is about one class: with several and none named, an average over them would be another question."""
    known = CALIBRATION_GAP if name == CALIBRATION else metric_of(name)
    return replace(known, average=POSITIVE) if known is not None and known.average == "binary" else known
