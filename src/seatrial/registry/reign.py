"""Which version held an alias, and from when to when. Pure, over the ledger.

Called by `models show --at` and by the dossier of a version. The ledger's own order counts, not its instants: a machine
whose clock is behind may write a move that says it came earlier than the one before it. Such a reign lasted no time,
never less than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.registry.records import AliasMove

_DATE = len("2026-11-20")


class Reign(Struct, frozen=True, kw_only=True):
    """A version's time with an alias: the move that began it, and the one that ended it, None while it lasts."""

    began: AliasMove
    ended: AliasMove | None = None

    @property
    def since(self) -> datetime:
        return datetime.fromisoformat(self.began.at)

    @property
    def until(self) -> datetime | None:
        return None if self.ended is None else max(self.since, datetime.fromisoformat(self.ended.at))

    def seconds(self, now: datetime) -> float:
        """How long it lasted, so far."""
        return max(0.0, ((self.until or now) - self.since).total_seconds())


def reigns(ledger: Sequence[AliasMove], *, alias: str | None = None, version: int | None = None) -> tuple[Reign, ...]:
    """The reigns of an alias, of a version, or of a version with an alias, in the ledger's order."""
    found = []
    for index, move in enumerate(ledger):
        if (alias is not None and move.alias != alias) or (version is not None and move.version != version):
            continue
        ended = next((later for later in ledger[index + 1 :] if later.alias == move.alias), None)
        found.append(Reign(began=move, ended=ended))
    return tuple(found)


def holder_at(ledger: Sequence[AliasMove], alias: str, instant: datetime) -> Reign | None:
    """Who held an alias at an instant: None before the first. A move counts from its own instant on."""
    found = [reign for reign in reigns(ledger, alias=alias) if reign.since <= instant]
    return found[-1] if found else None


def instant_of(text: str, now: datetime) -> datetime:
    """The instant that `2026-11-20` (the end of that day) or `2026-11-20T09:30` means, in UTC unless it says otherwise.

    A day that is not over yet means now. Raises UsageError for what is no instant, or is still to come.
    """
    step = "write a date or an instant of the past, for example 2026-11-20 or 2026-11-20T09:30Z"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is neither a date nor an instant", next_step=step) from None
    if len(text) == _DATE and "T" not in text:
        start = datetime.combine(found.date(), time.min, UTC)
        end = start + timedelta(days=1) - timedelta(milliseconds=1)
        found = now if start <= now <= end else end
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    if found > now:
        raise UsageError(f"{text} is still to come, so nobody knows who will hold what", next_step=step)
    return found.astimezone(UTC)
