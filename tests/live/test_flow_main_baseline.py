"""Judged against the main branch: its own stages at the merge base, run in scratch and cached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, WORSE, Repo, copy_of, new_repo, template

DATA_BY_HAND = CONFIG.replace(
    "    cmd: python steps/data.py ${params.data.rows} ${outs.train} ${outs.test}\n"
    "    outs: {train: data/train.csv, test: data/test.csv}\n",
    "    cmd: python steps/data.py ${params.data.rows} /dev/null /dev/null\n",
)


def _committed(folder: Path) -> Repo:
    repo = new_repo(folder)
    repo.run("--tier", "branch", code=3)
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with one commit on main, which has been run."""
    return copy_of(template(tmp_path_factory, "main", _committed), tmp_path)


def _model(document: Any) -> Any:
    (model,) = document["models"]
    return model


def _regression(document: Any) -> Any:
    (finding,) = [one for one in _model(document)["findings"] if one["kind"] == "regression"]
    return finding


def test_branch_is_compared_with_the_merge_base(repo: Repo) -> None:
    """What main did after the branch left it does not count."""
    base = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "feature")
    repo.set_params(WORSE)
    repo.git("checkout", "-q", "main")
    repo.set_params(("  skill: 0.9\n", "  skill: 0.99\n"))
    repo.git("checkout", "-q", "feature")

    document = repo.run("--tier", "branch", code=1)

    assert _model(document)["baseline"] == f"main at {base[:10]}"
    assert _regression(document)["baseline"] == pytest.approx(1058 / 1200)


def test_main_itself_is_compared_with_its_previous_commit(repo: Repo) -> None:
    """On the main branch there is no other side; the commit before is the baseline."""
    before = repo.git("rev-parse", "HEAD")
    repo.set_params(BETTER)

    document = repo.run("--tier", "branch")

    assert _model(document)["baseline"] == f"main at {before[:10]}"
    assert _model(document)["verdict"] == "PASS"


def test_commit_that_has_been_run_costs_nothing(repo: Repo) -> None:
    """The previous commit's results are in the cache: its stages are all reused."""
    repo.set_params(BETTER)

    said = repo.seatrial("run", "--tier", "branch")

    after = said.err.partition("  commit  ")[2]
    assert [line.split()[:2] for line in after.splitlines()[1:]] == [
        ["reuse", "data"],
        ["reuse", "train"],
        ["reuse", "evaluate"],
    ]


def test_commit_that_nobody_has_run_is_run_in_scratch(repo: Repo) -> None:
    """Missing evidence is made; the work tree, its outs and the last results stay as they are."""
    repo.set_params(("  skill: 0.9\n", "  skill: 0.94\n"))
    repo.set_params(BETTER)

    document = repo.run("--tier", "branch")

    assert repo.read("outputs/model.txt") == "0.95 a\n"
    assert _regression(document)["baseline"] < _regression(document)["candidate"]
    assert repo.seatrial("why", "train", "--json").json["cells"][0]["past"]["run"] == document["run"]
    assert list((repo.root / ".seatrial" / "tmp").glob("*")) == []


def test_tier_overlay_holds_for_both_sides(repo: Repo) -> None:
    """Short training is compared with short training: two models of one overlay are the same."""
    repo.set_params(BETTER)

    document = repo.run("--tier", "short")

    assert _regression(document)["reason"] == "same_artifact"


def test_first_commit_has_nothing_to_compare_with(tmp_path: Path) -> None:
    """Known to be absent: INCONCLUSIVE, held, and no advice about first models in production."""
    document = new_repo(tmp_path).run("--tier", "branch", code=3)

    finding = _regression(document)
    assert (finding["verdict"], finding["reason"]) == ("INCONCLUSIVE", "baseline_absent")
    assert finding["message"].startswith("main has no commit before this one")
    assert "--first" not in finding["message"]


def test_main_without_configuration_is_inconclusive(tmp_path: Path) -> None:
    """The change that brings Seatrial in cannot be compared, and does not fail."""
    repo = new_repo(tmp_path, commit=False)
    repo.git("add", "-A", ":!seatrial.yaml", ":!gates.yaml")
    repo.git("commit", "-q", "-m", "before")
    repo.git("checkout", "-q", "-b", "adopt")
    repo.commit("adopt")

    document = repo.run("--tier", "branch", code=3)

    finding = _regression(document)
    assert (finding["verdict"], finding["reason"]) == ("INCONCLUSIVE", "baseline_absent")
    assert "has no seatrial.yaml" in finding["message"]


def test_data_that_git_ignores_is_taken_from_the_work_tree(tmp_path: Path) -> None:
    """A commit does not hold the data; what lies in the work tree serves both sides."""
    repo = new_repo(tmp_path, {"seatrial.yaml": DATA_BY_HAND})
    repo.write("data/train.csv", "id\nt0\n")
    repo.write("data/test.csv", "id,y\n" + "".join(f"{i},{i % 10}\n" for i in range(800)))
    repo.set_params(BETTER)

    document = repo.run("--tier", "branch")

    assert _regression(document)["n"] == 800
    assert repo.read("data/train.csv") == "id\nt0\n"


@pytest.mark.parametrize(
    ("setting", "message", "step"),
    [
        ("", "which branch is the main one is not known", "set `main:` in seatrial.yaml"),
        ("main: trunk\n", "the main branch trunk does not exist here", "correct `main:` in seatrial.yaml"),
    ],
    ids=["unknown", "misspelt"],
)
def test_main_branch_that_cannot_be_found_is_an_error(tmp_path: Path, setting: str, message: str, step: str) -> None:
    """ERROR, exit code 2, and the words say what to set."""
    repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG.replace("main: main\n", setting)})
    repo.set_params(BETTER)

    finding = _regression(repo.run("--tier", "branch", code=2))

    assert finding["verdict"] == "ERROR"
    assert message in finding["message"]
    assert step in finding["message"]


def test_default_branch_of_the_remote_is_the_main_branch(repo: Repo) -> None:
    """Without `main:` it is what origin/HEAD points at, as in a clone."""
    repo.edit("seatrial.yaml", ("main: main\n", ""))
    repo.commit("no main")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    repo.git("checkout", "-q", "-b", "feature")
    repo.set_params(BETTER)

    document = repo.run("--tier", "branch")

    assert _model(document)["baseline"].startswith("origin/main at ")


def test_failure_on_the_main_branch_is_told_as_such(repo: Repo) -> None:
    """A baseline that cannot be made is an ERROR that names the commit and the stage, not a pass."""
    good = repo.read("steps/train.py")
    repo.write("steps/train.py", "raise SystemExit('broken')\n")
    repo.commit("break it")
    repo.write("steps/train.py", good)
    repo.commit("mend it")

    finding = _regression(repo.run("--tier", "branch", code=2))

    assert finding["reason"] == "not_rescored"
    assert "stage train failed at that commit: exit code 1" in finding["message"]
