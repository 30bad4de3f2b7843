"""Statuses of commits and deployments on GitHub."""

from __future__ import annotations

import pytest

from seatrial.forge.failures import ForbiddenError, RefusedError
from seatrial.forge.port import Deployed, Deployment, State, Status
from seatrial.replacing import replace
from tests.support.fake_github.clients import client
from tests.support.fake_github.server import FakeGitHub

SHA = "a" * 40
STATUS = Status(
    context="seatrial/gate", sha=SHA, state=State.FAILURE, description="FAIL: f1", url="https://ci.invalid/1"
)
MOVE = Deployment(
    sha=SHA,
    environment="production",
    key="digits@17->production",
    state=Deployed.IN_PROGRESS,
    description="digits version 17",
    url="https://ci.invalid/1",
)


def test_the_newest_status_of_each_context_is_read_with_who_wrote_it(fake: FakeGitHub) -> None:
    """Anybody with the right can write a status under any name."""
    github = client(fake)
    github.put_status(replace(STATUS, state=State.RUNNING))
    github.put_status(STATUS)
    client(fake, "ghp_of-a-person").put_status(replace(STATUS, context="other", state=State.SUCCESS, url=None))
    fake.page_size = 1

    assert sorted(github.statuses(SHA), key=lambda one: one.context) == [
        Status(context="other", sha=SHA, state=State.SUCCESS, description="FAIL: f1", creator="octo"),
        replace(STATUS, creator="github-actions[bot]"),
    ]


def test_what_github_calls_an_error_is_no_success(fake: FakeGitHub) -> None:
    """Nor is a state that nobody has heard of."""
    fake.world.statuses.append({"id": 1, "sha": SHA, "context": "x", "state": "error", "creator": "octo"})

    assert [one.state for one in client(fake).statuses(SHA)] == [State.FAILURE]


def test_a_description_is_kept_within_githubs_limits(fake: FakeGitHub) -> None:
    """140 characters, and none beyond the basic plane: an emoji in a headline must not lose the status."""
    client(fake).put_status(replace(STATUS, description="\U0001f680\ud800" * 200, url="javascript:alert(1)"))
    (status,) = fake.world.statuses

    assert len(status["description"]) == 140
    assert max(status["description"]) <= "\uffff"
    assert "target_url" not in status


def test_a_status_whose_answer_is_lost_is_written_again_and_says_the_same(fake: FakeGitHub) -> None:
    fake.fail("lose", method="POST", times=1)
    github = client(fake)
    github.put_status(STATUS)

    assert [one.state for one in github.statuses(SHA)] == [State.FAILURE]


def test_a_token_without_the_right_to_write_statuses_is_told_so(fake: FakeGitHub) -> None:
    fake.world.token("ghs_reads", "github-actions[bot]", app="github-actions", statuses="read")
    with pytest.raises(ForbiddenError) as error:
        client(fake, "ghs_reads").put_status(STATUS)
    assert "`statuses: write`" in str(error.value.next_step)


def test_the_same_move_is_one_deployment_whose_states_follow_each_other(fake: FakeGitHub) -> None:
    """However often it is told, and by whom."""
    fake.page_size = 1
    for state in (Deployed.IN_PROGRESS, Deployed.IN_PROGRESS, Deployed.SUCCESS, Deployed.SUCCESS, Deployed.INACTIVE):
        client(fake).deploy(replace(MOVE, state=state))

    assert len(fake.world.deployments) == 1
    assert [one["state"] for one in fake.world.deployment_statuses] == ["in_progress", "success", "inactive"]


def test_a_deployment_is_of_exactly_that_commit(fake: FakeGitHub) -> None:
    """Nothing is merged into it, no other check holds it back, and production is called that."""
    client(fake).deploy(MOVE)
    client(fake).deploy(replace(MOVE, environment="staging"))
    first, second = fake.world.deployments.values()

    assert (first["ref"], first["auto_merge"], first["required_contexts"]) == (SHA, False, [])
    assert (first["production_environment"], second["production_environment"]) == (True, False)
    assert {one["log_url"] for one in fake.world.deployment_statuses} == {MOVE.url}


def test_another_move_to_the_same_place_is_another_deployment(fake: FakeGitHub) -> None:
    """Deployments that others made of the same commit are not ours, whatever their payload holds."""
    github = client(fake)
    for payload in ("", "x", '{"seatrial": "other"}', {"seatrial": 1}, {}):
        key = fake.world.number()
        known = {"sha": SHA, "ref": SHA, "task": "deploy", "environment": "production", "description": ""}
        more = {"production_environment": True, "creator": "octo"}
        fake.world.deployments[key] = {"id": key, "payload": payload, **known, **more}
    github.deploy(MOVE)
    github.deploy(replace(MOVE, key="digits@18->production"))

    assert len(fake.world.deployments) == 7


def test_a_payload_that_comes_back_as_text_is_read_as_well(fake: FakeGitHub) -> None:
    """GitHub has given both."""
    client(fake).deploy(MOVE)
    (kept,) = fake.world.deployments.values()
    kept["payload"] = '{"seatrial": "digits@17->production"}'
    client(fake).deploy(MOVE)

    assert len(fake.world.deployments) == 1


@pytest.mark.parametrize("part", ["/deployments", "/statuses"])
def test_a_deployment_whose_answer_is_lost_is_still_one(fake: FakeGitHub, part: str) -> None:
    fake.fail("lose", method="POST", part=part, times=1)
    client(fake).deploy(MOVE)

    assert len(fake.world.deployments) == 1
    assert [one["state"] for one in fake.world.deployment_statuses] == ["in_progress"]


def test_a_commit_that_github_does_not_have_is_not_deployed(fake: FakeGitHub) -> None:
    with pytest.raises(RefusedError, match="No ref found"):
        client(fake).deploy(replace(MOVE, sha="f" * 40))
