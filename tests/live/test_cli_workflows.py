"""`seatrial workflows` and `plan --matrix`, typed in a repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, Repo, copy_of, new_repo, template, with_production

PULLS = ".github/workflows/seatrial-pull-request.yml"
OWN = CONFIG.replace("  nightly: {gates: promote, on_pass: register}\n", "  nightly: {gates: promote}\n").replace(
    "  branch: {gates: smoke, baseline: main}\n",
    "  pr: {gates: smoke, baseline: main, budget: 5m}\n  slow: {gates: smoke, baseline: main}\n",
).replace("  release: {gates: promote, on_pass: {promote: staging}}\n", "")  # fmt: skip
"""The tiny project with tiers that have a workflow, and none that promotes."""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path, {"seatrial.yaml": OWN})


def dids(document: Any) -> dict[str, str]:
    return {file["path"].rpartition("/")[2]: file["did"] for file in document["files"]}


def test_render_then_check_then_edit_then_render(repo: Repo) -> None:
    said = repo.seatrial("workflows", "render")

    assert "created   .github/workflows/seatrial-nightly.yml" in said.out
    assert "require before merging to main: seatrial/tiny/pr, seatrial/tiny/slow" in said.out
    assert "next: git add .github" in said.out
    assert repo.seatrial("workflows", "check").out.endswith("in step with seatrial.yaml\n")

    repo.edit(PULLS, ("    timeout-minutes: 25\n", "    timeout-minutes: 50\n"))
    assert repo.seatrial("workflows", "check").code == 0, "an edit is no fault"
    repo.edit("seatrial.yaml", ("budget: 5m", "budget: 9m"))

    stale = repo.seatrial("workflows", "check", code=2)
    assert "timeout-minutes: 33" in stale.out
    assert "next: seatrial workflows render" in stale.out
    document = repo.seatrial("workflows", "render", "--json").json
    assert dids(document)["seatrial-pull-request.yml"] == "merged"
    (conflict,) = next(file for file in document["files"] if file["path"] == PULLS)["conflicts"]
    assert conflict["ours"] == ["    timeout-minutes: 33"]
    assert repo.read(PULLS).splitlines()[conflict["line"] - 1] == "    timeout-minutes: 50"


def test_check_shows_what_would_change_and_changes_nothing(repo: Repo) -> None:
    document = repo.seatrial("workflows", "check", "--json", code=2).json

    assert document["exit_code"] == 2
    assert not (repo.root / ".github").exists()
    diff = next(file["diff"] for file in document["files"] if file["path"] == PULLS)
    assert diff[:2] == [f"--- a/{PULLS}", f"+++ b/{PULLS}"]
    assert "+  fast:" in diff


def test_a_commit_is_not_dirty_by_what_is_rendered_and_another_clone_goes_on(repo: Repo) -> None:
    repo.seatrial("workflows", "render")
    repo.commit("workflows")

    assert repo.worktree("other").seatrial("workflows", "check").code == 0


def test_the_users_own_file_is_refused_by_name(repo: Repo) -> None:
    repo.write(PULLS, "name: mine\n")

    said = repo.seatrial("workflows", "render", code=2)

    assert PULLS in said.err
    assert repo.read(PULLS) == "name: mine\n"
    assert not (repo.root / ".github/seatrial").exists()


def test_eject_and_then_render(repo: Repo) -> None:
    repo.seatrial("workflows", "render")

    assert PULLS in repo.seatrial("workflows", "eject", "--json").json["ejected"]
    assert "it is your own" in repo.seatrial("workflows", "render", code=2).err
    assert "nothing to eject" in repo.seatrial("workflows", "eject", code=2).err


def test_again_takes_only_what_there_is(repo: Repo) -> None:
    assert "no file seatrial-x.yml" in repo.seatrial("workflows", "render", "--again", "seatrial-x.yml", code=2).err


def test_a_tier_that_promotes_is_refused_while_its_records_die(repo: Repo) -> None:
    repo.edit("seatrial.yaml", ("  nightly: {gates: promote}\n", "  release: {on_pass: {promote: staging}}\n"))

    said = repo.seatrial("workflows", "render", code=2)

    assert "tier release promotes to staging" in said.err
    assert "state: git" in said.err
    assert not (repo.root / ".github").exists()


def test_a_project_without_tiers_is_told_what_to_declare(tmp_path: Path) -> None:
    repo = new_repo(tmp_path, {"seatrial.yaml": "project: x\nstages: {a: {cmd: echo}}\n"})

    assert "declare one" in repo.seatrial("workflows", "render", code=2).err


def test_a_matrix_is_printed_for_people_and_for_programs(repo: Repo) -> None:
    assert "wave 1: data on ubuntu-latest" in repo.seatrial("plan", "--tier", "slow", "--matrix", "github").out
    document = repo.seatrial("plan", "--tier", "slow", "--matrix", "github", "--json").json
    assert [[part["cells"] for part in wave] for wave in document["waves"]] == [["data"], ["train"], ["evaluate"]]
    assert "`--matrix` is of a whole tier" in repo.seatrial("plan", "train", "--matrix", "github", code=2).err
    assert "cannot be told together" in repo.seatrial("plan", "--matrix", "github", "--lint", code=2).err


@pytest.fixture
def changed(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A model in production, and a commit after that which makes a better one."""
    made = template(tmp_path_factory, "matrix", lambda folder: with_production(folder, {"seatrial.yaml": CONFIG}))
    copy = copy_of(made, tmp_path)
    copy.set_params(BETTER)
    return copy


def planned(machine: Repo, base: str, outputs: Path) -> dict[str, str]:
    """The outputs of the step that plans, as a workflow would read them."""
    outputs.write_text("")
    machine.environ["GITHUB_OUTPUT"] = str(outputs)
    machine.seatrial("plan", "--tier", "branch", "--base", base, "--matrix", "github")
    del machine.environ["GITHUB_OUTPUT"]
    found: dict[str, str] = {}
    lines = iter(outputs.read_text().splitlines())
    for line in lines:
        name, _, end = line.partition("<<")
        found[name] = "\n".join(iter(lambda: next(lines), end))
    return found


def do(machine: Repo, cells: str, base: str) -> None:
    stages = [word for cell in cells.splitlines() for word in ("--stage", cell)]
    machine.seatrial("run", "--id", "7", "--tier", "branch", "--base", base, *stages)


def test_planned_done_by_machines_of_their_own_and_judged(changed: Repo, tmp_path: Path) -> None:
    """As the workflow does it: the planner records what it has, wave follows wave, and nothing is missing."""
    base = changed.git("rev-parse", "HEAD~1")
    outputs = planned(changed, base, tmp_path / "out")

    assert outputs["nothing"] == "false"
    assert outputs["reuse"] == "data"
    do(changed, outputs["reuse"], base)
    waves = [json.loads(outputs[f"wave-{number}"]) for number in (1, 2, 3)]
    assert [[part["cells"] for part in wave] for wave in waves] == [[], ["train"], ["evaluate"]]
    for part in (part for wave in waves for part in wave):
        do(changed.worktree(part["name"]), part["cells"], base)
    document = changed.worktree("judge").seatrial(
        "run", "--collect", "7", "--tier", "branch", "--base", base, "--json", code=0
    ).json  # fmt: skip

    assert "missing" not in changed.did(document).values()
    assert [model["verdict"] for model in document["models"]] == ["PASS"]


def test_a_change_that_reaches_nothing_leaves_nobody_anything_to_do(changed: Repo, tmp_path: Path) -> None:
    changed.write("README.md", "words\n")
    changed.commit("words")
    base = changed.git("rev-parse", "HEAD~1")

    outputs = planned(changed, base, tmp_path / "out")

    assert outputs["nothing"] == "true"
    assert outputs["reuse"] == ""
    assert {value for name, value in outputs.items() if name.startswith("wave-")} == {"[]"}
    document = changed.seatrial("run", "--tier", "branch", "--base", base, "--json").json
    assert set(changed.did(document).values()) <= {"skipped", "reused"}


def test_what_gitlab_needs_in_the_users_own_file_is_said_until_it_is_there(repo: Repo) -> None:
    """That file is never touched."""
    first = repo.seatrial("workflows", "render", "--forge", "gitlab")
    repo.write(".gitlab-ci.yml", "stages: [deploy]\ninclude:\n  - local: .gitlab/seatrial.yml\n")
    second = repo.seatrial("workflows", "render", "--json").json
    repo.write(".gitlab-ci.yml", "include:\n  - local: .gitlab/seatrial.yml\n")
    third = repo.seatrial("workflows", "render")

    assert "note: nothing runs yet: write into .gitlab-ci.yml `include: [{local: .gitlab/seatrial.yml}]`" in first.out
    assert "next: git add .gitlab, " in first.out
    assert (second["forge"], "stage `test`" in second["notes"][0]) == ("gitlab", True)
    assert ".gitlab-ci.yml" not in third.out
    assert repo.read(".gitlab-ci.yml") == "include:\n  - local: .gitlab/seatrial.yml\n"
