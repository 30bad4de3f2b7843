"""Facts for a doctor's visit, built by hand: CI files as text, a configuration as text, runs and moves as values.

Called by the tests of `adopt/doctor`. What is read from text goes through the readers that the doctor uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from seatrial.adopt.doctor.ci_files import read_ci_file
from seatrial.adopt.doctor.facts import Facts, FindingSeen, Project, Records, RunSeen, StageSeen, Tree, Workflow
from seatrial.adopt.doctor.outcome import Alarm, Pattern, Point
from seatrial.adopt.doctor.patterns import alarms_of
from seatrial.adopt.doctor.points import points_of
from seatrial.adopt.doctor.probes import evidence_of
from seatrial.config.contract import load_contract
from seatrial.config.load import load

SINCE = "2026-09-01T00:00:00.000Z"
LATE = "2026-11-20T06:00:00.000Z"
EARLY = "2026-03-01T06:00:00.000Z"
CI = ".github/workflows/ci.yml"

CONFIG = """\
project: tiny
main: main
tiers:
  pr: {gates: smoke, baseline: main}
  nightly: {gates: promote, baseline: production, on_pass: register}
datasets:
  train: {path: data/train.csv}
  test: {path: data/test.csv, role: test}
stages:
  train:
    cmd: python train.py ${deps.data} ${outs.model} ${outs.metrics}
    deps: {data: datasets.train}
    outs: {model: outputs/model.txt, metrics: {path: outputs/metrics.json, as: metrics}}
  evaluate:
    cmd: python evaluate.py ${deps.model} ${deps.test} ${outs.rows}
    deps: {model: train.model, test: datasets.test}
    outs: {rows: {path: outputs/rows.csv, as: predictions}}
models:
  tiny: {artifact: train.model, predictions: evaluate.rows, input: evaluate.deps.model, gates: gates.yaml}
"""
GATES = """\
smoke:
  performance: {accuracy: {min: 0.5}}
promote:
  performance: {accuracy: {min: 0.6}}
  regression: {max_degradation: 0.03}
spare:
  fairness: {protected_attributes: [region], max_disparity: 0.05}
"""


def project(text: str = CONFIG, files: Mapping[str, str] | None = None) -> Project:
    """A configuration, with the files it names."""
    every = {"seatrial.yaml": text, "gates.yaml": GATES, **(files or {})}
    policy = load(lambda path: every[path].encode() if path in every else None).policy
    contracts = {
        name: load_contract(every[dataset.contract].encode(), dataset.contract)
        for name, dataset in policy.datasets.items()
        if dataset.contract is not None
    }
    return Project(policy=policy, contracts=contracts)


def workflow(text: str, path: str = CI) -> Workflow:
    """A CI file from its text."""
    return read_ci_file(path, dedent(text).encode())


def job(body: str, *, on: str = "pull_request", runs_on: str = "ubuntu-latest", extra: str = "") -> Workflow:
    """A workflow of one job that runs some lines; `extra` are further keys of the job, a line each."""
    lines = "\n".join(f"          {line}" for line in body.split("\n"))
    more = "".join(f"    {line}\n" for line in extra.split("\n") if line)
    return workflow(f"on: {on}\njobs:\n  one:\n    runs-on: {runs_on}\n{more}    steps:\n      - run: |\n{lines}\n")


def found(facts: Facts, pattern: Pattern | None = None) -> list[Alarm]:
    """What the documents warn of, of one pattern or of all."""
    return [one for one in alarms_of(facts) if pattern in (None, one.pattern)]


def patterns(*workflows: Workflow, tree: Tree | None = None, project: Project | None = None) -> list[Pattern]:
    """The patterns found in some CI files."""
    facts = Facts(tree=tree or Tree(), workflows=workflows, project=project)
    return [one.pattern for one in alarms_of(facts)]


def point(facts: Facts, name: str) -> Point:
    """One of the 28."""
    return next(one for one in points_of(evidence_of(facts)) if one.name == name)


def run(name: str = "01", *, at: str = LATE, **parts: object) -> RunSeen:
    """A run; `stages` may be a mapping of names to actions, each with the reason behind a colon."""
    stages = parts.pop("stages", {})
    assert isinstance(stages, Mapping)
    said = {stage: str(words).partition(": ") for stage, words in stages.items()}
    seen = tuple(StageSeen(name=stage, action=action, reason=why) for stage, (action, _, why) in said.items())
    return RunSeen(run=name, at=at, stages=seen, **parts)  # type: ignore[arg-type]  # by name


def gate(kind: str, verdict: str, reason: str = "within_limit") -> FindingSeen:
    """What a gate found."""
    return FindingSeen(kind=kind, name=f"{kind}.it", reason=reason, verdict=verdict, subject="tiny")


def with_runs(*runs: RunSeen, **parts: object) -> Facts:
    """Facts of a project with some runs."""
    return Facts(tree=Tree(), project=project(), records=Records(runs=runs), since=SINCE, **parts)  # type: ignore[arg-type]  # by name
