"""`code: own`: a baseline that today's evaluating code cannot load is scored by the code of its own commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, Repo, new_repo

ROWS = ("  rows: 1200\n", "  rows: 1000\n")
NEW_FORMAT = ('    file.write(f"{skill} {salt}\\n")\n', '    file.write(f"v2 {skill} {salt}\\n")\n')
NEW_READER = ("    skill, salt = file.read().split()\n", "    _, skill, salt = file.read().split()\n")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A model in production, then another format of model files, a better model, and another test set."""
    repo = new_repo(tmp_path)
    repo.seatrial("run", "--json", code=2)
    repo.promote(repo.register(), "--first")
    repo.edit("steps/train.py", NEW_FORMAT)
    repo.edit("steps/evaluate.py", NEW_READER)
    repo.set_params(BETTER, ROWS)
    return repo


def test_todays_code_cannot_score_the_old_format(repo: Repo) -> None:
    """By default the failure is an ERROR that names the stage; it is no pass and no comparison."""
    (model,) = repo.seatrial("run", "--json", code=2).json["models"]
    (finding,) = [one for one in model["findings"] if one["kind"] == "regression"]

    assert (finding["verdict"], finding["reason"]) == ("ERROR", "not_rescored")
    assert "evaluate on its artifact: exit code 1" in finding["message"]


def test_its_own_code_scores_it_on_todays_data(repo: Repo) -> None:
    """The rows are of the candidate's test set, and the candidate may be promoted on that evidence."""
    repo.edit("seatrial.yaml", ("    input: evaluate.deps.model\n", "    input: evaluate.deps.model\n    code: own\n"))
    repo.commit("old models are scored by their own code")
    (model,) = repo.seatrial("run", "--json").json["models"]
    (finding,) = [one for one in model["findings"] if one["kind"] == "regression"]

    assert (finding["verdict"], finding["n"]) == ("PASS", 1000)
    assert model["rescored"] == "other test data"
    repo.promote(repo.register())
    assert repo.aliases() == {"production": 2}


def test_a_commit_that_evaluates_with_other_data_is_said(repo: Repo) -> None:
    """A dep that today's evaluation does not have cannot be bound."""
    renamed = (
        "    deps: {model: train.model, test: datasets.test}\n",
        "    deps: {model: train.model, exam: datasets.test}\n",
    )
    repo.edit("seatrial.yaml", renamed, ("${deps.model} ${deps.test}", "${deps.model} ${deps.exam}"))
    repo.edit("seatrial.yaml", ("    input: evaluate.deps.model\n", "    input: evaluate.deps.model\n    code: own\n"))
    repo.commit("rename a dep")
    (model,) = repo.seatrial("run", "--json", code=2).json["models"]
    messages = [one["message"] for one in model["findings"]]

    assert any("evaluates with test, which today's evaluation lacks" in message for message in messages)
