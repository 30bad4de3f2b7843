"""`plan` and `why`: the same decision told before and after, from stored facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, FEW, Repo, copy_of, new_repo, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def test_plan_runs_nothing(tmp_path: Path) -> None:
    """A plan is a look ahead: no outs, no run."""
    repo = new_repo(tmp_path)

    assert repo.actions() == {"data": "run", "train": "run", "evaluate": "run"}
    assert not (repo.root / "outputs").exists()
    assert not any((repo.root / ".seatrial").glob("runs/*"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((), {"data": "reuse", "train": "reuse", "evaluate": "reuse"}),
        ((BETTER,), {"data": "reuse", "train": "run", "evaluate": "run_if_changed"}),
        ((FEW,), {"data": "run", "train": "run_if_changed", "evaluate": "run_if_changed"}),
    ],
    ids=["nothing", "training", "data"],
)
def test_plan_says_what_a_change_reaches(
    repo: Repo, change: tuple[tuple[str, str], ...], expected: dict[str, str]
) -> None:
    """What is not reached is reused; what only others' outs decide is left open."""
    repo.edit("params.yaml", *change)

    assert repo.actions() == expected


def test_plan_follows_imports(repo: Repo) -> None:
    """An imported file that no list names is an input of the stage that imports it."""
    repo.edit("steps/common_rows.py", ("def read(path):\n", "def read(path):  # a table\n"))

    said = repo.seatrial("plan")

    assert repo.actions() == {"data": "reuse", "train": "reuse", "evaluate": "run"}
    assert "evaluate  run     steps/common_rows.py changed" in said.out


def test_run_does_what_the_plan_said(repo: Repo) -> None:
    """`reuse` is reused and `run` is run; `run_if_changed` is settled by bytes."""
    repo.edit("params.yaml", FEW)
    plan = repo.actions()

    did = repo.did(repo.run(code=None))

    assert plan == {"data": "run", "train": "run_if_changed", "evaluate": "run_if_changed"}
    assert did == {"data": "ran", "train": "reused", "evaluate": "ran"}


def test_why_tells_old_and_new_before_the_run(repo: Repo) -> None:
    """What a run would do now, and which part of the key says so."""
    repo.edit("params.yaml", BETTER)

    said = repo.seatrial("why", "train")
    (cell,) = repo.seatrial("why", "train", "--json").json["cells"]

    assert "  now       run: params.train.skill 0.9 -> 0.95\n" in said.out
    assert cell["action"] == "run"
    assert cell["changed"] == [{"part": "params.train.skill", "old": 0.9, "new": 0.95}]
    assert cell["past"]["did"] == "ran"


def test_why_names_what_leads_to_a_changed_file(repo: Repo) -> None:
    """A file of the import closure is told with the import that brings it in."""
    repo.edit("steps/common_rows.py", ("def read(path):\n", "def read(path):  # a table\n"))

    said = repo.seatrial("why", "evaluate")

    assert "files.steps/common_rows.py: " in said.out
    assert "(import at steps/evaluate.py:4)" in " ".join(said.out.split())


def test_why_speaks_of_a_stage_that_never_ran(tmp_path: Path) -> None:
    """No run knows it, and that is said."""
    said = new_repo(tmp_path).seatrial("why", "train")

    assert "no run in this work tree's cache knows it" in said.out
    assert "now       run: no earlier result" in said.out


def test_why_of_a_failed_stage_keeps_the_difference(repo: Repo) -> None:
    """After a failure one wants to know what had changed."""
    repo.edit("steps/train.py", ("import sys\n", "import sys\nsys.exit(3)\n"))
    repo.run(code=4)

    (cell,) = repo.seatrial("why", "train", "--json").json["cells"]

    assert (cell["past"]["did"], cell["past"]["reason"]) == ("failed", "exit code 3")
    assert [change["part"] for change in cell["past"]["changed"]] == ["files.steps/train.py"]


def test_why_takes_one_cell_of_a_matrix(tmp_path: Path) -> None:
    """A stage means all of its cells, `stage[axis=value]` one; a wrong cell is answered with those there are."""
    config = "project: p\nstages:\n  s: {cmd: 'python -c pass ${matrix.seed}', deps: [], matrix: {seed: [0, 1]}}\n"
    repo = new_repo(tmp_path, {"seatrial.yaml": config})

    assert len(repo.seatrial("why", "s", "--json").json["cells"]) == 2
    assert repo.seatrial("why", "s[seed=1]", "--json").json["cells"][0]["cell"] == "s[seed=1]"
    wrong = repo.seatrial("why", "s[seed=2]", code=2)
    assert "there is no cell s[seed=2]; cells of s: s[seed=0], s[seed=1]" in wrong.err
    assert "next:  seatrial why s\n" in wrong.err
