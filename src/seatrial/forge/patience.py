"""Whether a request is made again, and when. Pure.

Called by `http.py` after each attempt. GitHub's and GitLab's rules are followed: `Retry-After` where it is given,
else the instant at which the quota is filled up again, else a delay that doubles. A request that may have been
carried out is repeated only where doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
_TOO_MANY = 429
_FORBIDDEN = 403
_UNAVAILABLE = 503
_FAILING = range(500, 600)


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait for one server. Seconds; `whole` is for all requests of one client together, so that a forge
    that is down holds up a run once and not once for each thing that is posted."""

    connect: float = 5.0
    request: float = 20.0
    whole: float = 60.0
    attempts: int = 4
    delay: float = 0.5
    longest_wait: float = 30.0


def wait_before(
    method: str,
    *,
    attempt: int,
    patience: Patience,
    status: int | None,
    headers: Mapping[str, str],
    now: datetime,
    repeatable: bool | None = None,
) -> float | None:
    """Seconds to wait before the request is made again; None where it is not.

    `attempt` counts from 1. `status` is None where no answer came. `headers` have lower-case names. `repeatable` says
    whether doing it twice changes nothing; None: as the method promises.
    """
    if attempt >= patience.attempts:
        return None
    repeatable = method in _REPEATABLE if repeatable is None else repeatable
    delay = float(min(patience.delay * 2 ** (attempt - 1), patience.longest_wait))
    refused = status is not None and (is_throttled(status, headers) or status == _UNAVAILABLE)  # it did nothing
    failed = status is None or status in _FAILING
    if not (refused or failed):
        return None
    wait = _asked_to_wait(headers, now)
    if wait is not None and (refused or repeatable):
        return max(wait, delay) if wait <= patience.longest_wait else None  # a clock that is ahead of the forge's
    return delay if status == _TOO_MANY or (failed and repeatable) else None


def is_throttled(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal means "too many requests", and not that the token may not do this."""
    if status == _TOO_MANY:
        return True
    return status == _FORBIDDEN and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")


def _asked_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    after = headers.get("retry-after")
    if after is not None:
        return _seconds(after, now)
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset")
    spent = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0"
    if spent and reset is not None and reset.isascii() and reset.isdigit():
        return max(0.0, int(reset[:12]) - now.timestamp())
    return None


def _seconds(after: str, now: datetime) -> float | None:
    """`Retry-After` is seconds or a date."""
    if after.isascii() and after.isdigit():
        return float(after[:9])
    try:
        return max(0.0, (parsedate_to_datetime(after).astimezone(UTC) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
