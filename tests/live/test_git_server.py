"""A clone as a run in CI has it, from a real git server, and what can be compared in it."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.flows.baselines import BaselineMissing
from seatrial.flows.main_branch import baseline_commit
from seatrial.wiring import open_workspace
from tests.support.git_server import Hosted, hosted, needs_git_server, run

pytestmark = [pytest.mark.live, needs_git_server]


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Hosted]:
    with hosted(tmp_path / "server") as served:
        yield served


def _has(folder: Path, commit: str) -> bool:
    return subprocess.run(["git", "cat-file", "-e", commit], cwd=folder, capture_output=True).returncode == 0


def test_a_checkout_is_one_commit_on_no_branch(origin: Hosted, tmp_path: Path) -> None:
    """What would be merged, without its parents, its branch or the main one."""
    clone = origin.checkout(tmp_path / "clone")

    assert run("rev-parse", "HEAD", at=clone) == origin.commits["merge"]
    assert run("rev-parse", "--abbrev-ref", "HEAD", at=clone) == "HEAD"
    assert run("rev-parse", "--is-shallow-repository", at=clone) == "true"
    assert run("rev-list", "--all", "--count", at=clone) == "1"
    assert run("for-each-ref", "--format=%(refname)", at=clone) == "refs/remotes/pull/7/merge"
    assert (clone / "notes.md").read_text() == "main 3"
    assert (clone / "model.py").read_text() == "topic 2"


def test_a_forks_commit_is_fetched_by_its_pull_request_alone(origin: Hosted, tmp_path: Path) -> None:
    """It is in no branch."""
    clone = origin.checkout(tmp_path / "clone", 8)
    assert (clone / "model.py").read_text() == "fork 1"
    assert not _has(clone, origin.commits["f1"])

    run("fetch", "--quiet", "--depth=1", "origin", "refs/pull/8/head", at=clone)
    assert _has(clone, origin.commits["f1"])
    assert "f1" not in run("ls-remote", "--heads", "origin", at=clone)


def test_a_checkout_of_all_history_has_every_commit_and_branch(origin: Hosted, tmp_path: Path) -> None:
    clone = origin.checkout(tmp_path / "clone", depth=None)

    assert run("rev-parse", "--is-shallow-repository", at=clone) == "false"
    assert run("rev-parse", "HEAD^1", "HEAD^2", at=clone).split() == [origin.commits["m3"], origin.commits["t2"]]
    assert run("merge-base", "origin/main", "origin/topic", at=clone) == origin.commits["m1"]


def test_a_shallow_checkout_can_be_made_deeper_until_there_is_a_merge_base(origin: Hosted, tmp_path: Path) -> None:
    """As the step that a run suggests does it."""
    clone = origin.checkout(tmp_path / "clone", branch="main")
    merge_base = ["git", "merge-base", "HEAD", "origin/main"]
    assert subprocess.run(merge_base, cwd=clone, capture_output=True).returncode == 1

    run("fetch", "--quiet", "--unshallow", "origin", "+refs/heads/main:refs/remotes/origin/main", at=clone)
    run("fetch", "--quiet", "origin", origin.commits["merge"], at=clone)
    assert run("merge-base", origin.commits["t2"], "origin/main", at=clone) == origin.commits["m1"]


@pytest.mark.parametrize(
    ("depth", "branch", "main", "lacks"),
    [
        (1, None, None, "which branch is the main one is not known"),
        (1, None, "main", "the main branch main does not exist here"),
        (1, "main", "main", "have no common commit in this shallow clone"),
        (2, "main", "main", None),
        (None, None, "main", None),
    ],
    ids=["as it is", "main is named", "main is fetched as well", "two commits deep", "all history"],
)
def test_the_commit_to_compare_with_is_found_in_a_checkout_or_what_it_lacks_is_said(
    origin: Hosted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    depth: int | None,
    branch: str | None,
    main: str | None,
    lacks: str | None,
) -> None:
    """Never another commit than the right one, nor a sentence that names nothing to do. The forge names the branch."""
    if main is not None:
        monkeypatch.setenv("CI_DEFAULT_BRANCH", main)
    clone = origin.checkout(tmp_path / "clone", depth=depth, branch=branch)
    with open_workspace(clone, listener=lambda _event: None) as workspace:
        found = baseline_commit(workspace, None, dirty=False)

    if isinstance(found, BaselineMissing):
        assert lacks is not None
        assert lacks in found.message
        assert found.next_step
    else:
        assert lacks is None
        assert found == (origin.commits["m3"], f"main at {origin.commits['m3'][:10]}")


@pytest.mark.parametrize("number", [7, 8], ids=["own branch", "fork"])
def test_the_command_that_a_run_for_a_pull_request_names_brings_what_it_lacks(
    origin: Hosted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """In the checkout of a CI job as it is, with CI's variables: first it is said what to type, then that is enough."""
    merge = origin.commits["merge" if number == 7 else "merge-of-fork"]
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    monkeypatch.setenv("GITHUB_REF", f"refs/pull/{number}/merge")
    monkeypatch.setenv("GITHUB_SHA", merge)
    clone = origin.checkout(tmp_path / "clone", number)
    lacking = _compared(clone)

    assert isinstance(lacking, BaselineMissing)
    assert "is not in this shallow clone" in lacking.message
    command = re.match(r"`git ([^`]+)`", str(lacking.next_step))
    assert command is not None
    run(*shlex.split(command[1]), at=clone)
    assert _compared(clone) == (origin.commits["m3"], f"main at {origin.commits['m3'][:10]}")


def _compared(clone: Path) -> tuple[str, str] | BaselineMissing:
    with open_workspace(clone, listener=lambda _event: None) as workspace:
        return baseline_commit(workspace, None, dirty=False)
