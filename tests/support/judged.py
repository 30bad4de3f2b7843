"""Two models' rows for tests of gates: tables of predictions made in memory, and two models of a stated quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from seatrial.evidence.records import Predictions, Source
from seatrial.evidence.sample import Real
from seatrial.gates.evidence import Baseline, Evidence, Present
from seatrial.gates.judge import judge
from seatrial.gates.policy import GateSet
from seatrial.verdict import Finding

Column = Sequence[Any] | Any


def evidence(
    *,
    labels: Column | None = None,
    answers: Column | None = None,
    score: Column | None = None,
    scores: Mapping[str, Column] | None = None,
    values: Mapping[str, Column] | None = None,
    groups: Mapping[str, Column] | None = None,
    cluster: Column | None = None,
    query: Column | None = None,
    positive: str | None = None,
    artifact: str | None = None,
    digest: str = "b3:rows",
) -> Evidence:
    """The evidence of one model, as `read_predictions` would have made it."""
    texts = {"label": labels, "prediction": answers, "cluster": cluster, "query": query}
    texts |= {f"group:{name}": column for name, column in (groups or {}).items()}
    numbers = {"score": score}
    numbers |= {f"score:{name}": column for name, column in (scores or {}).items()}
    numbers |= {f"value:{name}": column for name, column in (values or {}).items()}
    columns = {name: pl.Series(name, [str(each) for each in at]) for name, at in texts.items() if at is not None}
    columns |= {
        name: pl.Series(name, np.asarray(at, dtype=np.float64)) for name, at in numbers.items() if at is not None
    }
    rows = len(next(iter(columns.values())))
    ids = pl.Series("id", [f"row-{at:06}" for at in range(rows)])
    return Evidence(
        predictions=Predictions(
            source=Source(path="rows.csv", digest=digest),
            table=pl.DataFrame([ids, *columns.values()]),
            groups=tuple(groups or ()),
            positive=positive,
        ),
        artifact=artifact,
    )


def production(of: Evidence) -> Present:
    """A baseline."""
    return Present(evidence=of, label="production")


def finding(gate_set: GateSet, candidate: Evidence, baseline: Baseline, **more: Any) -> Finding:
    """The only finding of a set."""
    (one,) = judge(gate_set, candidate, baseline, **more)
    return one


class Models:
    """A candidate and a baseline on the same rows with labels 0 and 1.

    The baseline errs in `wrong` of the rows. In `moved` of them one model is right and the other is not, of which the
    candidate loses the share `lost`: with a half the two are equally good. Scores follow the answers, with noise.
    """

    def __init__(
        self, n: int, *, seed: int = 1, base: float = 0.4, wrong: float = 0.1, moved: float = 0.04, lost: float = 0.5
    ) -> None:
        draw = np.random.default_rng(seed)
        self.n = n
        self.labels = (draw.random(n) < base).astype(int)
        right = draw.random(n) >= wrong
        moving = draw.random(n) < moved
        losing = draw.random(n) < lost
        self.theirs = np.where(right, self.labels, 1 - self.labels)
        self.theirs = np.where(moving, np.where(losing, self.labels, 1 - self.labels), self.theirs)
        self.ours = np.where(moving, np.where(losing, 1 - self.labels, self.labels), self.theirs)
        noise = draw.normal(0, 0.7, n)
        self.our_score = self._scores(self.ours, noise, draw)
        self.their_score = self._scores(self.theirs, noise, draw)

    @staticmethod
    def _scores(answers: Real, noise: Real, draw: np.random.Generator) -> Real:
        shares: Real = 1 / (1 + np.exp(-(3 * answers - 1.5 + noise + draw.normal(0, 0.2, len(noise)))))
        return shares

    def candidate(self, **more: Any) -> Evidence:
        """The candidate's rows, with further columns."""
        return evidence(labels=self.labels, answers=self.ours, score=self.our_score, digest="b3:c", **more)

    def baseline(self, **more: Any) -> Present:
        """The baseline's."""
        return production(
            evidence(labels=self.labels, answers=self.theirs, score=self.their_score, digest="b3:b", **more)
        )
