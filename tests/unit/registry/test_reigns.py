"""Who held an alias, from when to when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from seatrial.clock import iso
from seatrial.errors import UsageError
from seatrial.registry.records import AliasMove, How
from seatrial.registry.reign import holder_at, instant_of, reigns
from tests.support.drafts import ACTOR
from tests.support.instants import INSTANT


def _move(version: int, previous: int | None, hours: float, alias: str = "production") -> AliasMove:
    return AliasMove(
        model="digits", alias=alias, version=version, previous=previous, how=How.PROMOTE, actor=ACTOR,
        at=iso(INSTANT + timedelta(hours=hours)),
    )  # fmt: skip


LEDGER = (_move(1, None, 0), _move(1, None, 1, "staging"), _move(2, 1, 2), _move(1, 2, 5), _move(3, 1, 9))


@pytest.mark.parametrize(
    ("hours", "version"), [(-0.1, None), (0, 1), (1.99, 1), (2, 2), (4.999, 2), (5, 1), (9, 3), (900, 3)]
)
def test_the_last_move_until_an_instant_says_who_holds_it(hours: float, version: int | None) -> None:
    """A move counts from its own instant on; another alias changes nothing."""
    found = holder_at(LEDGER, "production", INSTANT + timedelta(hours=hours))

    assert (found.began.version if found else None) == version


def test_a_version_may_reign_twice() -> None:
    """Each time with its own beginning and end; the last one may last still."""
    now = INSTANT + timedelta(hours=10)
    first, second = reigns(LEDGER, alias="production", version=1)
    (last,) = reigns(LEDGER, version=3)

    assert (first.seconds(now), second.seconds(now)) == (2 * 3600, 4 * 3600)
    assert (last.until, last.seconds(now)) == (None, 3600)
    assert reigns(LEDGER, alias="staging")[0].ended is None


def test_a_clock_that_was_behind_makes_no_reign_of_less_than_no_time() -> None:
    """The order of the records counts."""
    ledger = (_move(1, None, 0), _move(2, 1, -1))
    (first,) = reigns(ledger, version=1)

    assert first.seconds(INSTANT) == 0
    assert first.until == first.since


NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-19", datetime(2026, 11, 19, 23, 59, 59, 999000, tzinfo=UTC)),
        ("2026-11-20", NOW),
        ("2026-11-20T09:30", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("2026-11-20T09:30Z", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("2026-11-20T09:30:00.250+02:00", datetime(2026, 11, 20, 7, 30, 0, 250000, tzinfo=UTC)),
        ("2026-11-20 12:00", NOW),
    ],
)
def test_a_date_means_its_end_and_an_instant_is_in_utc(text: str, instant: datetime) -> None:
    """A day that is not over means now."""
    assert instant_of(text, NOW) == instant
    assert instant_of(text, NOW.astimezone(timezone(timedelta(hours=5)))) == instant


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-20T12:00:01", "yesterday", "", "2026-13-01", "17"])
def test_what_is_no_instant_of_the_past_is_refused(text: str) -> None:
    """Nobody knows who will hold what."""
    with pytest.raises(UsageError) as refused:
        instant_of(text, NOW)

    assert "2026-11-20T09:30Z" in str(refused.value.next_step)
