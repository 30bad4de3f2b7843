"""The grid over which gates are simulated, declared in one place: a cell is one truth, judged many times.

Called by `simulation`. A cell names a population (how many rows, how frequent the positive class is, how often the two
models disagree), a margin, and how bad the candidate truly is, in margins: 0 is a model that is as good as the
baseline with errors of its own, 1 a model that is worse by exactly the margin.

What cannot be is left out where it is drawn: with 2 % of rows apart no accuracy falls by five points.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SIZES = (500, 1_000, 2_000, 10_000, 50_000)
DISAGREEMENTS = (0.02, 0.05, 0.1, 0.2)
BASE_RATES = (0.05, 0.2, 0.5)
MARGINS = (0.01, 0.02, 0.05)
EQUAL, AT_THE_MARGIN = 0.0, 1.0

PARTS = ("accuracy", "counts", "scores", "numbers", "slices", "fairness", "intervals")

COUNTS = ("f1", "precision", "mcc", "balanced_accuracy")
SCORES = ("log_loss", "brier", "roc_auc", "average_precision")

MISSED = "positives missed"
LOST = {MISSED: 1.0, "both": 0.5, "false alarms": 0.0}
"""What a worse candidate does wrong, and the share of it that are positives it misses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One population, judged `replicates` times. `truth` is in margins. `metrics` are judged on the same draws.

    `disagreement` is a share of rows for accuracy, of positives (and as many negatives) for other counts, and for
    scores and numbers the size of what each model errs by itself.
    """

    part: str
    metrics: tuple[str, ...]
    n: int
    replicates: int
    margin: float
    truth: float
    disagreement: float
    base_rate: float = 0.5
    relative: bool = False
    what: str = ""
    groups: int = 1

    @property
    def name(self) -> str:
        """Unlike that of any other cell, and the seed of its draws."""
        parts = [self.part, "+".join(self.metrics), f"n {self.n:,}", f"base rate {self.base_rate:g}"]
        parts += [f"disagreement {self.disagreement:g}", f"margin {self.margin:g}{' relative' * self.relative}"]
        parts += [f"worse by {self.truth:g} margins", self.what, f"{self.groups} groups" * (self.groups > 1)]
        return ", ".join(part for part in parts if part)


def cells(parts: Sequence[str] = PARTS, *, replicates: int = 4_000) -> list[Cell]:
    """All cells of the parts. `replicates` is what a cell of few rows gets; what draws rows gets fewer of many rows."""
    made = {
        "accuracy": _accuracy,
        "counts": _counts,
        "scores": _scores,
        "numbers": _numbers,
        "slices": _slices,
        "fairness": _fairness,
        "intervals": _intervals,
    }
    return [cell for part in parts for cell in made[part](replicates)]


def _accuracy(replicates: int) -> Iterator[Cell]:
    """Table 5A of the reference is among these, with a margin of 0.01."""
    for n, disagreement, margin in itertools.product(SIZES, DISAGREEMENTS, (0.005, *MARGINS)):
        truths = (EQUAL, 0.5, AT_THE_MARGIN, 2.0, 3.0) if margin == 0.01 else (EQUAL, AT_THE_MARGIN)
        for truth in truths:
            yield Cell(
                part="accuracy", metrics=("accuracy",), n=n, replicates=(1 + (margin == 0.01)) * replicates,
                margin=margin, truth=truth, disagreement=disagreement,
            )  # fmt: skip


def _counts(replicates: int) -> Iterator[Cell]:
    """Each metric has a table of its own at the margin; models that are equal are equal by all metrics."""
    grid = itertools.product(SIZES, BASE_RATES, DISAGREEMENTS, MARGINS)
    for n, rate, disagreement, margin in grid:
        asked = [(COUNTS, EQUAL, "equal"), (("recall",), EQUAL, "equal"), (("recall",), AT_THE_MARGIN, MISSED)]
        asked += [((metric,), AT_THE_MARGIN, what) for metric in COUNTS for what in LOST]
        for metrics, truth, what in asked:
            yield Cell(
                part="counts", metrics=metrics, n=n, replicates=replicates // 2, margin=margin, truth=truth,
                disagreement=disagreement, base_rate=rate, what=what,
            )  # fmt: skip
    for n, metric, truth in itertools.product(SIZES, ("f1", "precision"), (EQUAL, AT_THE_MARGIN)):
        yield Cell(
            part="counts", metrics=(metric,), n=n, replicates=replicates, margin=0.05, truth=truth,
            disagreement=0.1, base_rate=0.2, relative=True, what="both" if truth else "equal",
        )  # fmt: skip


def _scores(replicates: int) -> Iterator[Cell]:
    """The margin is that of the AUC; losses and average precision are judged against what they lose by it.

    Fifty thousand rows are drawn at one base rate only: they cost as much as all others, and less depends on it there.
    """
    for n, rate, own in itertools.product(SIZES, BASE_RATES, (0.3, 1.0)):
        if n == SIZES[-1] and rate != 0.2:
            continue
        truths = [(0.01, EQUAL), (0.01, AT_THE_MARGIN)] + [(0.02, AT_THE_MARGIN)] * (own == 0.3)
        for margin, truth in truths:
            yield Cell(
                part="scores", metrics=SCORES, n=n, replicates=of_rows(replicates, n), margin=margin, truth=truth,
                disagreement=own, base_rate=rate,
            )  # fmt: skip


def _numbers(replicates: int) -> Iterator[Cell]:
    for n, own, what, margin in itertools.product(SIZES, (0.3, 1.0), ("normal", "Laplace"), (0.02, 0.05)):
        for truth in (EQUAL, AT_THE_MARGIN):
            yield Cell(
                part="numbers", metrics=("mae",), n=n, replicates=of_rows(replicates, n), margin=margin, truth=truth,
                disagreement=own, what=what,
            )  # fmt: skip


def _slices(replicates: int) -> Iterator[Cell]:
    """Table 5B: all slices equal, and one of them worse by five points."""
    for (groups, n), what in itertools.product(SLICES, ("equal", ONE_WORSE)):
        yield Cell(
            part="slices", metrics=("accuracy",), n=n, replicates=replicates // 2, margin=0.01, truth=EQUAL,
            disagreement=0.05, groups=groups, what=what,
        )  # fmt: skip
    for groups, n in ((20, 1_000), (50, 1_000)):
        yield Cell(
            part="slices", metrics=("f1",), n=n, replicates=replicates // 4, margin=0.01, truth=EQUAL,
            disagreement=0.1, base_rate=0.2, groups=groups, what="equal",
        )  # fmt: skip


def _fairness(replicates: int) -> Iterator[Cell]:
    """Table 5C: all groups equal, and one of them exactly the limit below the others. `n` are positives of a group."""
    for groups, n, truth in itertools.product((2, 5, 20), (50, 200, 1_000), (EQUAL, AT_THE_MARGIN)):
        yield Cell(
            part="fairness", metrics=("recall",), n=n, replicates=replicates // 2, margin=0.05, truth=truth,
            disagreement=0.0, groups=groups, what="equal" if truth == EQUAL else "one group at the limit",
        )  # fmt: skip


def _intervals(replicates: int) -> Iterator[Cell]:
    """Intervals beside those that verdicts of the other parts rest on; `disagreement` is the share or the quantile."""
    shares, quantiles = (0.5, 0.8, 0.95, 0.99), (0.5, 0.9, 0.95, 0.99)
    asked = {"clopper_pearson": shares, "newcombe_of_groups": shares, "order_statistics": quantiles}
    for name, n in itertools.product(asked, SIZES):
        for share in asked[name]:
            yield Cell(
                part="intervals", metrics=(name,), n=n, replicates=2 * replicates, margin=0.0, truth=EQUAL,
                disagreement=share,
            )  # fmt: skip


ONE_WORSE = "one slice worse by 0.05"
SLICES = ((5, 200), (5, 1_000), (20, 200), (20, 1_000), (50, 200), (50, 1_000), (50, 5_000))


def of_rows(replicates: int, n: int) -> int:
    """Fewer replicates where all their rows are drawn: with the default no cell draws more than thirty million."""
    return max(1, min(replicates, max(replicates * 4_000 // n, replicates * 15 // 100)))
