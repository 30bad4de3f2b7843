"""The metrics that Seatrial computes from rows: their names, what they read, and which way is better.

Called by `config` while a gate file is read (so nothing heavy may be imported here) and by `measure`. Names are those
of scikit-learn's scorers where it has one; the other customary spellings are aliases. A name with `@` takes a whole
number: `ndcg@10`. Any other name is a column of numbers or a value of a metrics file, and then only its gate knows
it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from seatrial.nearest import nearest


class Family(StrEnum):
    """What a metric is made of, which decides how it is computed."""

    COUNTS = "counts"  # of label and answer
    LOSSES = "losses"  # a mean over rows
    RANKS = "ranks"  # of scores, over all rows
    LISTS = "lists"  # a mean over queries
    VALUES = "values"  # a declared column of numbers
    DRAWS = "draws"  # pass@k of a column, over clusters
    GAP = "gap"  # the mean of score minus outcome


POSITIVE = "positive"
"""The average of a metric of one class which has no other reading: where the class is not known it has no value."""


class Metric(Struct, frozen=True, kw_only=True):
    """One metric. `name` is the canonical one, `average` how classes are combined, `k` the number after `@`, `low`
    and `high` the ends of its range (None where it has none), `column` the column of numbers it is taken of."""

    name: str
    family: Family
    higher_is_better: bool = True
    average: str | None = None
    k: int | None = None
    low: float | None = 0.0
    high: float | None = 1.0
    column: str | None = None

    @property
    def better(self) -> str:
        """Which way is better, in a word."""
        return "higher" if self.higher_is_better else "lower"


_AVERAGED = ("precision", "recall", "f1", "jaccard")
_AVERAGES = ("macro", "micro", "weighted")


def _metrics() -> dict[str, Metric]:
    counts = [Metric(name=name, family=Family.COUNTS) for name in ("accuracy", "balanced_accuracy")]
    counts += [Metric(name=name, family=Family.COUNTS, low=-1.0) for name in ("mcc", "kappa")]
    for name in _AVERAGED:
        counts.append(Metric(name=name, family=Family.COUNTS, average="binary"))
        counts += [Metric(name=f"{name}_{way}", family=Family.COUNTS, average=way) for way in _AVERAGES]
    counts += [
        Metric(name=name, family=Family.COUNTS, average="binary") for name in ("f2", "f0.5", "specificity", "npv")
    ]
    counts += [
        Metric(name=name, family=Family.COUNTS, average="binary", higher_is_better=False)
        for name in ("false_positive_rate", "false_negative_rate", "selection_rate")
    ]
    losses = [
        Metric(name=name, family=Family.LOSSES, higher_is_better=False, high=None)
        for name in ("log_loss", "brier", "mae", "mse", "rmse", "mape")
    ]
    losses += [Metric(name="r2", family=Family.LOSSES, low=None)]
    ranks = [Metric(name=name, family=Family.RANKS) for name in ("roc_auc", "average_precision")]
    return {each.name: each for each in (*counts, *losses, *ranks)}


METRICS: Mapping[str, Metric] = MappingProxyType(_metrics())
"""Metrics without a number in their name, by canonical name."""

WITH_K: Mapping[str, Family] = MappingProxyType(
    {
        "ndcg": Family.LISTS,
        "mrr": Family.LISTS,
        "map": Family.LISTS,
        "precision": Family.LISTS,
        "recall": Family.LISTS,
        "hit_rate": Family.LISTS,
        "top_k_accuracy": Family.LOSSES,
    }
)
"""Metrics that take `@k`; `ndcg`, `mrr`, `map` and `hit_rate` without one look at whole lists."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "auc": "roc_auc",
        "auc_roc": "roc_auc",
        "auroc": "roc_auc",
        "auc_pr": "average_precision",
        "pr_auc": "average_precision",
        "ap": "average_precision",
        "f1_score": "f1",
        "f1_score_macro": "f1_macro",
        "f1_score_micro": "f1_micro",
        "f1_score_weighted": "f1_weighted",
        "fpr": "false_positive_rate",
        "fnr": "false_negative_rate",
        "tpr": "recall",
        "tnr": "specificity",
        "sensitivity": "recall",
        "matthews": "mcc",
        "matthews_corrcoef": "mcc",
        "cohen_kappa": "kappa",
        "brier_score": "brier",
        "cross_entropy": "log_loss",
        "mean_absolute_error": "mae",
        "mean_squared_error": "mse",
        "root_mean_squared_error": "rmse",
        "mean_absolute_percentage_error": "mape",
        "r2_score": "r2",
    }
)
"""Other customary spellings."""

_WHOLE_LISTS = ("ndcg", "mrr", "map", "hit_rate")
_WITH_NUMBER = re.compile(r"^(?P<name>[a-z_0-9]+)@(?P<k>[1-9][0-9]{0,5})$")
_DRAWS = re.compile(r"^(?P<column>.+):pass@(?P<k>[1-9][0-9]{0,5})$")


def find(name: str) -> Metric | None:
    """The metric of a name or alias; None for a name that only a column or a metrics file can explain."""
    canonical = ALIASES.get(name, name)
    if canonical in METRICS:
        return METRICS[canonical]
    if canonical in _WHOLE_LISTS:
        return Metric(name=canonical, family=Family.LISTS)
    if (of_draws := _DRAWS.match(name)) is not None:
        return Metric(name=name, family=Family.DRAWS, column=of_draws["column"], k=int(of_draws["k"]))
    found = _WITH_NUMBER.match(name)
    if found is None or found["name"] not in WITH_K:
        return None
    return Metric(name=name, family=WITH_K[found["name"]], k=int(found["k"]))


def of_column(name: str, *, higher_is_better: bool = True) -> Metric:
    """A declared column of numbers, as a metric: its mean."""
    return Metric(name=name, family=Family.VALUES, column=name, higher_is_better=higher_is_better, low=None, high=None)


def close_to(name: str) -> str | None:
    """The known name that was probably meant, if any."""
    return nearest(name.lower(), (*METRICS, *ALIASES, *_WHOLE_LISTS))
