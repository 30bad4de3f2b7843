"""Which branch is the main one, where the branch that is judged would like to say so itself. Real repositories."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.flows.main_tip import MainTip, guarding_tip, main_tip
from seatrial.replacing import replace
from seatrial.wiring import open_workspace

FILE = "seatrial.yaml"
ENVIRON = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Tree:
    """A repository with one commit on `main` whose configuration says `main: main`."""

    def __init__(self, root: Path, main: str | None = "main") -> None:
        root.mkdir(parents=True)
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.first = self.says(main)

    def git(self, *words: str) -> str:
        environ = {**os.environ, **ENVIRON, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(["git", *words], cwd=self.root, env=environ, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def says(self, main: str | None, note: str = "") -> str:
        """Commit a configuration with this `main:`; the commit."""
        line = "" if main is None else f"main: {main}\n"
        (self.root / FILE).write_text(f"project: tiny\n{line}# {note}\nstages: {{}}\n")
        self.git("add", FILE)
        self.git("commit", "-q", "--allow-empty", "-m", "a configuration")
        return self.git("rev-parse", "HEAD")

    def main(self, declared: str | None, environ: Mapping[str, str] | None = None) -> MainTip | None:
        with open_workspace(self.root, listener=lambda _event: None) as workspace:
            return main_tip(replace(workspace, environ=environ or {}), declared)

    def guarding(self, declared: str | None, environ: Mapping[str, str]) -> MainTip | None:
        with open_workspace(self.root, listener=lambda _event: None) as workspace:
            return guarding_tip(replace(workspace, environ=environ), declared)

    def with_origin(self) -> Tree:
        """As in a clone, which knows the remote's default branch."""
        self.git("remote", "add", "origin", "https://forge.invalid/tiny.git")
        self.git("update-ref", "refs/remotes/origin/main", "main")
        self.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
        return self


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "tree")


def event(folder: Path, **content: object) -> dict[str, str]:
    file = folder / "event.json"
    file.write_text(json.dumps(content))
    return {"GITHUB_EVENT_PATH": str(file)}


@pytest.mark.parametrize("declared", ["better", "nowhere", None])
@pytest.mark.parametrize("origin", [False, True])
def test_a_branch_does_not_say_what_it_is_judged_by(tree: Tree, declared: str | None, origin: bool) -> None:
    """Itself, a branch that does not exist, or none at all: main stays what main says."""
    if origin:
        tree.with_origin()
    tree.git("checkout", "-q", "-b", "better")
    tree.says(declared)

    assert tree.main(declared) == MainTip(branch="main", commit=tree.first)


def test_a_branch_does_not_say_so_in_two_steps_either(tree: Tree) -> None:
    """First that it is main, and then, by its own word, that something else is."""
    tree.git("checkout", "-q", "-b", "better")
    tree.says("better")
    tree.says("nowhere")

    assert tree.main("nowhere") == MainTip(branch="main", commit=tree.first)


def test_nor_in_more_commits_than_are_looked_at(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest commits are looked at in any case."""
    monkeypatch.setattr("seatrial.flows.whose_main.MOST_COMMITS", 6)
    tree.git("checkout", "-q", "-b", "better")
    for number in range(12):
        tree.says("better", note=str(number))

    assert tree.main("better") == MainTip(branch="main", commit=tree.first)


def test_an_edit_that_is_not_committed_says_nothing(tree: Tree) -> None:
    assert tree.main("other") == MainTip(branch="main", commit=tree.first)


def test_main_may_be_renamed_on_main(tree: Tree) -> None:
    """Its own change counts as soon as the branch that was main has it, and for branches that left before it."""
    tree.git("checkout", "-q", "-b", "trunk")
    renamed = tree.says("trunk")
    assert tree.main("trunk") == MainTip(branch="main", commit=tree.first)

    tree.git("branch", "-f", "main", "trunk")
    assert tree.main("trunk") == MainTip(branch="trunk", commit=renamed)

    tree.git("branch", "-D", "-q", "main")
    assert tree.main("trunk") == MainTip(branch="trunk", commit=renamed)


def test_a_branch_that_is_only_not_fetched_is_not_gone(tree: Tree) -> None:
    """What it would say to the change of `main:` nobody knows."""
    tree.git("remote", "add", "origin", "https://forge.invalid/tiny.git")
    tree.git("checkout", "-q", "-b", "better")
    tree.says("better")
    tree.git("branch", "-D", "-q", "main")

    assert tree.main("better") == MainTip(branch="main", commit=None)


def test_the_first_commits_of_a_project_name_their_main_branch(tmp_path: Path) -> None:
    """Nothing was called main before."""
    tree = Tree(tmp_path / "tree", main=None)
    assert tree.main(None) is None
    assert tree.main("main") == MainTip(branch="main", commit=tree.first)

    named = tree.says("main")
    assert tree.main("main") == MainTip(branch="main", commit=named)


def test_what_the_default_branch_calls_main_is_main(tree: Tree) -> None:
    """A project that is developed on another branch than the remote's default one."""
    tree.git("branch", "develop")
    agreed = tree.says("develop")
    tree.with_origin()
    tree.git("checkout", "-q", "-b", "better", agreed)
    tree.says("better")

    assert tree.main("better") == MainTip(branch="develop", commit=tree.first)


def test_a_pull_request_is_compared_with_the_branch_that_it_goes_into(tree: Tree, tmp_path: Path) -> None:
    """By variables or by the event. What guards an alias is the default branch all the same."""
    tree.git("checkout", "-q", "-b", "mine")
    mine = tree.says("mine")
    tree.git("checkout", "-q", "-b", "better")
    tree.says("better")
    known = event(tmp_path, pull_request={"base": {"ref": "mine"}}, repository={"default_branch": "main"})
    queued = event(tmp_path / "tree", merge_group={"base_ref": "refs/heads/mine"})

    for environ in (known, {"GITHUB_BASE_REF": "mine"}, {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "mine"}, queued):
        assert tree.main("better", environ) == MainTip(branch="mine", commit=mine)
    assert tree.guarding("better", known) == MainTip(branch="main", commit=tree.first)
    assert tree.guarding("better", {"GITHUB_BASE_REF": "mine"}) == MainTip(branch="mine", commit=mine)


def test_a_tag_is_no_branch(tree: Tree) -> None:
    """Git itself would read the tag before the branch."""
    tree.git("checkout", "-q", "-b", "better")
    tree.says("main")
    tree.git("tag", "main")

    assert tree.main("main") == MainTip(branch="main", commit=tree.first)


def test_in_a_job_the_branch_of_the_remote_goes_before_one_of_that_name(tree: Tree) -> None:
    """A branch of a fork may be called main as well, and a job may have checked it out as such."""
    tree.with_origin()
    ahead = tree.says("main", note="of a fork")

    for environ in ({"CI_DEFAULT_BRANCH": "main"}, {"GITHUB_BASE_REF": "main"}, {"CI": "true"}):
        assert tree.main("main", environ) == MainTip(branch="main", commit=tree.first)
    assert tree.main("main") == MainTip(branch="main", commit=ahead)


def test_a_shallow_clone_of_a_branch_is_not_believed(tree: Tree, tmp_path: Path) -> None:
    """Its one commit says what it likes, and nothing older is there."""
    tree.git("checkout", "-q", "-b", "better")
    tree.says("better")
    clone = tmp_path / "clone"
    tree.git("clone", "-q", "--depth=1", "--branch=better", tree.root.as_uri(), str(clone))
    subprocess.run(["git", "remote", "set-head", "origin", "--delete"], cwd=clone, check=True, capture_output=True)
    with open_workspace(clone, listener=lambda _event: None) as workspace:
        tip = main_tip(replace(workspace, environ={}), "better")

    assert tip is not None
    assert (tip.commit, "cannot be told in this shallow clone" in (tip.doubt or "")) == (None, True)
