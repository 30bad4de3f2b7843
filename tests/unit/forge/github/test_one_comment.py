"""One comment on GitHub for each model, whatever is lost, deleted or posted at once."""

from __future__ import annotations

import threading

import pytest

from seatrial.forge.failures import UnreachableError
from tests.support.fake_github.clients import client
from tests.support.fake_github.server import FakeGitHub
from tests.support.sticky_comment import post, said, stands, text_of

PERSON, ACTIONS = "ghp_of-a-person", "ghs_of-actions"


def _post_at_once(fake: FakeGitHub, runs: list[str]) -> None:
    """Each run with a client of its own, in a thread of its own."""
    threads = [threading.Thread(target=post, args=(client(fake), 7, said(run))) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


@pytest.mark.parametrize("fault", ["lose", "truncate", "502", "refuse"])
@pytest.mark.parametrize("at", range(6))
def test_whichever_request_goes_wrong_there_is_one_comment(fake: FakeGitHub, fault: str, at: int) -> None:
    """In that run, or in the next one where GitHub could not be asked at all."""
    for run in ("01", "02"):
        if at:
            fake.fail("pass", times=at)
        fake.fail(fault, times=1)
        try:
            post(client(fake), 7, said(run))
        except UnreachableError as error:
            assert not error.may_be_done or fault == "502"  # noqa: PT017 - most of these do not raise
        fake.heal()
    post(client(fake), 7, said("02"))

    assert stands(client(fake).comments(7)) == [text_of(said("02"))]


@pytest.mark.parametrize("token", [PERSON, ACTIONS])
def test_a_comment_is_found_again_by_the_next_run(fake: FakeGitHub, token: str) -> None:
    """And never another one: not a person's who copied it, not another bot's."""
    post(client(fake, token), 7, said("01"))
    (ours,) = fake.world.bodies(7)
    fake.world.comment(7, "somebody", ours)
    fake.world.account("other[bot]", kind="Bot")
    fake.world.comment(7, "other[bot]", ours)
    for run in ("03", "02"):
        post(client(fake, token), 7, said(run))

    assert stands(client(fake, token).comments(7)) == [text_of(said("03"))]
    assert fake.world.bodies(7)[1:] == [ours, ours]


def test_an_app_whose_token_may_not_ask_who_it_is_keeps_one_comment_as_well(fake: FakeGitHub) -> None:
    """It adds one, learns who it is by that, and takes its own older one instead."""
    fake.world.token("ghs_of-ours", "seatrial-bot[bot]", app="seatrial-bot")
    for run in ("01", "02", "03"):
        post(client(fake, "ghs_of-ours"), 7, said(run))

    assert [body.partition("\n")[2] for body in fake.world.bodies(7)] == [text_of(said("03"))]


def test_runs_that_post_at_once_leave_one_comment(fake: FakeGitHub) -> None:
    """Three clients, three threads, and then the newest once more."""
    for _ in range(3):
        _post_at_once(fake, ["01", "02", "03"])

        assert len(stands(client(fake).comments(7))) == 1
        post(client(fake), 7, said("03"))
        assert stands(client(fake).comments(7)) == [text_of(said("03"))]
        fake.world.comments.clear()


def test_a_comment_that_was_deleted_by_hand_is_written_again(fake: FakeGitHub) -> None:
    post(client(fake), 7, said("01"))
    fake.world.comments.clear()
    post(client(fake), 7, said("02"))

    assert stands(client(fake).comments(7)) == [text_of(said("02"))]
