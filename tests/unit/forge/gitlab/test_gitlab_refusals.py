"""What GitLab refuses, in plain words with a next step; and the token in none of them."""

from __future__ import annotations

import socket

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
from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.http import Http
from seatrial.forge.patience import Patience
from tests.support.fake_gitlab import TOKEN, FakeGitLab
from tests.unit.forge.gitlab.conftest import Connect


@pytest.mark.parametrize(
    ("status", "error", "step"),
    [
        (401, ForbiddenError, "make a new one"),
        (403, ForbiddenError, "scope `api`"),
        (404, GoneError, "check the project"),
        (410, GoneError, "check the project"),
        (301, GoneError, "the address that it has now"),
        (400, RefusedError, None),
        (409, RefusedError, None),
        (422, RefusedError, None),
        (429, UnreachableError, "try again later"),
        (500, UnreachableError, "try again later"),
        (503, UnreachableError, "try again later"),
    ],
)
def test_each_refusal_is_an_error_of_its_kind(
    forge: GitLab, fake: FakeGitLab, status: int, error: type[ForgeError], step: str | None
) -> None:
    fake.plant("POST", "/notes", status, times=9)

    with pytest.raises(error, match=f"{status}.*planted") as raised:
        forge.add_comment(3, "mine")
    assert step is None or step in str(raised.value.next_step)


def test_too_many_requests_are_made_again_when_gitlab_says(
    forge: GitLab, fake: FakeGitLab, waited: list[float]
) -> None:
    fake.plant("POST", "/notes", 429, headers={"Retry-After": "7"})

    forge.add_comment(3, "mine")

    assert waited == [7.0]
    assert len(fake.notes[3]) == 1


def test_a_page_that_fails_is_asked_for_again(forge: GitLab, fake: FakeGitLab) -> None:
    fake.add_note(3, "one")
    fake.plant("GET", "/notes", 502, times=2)

    assert len(forge.comments(3)) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html>sign in</html>", b"[", b"3", b'"x"', b"{}", b'{"id": "x"}', b"[" * 100_000, b"\xff\xfe", b'{"id": NaN}'],
)
def test_an_answer_that_is_none_of_gitlab_is_told(forge: GitLab, fake: FakeGitLab, body: bytes) -> None:
    """A page to sign in, or a proxy's own."""
    fake.plant("GET", "/merge_requests/3$", 200, body=body)

    with pytest.raises(UnreachableError, match=r"no GitLab|cannot be read"):
        forge.pull(3)


@pytest.mark.parametrize("body", [b"{}", b"3", b"<html>", b"[3]", b'[{"id": 1}]'])
def test_a_list_that_is_none_is_told(forge: GitLab, fake: FakeGitLab, body: bytes) -> None:
    fake.plant("GET", "/notes", 200, body=body)

    with pytest.raises(UnreachableError, match=r"no GitLab|cannot be read"):
        forge.comments(3)


def test_what_gitlab_says_is_plain_and_bounded(forge: GitLab, fake: FakeGitLab) -> None:
    said = b'{"message": {"note": ["\\u001b[31mred\\u202e' + b"x" * 5000 + b'"]}, "error": "insufficient_scope"}'
    fake.plant("POST", "/notes", 400, body=said)

    with pytest.raises(RefusedError) as raised:
        forge.add_comment(3, "mine")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 500


def test_the_token_is_in_no_message_and_no_repr(connect: Connect, fake: FakeGitLab) -> None:
    """Also where GitLab says it itself, or the token is wrong."""
    secret = "glpat-very-secret"
    forge = connect(token=secret)
    fake.plant("GET", "/user", 400, body=f'{{"message": "bad token {secret}"}}'.encode())
    told = [repr(forge)]
    for ask in (lambda: forge.pull(3), lambda: forge.comments(3)):
        with pytest.raises(ForgeError) as raised:
            ask()
        told += [str(raised.value), repr(raised.value), str(raised.value.next_step)]

    assert secret not in " ".join(told)


def test_the_token_is_in_no_address(forge: GitLab, fake: FakeGitLab) -> None:
    forge.comments(3)

    assert fake.requests
    assert all(TOKEN not in target for _, target in fake.requests)


@pytest.mark.parametrize("token", ["", "  ", "a b", "x\ny", "x\x00", "té"])
def test_a_token_that_is_none_is_refused_unseen(connect: Connect, token: str) -> None:
    """Python quotes a header that it refuses."""
    with pytest.raises(UsageError) as raised:
        connect(token=token)
    assert not token.strip() or token not in str(raised.value)


def test_a_line_end_behind_a_token_does_not_matter(connect: Connect) -> None:
    assert connect(token=f"{TOKEN}\n").comments(3) == ()


@pytest.mark.parametrize(
    "api",
    ["", "gitlab.com/api/v4", "ftp://gitlab.com", "https://u:p@gitlab.com/api/v4", "http://gitlab.com/api/v4",
     "https://gitlab.com/api/v4?x=1", "https://[bad/api/v4"],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_refused(api: str) -> None:
    """Nor is a token sent in the clear."""
    with pytest.raises(AddressError):
        GitLab(Http(), api=api, project="group/digits", token=TOKEN)


def test_a_gitlab_that_is_down_is_told_at_once_for_each_thing_and_in_bounded_time() -> None:
    """One patience is shared by all requests of a client."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    waited: list[float] = []
    http = Http(patience=Patience(whole=3.0), sleep=waited.append)
    forge = GitLab(http, api=f"http://127.0.0.1:{port}/api/v4", project="p", token=TOKEN)
    for _ in range(5):
        with pytest.raises(UnreachableError):
            forge.pull(3)

    assert sum(waited) <= 3.0


def test_a_gitlab_that_never_answers_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        http = Http(patience=Patience(request=0.2, attempts=1), sleep=lambda _: None)
        forge = GitLab(http, api=f"http://127.0.0.1:{listening.getsockname()[1]}/api/v4", project="p", token=TOKEN)
        with pytest.raises(UnreachableError):
            forge.pull(3)
