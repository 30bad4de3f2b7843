"""Cheap stages first, what a tier's time will not do for put off and owed, and merges held by that debt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, copy_of, new_repo, template, with_production
from tests.support.devices import on_machine

CONFIG = """\
project: small
params: params.yaml
selection: {dear: 0.3}
tiers:
  pr: {}
  queue: {}
stages:
  lint: {cmd: "python lint.py ${params.salt}"}
  unit: {cmd: "python unit.py ${params.salt}"}
  train: {cmd: "python train.py ${params.salt} ${outs.model}", outs: {model: outputs/model.txt}}
  evaluate:
    cmd: python evaluate.py ${deps.model} ${outs.score}
    deps: {model: train.model}
    outs: {score: outputs/score.txt}
"""
FILES = {
    "seatrial.yaml": CONFIG,
    "params.yaml": "salt: a\n",
    "gates.yaml": "",
    "lint.py": "",
    "unit.py": "import pathlib\nimport sys\n\nsys.exit(pathlib.Path('broken').exists())\n",
    "train.py": "import sys\nimport time\n\ntime.sleep(0.5)\nopen(sys.argv[2], 'w').write(sys.argv[1])\n",
    "evaluate.py": "import sys\n\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read())\n",
    ".gitignore": "/outputs/\n/broken\n__pycache__/\n",
}
TIGHT = "{budget: 0.3}"
HELD_BY_NAME = "seatrial run --tier pr train evaluate"
GPU = ("  train: {cmd:", "  train: {resources: {gpus: 1}, cmd:")


def _small(folder: Path) -> Repo:
    """Three runs of its tier have shown what its stages take, and there is something to do again."""
    repo = new_repo(folder, FILES)
    for salt in "bcde":
        repo.write("params.yaml", f"salt: {salt}\n")
        repo.commit()
        if salt != "e":
            repo.run("--tier", "pr")
    return repo


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "small", _small), tmp_path)


def _tier(repo: Repo, written: str) -> None:
    repo.edit("seatrial.yaml", ("  pr: {}\n", f"  pr: {written}\n"))
    repo.commit()


def _why(document: Any) -> dict[str, str]:
    return {stage["name"]: stage["reason"] for stage in document["stages"]}


def _debts(repo: Repo) -> dict[str, Any]:
    return {debt["cell"]: debt for debt in repo.seatrial("models", "list", "--json").json["debt"]}


def _title(repo: Repo) -> str:
    return repo.seatrial("report", "--markdown").out.splitlines()[0]


def test_what_a_tiers_time_will_not_do_for_is_put_off_and_owed(small: Repo) -> None:
    """`plan` says so with the reason, the run goes on, and the debt says how dear it is and what settles it."""
    _tier(small, TIGHT)

    plan = {row["name"]: row for row in small.seatrial("plan", "--tier", "pr", "--json").json["stages"]}
    document = small.run("--tier", "pr")

    assert {name: row["action"] for name, row in plan.items()} == {
        "lint": "run", "unit": "run", "train": "defer", "evaluate": "defer",
    }  # fmt: skip
    assert plan["train"]["reason"].startswith("over the tier's budget of 0.3 s (expected 0.5 s")
    assert small.did(document) == {"lint": "ran", "unit": "ran", "train": "deferred", "evaluate": "deferred"}
    assert _why(document)["train"] == plan["train"]["reason"]
    assert _why(document)["evaluate"] == "waits for train, which is deferred"
    assert document["next_step"] == f"settle what was deferred: `{HELD_BY_NAME}`"
    assert _title(small).startswith("# DEFERRED 2 (train, evaluate: under 0.01 h): ")
    debts = _debts(small)
    assert {cell: debt["cause"] for cell, debt in debts.items()} == {"train": "budget", "evaluate": "budget"}
    assert debts["train"]["command"] == HELD_BY_NAME
    assert debts["train"]["expected"] == pytest.approx(0.5, abs=0.3)
    assert debts["train"]["settled_by"].startswith(f"run `{HELD_BY_NAME}` at commit")


def test_the_command_that_is_named_settles_it(small: Repo) -> None:
    """A stage that is named is put off by no budget; afterwards the tier has all it needs."""
    _tier(small, TIGHT)
    small.run("--tier", "pr")

    named = small.run(*HELD_BY_NAME.split()[2:])
    again = small.run("--tier", "pr")

    assert small.did(named) == {"train": "ran", "evaluate": "ran"}
    assert _debts(small) == {}
    assert set(small.did(again).values()) == {"reused"}


@pytest.mark.parametrize("over", ["report", "defer"])
def test_a_budget_that_is_large_enough_puts_nothing_off(small: Repo, over: str) -> None:
    """And one that only reports puts nothing off however small it is."""
    _tier(small, f"{{budget: {{time: {'0.01' if over == 'report' else '1h'}, over: {over}}}}}")

    assert set(small.did(small.run("--tier", "pr")).values()) == {"ran"}
    assert _debts(small) == {}


@pytest.mark.parametrize("changes", [True, False], ids=["other-work", "same-work"])
def test_what_other_tiers_took_puts_nothing_off_where_the_tier_does_other_work(small: Repo, changes: bool) -> None:
    """It would never be run here, and never show what it takes here; where the work is the same, it counts."""
    written = "{params: {salt: z}, budget: 0.3}" if changes else TIGHT
    small.edit("seatrial.yaml", ("  queue: {}\n", f"  queue: {written}\n"))
    small.commit()

    actions = small.actions("--tier", "queue")

    assert (actions["train"], actions["lint"]) == ("run" if changes else "defer", "run")


def test_what_has_no_history_is_tried(tmp_path: Path) -> None:
    """And when the time is used up, what has not begun is put off and what runs is left to end."""
    files = {**FILES, "seatrial.yaml": CONFIG.replace("pr: {}", "pr: {budget: 0.2}")}
    repo = new_repo(tmp_path, files)

    document = repo.run("--tier", "pr", "--jobs", "4")

    assert repo.did(document)["train"] == "ran"
    assert repo.did(document)["evaluate"] == "deferred"
    assert _why(document)["evaluate"] == "the tier's budget of 0.2 s was used up before it could begin"
    assert _debts(repo)["evaluate"]["cause"] == "budget"
    assert any("over the budget of 0.2 s" in warning for warning in document["warnings"])


@pytest.mark.parametrize(
    ("policy", "code"), [("allow", 0), ("block", 3), ("queue", 3)], ids=["allow", "block", "queue"]
)
def test_a_tier_says_whether_debt_holds_the_merge(small: Repo, policy: str, code: int) -> None:
    """The count is in the title either way; a hold says what lifts it."""
    _tier(small, f"{{budget: 0.3, merge_with_debt: {policy}}}")

    document = small.run("--tier", "pr", code=code)
    said = " ".join(small.seatrial("report").out.split())

    assert document["exit_code"] == code
    assert "DEFERRED 2 (train, evaluate: under 0.01 h)" in said
    assert (document["debt"]["merge"], document["debt"]["held"]) == (policy, code == 3)
    assert ("Decision: hold (it waits until what was deferred has been run)" in said) is (code == 3)
    if policy == "queue":
        assert "lifted by the merge queue's run, once its tier runs train, evaluate" in said
    elif policy == "block":
        assert f"held by debt, since tier pr says `merge_with_debt: block`: lifted by `{HELD_BY_NAME}`" in said


def test_a_run_of_the_merge_queue_that_runs_what_was_put_off_lifts_the_hold(small: Repo) -> None:
    """In a work tree that has none of its results: the work was done. Being called a queue's run decides nothing."""
    _tier(small, "{budget: 0.3, merge_with_debt: queue}")
    small.run("--tier", "pr", code=3)
    queue = small.worktree("queue")
    queue = replace(queue, environ={**queue.environ, "GITHUB_EVENT_NAME": "merge_group"})

    still = queue.run("--tier", "pr", code=3)
    done = queue.run("--tier", "queue")
    lifted = small.run("--tier", "pr")

    assert "this run of the merge queue put off train, evaluate too" in still["debt"]["lifted_by"]
    assert queue.did(done)["train"] == "ran"
    assert small.did(lifted)["train"] == "deferred"
    assert (lifted["exit_code"], lifted["debt"]["held"]) == (0, False)
    assert _debts(small) == {}


def test_no_hour_of_a_device_is_spent_where_a_cheap_stage_fails(small: Repo, tmp_path: Path) -> None:
    """With or without a tier; the exit code is that of the failure."""
    small.edit("seatrial.yaml", GPU)
    small.commit()
    small.write("broken", "")
    server = on_machine(small, tmp_path, gpus=1)

    for words in ((), ("unit", "train"), ("--tier", "pr")):
        said = server.run(*words, code=4)

        did = server.did(said)
        assert (did["unit"], did["train"], did.get("evaluate", "blocked")) == ("failed", "blocked", "blocked")
        assert _why(said)["train"] == "not started: unit failed"
    assert _model_of(server) == "d", "nobody has touched what was there"

    (server.root / "broken").unlink()
    told = server.seatrial("run", "unit", "train")
    assert "  wait    train: waits for the cheap stages: unit" in told.err
    assert _model_of(server) == "e"


def _model_of(repo: Repo) -> str:
    return repo.read("outputs/model.txt")


def test_a_stage_that_failed_lately_goes_first(small: Repo) -> None:
    """Among the cheap: the chance of a failure by the second; from records of real runs."""
    small.write("broken", "")
    for salt in "uvwxyz":
        small.write("params.yaml", f"salt: {salt}\n")
        small.run("unit", "lint", code=4)
    (small.root / "broken").unlink()
    small.write("params.yaml", "salt: f\n")

    small.run("--jobs", "1")

    newest = max((small.root / ".seatrial" / "runs").glob("*"))
    events = [json.loads(line) for line in (newest / "events.jsonl").read_text().splitlines()]
    assert [one["cell"] for one in events if one["event"] == "stage_started"] == ["unit", "lint", "train", "evaluate"]


def test_a_model_that_passes_beside_a_deferred_stage_is_held_where_the_tier_says_so(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """The verdict stays a PASS, the count stands behind it, the decision is the hold."""
    repo = copy_of(template(tmp_path_factory, "production", with_production), tmp_path)
    repo.edit(
        "seatrial.yaml",
        ("  short: {", "  strict: {gates: smoke, merge_with_debt: block}\n  short: {"),
        (
            "  train:\n    cmd: >-\n",
            "  stress: {cmd: python steps/data.py, resources: {gpus: 1}}\n  train:\n    cmd: >-\n",
        ),
    )
    repo.edit("params.yaml", ("  skill: 0.9\n", "  skill: 0.95\n"))
    repo.commit()
    laptop = on_machine(repo, tmp_path, gpus=0)

    document = laptop.run("--tier", "strict", code=3)

    assert document["models"][0]["verdict"] == "PASS"
    assert _title(laptop).startswith("# PASS · DEFERRED 1 (stress): ")
    assert "on a machine that has what stress needs" in document["debt"]["lifted_by"]
