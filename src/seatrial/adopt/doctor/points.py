"""The 28 points of the ML Test Score, and how a score is made of them. Pure.

After Breck, Cai, Nielsen, Salib and Sculley, "The ML Test Score: A Rubric for ML Production Readiness and Technical
Debt Reduction" (IEEE Big Data 2017). The paper gives half a point to what is done by hand and written down, a whole
one to what runs by itself. Here a point is earned by evidence: half of one by a check that is there, a whole one by a
check that ran of late and has said no before, and none by a declaration. The score is the lowest section, as there.

Subtle: what cannot be seen from a repository and its records earns nothing, so a score from here is never too high;
that may make it lower than the paper's (decision 0029).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.doctor.outcome import Evidence, Point, Score, Section, Strength


class Asked(Struct, frozen=True, kw_only=True):
    """One point as it is asked. `most` and `limit` as in `Point`."""

    id: str
    name: str
    title: str
    most: Strength = Strength.PROVEN
    limit: str = ""

    @property
    def section(self) -> Section:
        return Section(self.id.partition(".")[0])


MOST_EVIDENCE = 5
"""Of one point, the strongest."""
_BY_HAND = Strength.NOTHING
_HALF = Strength.PRESENT

POINTS = (
    Asked(id="data.1", name="feature_schema", title="A schema says what features must be"),
    Asked(id="data.2", name="feature_benefit", title="Every feature earns its place", most=_BY_HAND,
          limit="what each feature is worth is nobody's record; leave one out and compare, by hand"),
    Asked(id="data.3", name="feature_cost", title="No feature costs too much", most=_HALF,
          limit="gates bound all features together; what one costs upstream cannot be seen from here"),
    Asked(id="data.4", name="feature_policy", title="Features obey the rules for them"),
    Asked(id="data.5", name="privacy", title="Private data is controlled", most=_HALF,
          limit="who may read the data where it lies cannot be seen from here"),
    Asked(id="data.6", name="feature_speed", title="New features come quickly", most=_BY_HAND,
          limit="how long that takes people cannot be seen from here"),
    Asked(id="data.7", name="feature_tests", title="Feature code is tested"),
    Asked(id="model.1", name="model_review", title="Models are reviewed and versioned"),
    Asked(id="model.2", name="offline_online", title="Offline and online metrics agree", most=_BY_HAND,
          limit="what models do in production is not observed by Seatrial yet"),
    Asked(id="model.3", name="tuning", title="Hyperparameters were tuned", most=_HALF,
          limit="a search has no verdict, so it cannot have said no"),
    Asked(id="model.4", name="staleness_effect", title="What age costs a model is known", most=_HALF,
          limit="comparisons with production show it, and no record says how much of it is age"),
    Asked(id="model.5", name="simple_baseline", title="A simpler model is not better", most=_HALF,
          limit="that a simpler model lost is not recorded as a verdict"),
    Asked(id="model.6", name="slices", title="Important slices are good enough"),
    Asked(id="model.7", name="fairness", title="The model is fair to groups"),
    Asked(id="infrastructure.1", name="reproducible_training", title="Training is reproducible"),
    Asked(id="infrastructure.2", name="model_code_tests", title="Model code has unit tests"),
    Asked(id="infrastructure.3", name="integration_test", title="The whole pipeline is tested"),
    Asked(id="infrastructure.4", name="quality_gate", title="Quality is judged before serving"),
    Asked(id="infrastructure.5", name="debugging", title="One example can be stepped through", most=_BY_HAND,
          limit="whether somebody can step through one example cannot be seen from here"),
    Asked(id="infrastructure.6", name="canary", title="A canary comes before all traffic", most=_HALF,
          limit="a declared rollout was found or not; how rollouts went is not recorded by Seatrial yet"),
    Asked(id="infrastructure.7", name="rollback", title="A model can be rolled back"),
    Asked(id="monitoring.1", name="dependency_news", title="New dependencies are noticed", most=_HALF,
          limit="what notices of others said is not in these records"),
    Asked(id="monitoring.2", name="input_invariants", title="Inputs keep the data's invariants", most=_HALF,
          limit="inputs in production are not observed by Seatrial yet; those of training are"),
    Asked(id="monitoring.3", name="serving_skew", title="Training and serving agree", most=_HALF,
          limit="a served model is asked whether it answers alike; the features of both sides are not compared yet"),
    Asked(id="monitoring.4", name="model_age", title="Models are not too old", most=_HALF,
          limit="the age of what serves is not observed by Seatrial yet"),
    Asked(id="monitoring.5", name="numeric_stability", title="The model is numerically stable"),
    Asked(id="monitoring.6", name="compute_speed", title="Speed and memory are kept"),
    Asked(id="monitoring.7", name="served_quality", title="Served quality has not regressed", most=_HALF,
          limit="quality is judged on held-out rows; served ones are not observed by Seatrial yet"),
)  # fmt: skip
"""All 28, in the paper's order."""

_BANDS = (
    (0.0, "a research project rather than a production system"),
    (1.0, "not wholly untested, but serious holes in reliability are likely"),
    (2.0, "a first pass at productionizing; more may be needed"),
    (3.0, "reasonably tested; more of it may be automated"),
    (5.0, "strong levels of automated testing and monitoring, right for critical systems"),
)
BEST_BAND = "exceptional levels of automated testing and monitoring"


def band(score: float) -> str:
    """What the paper says of a score: 0, up to 1, up to 2, up to 3, up to 5, above."""
    return next((words for most, words in _BANDS if score <= most), BEST_BAND)


def points_of(evidence: Mapping[str, Sequence[Evidence]]) -> tuple[Point, ...]:
    """All 28 with their evidence by name, each as strong as its strongest evidence and no stronger than can be seen."""
    return tuple(_point(asked, evidence.get(asked.name, ())) for asked in POINTS)


def _point(asked: Asked, evidence: Iterable[Evidence]) -> Point:
    found = sorted(evidence, key=lambda one: -one.strength.rank)  # stable: probes tell the best first
    strongest = found[0].strength if found else Strength.NOTHING
    strength = min(strongest, asked.most, key=lambda one: one.rank)
    return Point(
        id=asked.id,
        name=asked.name,
        section=asked.section,
        title=asked.title,
        strength=strength,
        most=asked.most,
        limit=asked.limit,
        evidence=tuple(found[:MOST_EVIDENCE]),
    )


def score_of(points: Iterable[Point]) -> Score:
    """Sums of the sections; the lowest of them is the score."""
    sums = dict.fromkeys(Section, 0.0)
    for point in points:
        sums[point.section] += point.strength.score
    lowest = min(sums, key=sums.__getitem__)
    return Score(sections=sums, final=sums[lowest], lowest=lowest, band=band(sums[lowest]))
