"""`seatrial diff`: versions, runs, commits and predictions files, in any pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import FEW, Repo, copy_of, template, with_candidate


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """tiny@1 at the first commit, tiny@2, better, at the second."""
    return copy_of(template(tmp_path_factory, "candidate", with_candidate), tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tiny@1", "tiny@2"),
        ("tiny@production", "run:{run}"),
        ("HEAD~1", "HEAD"),
        ("tiny@1", "HEAD"),
        ("tiny@1", "outputs/rows.csv"),
    ],
    ids=["versions", "alias and run", "commits", "version and commit", "version and file"],
)
def test_two_sides_are_compared_by_rows(repo: Repo, before: str, after: str) -> None:
    """However a side is named, the rows are matched by id and the difference has an interval."""
    run = repo.seatrial("report", "--json").json["run"]

    document = repo.seatrial("diff", before, after.format(run=run), "--json").json

    accuracy = next(metric for metric in document["metrics"] if metric["name"] == "accuracy")
    assert document["rows"] == 1200
    assert accuracy["difference"] == pytest.approx(70 / 1200)
    assert accuracy["interval"][0] < accuracy["difference"] < accuracy["interval"][1]


def test_parameters_that_differ_are_named(repo: Repo) -> None:
    """What was set differently stands below what came out differently."""
    said = repo.seatrial("diff", "tiny@1", "tiny@2")

    assert "train.skill  0.9  0.95" in said.out
    assert "train.salt" not in said.out
    assert "1,200 rows matched by id; 70 answered differently" in said.out


def test_rows_that_do_not_match_are_said_and_not_cut(repo: Repo) -> None:
    """Never a silent intersection."""
    repo.set_params(FEW)

    said = repo.seatrial("diff", "HEAD~1", "HEAD")

    assert "rows cannot be compared: 1140 of 1200 ids are not in outputs/rows.csv" in said.out


def test_files_need_no_project(repo: Repo, tmp_path: Path) -> None:
    """Two predictions files are compared outside of any repository."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes((repo.root / "outputs" / "rows.csv").read_bytes())
    outside = Repo(root=tmp_path, python=repo.python)

    document = outside.seatrial("diff", "a.csv", "b.csv", "--json").json

    assert (document["rows"], document["disagreements"]) == (1200, 0)


def test_typo_is_told_before_anything_runs(repo: Repo) -> None:
    """The first commit's stages are not run for the sake of a second reference that does not exist."""
    said = repo.seatrial("diff", "HEAD", "HAED", code=2)

    assert said.err.startswith("error: HAED is neither a version (NAME@17, NAME@ALIAS), a run (run:ID), a commit")
    assert "reuse" not in said.err
