"""What the cells of a run wait for that others hold: told once, added up, and stood in line for.

Called by the scheduler. A cell that waits for a device or a token stands in line after `PATIENCE` seconds;
until then whoever comes by and fits may go first, so that short work does not wait behind a cell that
lacks one device of eight.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.clock import Clock, iso
from seatrial.digest import Json
from seatrial.pipeline.allotment import Allotter, Lacking
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.holders import Waiting
from seatrial.pipeline.queue_text import held_by
from seatrial.store.leases import Turn

PATIENCE = 10.0
_TELL_AGAIN = 60.0


class _Wait(Struct):
    """`begun` is on the monotonic clock, None while nothing is waited for; `seconds` are those of waits that ended."""

    begun: float | None = None
    seconds: float = 0.0
    what: str = ""
    told: float | None = None
    told_what: str = ""
    turn: Turn | None = None
    since: str = ""


class Waits:
    """The waits of one run."""

    def __init__(self, events: EventLog, clock: Clock, allotter: Allotter) -> None:
        self._events = events
        self._clock = clock
        self._allotter = allotter
        self._waits: dict[str, _Wait] = {}
        self._held: set[str] = set()

    def on_path(self, cell: str, waiting: Waiting) -> None:
        """A cell waits for a path that another run holds."""
        wait = self._begun(cell, f"{waiting.path}, held by {waiting.holder}")
        if wait.told_what != waiting.path:
            wait.told_what = waiting.path
            self._events.add("stage_waiting", cell=cell, path=waiting.path, holder=waiting.holder)

    def on_machine(self, cell: str, lacking: Lacking) -> None:
        """A cell waits for a device, a token or memory."""
        said = [held_by(one, self._clock.now()) for one in lacking.held[:8]]
        said += [f"and {len(lacking.held) - 8} more"] if len(lacking.held) > 8 else []
        said += [lacking.why] if lacking.why else []
        wait = self._begun(cell, "; ".join(said) or lacking.what)
        now = self._clock.monotonic()
        who = f"{lacking.what} {[(one.note.get('run'), one.note.get('cell')) for one in lacking.held]}"
        if wait.told is None or (who != wait.told_what and now - wait.told >= _TELL_AGAIN):
            wait.told, wait.told_what = now, who
            holders: list[Json] = [str(one.note.get("user") or "") for one in lacking.held]
            self._events.add("lease_waiting", cell=cell, what=lacking.what, holders=holders, said="; ".join(said))
        if not lacking.attainable or not lacking.names:
            self._leave(wait)
        elif wait.turn is None and wait.begun is not None and now - wait.begun >= PATIENCE:
            wait.turn = self._allotter.stand_in_line(cell, lacking, wait.since)

    def on_stages(self, cell: str, stage: str, what: str) -> None:
        """A dear cell waits until the cheap ones have ended; told once a stage, which may have a thousand cells."""
        self._begun(cell, what)
        if stage not in self._held:
            self._held.add(stage)
            self._events.add("stage_held", cell=cell, what=what, said=f"waits for {what}")

    def beside(self, cell: str, seconds: float, what: str) -> None:
        """A cell has waited for something that was done beside the loop."""
        wait = self._waits.setdefault(cell, _Wait())
        wait.seconds += seconds
        wait.what = what

    def turn(self, cell: str) -> Turn | None:
        """A cell's place in line."""
        wait = self._waits.get(cell)
        return wait.turn if wait is not None else None

    def over(self, cell: str) -> None:
        """A cell waits no longer: it has started, or will never."""
        wait = self._waits.get(cell)
        if wait is not None:
            if wait.begun is not None:
                wait.seconds += self._clock.monotonic() - wait.begun
                wait.begun = None
            self._leave(wait)

    def of(self, cell: str) -> tuple[float, str]:
        """How long a cell has waited in all, and for what last."""
        wait = self._waits.get(cell)
        return (wait.seconds, wait.what) if wait is not None else (0.0, "")

    def close(self) -> None:
        """Leave every line."""
        for wait in self._waits.values():
            self._leave(wait)

    def _begun(self, cell: str, what: str) -> _Wait:
        wait = self._waits.setdefault(cell, _Wait())
        wait.what = what
        if wait.begun is None:
            wait.begun = self._clock.monotonic()
            wait.since = iso(self._clock.now())
        return wait

    @staticmethod
    def _leave(wait: _Wait) -> None:
        if wait.turn is not None:
            wait.turn.leave()
            wait.turn = None
