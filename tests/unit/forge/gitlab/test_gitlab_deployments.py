"""Deployments on GitLab: one for each move, whatever was lost on the way, and what was said to those that waited."""

from __future__ import annotations

import pytest

from seatrial.forge.failures import RefusedError
from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.port import Deployed, Deployment, Review
from tests.support.fake_gitlab import FakeGitLab
from tests.support.gitlab_state import BASE, HEAD
from tests.unit.forge.gitlab.conftest import Connect

PRODUCTION = {"id": 9, "name": "production", "external_url": None}


def move(state: Deployed = Deployed.SUCCESS, sha: str = HEAD, environment: str = "production") -> Deployment:
    return Deployment(sha=sha, environment=environment, key=f"{environment}-{sha[:7]}", state=state, description="x")


def states(fake: FakeGitLab) -> list[tuple[str, str]]:
    return [(each["sha"], each["status"]) for each in fake.deployments]


def test_a_move_is_one_deployment_through_all_of_its_states(forge: GitLab, fake: FakeGitLab) -> None:
    for state in (Deployed.IN_PROGRESS, Deployed.IN_PROGRESS, Deployed.SUCCESS, Deployed.SUCCESS):
        forge.deploy(move(state))

    assert states(fake) == [(HEAD, "success")]
    assert fake.deployments[0]["ref"] == "main"


def test_the_same_commit_after_another_is_a_deployment_of_its_own(forge: GitLab, fake: FakeGitLab) -> None:
    """A rollback."""
    for sha in (HEAD, BASE, HEAD):
        forge.deploy(move(sha=sha))

    assert [sha for sha, _ in states(fake)] == [HEAD, BASE, HEAD]


def test_environments_are_told_apart(forge: GitLab, fake: FakeGitLab) -> None:
    forge.deploy(move())
    forge.deploy(move(environment="staging"))

    assert [each["environment"]["name"] for each in fake.deployments] == ["production", "staging"]


def test_a_lost_answer_leaves_one_deployment(forge: GitLab, fake: FakeGitLab) -> None:
    fake.plant("POST", "/deployments", after=True)

    forge.deploy(move())

    assert states(fake) == [(HEAD, "success")]


def test_a_deployment_of_ci_is_not_ours_to_change(forge: GitLab, fake: FakeGitLab) -> None:
    fake.add_deployment(status="running", deployable={"id": 1, "pipeline": {"id": 5}})

    forge.deploy(move())

    assert states(fake) == [(HEAD, "running"), (HEAD, "success")]


def test_ours_below_one_of_ci_is_found(forge: GitLab, fake: FakeGitLab) -> None:
    forge.deploy(move(Deployed.IN_PROGRESS))
    fake.add_deployment(deployable={"id": 1, "pipeline": {"id": 5}})

    forge.deploy(move())

    assert states(fake) == [(HEAD, "success"), (HEAD, "success")]


@pytest.mark.parametrize(
    ("before", "after"), [(Deployed.IN_PROGRESS, "canceled"), (Deployed.SUCCESS, "success"), (None, None)]
)
def test_inactive_calls_off_what_has_not_ended(
    forge: GitLab, fake: FakeGitLab, before: Deployed | None, after: str | None
) -> None:
    """What is replaced becomes inactive on GitLab by itself."""
    if before is not None:
        forge.deploy(move(before))

    forge.deploy(move(Deployed.INACTIVE))

    assert [state for _, state in states(fake)] == ([after] if after else [])


def test_a_failed_one_may_succeed_after_all(forge: GitLab, fake: FakeGitLab) -> None:
    forge.deploy(move(Deployed.FAILURE))
    forge.deploy(move())

    assert states(fake) == [(HEAD, "success")]


def test_a_commit_that_is_not_there_is_refused_with_its_reason(forge: GitLab) -> None:
    with pytest.raises(RefusedError, match="The commit does not exist"):
        forge.deploy(move(sha="e" * 40))


def test_a_project_without_a_branch_has_nothing_to_deploy(forge: GitLab, fake: FakeGitLab) -> None:
    fake.projects[7]["default_branch"] = None

    with pytest.raises(RefusedError, match="no branch"):
        forge.deploy(move())


def test_what_was_said_to_the_deployments_of_a_pipeline_is_read(forge: GitLab, fake: FakeGitLab) -> None:
    """Of that pipeline alone; the list itself does not hold it."""

    def approval(user: int, status: str, comment: str | None) -> dict[str, object]:
        instant = "2026-11-21T06:30:00.123Z"
        return {"user": fake.users[user], "status": status, "created_at": instant, "comment": comment}

    by_five = {"id": 1, "pipeline": {"id": 5}}
    fake.add_deployment(
        status="blocked", deployable=by_five, approvals=[approval(2, "approved", "fine"), approval(3, "rejected", None)]
    )
    fake.add_deployment(deployable={"id": 2, "pipeline": {"id": 6}}, approvals=[approval(4, "approved", "no")])
    fake.add_deployment()

    assert forge.reviews("5") == (
        Review(user="ada", environments=("production",), approved=True, comment="fine"),
        Review(user="bob", environments=("production",), approved=False, comment=""),
    )
    assert forge.reviews("55") == ()


def test_a_gitlab_without_approvals_has_none(forge: GitLab, fake: FakeGitLab) -> None:
    fake.add_deployment(deployable={"id": 1, "pipeline": {"id": 5}})

    assert forge.reviews("5") == ()


def test_a_job_token_may_change_deployments(connect: Connect, fake: FakeGitLab) -> None:
    """GitLab lets it, once one is there: the default branch is asked with another token."""
    fake.add_deployment(status="running")

    connect(job=True).deploy(move())

    assert states(fake) == [(HEAD, "success")]
