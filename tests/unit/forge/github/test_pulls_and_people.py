"""Which pull request a commit is of, who may do what, and what was said to environments."""

from __future__ import annotations

import pytest

from seatrial.forge.failures import ForbiddenError, GoneError
from seatrial.forge.port import Pull, Review, Role
from tests.support.fake_github.clients import client
from tests.support.fake_github.server import FakeGitHub

SHA, OTHER = "a" * 40, "d" * 40
FORK = "stranger/models"


def test_a_pull_request_is_read_as_it_is_now(fake: FakeGitHub) -> None:
    fake.world.pull(8, OTHER, repo=None, author="stranger", state="closed")

    assert client(fake).pull(7) == Pull(
        number=7,
        head_sha=SHA,
        head_ref="topic",
        head_repo="octo/models",
        base_ref="main",
        base_sha="b" * 40,
        author="contributor",
        is_open=True,
        url="https://github.com/octo/models/pull/7",
    )
    gone = client(fake).pull(8)
    assert (gone.head_repo, gone.is_open, gone.author) == (None, False, "stranger")
    with pytest.raises(GoneError):
        client(fake).pull(9)


def test_the_pull_request_of_a_commit_is_the_only_open_one_whose_head_it_is(fake: FakeGitHub) -> None:
    """An old head, a closed one, or one of two, is none."""
    github = client(fake)
    assert github.pull_of(SHA, head_repo=None, head_ref=None) == 7
    assert github.pull_of(OTHER, head_repo=None, head_ref=None) is None

    fake.world.pull(8, SHA, ref="other-base", base_ref="release")
    assert github.pull_of(SHA, head_repo=None, head_ref=None) is None

    fake.world.pulls[8].state = "closed"
    assert github.pull_of(SHA, head_repo="octo/models", head_ref="topic") == 7

    fake.world.shas.add(SHA)
    fake.world.pulls[7].head_sha = OTHER
    assert github.pull_of(SHA, head_repo="octo/models", head_ref="topic") is None


def test_the_pull_request_of_a_forks_commit_is_found_by_its_branch(fake: FakeGitHub) -> None:
    """GitHub lists it under no commit. Another repository's branch of the same name is another."""
    fake.world.pull(8, OTHER, repo=FORK, ref="topic")
    github = client(fake)

    assert github.pull_of(OTHER, head_repo=FORK, head_ref="topic") == 8
    assert github.pull_of(OTHER, head_repo=FORK, head_ref="another") is None
    assert github.pull_of(OTHER, head_repo="stranger/other", head_ref="topic") is None
    assert github.pull_of(OTHER, head_repo=None, head_ref=None) is None


def test_a_branch_with_odd_letters_is_looked_for_as_it_is_called(fake: FakeGitHub) -> None:
    """And adds nothing to the question."""
    odd = "a&state=all#x %2F+\u00e9"
    fake.world.pull(8, OTHER, repo=FORK, ref=odd)

    assert client(fake).pull_of(OTHER, head_repo=FORK, head_ref=odd) == 8


@pytest.mark.parametrize(
    ("role", "base", "expected"),
    [
        ("admin", None, Role.ADMIN),
        ("maintain", None, Role.MAINTAIN),
        ("write", None, Role.WRITE),
        ("triage", None, Role.READ),
        ("read", None, Role.READ),
        ("none", None, Role.NONE),
        ("model-keeper", "write", Role.WRITE),
        ("model-keeper", "unheard-of", Role.NONE),
    ],
)
def test_what_somebody_may_do_is_their_role_or_what_it_amounts_to(
    fake: FakeGitHub, role: str, base: str | None, expected: Role
) -> None:
    """Owners make roles of their own. One that nobody has heard of is none."""
    fake.world.account("kim", role=role, base=base)

    assert client(fake).role("kim") is expected


def test_somebody_whom_github_does_not_know_may_do_nothing(fake: FakeGitHub) -> None:
    assert client(fake).role("nobody") is Role.NONE


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../octo", "octo/permission", "octo?x=1", "octo\n", "\u00f6", "octo ", "-octo"]
)
def test_a_name_that_nobody_can_have_is_not_asked_for(fake: FakeGitHub, name: str) -> None:
    """It might lead to another path, whose answer would count as theirs."""
    assert client(fake).role(name) is Role.NONE
    assert fake.asked == []


def test_a_bot_is_asked_for_by_its_whole_name(fake: FakeGitHub) -> None:
    fake.world.account("helper[bot]", kind="Bot", role="write")

    assert client(fake).role("helper[bot]") is Role.WRITE


def test_what_was_said_to_waiting_environments_is_who_to_what_and_how(fake: FakeGitHub) -> None:
    """One that is still waiting has said nothing."""
    fake.world.reviews[5] = [
        {"state": "approved", "comment": "ok", "login": "octo", "environments": ["production", "canary"]},
        {"state": "rejected", "comment": "", "login": "contributor", "environments": ["production"]},
        {"state": "pending", "comment": "hm", "login": "octo", "environments": ["production"]},
    ]

    assert client(fake).reviews("5") == (
        Review(user="octo", environments=("production", "canary"), approved=True, comment="ok"),
        Review(user="contributor", environments=("production",), approved=False, comment=""),
    )
    with pytest.raises(GoneError):
        client(fake).reviews("6")


def test_a_token_that_may_not_read_runs_is_told_so(fake: FakeGitHub) -> None:
    fake.world.token("ghs_little", "github-actions[bot]", app="github-actions", actions="none")
    with pytest.raises(ForbiddenError) as error:
        client(fake, "ghs_little").reviews("5")
    assert "`actions: read`" in str(error.value.next_step)
