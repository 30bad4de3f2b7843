"""What cells wait for beside the loop: results on their way from or to a shared cache, records to a state.

The scheduler keeps them among what runs. It sleeps on their descriptors as it does on those of commands, so
nothing here is polled. What takes long is told once, and counts as time that the cell waited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from seatrial.clock import Clock
from seatrial.pipeline.beside import Beside, Job
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome

_TELL_AFTER = 2.0  # seconds, of what is usually over before anybody could read it


def _nothing() -> None:
    pass


class Errand(Struct, frozen=True, kw_only=True):
    """Something that is done for a cell beside the loop; `text` says what, for people.

    `then` is called in the loop when the job is done, or given up: with what the cell has come to, or None when
    it is to be begun anew. `drop` is called instead when the run is left. One that is `needed` is never given up.
    """

    text: str
    job: Job[Any]
    then: Callable[[], CellOutcome | None]
    drop: Callable[[], None] = _nothing
    needed: bool = False


class Back(Struct, frozen=True, kw_only=True):
    """An errand that has ended: of which cell, whom to tell what the cell came to, and the seconds it took if that
    was long enough to be told."""

    cell: str
    errand: Errand
    after: Callable[[CellOutcome], None]
    seconds: float


class _Sent(Struct):
    errand: Errand
    after: Callable[[CellOutcome], None]
    begun: float
    told: bool = False


class Errands:
    """The errands of one run, by cell."""

    def __init__(self, events: EventLog, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._sent: dict[str, _Sent] = {}

    def __len__(self) -> int:
        return len(self._sent)

    def send(self, cell: str, errand: Errand, after: Callable[[CellOutcome], None]) -> None:
        """Wait for an errand; what the cell has come to is then told to `after`."""
        self._sent[cell] = _Sent(errand, after, self._clock.monotonic())

    @property
    def wakers(self) -> tuple[Beside, ...]:
        """Whose descriptors become readable when one has ended."""
        return tuple({id(one.errand.job.beside): one.errand.job.beside for one in self._sent.values()}.values())

    def next_word(self) -> float | None:
        """When something will have taken long enough to be told."""
        return min((one.begun + _TELL_AFTER for one in self._sent.values() if not one.told), default=None)

    def come_back(self) -> tuple[Back, ...]:
        """Those that have ended."""
        for beside in self.wakers:
            beside.heard()
        ended = [cell for cell, one in self._sent.items() if one.errand.job.done]
        for beside in self.wakers:
            beside.flush()  # what a job said before it was done stands before its end
        for cell, one in self._sent.items():
            if not one.told and not one.errand.job.done and self._clock.monotonic() >= one.begun + _TELL_AFTER:
                one.told = True
                self._events.add("stage_beside", cell=cell, what=one.errand.text)
        return tuple(self._take(cell) for cell in ended)

    def give_up(self) -> tuple[Back, ...]:
        """Wait no longer for what is not needed."""
        return tuple(self._take(cell) for cell in [c for c, one in self._sent.items() if not one.errand.needed])

    def running(self) -> dict[str, float]:
        """What is under way, with its seconds, for a word about it."""
        now = self._clock.monotonic()
        return {f"{cell} ({one.errand.text})": now - one.begun for cell, one in self._sent.items()}

    def drop(self) -> None:
        """Leave all of them."""
        for one in self._sent.values():
            one.errand.drop()
        self._sent.clear()

    def _take(self, cell: str) -> Back:
        one = self._sent.pop(cell)
        seconds = self._clock.monotonic() - one.begun if one.told else 0.0
        if one.told:
            self._events.add("stage_beside_ended", cell=cell, what=one.errand.text, seconds=round(seconds, 3))
        return Back(cell=cell, errand=one.errand, after=one.after, seconds=seconds)
