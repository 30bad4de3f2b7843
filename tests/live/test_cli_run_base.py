"""A run that is about a change: what it does not reach is skipped, and what it reaches weakly may be put off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, new_repo

CONFIG = """\
project: small
params: params.yaml
tiers: {pr: {}}
stages:
  unit: {cmd: python unit.py}
  train: {cmd: "python train.py ${params.rate} ${outs.model}", outs: {model: outputs/model.txt}}
  evaluate:
    cmd: python evaluate.py ${deps.model} ${outs.score}
    deps: {model: train.model}
    outs: {score: outputs/score.txt}
"""
FILES = {
    "seatrial.yaml": CONFIG,
    "params.yaml": "rate: 1\n",
    "shared.py": "LIMIT = 3\n\n\ndef used():\n    return LIMIT\n\n\ndef unused():\n    return 0\n",
    "unit.py": "import shared\n\nassert shared.used() == shared.LIMIT\n",
    "train.py": "import sys\n\nopen(sys.argv[2], 'w').write(sys.argv[1])\n",
    "evaluate.py": (
        "import sys\n\nimport shared\n\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read() * shared.used())\n"
    ),
    "README.md": "small\n",
    ".gitignore": "/outputs/\n__pycache__/\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Repo:
    repo = new_repo(tmp_path / "small", FILES)
    repo.commit()
    return repo


def _run(repo: Repo, *words: str) -> tuple[dict[str, str], dict[str, str]]:
    document: Any = repo.run("--base", "HEAD", *words)
    return repo.did(document), {stage["name"]: stage["reason"] for stage in document["stages"]}


def test_what_a_change_does_not_reach_is_skipped(small: Repo) -> None:
    """Nothing of it is run, reused or owed; the report counts it and says since when."""
    small.edit("unit.py", ("assert", "assert True and"))
    did, why = _run(small)

    assert did == {"unit": "ran", "train": "skipped", "evaluate": "skipped"}
    assert why["train"].startswith("no path that changed since ")
    assert "2 skipped" in small.seatrial("report").out
    assert small.seatrial("models", "list", "--json").json["debt"] == []


def test_a_stage_that_runs_gets_what_it_needs_made(small: Repo) -> None:
    """The change does not reach the training, but no result of it is stored."""
    small.edit("evaluate.py", ("shared.used()", "2"))
    did, why = _run(small)

    assert did == {"unit": "skipped", "train": "ran", "evaluate": "ran"}
    assert "evaluate needs what it makes" in why["train"]


def test_what_git_ignores_cannot_be_told_to_be_the_same(small: Repo) -> None:
    """Data in no commit cannot be compared with one, so nothing is skipped for it; what has run with it is reused."""
    small.edit("seatrial.yaml", ("{cmd: python unit.py}", "{cmd: python unit.py, deps: {rows: data/rows.csv}}"))
    small.edit(".gitignore", ("/outputs/", "/outputs/\n/data/"))
    small.commit()
    small.write("data/rows.csv", "1\n")
    first, why = _run(small)
    second, _ = _run(small)
    small.write("data/rows.csv", "22\n")
    third, _ = _run(small)

    assert [did["unit"] for did in (first, second, third)] == ["ran", "reused", "ran"]
    assert why["unit"] == "data/rows.csv is not in git and has no pointer there, so whether it changed is not known"


def test_what_has_a_result_is_reused_and_not_skipped(small: Repo) -> None:
    """Skipping is for what nobody has run; a second run of the same change reuses what the first one did."""
    small.edit("params.yaml", ("1", "2"))
    first, why = _run(small)
    second, _ = _run(small)

    assert first == {"unit": "skipped", "train": "ran", "evaluate": "ran"}
    assert second == {"unit": "skipped", "train": "reused", "evaluate": "reused"}
    assert why["train"] == "params.yaml:1 rate 1 -> 2"


def test_a_change_that_reaches_nothing_ends_well_and_says_so(small: Repo) -> None:
    """A text for people is no input of any stage."""
    small.edit("README.md", ("small", "large"))
    did, _ = _run(small)

    assert set(did.values()) == {"skipped"}


def test_a_path_that_nobody_can_classify_runs_everything_and_is_named(small: Repo) -> None:
    """A data file that no stage names may be opened by a path that is computed."""
    small.write("numbers.bin", "1")
    document: Any = small.run("--base", "HEAD")

    assert set(small.did(document).values()) == {"ran"}
    assert any("numbers.bin" in warning for warning in document["warnings"])


def test_what_the_project_declares_irrelevant_reaches_nobody(small: Repo) -> None:
    """With its reason in the plan; what a stage depends on is reached all the same."""
    small.edit("seatrial.yaml", ("tiers:", 'selection: {irrelevant: {"*.bin": "samples", "unit.py": "no"}}\ntiers:'))
    small.commit()
    small.write("numbers.bin", "1")
    small.edit("unit.py", ("assert", "assert True and"))
    plan = small.seatrial("plan", "--base", "HEAD", "--json").json

    assert {one["path"]: (one["classification"], one["reason"]) for one in plan["changed"]} == {
        "numbers.bin": ("irrelevant", "declared: samples"),
        "unit.py": ("reached", "a stage depends on it"),
    }


@pytest.mark.parametrize(("edit", "action"), [("return 0", "defer"), ("return LIMIT", "run")])
def test_a_tier_may_put_off_dear_stages_that_are_reached_weakly(small: Repo, edit: str, action: str) -> None:
    """A function nobody calls changed: debt. One that is used: it runs. Cheap stages run in any case."""
    small.edit(
        "seatrial.yaml",
        ("tiers: {pr: {}}", "selection: {dear: 0.001}\ntiers: {pr: {weak_evidence: defer}}"),
        ("  unit: {cmd: python unit.py}", "  unit: {cmd: python unit.py, deps: [shared.py]}"),
    )
    small.commit()
    small.run("--tier", "pr")
    small.edit("shared.py", (edit, f"{edit} + 0"))
    plan = {row["name"]: row for row in small.seatrial("plan", "--base", "HEAD", "-t", "pr", "--json").json["stages"]}
    document: Any = small.run("--base", "HEAD", "--tier", "pr")

    assert plan["evaluate"]["action"] == action
    assert plan["evaluate"]["weak"] is (action == "defer")
    assert plan["unit"]["action"] == "run"
    assert small.did(document)["evaluate"] == ("deferred" if action == "defer" else "ran")
    assert [debt["cell"] for debt in small.seatrial("models", "list", "--json").json["debt"]] == (
        ["evaluate"] if action == "defer" else []
    )


def test_a_model_whose_stages_are_skipped_is_not_judged(tmp_path: Path) -> None:
    """There is nothing to judge: the report says why, and no verdict is claimed."""
    tiny = new_repo(tmp_path)
    tiny.commit()
    tiny.write("README.md", "more")
    document: Any = tiny.run("--base", "HEAD")

    assert document["models"] == []
    assert any("was not judged" in warning for warning in document["warnings"])


def test_a_base_does_not_stand_beside_twice(small: Repo) -> None:
    """A stage that is done twice is named."""
    ended = small.seatrial("run", "--base", "HEAD", "--twice", "unit", code=2)

    assert "--base cannot stand beside" in ended.err


def test_a_base_that_does_not_exist_is_refused_before_anything_runs(small: Repo) -> None:
    """With the command that would fetch it."""
    ended = small.seatrial("run", "--base", "nowhere", code=2)

    assert "has no commit 'nowhere'" in ended.err
    assert "git fetch" in ended.err


def test_the_plan_says_what_the_run_would_put_off(small: Repo) -> None:
    """A device that is not here, and all that waits for it; with how long the rest is expected to take."""
    small.edit("seatrial.yaml", ("  train: {cmd", "  train: {resources: {gpus: 1}, cmd"))
    small.commit()
    small.edit("params.yaml", ("1", "2"))
    small.edit("unit.py", ("assert", "assert True and"))
    plan = small.seatrial("plan", "--base", "HEAD", "--json").json
    document: Any = small.run("--base", "HEAD")

    assert {row["name"]: row["action"] for row in plan["stages"]} == {
        "unit": "run",
        "train": "defer",
        "evaluate": "defer",
    }
    assert plan["forecast"]["cells"] == 1
    assert small.did(document) == {"unit": "ran", "train": "deferred", "evaluate": "deferred"}


def test_data_that_cannot_be_parsed_is_data(small: Repo) -> None:
    """Only code leads on to what nobody can tell where it is broken."""
    small.edit("unit.py", ("import shared", "import shared\n\nopen('rows.json')"))
    small.write("rows.json", "[1]")
    small.commit()
    small.write("rows.json", "[1, ")
    plan = small.seatrial("plan", "--base", "HEAD", "--json").json

    assert {row["name"]: row["action"] for row in plan["stages"]} == {
        "unit": "run",
        "train": "skip",
        "evaluate": "skip",
    }
    assert plan["everything"] is None
