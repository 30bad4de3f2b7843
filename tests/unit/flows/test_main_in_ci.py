"""The commit to compare with in the clones of CI jobs: shallow, on a forge's merge, without a branch by name.

Real repositories: a bare one that has `refs/pull/7/merge`, as a forge makes it, and clones of it as a checkout action
makes them. The commands that messages name are run, and have to help.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.change.git import Git
from seatrial.flows.baselines import BaselineMissing
from seatrial.flows.main_branch import baseline_commit
from seatrial.flows.main_tip import main_tip
from seatrial.gates.evidence import AbsentReason
from seatrial.replacing import replace
from seatrial.wiring import open_workspace

ENVIRON = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *words: str) -> str:
    environ = {**os.environ, **ENVIRON, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *words], cwd=folder, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, name: str) -> str:
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)
    return git(folder, "rev-parse", "HEAD")


class Forge:
    """A repository on a forge: three commits on `main`, of which a pull request left at the second; its merge is made.

    `fork` is where it left, `tip` where main is now, `head` its own commit, `merge` the one that is tested.
    """

    def __init__(self, folder: Path) -> None:
        work = folder / "work"
        work.mkdir(parents=True)
        git(work, "init", "-q", "-b", "main")
        commit(work, "first")
        self.fork = commit(work, "second")
        git(work, "checkout", "-q", "-b", "feature")
        self.head = commit(work, "change")
        git(work, "checkout", "-q", "main")
        self.tip = commit(work, "third")
        git(work, "checkout", "-q", "--detach")
        git(work, "merge", "-q", "--no-ff", "-m", "merge", "feature")
        self.merge = git(work, "rev-parse", "HEAD")
        git(work, "update-ref", "refs/pull/7/merge", self.merge)
        git(work, "update-ref", "refs/merge-requests/7/merge", self.merge)
        self.url = work.as_uri()
        self.folder = folder

    def checkout(self, commit: str, *, depth: int | None, ref: str | None = None) -> Path:
        """A clone as a checkout action makes it: no branch, no origin/HEAD, HEAD detached at one commit."""
        root = self.folder / f"clone-{len(list(self.folder.iterdir()))}"
        root.mkdir()
        git(root, "init", "-q", "-b", "unused")
        git(root, "remote", "add", "origin", self.url)
        git(root, "config", "uploadpack.allowAnySHA1InWant", "true")
        how = [] if depth is None else [f"--depth={depth}"]
        wanted = [ref] if ref else [f"{commit}"]
        if depth is None:
            wanted += ["+refs/heads/*:refs/remotes/origin/*"]
        git(root, "fetch", "-q", "--no-tags", *how, "origin", *wanted)
        git(root, "checkout", "-q", "--detach", commit)
        return root


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    made = Forge(tmp_path / "forge")
    git(tmp_path / "forge" / "work", "config", "uploadpack.allowAnySHA1InWant", "true")
    return made


def github(forge: Forge, **more: str) -> dict[str, str]:
    """The environment of a job of the pull request."""
    return {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_SHA": forge.merge,
        "GITHUB_BASE_REF": "main",
        **more,
    }


def asked(
    root: Path, environ: Mapping[str, str], main: str | None = None, *, dirty: bool = False
) -> tuple[str, str] | BaselineMissing:
    with open_workspace(root, listener=lambda _event: None) as workspace:
        return baseline_commit(replace(workspace, environ=environ), main, dirty=dirty)


def refused(answer: tuple[str, str] | BaselineMissing) -> BaselineMissing:
    assert isinstance(answer, BaselineMissing)
    return answer


def do_as_told(root: Path, missing: BaselineMissing) -> None:
    """Run the first command that a next step names."""
    (command, *_rest) = re.findall(r"`(git [^`]*)`", missing.next_step or "")
    git(root, *shlex.split(command)[1:])


@pytest.mark.parametrize("depth", [2, None])
@pytest.mark.parametrize("main", [None, "main", "origin/main"])
def test_a_tested_merge_is_compared_with_the_newest_main(forge: Forge, depth: int | None, main: str | None) -> None:
    """Its first parent: not where the branch left main, and no branch has to be known."""
    root = forge.checkout(forge.merge, depth=depth, ref="refs/pull/7/merge")

    assert asked(root, github(forge), main) == (forge.tip, f"main at {forge.tip[:10]}")
    assert asked(root, github(forge), main, dirty=True) == (forge.tip, f"main at {forge.tip[:10]}")


def test_a_merge_in_a_clone_of_one_commit_says_how_to_get_its_parent(forge: Forge) -> None:
    """Which then is there."""
    root = forge.checkout(forge.merge, depth=1, ref="refs/pull/7/merge")

    missing = refused(asked(root, github(forge)))
    assert missing.reason is AbsentReason.NO_BASELINE
    assert missing.message == (
        f"this is the merge commit of a pull request, and main at {forge.tip[:10]}, which it goes into, "
        "is not in this shallow clone"
    )
    do_as_told(root, missing)

    assert asked(root, github(forge)) == (forge.tip, f"main at {forge.tip[:10]}")


def test_the_merge_that_another_forge_made_is_known_too(forge: Forge) -> None:
    root = forge.checkout(forge.merge, depth=2, ref="refs/merge-requests/7/merge")
    environ = {
        "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_REF_PATH": "refs/merge-requests/7/merge",
        "CI_COMMIT_SHA": forge.merge,
    }

    assert asked(root, environ) == (forge.tip, f"main at {forge.tip[:10]}")


def test_variables_of_a_job_say_nothing_of_another_commit(forge: Forge) -> None:
    """The head of the pull request was checked out instead: it left main at the second commit."""
    root = forge.checkout(forge.head, depth=None)

    assert asked(root, github(forge)) == (forge.fork, f"main at {forge.fork[:10]}")


def test_another_merge_in_the_job_of_a_tested_one_is_not_taken_for_it(forge: Forge) -> None:
    """Main was merged into the branch: the first parent is the change itself."""
    root = forge.checkout(forge.head, depth=None)
    git(root, "merge", "-q", "--no-ff", "-m", "main into the branch", forge.tip)

    assert asked(root, github(forge)) == (forge.tip, f"main at {forge.tip[:10]}")


def test_a_head_in_a_clone_of_one_commit_says_what_to_fetch(forge: Forge) -> None:
    """First the branch, then the history that both have in common."""
    root = forge.checkout(forge.head, depth=1)

    missing = refused(asked(root, github(forge)))
    assert missing.message == "the main branch main does not exist here"
    git(root, "fetch", "-q", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main")
    missing = refused(asked(root, github(forge)))
    assert missing.message == "HEAD and main have no common commit in this shallow clone"
    do_as_told(root, missing)

    assert asked(root, github(forge)) == (forge.fork, f"main at {forge.fork[:10]}")


def test_the_branch_that_is_missing_can_be_fetched_as_it_is_said(forge: Forge) -> None:
    root = forge.checkout(forge.head, depth=None)
    git(root, "update-ref", "-d", "refs/remotes/origin/main")

    do_as_told(root, refused(asked(root, {}, "main")))

    assert asked(root, {}, "main") == (forge.fork, f"main at {forge.fork[:10]}")


@pytest.mark.parametrize("dirty", [False, True])
def test_on_main_the_previous_commit_is_the_baseline(forge: Forge, dirty: bool) -> None:
    """Uncommitted work on top of main is compared with main itself."""
    root = forge.checkout(forge.tip, depth=None)
    before = forge.tip if dirty else forge.fork

    assert asked(root, {}, "main", dirty=dirty) == (before, f"main at {before[:10]}")


def test_a_merge_on_main_is_compared_with_main_before_it(forge: Forge) -> None:
    """A merge that nobody tests any more is a commit of main like any other."""
    work = forge.folder / "work"
    git(work, "checkout", "-q", "main")
    git(work, "merge", "-q", "--ff-only", forge.merge)
    root = forge.checkout(forge.merge, depth=None)

    assert asked(root, {"GITHUB_SHA": forge.merge, "GITHUB_REF": "refs/heads/main"}, "main") == (
        forge.tip,
        f"main at {forge.tip[:10]}",
    )


def test_on_main_in_a_clone_of_one_commit_it_is_not_called_the_first(forge: Forge) -> None:
    """There is a commit before, only not here: an ERROR with a command, and no `baseline_absent`."""
    root = forge.checkout(forge.tip, depth=1, ref="+refs/heads/main:refs/remotes/origin/main")

    missing = refused(asked(root, {}, "main"))
    assert missing.reason is AbsentReason.NO_BASELINE
    assert missing.message == f"the commit of main before this one, {forge.fork[:10]}, is not in this shallow clone"
    do_as_told(root, missing)

    assert asked(root, {}, "main") == (forge.fork, f"main at {forge.fork[:10]}")


def test_the_first_commit_has_none_before_it(forge: Forge) -> None:
    first = git(forge.folder / "work", "rev-list", "--max-parents=0", "main")
    root = forge.checkout(first, depth=None)
    git(root, "update-ref", "refs/remotes/origin/main", first)

    missing = refused(asked(root, {}, "main"))
    assert (missing.reason, missing.message) == (
        AbsentReason.BASELINE_ABSENT,
        "main has no commit before this one",
    )


def test_unrelated_histories_are_not_blamed_on_the_clone(forge: Forge) -> None:
    root = forge.checkout(forge.tip, depth=None)
    git(root, "checkout", "-q", "--orphan", "other")
    commit(root, "alone")

    missing = refused(asked(root, {}, "main"))
    assert missing.message == "HEAD and main have no common commit"
    assert "--unshallow" not in (missing.next_step or "")


def test_the_main_branch_is_found_by_what_the_forge_calls_default(forge: Forge, tmp_path: Path) -> None:
    """A push to a feature branch: no origin/HEAD, and nothing declared."""
    root = forge.checkout(forge.head, depth=None)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}))

    for environ in ({"GITHUB_EVENT_PATH": str(event)}, {"CI_DEFAULT_BRANCH": "main"}):
        assert asked(root, environ) == (forge.fork, f"main at {forge.fork[:10]}")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"repository": 7}', '{"repository": {"default_branch": 7}}'])
def test_an_event_that_says_nothing_names_no_branch(forge: Forge, tmp_path: Path, content: str) -> None:
    root = forge.checkout(forge.head, depth=None)
    event = tmp_path / "event.json"
    event.write_text(content)

    with open_workspace(root, listener=lambda _event: None) as workspace:
        assert main_tip(replace(workspace, environ={"GITHUB_EVENT_PATH": str(event)}), None) is None
        assert main_tip(replace(workspace, environ={"GITHUB_EVENT_PATH": str(tmp_path / "none")}), None) is None


def test_git_knows_the_parents_that_a_shallow_clone_lacks(forge: Forge) -> None:
    root = forge.checkout(forge.merge, depth=1, ref="refs/pull/7/merge")
    shallow, whole = Git.find(root), Git.find(forge.folder / "work")

    assert shallow.parents("HEAD") == whole.parents(forge.merge) == (forge.tip, forge.head)
    assert (shallow.is_shallow(), whole.is_shallow()) == (True, False)
    assert whole.parents("no-such-revision") == ()
