"""Changes that reach a stage by ways that no import shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.change.closure import Closure
from seatrial.flows.change_plan import ChangedCell, put_off_weak
from seatrial.flows.path_rules import rules_of
from seatrial.flows.policy import ProjectPolicy, TierPolicy, WeakEvidence
from seatrial.pipeline import key
from seatrial.pipeline.evidence_of_change import Evidence, Grade
from seatrial.pipeline.expand import expand
from seatrial.pipeline.inputs import CellInputs
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import PipelinePolicy, Resources, SelectionPolicy, StageSpec
from seatrial.pipeline.results import ResultStore, StageResult
from seatrial.pipeline.select import Action
from seatrial.pipeline.trace import Trace
from seatrial.process.trace.strace import TRACER as STRACE
from tests.support.revisions import Tree, new_repository, plan_between, write_history

NOW, BEFORE = "b3:" + "1" * 64, "b3:" + "2" * 64
STARTS = "import subprocess\n\nsubprocess.run(['python', 'tools/run.py'], cwd='one')\n"


def _action(tmp_path: Path, base: Tree, head: Tree) -> tuple[Action, str]:
    folder = new_repository(tmp_path / "repo")
    plan = plan_between(folder, *write_history(folder, [base, head]))
    return plan.cells[0].action, plan.cells[0].reason


def _config(rest: str) -> str:
    return f"project: small\nsources: [src]\nstages:\n  a:\n    {rest}\n"


@pytest.mark.parametrize(
    ("stage", "base", "changed"),
    [
        ("cmd: python main.py", {"main.py": STARTS, "two/tools/run.py": ""}, "one/tools/run.py"),
        ("cmd: python -m pkg", {"src/pkg/__main__.py": ""}, "src/sitecustomize.py"),
        ("cmd: python -m pkg", {"src/pkg/__main__.py": ""}, "src/usercustomize/__init__.py"),
        ("cmd: pytest tests\n    deps: []", {}, "tests/test_a.py"),
        ("cmd: python app\n    deps: []", {"app/__main__.py": "import lib.m\n"}, "lib/m.py"),
        ("cmd: python main.py --of=docs", {"main.py": ""}, "docs/page.md"),
    ],
    ids=[
        "one of several scripts",
        "sitecustomize",
        "usercustomize",
        "a folder of tests",
        "a folder that is run",
        "a folder of pages",
    ],
)
def test_code_and_pages_that_a_command_comes_upon(
    tmp_path: Path, stage: str, base: dict[str, str], changed: str
) -> None:
    """A script started in another folder, what an interpreter loads by itself, and folders that a command is given."""
    tree = {"seatrial.yaml": _config(stage), **base, changed: "x = 1\n"}

    action, reason = _action(tmp_path, tree, {**tree, changed: "x = 2\n"})

    assert action is Action.RUN
    assert changed in reason


def test_pages_that_no_command_is_given_reach_nobody(tmp_path: Path) -> None:
    """They are texts for people."""
    tree = {"seatrial.yaml": _config("cmd: python main.py doc"), "main.py": "", "docs/page.md": "a"}

    assert _action(tmp_path, tree, {**tree, "docs/page.md": "b"})[0] is Action.SKIP


def test_another_number_of_devices_is_another_stage(tmp_path: Path) -> None:
    """It is part of the key, as the platform."""
    one, two = (
        {"seatrial.yaml": _config(f"cmd: python m.py\n    resources: {{gpus: {number}}}"), "m.py": ""}
        for number in (1, 2)
    )

    assert _action(tmp_path, one, two) == (Action.RUN, "seatrial.yaml:6 resources.gpus 1 -> 2")


def test_another_interpreter_reaches_every_stage(tmp_path: Path) -> None:
    """Its version and packages are in the key, and nobody can ask the one of the base."""
    one, two = (
        {"seatrial.yaml": f"python: {python}\n{_config('cmd: python m.py')}", "m.py": ""} for python in ("a", "b")
    )

    assert _action(tmp_path, one, two) == (Action.RUN, "seatrial.yaml:5 python a -> b")


def _result(inputs: str, tracer: str) -> StageResult:
    return StageResult(
        action_key=key.action_key({}),
        input_digest=inputs,
        cell="a",
        parts={},
        outs={},
        run="01",
        finished="2026-01-01T00:00:00Z",
        wall=1.0,
        cpu=1.0,
        peak_memory=1,
        machine="here",
        trace=Trace(tracer=tracer),
    )


def _planned(**stage: object) -> PlannedCell:
    (cell,) = expand({"a": StageSpec(name="a", cmd="python a.py", **stage)})  # type: ignore[arg-type]
    return PlannedCell(
        cell=cell,
        action=Action.RUN,
        reason="it is asked for",
        changed=(),
        inputs=CellInputs(parts={}, watched={}, paths={}, closure=Closure()),
        input_digest=NOW,
        expected=None,
        must_run=bool(stage.get("always")),
    )


@pytest.mark.parametrize(
    ("inputs", "tracer", "watched"),
    [(NOW, STRACE, {"a"}), (BEFORE, STRACE, set()), (NOW, "audit hook", set())],
    ids=["the same inputs", "other inputs", "a tracer that misses something"],
)
def test_a_run_with_other_inputs_does_not_vouch_for_what_is_read(
    tmp_path: Path, inputs: str, tracer: str, watched: set[str]
) -> None:
    """Other code opens other files, so only what was seen of these very inputs says what they do not read."""
    results = ResultStore(tmp_path / "results")
    result = _result(inputs, tracer)
    results.put(result)
    results.note(result.action_key, input_digest=result.input_digest, cell=result.cell)
    policy = ProjectPolicy(project="small", pipeline=PipelinePolicy(stages={}))

    assert rules_of(policy, results, [_planned()]).watched == watched


@pytest.mark.parametrize(("always", "action"), [(False, Action.DEFER), (True, Action.RUN)])
def test_what_runs_in_any_case_is_not_put_off_for_weak_evidence(always: bool, action: Action) -> None:
    """Without any evidence it would run as well."""
    weak = Evidence(path="a.py", grade=Grade.FILE, reason="a.py differs in comments only", weak=True)
    planned = _planned(always=always, resources=Resources(gpus=1))
    cell = ChangedCell(planned=planned, action=Action.RUN, reason="", evidence=(weak,))

    (chosen,) = put_off_weak((cell,), TierPolicy(name="pr", weak_evidence=WeakEvidence.DEFER), SelectionPolicy())

    assert chosen.action is action
