"""The three cheapest next steps. Pure.

The rule: cost divided by the points it gains, the lowest first. Cost is a class, not a figure that nobody measured: 1
is a command to type, 2 lines to write in a file that is there, 3 a file to write, 5 a habit to change. Among equals the
lowest section comes first, since it is the score; then the paper's order. Three things come before all, since others
stand on them: a repository without seatrial.yaml starts with `seatrial init`, a broken one is mended, and one without a
model says what the model is.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.doctor.outcome import Point, Score, Step, Strength

MOST = 3


class Way(Struct, frozen=True, kw_only=True):
    """How a point gets to a strength from whatever it has: what it costs, and what to type or to write. `command` comes
    before the lines, `then` after them. `served`: for a project that says how its model is started, or for one that
    does not; None for both. `contract`: only once a contract of the data is judged."""

    to: Strength
    cost: int
    title: str
    command: str = ""
    lines: tuple[str, ...] = ()
    file: str = ""
    then: str = ""
    served: bool | None = None
    contract: bool = False


_CONFIG = "seatrial.yaml"
_GATES = "gates.yaml"
_CONTRACT = "contract.yaml"
_RENDER = "seatrial workflows render"
_BLANKS = re.compile(r"\b(NAME|DATASET|DATA|STAGE|contract\.yaml|gates\.yaml)\b")
"""Stand for a model, a dataset, its path, a training and two files, until a configuration says which there are."""
_PLAIN = re.compile(r"[\w./-]+")
_COMMAND, _LINES, _FILE, _HABIT = 1, 2, 3, 5
_PRESENT, _PROVEN = Strength.PRESENT, Strength.PROVEN


def _gate(title: str, *lines: str) -> Way:
    return Way(to=_PRESENT, cost=_LINES, title=title, lines=tuple(lines), file=_GATES)


def _served(title: str, gate: str) -> tuple[Way, Way]:
    """A gate on the model in service; where nothing says how it is started, that comes with it."""
    lines = ("promote:", f"  {gate}")
    started = ("models:", "  NAME:", "    serving:", "      cmd: python serve.py ${model} ${port}",
               "      requests: requests.jsonl",
               f"# and in gates.yaml, under promote: {gate}")  # fmt: skip
    return (
        Way(to=_PRESENT, cost=_LINES, title=title, lines=lines, file=_GATES, served=True),
        Way(to=_PRESENT, cost=_FILE, title=f"say how the model is started, and {title}", lines=started, file=_CONFIG,
            served=False),
    )  # fmt: skip


def _nightly(title: str) -> Way:
    return Way(to=_PRESENT, cost=_FILE, title=title, file=_CONFIG, then=_RENDER,
               lines=("tiers:", "  nightly: {baseline: production, on_pass: register}"))  # fmt: skip


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
    "feature_cost": _served("limit what an answer may cost", "latency: {p95_ms: 30}"),
    "feature_policy": (
        Way(to=_PRESENT, cost=_LINES, title="refuse columns that nobody named", lines=("extra_columns: forbid",),
            file=_CONTRACT, contract=True),
        _planted("add a column to the data on a branch: the check must say no"),
    ),
    "privacy": (
        Way(to=_PRESENT, cost=_LINES, title="mark what is private, so that no report shows it",
            lines=("columns:", "  email: {sensitive: true}"), file=_CONTRACT, contract=True),
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
        Way(to=_PRESENT, cost=_FILE, title="train with several values of a parameter, and judge one of the models",
            file=_CONFIG,
            lines=("stages:", "  STAGE:", "    matrix: {learning_rate: [0.01, 0.03, 0.1]}",
                   '    outs: {model: "outputs/${matrix.learning_rate}/model"}',
                   "models:", "  NAME: {artifact: 'STAGE[learning_rate=0.03].model'}")),
    ),
    "staleness_effect": (
        _nightly("compare a fresh model with production every night"),
    ),
    "simple_baseline": (
        Way(to=_PRESENT, cost=_FILE, title="make a simpler model, and judge it beside this one", file=_CONFIG,
            lines=("stages:", "  train-simple:", "    cmd: python train_simple.py ${outs.model}",
                   "    roots: [train_simple.py]", "    outs: {model: outputs/simple-model}",
                   "models:", "  simple-baseline: {artifact: train-simple.model, gates: gates.yaml}")),
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
        Way(to=_PRESENT, cost=_FILE, title="run the small pipeline in CI", file=_CONFIG, then=_RENDER,
            lines=("tiers:", "  pr: {baseline: main}")),
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
        Way(to=_PRESENT, cost=_LINES, title="compare new data with what it was", file=_CONFIG, contract=True,
            command="seatrial check DATA --contract contract.yaml --save-profile profile.json",
            lines=("datasets:", "  DATASET: {path: DATA, contract: contract.yaml, reference: profile.json}", "stages:",
                   "  check: {uses: data, with: {dataset: DATASET}}")),
    ),
    "serving_skew": _served("hold the served model to a contract", "contract: {loads: {max_seconds: 60}}"),
    "model_age": (
        _nightly("train on a schedule in CI"),
    ),
    "numeric_stability": (
        Way(to=_PRESENT, cost=_LINES, title="let the training write its metrics as an out", file=_CONFIG,
            lines=("stages:", "  STAGE:", "    outs: {metrics: {path: outputs/metrics.json, as: metrics}}")),
        _planted("raise the learning rate on a branch until the loss is no number"),
    ),
    "compute_speed": (
        *_served("limit latency", "latency: {p95_ms: 30}"),
        _planted("add a wait to the model on a branch: the gate must say no"),
    ),
    "served_quality": (_gate("compare with production", "promote:", "  regression: {max_degradation: 0.01}"),),
}  # fmt: skip
"""For each point that can be seen: ways up, the nearest first."""


def next_steps(
    points: Sequence[Point],
    score: Score,
    *,
    configured: bool,
    broken: bool,
    words: Mapping[str, str] | None = None,
    served: bool = False,
    modelled: bool = True,
) -> tuple[Step, ...]:
    """The cheapest steps, at most three. `words` fill the blanks with what this project has, files by their usual name;
    `served`: it says how its model is started, `modelled`: what its model is."""
    steps = [*_before_all(configured=configured, broken=broken, modelled=modelled)]
    judged = contract_judged(points)
    found = [
        _step(point, way, words or {}) for point in points for way in ways_up(point, served=served, contract=judged)[:1]
    ]
    order = {point.id: at for at, point in enumerate(points)}
    sections = {point.id: point.section for point in points}
    found.sort(key=lambda one: (one.cost / one.gain, score.sections[sections[one.point]], order[one.point]))
    return tuple([*steps, *found][:MOST])


def _before_all(*, configured: bool, broken: bool, modelled: bool) -> Iterator[Step]:
    if broken:
        yield Step(title="mend seatrial.yaml", point="", gain=0.0, cost=_LINES, command="seatrial config", file=_CONFIG)
    elif not configured:
        title = "write a seatrial.yaml from what is here"
        yield Step(title=title, point="", gain=0.0, cost=_COMMAND, command="seatrial init", file=_CONFIG)
    elif not modelled:
        lines = ("models:", "  NAME: {artifact: STAGE.OUT, predictions: STAGE.OUT, gates: gates.yaml}")
        title = "say what the model is, and in gates.yaml what it must show"
        yield Step(title=title, point="", gain=0.0, cost=_LINES, lines=lines, file=_CONFIG)


def _step(point: Point, way: Way, words: Mapping[str, str]) -> Step:
    return Step(
        title=way.title,
        point=point.id,
        gain=way.to.score - point.strength.score,
        cost=way.cost,
        command=_filled(way.command, words, shlex.quote),
        lines=tuple(_filled(line, words, _in_yaml) for line in way.lines),
        file=words.get(way.file, way.file),
        then=way.then,
    )


def contract_judged(points: Iterable[Point]) -> bool:
    """Whether data is judged by a contract that further rules can be written into."""
    return any(point.name == "feature_schema" and point.strength.rank >= _PRESENT.rank for point in points)


def ways_up(point: Point, *, served: bool, contract: bool) -> list[Way]:
    """The ways from where a point is to what can be seen of it, the nearest first; none where a contract comes first,
    which is a step of its own."""
    fit = [way for way in WAYS.get(point.name, ()) if way.served in (None, served)]
    open_ways = [way for way in fit if point.strength.rank < way.to.rank <= point.most.rank]
    return [] if any(way.contract and not contract for way in open_ways) else open_ways


def _filled(text: str, words: Mapping[str, str], quoted: Callable[[str], str]) -> str:
    return _BLANKS.sub(lambda found: quoted(words[found[1]]) if found[1] in words else found[1], text)


def _in_yaml(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else json.dumps(word, ensure_ascii=False)
