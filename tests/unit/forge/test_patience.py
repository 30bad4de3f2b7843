"""Whether a request is made again, and when: by what the forge says, else by a delay that doubles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from seatrial.forge.patience import Patience, is_throttled, wait_before

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PATIENCE = Patience(attempts=4, delay=0.5, longest_wait=30.0)


def _wait(
    method: str = "GET",
    *,
    status: int | None = 500,
    attempt: int = 1,
    repeatable: bool | None = None,
    headers: dict[str, str] | None = None,
) -> float | None:
    return wait_before(
        method,
        attempt=attempt,
        patience=PATIENCE,
        status=status,
        headers=headers or {},
        now=NOW,
        repeatable=repeatable,
    )


def test_a_reading_request_is_repeated_with_a_delay_that_doubles_until_patience_ends() -> None:
    """Whether the server failed or said nothing at all."""
    for status in (500, 502, 504, None):
        assert [_wait(status=status, attempt=attempt) for attempt in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, None]


def test_a_request_that_adds_something_is_not_repeated_when_it_may_have_been_carried_out() -> None:
    """Two comments are worse than none."""
    assert _wait("POST", status=500) is None
    assert _wait("POST", status=None) is None
    assert _wait("POST", status=502, headers={"retry-after": "1"}) is None
    assert _wait("PATCH", status=500, repeatable=False) is None
    assert _wait("POST", status=500, repeatable=True) == 0.5


def test_a_request_that_the_forge_says_it_did_not_carry_out_is_repeated_when_it_says_so() -> None:
    """Too many requests, and "not available now"."""
    assert _wait("POST", status=429) == 0.5
    assert _wait("POST", status=429, headers={"retry-after": "7"}) == 7.0
    assert _wait("POST", status=403, headers={"retry-after": "7"}) == 7.0
    assert _wait("POST", status=503, headers={"retry-after": "7"}) == 7.0
    assert _wait("POST", status=503) is None


def test_the_wait_may_be_a_date_or_the_instant_at_which_the_quota_is_filled_up() -> None:
    """Both as GitHub and GitLab write them."""
    soon = NOW + timedelta(seconds=9)

    assert _wait(status=429, headers={"retry-after": format_datetime(soon, usegmt=True)}) == 9.0
    for prefix in ("x-ratelimit", "ratelimit"):
        spent = {f"{prefix}-remaining": "0", f"{prefix}-reset": str(int(soon.timestamp()))}
        assert _wait(status=429, headers=spent) == 9.0


def test_a_wait_in_the_past_is_still_a_wait() -> None:
    """A clock that is ahead of the forge's must not ask again at once."""
    past = str(int(NOW.timestamp()) - 100)

    assert _wait(status=403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": past}) == 0.5
    assert _wait(status=429, attempt=2, headers={"retry-after": "0"}) == 1.0


def test_a_wait_that_is_too_long_is_not_waited_for() -> None:
    """A run must not stand for an hour because of a comment."""
    assert _wait(status=429, headers={"retry-after": "31"}) is None
    assert _wait(status=429, headers={"retry-after": "9" * 400}) is None


@pytest.mark.parametrize("after", ["soon", "-1", "", "1e3", "Mon, 99 Foo 2026 00:00:00 GMT", "\u0661"])
def test_a_wait_that_nobody_can_read_is_as_if_none_was_said(after: str) -> None:
    assert _wait(status=429, headers={"retry-after": after}) == 0.5


def test_what_the_token_may_not_do_is_not_asked_again() -> None:
    """A missing right does not come by waiting."""
    for status in (401, 403, 404, 409, 422, 200):
        assert _wait(status=status) is None


def test_a_refusal_for_too_many_requests_is_told_from_one_for_a_missing_right() -> None:
    """GitHub answers 403 for both."""
    assert is_throttled(429, {})
    assert is_throttled(403, {"retry-after": "1"})
    assert is_throttled(403, {"x-ratelimit-remaining": "0"})
    assert not is_throttled(403, {"x-ratelimit-remaining": "12"})
    assert not is_throttled(404, {"retry-after": "1"})
