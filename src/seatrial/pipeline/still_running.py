"""Now and then a word about what still runs, less often the longer it takes. Called by the scheduler."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.clock import Clock
from seatrial.digest import Json
from seatrial.pipeline.events import EventLog

_QUIET, _QUIETEST = 60.0, 600.0  # seconds between words


class StillRunning:
    """When the next word is due (`due`, on the monotonic clock), and the word."""

    def __init__(self, events: EventLog, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._quiet = _QUIET
        self.due = clock.monotonic() + _QUIET

    def say(self, running: Mapping[str, float], queued: int) -> None:
        """Say what runs, each with its seconds, if it is time to."""
        now = self._clock.monotonic()
        if not running or now < self.due:
            return
        shown: dict[str, Json] = {name: round(seconds, 1) for name, seconds in running.items()}
        self._events.add("still_running", running=shown, queued=queued)
        self._quiet = min(2 * self._quiet, _QUIETEST)
        self.due = now + self._quiet
