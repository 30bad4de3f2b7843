"""The three cheapest next steps. Pure.

The rule: cost divided by the points it gains, the lowest first. Cost is a class, not a figure that nobody measured: 1
is a command to type, 2 lines to write in a file that is there, 3 a file to write, 5 a habit to change. Among equals the
lowest section comes first, since it is the score; then the paper's order. Two things come before all: a repository
without seatrial.yaml starts with `seatrial init`, and a broken one is mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.doctor.outcome import Point, Score, Step, Strength

MOST = 3


class Way(Struct, frozen=True, kw_only=True):
    """How a point gets to a strength from whatever it has: what it costs, and what to type or to write."""

    to: Strength
    cost: int
    title: str
    command: str = ""
    lines: tuple[str, ...] = ()
    file: str = ""


_CONFIG = "seatrial.yaml"
_GATES = "gates.yaml"
_BLANKS = re.compile(r"\b(NAME|DATASET|DATA|STAGE)\b")
"""What stands for a model, a dataset, its path and a training, until a configuration says which there are."""
_COMMAND, _LINES, _FILE, _HABIT = 1, 2, 3, 5
_PRESENT, _PROVEN = Strength.PRESENT, Strength.PROVEN


def _gate(title: str, *lines: str) -> Way:
    return Way(to=_PRESENT, cost=_LINES, title=title, lines=tuple(lines), file=_GATES)


def _planted(title: str) -> Way:
    return Way(to=_PROVEN, cost=_LINES, title=title, command="seatrial run")


WAYS: Mapping[str, tuple[Way, ...]] = {
    "feature_schema": (
        Way(to=_PRESENT, cost=_LINES, title="write the contract that the data keeps today, and judge it in a stage",
            command="seatrial check DATA --infer --output contract.yaml", file=_CONFIG,
            lines=("datasets:", "  DATASET: {path: DATA, contract: contract.yaml}", "stages:",
                   "  check: {uses: data, with: {dataset: DATASET}}")),
        _planted("break one value of the data on a branch: the check must say no"),
    ),
    "feature_cost": (_gate("limit what an answer may cost", "promote:", "  latency: {p95_ms: 30}"),),
    "feature_policy": (
        Way(to=_PRESENT, cost=_LINES, title="refuse columns that nobody named", lines=("extra_columns: forbid",),
            file="contract.yaml"),
        _planted("add a column to the data on a branch: the check must say no"),
    ),
    "privacy": (
        Way(to=_PRESENT, cost=_LINES, title="mark what is private, so that no report shows it",
            lines=("columns:", "  email: {sensitive: true}"), file="contract.yaml"),
    ),
    "feature_tests": (
        Way(to=_PRESENT, cost=_FILE, title="test the code that makes features, in a stage", file=_CONFIG,
            lines=("stages:", "  unit:", "    cmd: pytest -q tests --junitxml ${outs.junit}", "    roots: [tests]",
                   "    outs: {junit: {path: reports/unit.xml, as: junit}}")),
        _planted("break the code of a feature on a branch: the tests must say no"),
    ),
    "model_review": (
        Way(to=_PRESENT, cost=_LINES, title="ask for somebody else's word before production", file=_CONFIG,
            lines=("models:", "  NAME:", "    approvals: {production: {from: [ANN, BEN]}}")),
    ),
    "tuning": (
        Way(to=_PRESENT, cost=_LINES, title="train with several values of a parameter", file=_CONFIG,
            lines=("stages:", "  train:", "    matrix: {learning_rate: [0.01, 0.03, 0.1]}")),
    ),
    "staleness_effect": (
        Way(to=_PRESENT, cost=_FILE, title="compare a fresh model with production every night",
            command="seatrial run --tier nightly"),
    ),
    "simple_baseline": (
        Way(to=_PRESENT, cost=_FILE, title="make a simpler model, and judge it beside this one", file=_CONFIG,
            lines=("models:", "  simple-baseline: {artifact: train_simple.model, gates: gates.yaml}")),
    ),
    "slices": (
        _gate("judge the slices that matter", "promote:", "  slices: {by: [region], max_degradation: 0.02}"),
        _planted("leave one slice out of the training on a branch: the gate must say no"),
    ),
    "fairness": (
        _gate("judge the groups that are protected", "promote:",
              "  fairness: {protected_attributes: [gender], max_disparity: 0.05}"),
        _planted("leave one group out of the training on a branch: the gate must say no"),
    ),
    "reproducible_training": (
        Way(to=_PRESENT, cost=_COMMAND, title="train twice, and compare the bytes",
            command="seatrial run --twice STAGE"),
        Way(to=_PROVEN, cost=_LINES, title="take the seed away on a branch, and train twice",
            command="seatrial run --twice STAGE"),
    ),
    "model_code_tests": (
        Way(to=_PRESENT, cost=_LINES, title="ask whether the model can learn one batch", file=_CONFIG,
            lines=("stages:", "  overfit:", "    uses: overfit-one-batch",
                   '    with: {target: "package.module:one_batch", max_loss: 0.05}')),
        _planted("freeze the weights on a branch: the training on one batch must say no"),
    ),
    "integration_test": (
        Way(to=_PRESENT, cost=_FILE, title="run the small pipeline in CI", command="seatrial run --tier pr"),
        _planted("break the evaluation on a branch: the run must fail"),
    ),
    "quality_gate": (
        _gate("judge a model before it is promoted", "promote:",
              "  performance: {accuracy: {min: 0.9, confidence: 0.95}}"),
        _planted("train on shuffled labels on a branch: the gate must say no"),
    ),
    "canary": (Way(to=_PRESENT, cost=_HABIT, title="declare a rollout by steps where the model is served"),),
    "rollback": (
        Way(to=_PRESENT, cost=_LINES, title="register and promote a second version",
            command="seatrial models promote NAME@2 --to production"),
        Way(to=_PROVEN, cost=_COMMAND, title="practise going back, and promote it again",
            command="seatrial models rollback NAME"),
    ),
    "dependency_news": (
        Way(to=_PRESENT, cost=_FILE, title="have new versions proposed", file=".github/dependabot.yml",
            lines=("version: 2", "updates:",
                   "  - {package-ecosystem: pip, directory: /, schedule: {interval: weekly}}")),
    ),
    "input_invariants": (
        Way(to=_PRESENT, cost=_LINES, title="compare new data with what it was", file=_CONFIG,
            lines=("datasets:", "  DATASET: {path: DATA, contract: contract.yaml, reference: profile.json}")),
    ),
    "serving_skew": (
        Way(to=_PRESENT, cost=_FILE, title="serve the model to the judge, and hold it to a contract", file=_GATES,
            lines=("promote:", "  contract: {loads: {max_seconds: 60}}")),
    ),
    "model_age": (
        Way(to=_PRESENT, cost=_FILE, title="train on a schedule in CI", command="seatrial run --tier nightly"),
    ),
    "numeric_stability": (
        Way(to=_PRESENT, cost=_LINES, title="let the training write its metrics as an out", file=_CONFIG,
            lines=("outs:", "  metrics: {path: outputs/metrics.json, as: metrics}")),
        _planted("raise the learning rate on a branch until the loss is no number"),
    ),
    "compute_speed": (
        _gate("limit latency", "promote:", "  latency: {p95_ms: 30}"),
        _planted("add a wait to the model on a branch: the gate must say no"),
    ),
    "served_quality": (_gate("compare with production", "promote:", "  regression: {max_degradation: 0.01}"),),
}  # fmt: skip
"""For each point that can be seen: ways up, the nearest first."""


def next_steps(
    points: Sequence[Point], score: Score, *, configured: bool, broken: bool, words: Mapping[str, str] | None = None
) -> tuple[Step, ...]:
    """The cheapest steps, at most three. `words` fill the blanks with what this project has."""
    steps = [*_before_all(configured=configured, broken=broken)]
    found = list(_steps(points, words or {}))
    order = {point.id: at for at, point in enumerate(points)}
    sections = {point.id: point.section for point in points}
    found.sort(key=lambda one: (one.cost / one.gain, score.sections[sections[one.point]], order[one.point]))
    return tuple([*steps, *found][:MOST])


def _before_all(*, configured: bool, broken: bool) -> Iterator[Step]:
    if broken:
        yield Step(title="mend seatrial.yaml", point="", gain=0.0, cost=_LINES, command="seatrial config", file=_CONFIG)
    elif not configured:
        title = "write a seatrial.yaml from what is here"
        yield Step(title=title, point="", gain=0.0, cost=_COMMAND, command="seatrial init", file=_CONFIG)


def _steps(points: Iterable[Point], words: Mapping[str, str]) -> Iterator[Step]:
    for point in points:
        ways = [way for way in WAYS.get(point.name, ()) if point.strength.rank < way.to.rank <= point.most.rank]
        for way in ways[:1]:
            gain = way.to.score - point.strength.score
            command, *lines = (_filled(text, words) for text in (way.command, *way.lines))
            yield Step(
                title=way.title,
                point=point.id,
                gain=gain,
                cost=way.cost,
                command=command,
                lines=tuple(lines),
                file=way.file,
            )


def _filled(text: str, words: Mapping[str, str]) -> str:
    return _BLANKS.sub(lambda found: words.get(found[1], found[1]), text)
