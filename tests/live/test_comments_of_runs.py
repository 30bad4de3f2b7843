"""The comment on a model, as a real run leaves it: figures of the run, the commit, and what was said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, WORSE, Repo, copy_of, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path / "repo")


def comment(repo: Repo) -> str:
    repo.seatrial("report", "--post", "--forge", "local", code=None)
    return (repo.root / ".seatrial" / "forge" / "comment-tiny.md").read_text()


def test_the_comment_of_a_worse_model_says_by_how_much_of_what(repo: Repo) -> None:
    """In the title, and in a row of the table with interval and gates."""
    repo.set_params(WORSE)
    judged = repo.run(code=1)["models"][0]
    (metric,) = [one for one in judged["metrics"] if one["name"] == "accuracy"]

    lines = comment(repo).splitlines()

    assert lines[1].startswith("# FAIL: accuracy dropped ")
    assert f"at commit `{repo.git('rev-parse', 'HEAD')[:10]}`" in lines[3]
    (row,) = [line for line in lines if line.startswith("| `accuracy` |")]
    assert f"{metric['difference']:+.3f} down, worse" in row
    assert "**FAIL** (not worse by 0.01)" in row
    assert "| metric | tiny@1 | this | change | 90 % interval | gate |" in lines
    assert (metric["level"], metric["better"]) == (0.9, "higher")


def test_the_size_of_the_artifact_stands_beside_that_of_production(repo: Repo) -> None:
    repo.set_params(BETTER)
    judged = repo.run()["models"][0]

    (size,) = [one for one in judged["footprint"] if one["name"] == "size"]
    assert (size["candidate"], size["baseline"]) == (len(b"0.95 a\n"), len(b"0.9 a\n"))
    assert "| size | 6 B | 7 B | +16.7 % up |" in comment(repo)


def test_what_was_said_of_an_earlier_commit_is_folded_under_the_new(repo: Repo) -> None:
    """And never stands above it."""
    repo.set_params(WORSE)
    repo.run(code=1)
    worse = repo.git("rev-parse", "HEAD")
    comment(repo)
    repo.set_params(BETTER)
    repo.run()

    text = comment(repo).partition("\n")[2]

    assert text.startswith("# PASS: accuracy rose ")
    earlier = text.partition("<summary>Earlier: 1 revision</summary>")[2]
    assert f"- `{worse[:10]}`, run " in earlier
    assert "FAIL: accuracy dropped" in earlier
    assert "FAIL" not in text.partition("<summary>Earlier")[0]
