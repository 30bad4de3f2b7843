"""A run of several machines that is about a change: what it does not reach nobody does, and nothing is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, Repo, copy_of, new_repo, template, with_production

APART = CONFIG.replace(
    "stages:\n",
    "stages:\n  unit: {cmd: python steps/unit.py}\n  lint: {cmd: python steps/lint.py, needs: [unit]}\n",
    1,
).replace("  train:\n", "  train:\n    needs: [unit]\n", 1)
"""Two stages more that no model is made of; training waits for one of them."""


UNIT = "import pathlib\n\nassert not pathlib.Path('.seatrial/broken').exists()\n"
"""A check that may fail on a machine for what no commit holds."""


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository whose model is in production, and a commit after that which makes a better one."""
    files = {"seatrial.yaml": APART, "steps/unit.py": UNIT, "steps/lint.py": "assert 1\n"}
    made = template(tmp_path_factory, "apart", lambda folder: with_production(folder, files))
    copy = copy_of(made, tmp_path)
    copy.set_params(BETTER)
    return copy


def part(machine: Repo, stage: str, *words: str, code: int | None = 0) -> Any:
    return machine.seatrial("run", "--id", "7", "--base", "HEAD~1", "--stage", stage, "--json", *words, code=code).json


def collect(machine: Repo, *words: str, code: int | None = 0) -> Any:
    return machine.seatrial("run", "--collect", "7", "--base", "HEAD~1", "--json", *words, code=code).json


def test_what_a_change_does_not_reach_nobody_does(repo: Repo) -> None:
    """The better model is judged; the stages that no changed path reaches are skipped, needed or not."""
    for stage in ("data", "train", "evaluate"):
        part(repo.worktree(stage), stage)
    judge = repo.worktree("judge")

    document = collect(judge)

    assert judge.did(document) == {
        "unit": "skipped", "lint": "skipped", "data": "ran", "train": "ran", "evaluate": "ran",
    }  # fmt: skip
    assert [(model["name"], model["verdict"]) for model in document["models"]] == [("tiny", "PASS")]


def test_machines_that_have_stored_more_agree_with_the_one_that_began(repo: Repo) -> None:
    """The judge's cache holds results of everything that is skipped, and asks for no record of it."""
    for stage in ("data", "train", "evaluate"):
        part(repo.worktree(stage), stage)

    document = collect(repo)

    assert {name for name, did in repo.did(document).items() if did == "skipped"} == {"unit", "lint"}
    assert document["models"][0]["verdict"] == "PASS"


def test_what_the_change_reaches_and_nobody_did_is_missing(repo: Repo) -> None:
    """An ERROR, with the command that does it."""
    part(repo.worktree("data"), "data")
    part(repo.worktree("train"), "train")

    said = repo.worktree("judge").seatrial("run", "--collect", "7", "--base", "HEAD~1", code=2)

    assert "ERROR" in said.out
    assert "seatrial run --id 7 --stage evaluate --base 'HEAD~1'" in said.out


def test_a_change_that_reaches_no_model_is_collected_without_one(repo: Repo) -> None:
    """Nothing is judged, and the report says why."""
    repo.write("steps/lint.py", "assert 2\n")
    repo.commit()
    part(repo.worktree("lint"), "lint")

    document = collect(repo.worktree("judge"))

    assert document["models"] == []
    assert any("was not judged" in warning for warning in document["warnings"])
    assert {name for name, did in repo.did(document).items() if did == "ran"} == {"lint"}


def test_all_machines_compare_with_the_same_commit(repo: Repo) -> None:
    """A base that has moved on, or none, is another run."""
    part(repo.worktree("first"), "data")
    other = repo.worktree("other")

    moved = other.seatrial("run", "--id", "7", "--base", "HEAD", "--stage", "train", code=2)
    without = other.seatrial("run", "--id", "7", "--stage", "train", code=2)
    judged = other.seatrial("run", "--collect", "7", code=2)

    base = repo.git("rev-parse", "HEAD~1")
    assert f"with base {base[:15]}" in moved.err
    assert f"next:  --base {base}" in without.err
    assert "and here it is none" in judged.err


def test_a_part_of_a_change_says_how_to_go_on(repo: Repo) -> None:
    """With the base in each command."""
    machine = repo.worktree("first")
    refused = machine.seatrial("run", "--id", "7", "--base", "HEAD~1", "--stage", "evaluate", code=2)
    said = machine.seatrial("run", "--id", "7", "--base", "HEAD~1", "--stage", "data")

    assert "next:  seatrial run --id 7 --stage train --base 'HEAD~1'\n" in refused.err
    assert "seatrial run --collect 7 --base 'HEAD~1'" in said.out


def test_a_base_that_is_not_there_begins_nothing(tmp_path: Path) -> None:
    """The name of the run stays free."""
    fresh = new_repo(tmp_path)
    fresh.commit()

    fresh.seatrial("run", "--id", "7", "--base", "nowhere", "--stage", "data", code=2)
    said = fresh.seatrial("run", "--collect", "7", code=2)

    assert "no machine has begun a run 7" in said.err


def test_what_the_change_reaches_too_weakly_is_owed_and_not_missing(tmp_path: Path) -> None:
    """A function that nobody calls has changed: the tier puts the dear stage off on all machines alike, and it can be
    done all the same."""
    weakly = new_repo(
        tmp_path,
        {
            "seatrial.yaml": "project: small\nselection: {dear: 0.001}\ntiers: {pr: {weak_evidence: defer}}\n"
            "stages:\n  lint: {cmd: python lint.py, deps: [shared.py]}\n  train: {cmd: python train.py}\n",
            "shared.py": "def used():\n    return 1\n\n\ndef unused():\n    return 0\n",
            "lint.py": "print(1)\n",
            "train.py": "import shared\n\nprint(shared.used())\n",
            ".gitignore": "__pycache__/\n",
        },
    )
    weakly.commit()
    weakly.run("--tier", "pr")
    weakly.edit("shared.py", ("return 0", "return 2"))
    weakly.commit()
    words = ("--tier", "pr")
    part(weakly.worktree("lint"), "lint", *words)

    document = collect(weakly.worktree("judge"), *words)
    part(weakly.worktree("train"), "train", *words)
    later = collect(weakly.worktree("second"), *words)

    assert weakly.did(document) == {"lint": "ran", "train": "deferred"}
    assert weakly.did(later)["train"] == "ran"


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_left_out_and_done_all_the_same_counts_as_it_ended(repo: Repo, broken: bool) -> None:
    """Somebody asked for it, so what is known of it is not said to be skipped, least of all that it failed."""
    for stage in ("data", "train", "evaluate"):
        part(repo.worktree(stage), stage)
    machine = repo.worktree("unit")
    if broken:
        machine.write(".seatrial/broken", "")
    part(machine, "unit", code=4 if broken else 0)

    document = collect(repo.worktree("judge"), code=4 if broken else 0)

    did = repo.did(document)
    assert (did["unit"], did["lint"]) == ("failed" if broken else "ran", "skipped")
    assert [model["verdict"] for model in document["models"]] == ([] if broken else ["PASS"])
