"""Comments on GitHub: all pages, whose they are, and what happens to them meanwhile."""

from __future__ import annotations

import pytest

from seatrial.forge.failures import ForbiddenError, GoneError, RefusedError, UnreachableError
from seatrial.forge.github import asking
from tests.support.fake_github.clients import client
from tests.support.fake_github.server import FakeGitHub

PERSON, ACTIONS = "ghp_of-a-person", "ghs_of-actions"


@pytest.mark.parametrize(("token", "author"), [(PERSON, "octo"), (ACTIONS, "github-actions[bot]")])
def test_a_comment_is_added_changed_and_removed(fake: FakeGitHub, token: str, author: str) -> None:
    """And is ours, whoever we are."""
    github = client(fake, token)
    added = github.add_comment(7, "first")
    github.change_comment(7, added.id, "second")
    found = github.comments(7)

    assert [(one.id, one.body, one.author, one.ours) for one in found] == [(added.id, "second", author, True)]
    assert added.url is not None
    assert added.ours
    github.remove_comment(7, added.id)
    assert client(fake, token).comments(7) == ()


def test_comments_come_oldest_first_over_all_pages(fake: FakeGitHub) -> None:
    """Whatever the size of a page."""
    for number in range(7):
        fake.world.comment(7, "somebody", f"comment {number}")
    for size in (1, 2, 3, 7, 100):
        fake.page_size = size
        fake.heal()

        assert [one.body for one in client(fake).comments(7)] == [f"comment {number}" for number in range(7)]
        assert fake.count("GET", "/comments") == -(-7 // size)


def test_only_our_own_comments_are_ours(fake: FakeGitHub) -> None:
    """Neither those of people, nor of another bot, nor of an account that is gone."""
    fake.world.account("dependabot[bot]", kind="Bot")
    for login in ("somebody", "dependabot[bot]", "github-actions[bot]", "octo"):
        fake.world.comment(7, login, login)

    assert [one.body for one in client(fake, ACTIONS).comments(7) if one.ours] == ["github-actions[bot]"]
    assert [one.body for one in client(fake, PERSON).comments(7) if one.ours] == ["octo"]


def test_the_token_of_another_app_learns_who_it_is_from_what_it_writes(fake: FakeGitHub) -> None:
    """It may not ask. So the first comment is found when the comments are looked at again."""
    fake.world.token("ghs_of-ours", "seatrial-bot[bot]", app="seatrial-bot")
    fake.world.comment(7, "seatrial-bot[bot]", "of an earlier run")
    fake.world.comment(7, "github-actions[bot]", "of another workflow")
    github = client(fake, "ghs_of-ours")

    assert github.add_comment(7, "of this run").ours
    assert [one.body for one in github.comments(7) if one.ours] == ["of an earlier run", "of this run"]


def test_who_a_personal_token_belongs_to_is_asked_once(fake: FakeGitHub) -> None:
    github = client(fake, PERSON)
    github.comments(7)
    github.comments(7)

    assert fake.count("GET", "/user") == 1


def test_a_comment_that_was_deleted_by_hand_is_said_to_be_gone_where_it_is_to_be_changed(fake: FakeGitHub) -> None:
    """And is as it should be where it is to be removed."""
    github = client(fake)
    added = github.add_comment(7, "first")
    fake.world.comments.clear()

    with pytest.raises(GoneError):
        github.change_comment(7, added.id, "second")
    github.remove_comment(7, added.id)


def test_a_comment_whose_answer_is_lost_is_not_written_again_by_itself(fake: FakeGitHub) -> None:
    """Whoever posts is told to look."""
    fake.fail("lose", method="POST")
    with pytest.raises(UnreachableError) as error:
        client(fake).add_comment(7, "first")

    assert error.value.may_be_done
    assert fake.world.bodies(7) == ["first"]
    assert fake.count("POST") == 1


def test_a_change_whose_answer_is_lost_is_made_again(fake: FakeGitHub) -> None:
    """Twice the same text is the same text; so is a comment that is removed twice."""
    github = client(fake)
    added = github.add_comment(7, "first")
    fake.fail("lose", method="PATCH", times=1)
    fake.fail("lose", method="DELETE", times=1)

    github.change_comment(7, added.id, "second")
    assert fake.world.bodies(7) == ["second"]
    github.remove_comment(7, added.id)
    assert fake.world.bodies(7) == []
    assert (fake.count("PATCH"), fake.count("DELETE")) == (2, 2)


def test_a_conversation_that_is_locked_is_said_so(fake: FakeGitHub) -> None:
    fake.world.pulls[7].locked = True
    with pytest.raises(ForbiddenError, match="issue is locked") as error:
        client(fake).add_comment(7, "first")
    assert error.value.next_step == "unlock the conversation"


def test_a_pull_request_that_is_not_there_is_said_so(fake: FakeGitHub) -> None:
    with pytest.raises(GoneError, match="read comments of a pull request"):
        client(fake).comments(8)


def test_a_comment_beyond_githubs_limit_is_refused_by_github_and_ours_is_below_it(fake: FakeGitHub) -> None:
    github = client(fake)
    github.add_comment(7, "\U0001f680" * (github.comment_limit // 4))
    with pytest.raises(RefusedError, match="too long"):
        github.add_comment(7, "x" * 65_537)


def test_a_list_without_end_is_refused(fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not looked at is not known: there might be a comment of ours."""
    monkeypatch.setattr(asking, "MOST_PAGES", 2)
    fake.page_size = 1
    for _ in range(3):
        fake.world.comment(7, "somebody", "x")

    with pytest.raises(RefusedError, match="more than 2 pages"):
        client(fake).comments(7)


def test_a_next_page_on_another_host_is_not_asked(fake: FakeGitHub) -> None:
    """It would get the token."""
    fake.fail("next-elsewhere", part="/comments")
    with pytest.raises(RefusedError, match="at another address"):
        client(fake).comments(7)


@pytest.mark.parametrize(
    "text",
    ["\ud800 lone", "\x00 nul", "\u202e bidi", "\x1b[31m colour", '"}]{', "</script>", "\r\n", "e\u0301\U0001f680"],
)
def test_text_of_any_kind_arrives_as_it_was_sent(fake: FakeGitHub, text: str) -> None:
    """But for a lone surrogate, which no JSON in UTF-8 can hold."""
    github = client(fake)
    added = github.add_comment(7, f"a{text}b")

    assert fake.world.bodies(7) == [f"a{text}b".replace("\ud800", "?")]
    assert [one.body for one in github.comments(7)] == [added.body]
