"""Statuses of commits on GitLab: each state can be reached, said twice, and is read back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.forge.failures import ForbiddenError, GoneError, RefusedError, UnreachableError
from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.port import Check, State, Status
from tests.support.fake_gitlab import FakeGitLab
from tests.support.gitlab_state import HEAD
from tests.unit.forge.gitlab.conftest import Connect


def status(state: State, context: str = "seatrial/digits", **changed: str) -> Status:
    return Status(**{"context": context, "sha": HEAD, "state": state, "description": "PASS", **changed})  # type: ignore[arg-type]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(list(State)), min_size=1, max_size=6))
def test_the_last_word_counts_whatever_came_before(forge: GitLab, fake: FakeGitLab, states: list[State]) -> None:
    """Also the same word twice, which GitLab refuses of a state that has not ended."""
    fake.statuses.clear()
    for state in states:
        forge.put_status(status(state))

    [found] = forge.statuses(HEAD)
    assert (found.context, found.state, found.creator) == ("seatrial/digits", states[-1], "project_7_bot")


def test_a_refusal_that_leaves_another_state_is_told(forge: GitLab, fake: FakeGitLab) -> None:
    forge.put_status(status(State.RUNNING))
    fake.plant("POST", "/statuses", 400, body=b'{"message": "Cannot transition status via :drop from :running"}')

    with pytest.raises(RefusedError, match="Cannot transition status via :drop"):
        forge.put_status(status(State.FAILURE))


def test_another_context_that_says_it_does_not_count(forge: GitLab, fake: FakeGitLab) -> None:
    forge.put_status(status(State.SUCCESS, context="other"))
    fake.plant("POST", "/statuses", 400)

    with pytest.raises(RefusedError):
        forge.put_status(status(State.SUCCESS))


@pytest.mark.parametrize("word", ["canceled", "skipped"])
def test_what_was_called_off_has_not_succeeded(forge: GitLab, fake: FakeGitLab, word: str) -> None:
    forge.put_status(status(State.RUNNING))
    fake.statuses[0]["status"] = word

    assert forge.statuses(HEAD)[0].state is State.FAILURE


@pytest.mark.parametrize("word", ["created", "pending", "manual"])
def test_what_has_not_ended_is_running(forge: GitLab, fake: FakeGitLab, word: str) -> None:
    forge.put_status(status(State.RUNNING))
    fake.statuses[0]["status"] = word

    assert forge.statuses(HEAD)[0].state is State.RUNNING


def test_text_is_plain_and_within_what_gitlab_takes(forge: GitLab, fake: FakeGitLab) -> None:
    forge.put_status(status(State.FAILURE, description="\x1b[31mno\x1b[0m\u202e" + "x" * 500))
    said = fake.statuses[0]["description"]

    assert said.startswith("no\\u202exxx")
    assert len(said) == 255


@pytest.mark.parametrize(("length", "kept"), [(255, True), (256, False)])
def test_an_address_that_is_too_long_is_left_out_and_the_verdict_stands(
    forge: GitLab, fake: FakeGitLab, length: int, kept: bool
) -> None:
    url = "https://ci.example/".ljust(length, "x")

    forge.put_status(status(State.SUCCESS, url=url))

    assert fake.statuses[0]["target_url"] == (url if kept else None)


def test_statuses_of_every_page_are_read(forge: GitLab) -> None:
    for number in range(105):
        forge.put_status(status(State.SUCCESS, context=f"c{number}"))

    assert len(forge.statuses(HEAD)) == 105


def test_a_commit_that_the_project_does_not_know_is_gone(forge: GitLab) -> None:
    with pytest.raises(GoneError):
        forge.put_status(status(State.SUCCESS, sha="f" * 40))


def test_a_lost_answer_is_asked_for_again(forge: GitLab, fake: FakeGitLab) -> None:
    """Saying it twice changes nothing."""
    fake.plant("POST", "/statuses", after=True)

    forge.put_status(status(State.RUNNING))

    assert [each["status"] for each in fake.statuses] == ["running"]


def test_a_job_token_may_not_write_statuses(connect: Connect) -> None:
    with pytest.raises(ForbiddenError):
        connect(job=True).put_status(status(State.SUCCESS))


def test_there_are_no_checks(forge: GitLab, fake: FakeGitLab) -> None:
    check = Check(name="seatrial", sha=HEAD, run="01", state=State.FAILURE, title="FAIL", summary="no")

    with pytest.raises(ForbiddenError, match="GitLab has no checks"):
        forge.put_check(check)
    assert fake.requests == []


def test_another_update_that_is_under_way_is_told(forge: GitLab, fake: FakeGitLab) -> None:
    fake.plant("POST", "/statuses", 409, body=b'{"message": "Another update to this commit status is in progress"}')

    with pytest.raises(RefusedError, match="Another update"):
        forge.put_status(status(State.SUCCESS))


def test_a_forge_that_is_down_is_told_after_all_patience(forge: GitLab, fake: FakeGitLab, waited: list[float]) -> None:
    fake.plant("POST", "/statuses", 502, times=9, body=b"<html>bad gateway</html>")

    with pytest.raises(UnreachableError, match="502") as raised:
        forge.put_status(status(State.SUCCESS))
    assert raised.value.may_be_done
    assert waited == [0.5, 1.0]
