"""All that can go wrong with GitHub, for all that is asked of it: said in plain words, in bounded time."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from seatrial.errors import UsageError
from seatrial.forge.failures import (
    AddressError,
    ForbiddenError,
    ForgeError,
    GoneError,
    RefusedError,
    UnreachableError,
)
from seatrial.forge.github.adapter import GitHub
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience
from seatrial.forge.port import Check, Deployed, Deployment, State, Status
from tests.support.fake_github.clients import Asleep, client, http
from tests.support.fake_github.server import FakeGitHub, fake_github

SHA = "a" * 40
TOKEN = "ghs_of-actions"
CHECK = Check(name="gate", sha=SHA, run="01RUN", state=State.SUCCESS, title="PASS", summary="# Report")
MOVE = Deployment(sha=SHA, environment="production", key="k", state=Deployed.SUCCESS, description="d")
Asks = Callable[[GitHub], object]
READS: dict[str, Asks] = {
    "pull": lambda github: github.pull(7),
    "pull_of": lambda github: github.pull_of(SHA, head_repo="octo/models", head_ref="topic"),
    "pull_of alone": lambda github: github.pull_of(SHA, head_repo=None, head_ref=None),
    "comments": lambda github: github.comments(7),
    "statuses": lambda github: github.statuses(SHA),
    "reviews": lambda github: github.reviews("5"),
    "role": lambda github: github.role("octo"),
}
WRITES: dict[str, Asks] = {
    "add_comment": lambda github: github.add_comment(7, "x"),
    "change_comment": lambda github: github.change_comment(7, "1000", "x"),
    "remove_comment": lambda github: github.remove_comment(7, "1000"),
    "put_check": lambda github: github.put_check(CHECK),
    "put_status": lambda github: github.put_status(Status(context="c", sha=SHA, state=State.SUCCESS, description="d")),
    "deploy": lambda github: github.deploy(MOVE),
}
ALL = READS | WRITES
ANSWERED: dict[str, type[ForgeError]] = {
    "401": ForbiddenError,
    "403": ForbiddenError,
    "404": GoneError,
    "409": RefusedError,
    "422": RefusedError,
    "429": UnreachableError,
    "429-date": UnreachableError,
    "429-long": UnreachableError,
    "secondary": UnreachableError,
    "secondary-silent": UnreachableError,
    "quota": UnreachableError,
    "500": UnreachableError,
    "502": UnreachableError,
    "503-wait": UnreachableError,
    "refuse": UnreachableError,
    "elsewhere": RefusedError,
    "loop": UnreachableError,
    "portal": UnreachableError,
}
HARMLESS = {("404", "role"), ("404", "remove_comment"), ("409", "pull_of alone"), ("422", "pull_of alone")}
"""Nobody of that name, gone already, and a commit that only a fork has."""


def _with_comment(key: str) -> dict[str, Asks]:
    """The same, of a comment that is there."""
    change: Asks = lambda github: github.change_comment(7, key, "x")  # noqa: E731 - as the others stand above
    return {**ALL, "change_comment": change}


def _told(error: ForgeError) -> str:
    """All that is shown of an error."""
    return "\n".join([str(error), repr(error), *(f"{one.message}\n{one.next_step}" for one in error.problems)])


@pytest.mark.parametrize("fault", ANSWERED)
def test_every_method_says_in_plain_words_what_went_wrong(fault: str) -> None:
    """With the same kind of error for all, without the token, and within bounds."""
    for name, asks in ALL.items():
        with fake_github() as fake:
            fake.world.account("kim")
            fake.fail(fault)
            github = client(fake, TOKEN)
            if (fault, name) in HARMLESS:
                asks(github)
                continue
            with pytest.raises(ANSWERED[fault]) as error:
                asks(github)
            told = _told(error.value)
            assert TOKEN not in told, name
            assert error.value.next_step or fault in ("409", "422"), name
            assert len(told) < 3_000
            assert all(line.isprintable() for line in told.splitlines())
            assert len(fake.asked) <= 16, name


@pytest.mark.parametrize("name", ALL)
def test_a_fault_that_passes_is_waited_for(fake: FakeGitHub, name: str) -> None:
    """Too many requests, and a server that is not available now, are both said before anything was done."""
    comment = fake.world.comment(7, "github-actions[bot]", "x")
    fake.world.reviews[5] = []
    for fault, wait in (("429", 1.0), ("429-date", 3.0), ("secondary", 2.0), ("503-wait", 1.0)):
        asleep = Asleep()
        fake.heal()
        fake.fail(fault, times=1)
        _with_comment(str(comment))[name](client(fake, asleep=asleep))

        assert asleep.waits == [wait]


def test_a_missing_right_is_named_for_every_method(fake: FakeGitHub) -> None:
    """As the workflow's `permissions` call it."""
    wanted = {
        "pull": "pull-requests: read",
        "pull_of": "pull-requests: read",
        "pull_of alone": "pull-requests: read",
        "comments": "pull-requests: read",
        "statuses": "statuses: read",
        "reviews": "actions: read",
        "role": "metadata: read",
        "add_comment": "pull-requests: write",
        "change_comment": "pull-requests: write",
        "remove_comment": "pull-requests: write",
        "put_check": "checks: read",
        "put_status": "statuses: write",
        "deploy": "deployments: read",
    }
    fake.fail("403")
    for name, asks in ALL.items():
        with pytest.raises(ForbiddenError) as error:
            asks(client(fake))
        assert f"`{wanted[name]}`" in str(error.value.next_step), name


@pytest.mark.parametrize("fault", ["hang", "drip-head", "drip-body"])
def test_an_answer_that_does_not_end_is_not_waited_for(fake: FakeGitHub, fault: str) -> None:
    """Nor is the next thing that is asked, once all patience is gone."""
    fake.fail(fault)
    github = client(fake, patience=Patience(request=0.2, whole=0.5, attempts=2, delay=0.01))
    with pytest.raises(UnreachableError, match="in time"):
        github.pull(7)
    with pytest.raises(UnreachableError):
        github.pull(7)
    asked = len(fake.asked)
    with pytest.raises(UnreachableError, match="no time is left"):
        github.pull(7)
    assert len(fake.asked) == asked


def test_an_answer_without_end_is_not_read(fake: FakeGitHub) -> None:
    fake.fail("huge")
    with pytest.raises(UnreachableError, match="larger than"):
        client(fake).pull(7)
    assert fake.count("GET", "/pulls/7") == 1


def test_where_nobody_listens_it_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    github = GitHub(http(), api=f"http://127.0.0.1:{port}", repo="octo/models", token=TOKEN)
    with pytest.raises(UnreachableError, match="Connection refused"):
        github.put_check(CHECK)


def test_a_renamed_repository_is_followed_on_the_same_host(fake: FakeGitHub) -> None:
    """GitHub leads to its number, with what is to be written."""
    fake.world.reviews[5] = []
    fake.fail("renamed", part="/repos/")
    comment = client(fake).add_comment(7, "x")
    for name, each in _with_comment(comment.id).items():
        each(client(fake))
        assert fake.world.checks or name != "put_check"


def test_a_redirect_to_another_host_gets_neither_the_request_nor_the_token(fake: FakeGitHub) -> None:
    with fake_github() as other:
        fake.elsewhere = other.api
        for fault in ("elsewhere", "next-elsewhere"):
            fake.heal()
            fake.fail(fault)
            for name in ("comments", "statuses") if fault == "next-elsewhere" else ALL:
                with pytest.raises(RefusedError):
                    ALL[name](client(fake))
        assert other.asked == []


def test_a_token_that_a_server_says_back_is_not_repeated(fake: FakeGitHub) -> None:
    """Some proxies put the whole request into their page."""
    token = fake.world.token("ghs_" + "s" * 36, "github-actions[bot]", app="github-actions")
    fake.world.shas.clear()
    check = Check(name="gate", sha=token, run="1", state=State.SUCCESS, title="t", summary="s")
    with pytest.raises(ForgeError) as error:
        client(fake, token).put_check(check)
    assert "***" in str(error.value)
    assert token not in _told(error.value)


def test_what_github_says_is_shown_plain_and_bounded(fake: FakeGitHub) -> None:
    """Its message may hold what somebody else wrote."""
    sha = "\x1b[31m\u202e@everyone" + "x" * 5_000
    status = Status(context="c", sha=sha, state=State.SUCCESS, description="d")
    with pytest.raises(RefusedError, match="No commit found") as error:
        client(fake).put_status(status)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 500


def test_a_client_shows_nobody_its_token(fake: FakeGitHub) -> None:
    github = client(fake, TOKEN)

    assert repr(github) == f"GitHub(Asking({fake.api}, octo/models))"
    assert TOKEN not in f"{github} {github!r} {github._asking!r}"


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "\u00e9", "a\x00", "a\x7f"])
def test_a_token_that_is_none_is_refused_before_anything_is_asked(fake: FakeGitHub, token: str) -> None:
    """In a header it would break the request, and the error would show it."""
    with pytest.raises(UsageError, match="no token for GitHub") as error:
        client(fake, token)
    assert repr(token) not in str(error.value) or not token


def test_a_token_that_was_pasted_with_its_line_end_is_taken_without(fake: FakeGitHub) -> None:
    assert client(fake, TOKEN + "\r\n").pull(7).number == 7


@pytest.mark.parametrize(
    "repo", ["", "octo", "octo/", "/models", "octo/models/x", "../x", "octo/..", "octo/mo dels", "octo/m?x", "octo\n/m"]
)
def test_a_repository_that_is_none_is_refused(fake: FakeGitHub, repo: str) -> None:
    with pytest.raises(UsageError, match="OWNER/NAME"):
        GitHub(Http(), api=fake.api, repo=repo, token=TOKEN)


@pytest.mark.parametrize(
    "api",
    [
        "",
        "forge.invalid",
        "ftp://forge.invalid",
        "http://[",
        "https://u:p@forge.invalid",
        "https://f.invalid/?x=1",
        "https://f.invalid/#x",
        "http://forge.invalid",
        "http://10.0.0.1",
        "http://localhost.invalid",
    ],
)
def test_an_address_that_a_token_must_not_be_sent_to_is_refused(api: str) -> None:
    """Without encryption it goes to this machine alone."""
    with pytest.raises(AddressError) as error:
        GitHub(Http(), api=api, repo="octo/models", token=TOKEN)
    assert "u:p" not in str(error.value)


@pytest.mark.parametrize(
    "api", ["https://api.forge.invalid", "https://forge.invalid/api/v3/", "http://localhost:1", "http://[::1]:1"]
)
def test_other_addresses_are_taken(api: str) -> None:
    assert api.rstrip("/") in repr(GitHub(Http(), api=api, repo="octo/models", token=TOKEN))
