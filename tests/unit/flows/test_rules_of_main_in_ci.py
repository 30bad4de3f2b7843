"""Whose rule for approvals counts in a CI job, whose clone has no branch and no origin/HEAD."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.flows.approval_rules import rule_for
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.replacing import replace
from seatrial.wiring import open_workspace, read_configuration
from tests.support.cli import CONFIG, Repo, new_repo

RULE = "    gates: gates.yaml\n    approvals:\n      production: {from: [ben, cleo], min: 2}\n"
LIFTED = CONFIG.replace("main: main\n", "")


@pytest.fixture
def job(tmp_path: Path) -> Repo:
    """A branch that lifts the rule of main, checked out as a job has it."""
    repo = new_repo(tmp_path / "repo")
    repo.write("seatrial.yaml", LIFTED.replace("    gates: gates.yaml\n", RULE))
    reviewed = repo.commit("two people")
    repo.write("seatrial.yaml", LIFTED)
    repo.commit("nobody")
    repo.git("checkout", "-q", "--detach")
    repo.git("update-ref", "refs/remotes/origin/main", reviewed)
    repo.git("branch", "-q", "-D", "main")
    return repo


def rule(repo: Repo, environ: Mapping[str, str]) -> ApprovalRule | None:
    with open_workspace(repo.root, listener=lambda _event: None) as workspace:
        policy = workspace.load_policy(lambda path: read_configuration(repo.root, path))
        return rule_for(replace(workspace, environ=environ), policy, "tiny", "production")


def test_the_rule_of_main_counts_where_only_the_forge_says_which_branch_that_is(job: Repo, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"repository": {"default_branch": "main"}}')

    for environ in ({"CI_DEFAULT_BRANCH": "main"}, {"GITHUB_EVENT_PATH": str(event)}):
        found = rule(job, environ)
        assert found is not None
        assert found.min == 2


def test_where_nobody_says_which_branch_is_main_the_rule_of_the_work_tree_counts(job: Repo) -> None:
    assert rule(job, {}) is None
