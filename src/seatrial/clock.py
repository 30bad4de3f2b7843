"""Time as a value: the only module that asks the machine what time it is.

Called by `wiring` and by adapters that hand `now` on; pure files take `now` as an
argument. Tests pass a `FixedClock`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct


class Clock(Protocol):
    """Where instants come from."""

    def now(self) -> datetime:
        """The current instant, in UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going backwards."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock(Struct):
    """A clock for tests: stands still until it is moved."""

    instant: datetime
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.seconds


def iso(instant: datetime) -> str:
    """An instant as `2026-11-21T06:30:00.123Z`, the only form records use."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
