"""Writing down what each cell came to, beside the loop of the run.

Called by `engine.execute` for runs that several machines share: a cell's outs go to the state, which may take
long and lie behind a network. Its readers wait for that, other commands do not.

Subtle: one thread, so that the state has one user at a time; the loop itself asks nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from seatrial.pipeline.beside import Beside
from seatrial.pipeline.errands import Errand
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome

Recording: TypeAlias = Callable[[CellOutcome], Callable[[], CellOutcome]]
"""Called beside the loop with an outcome; what it gives is called in the loop, and gives the outcome that counts."""


class Recorder:
    """Records outcomes one after the other."""

    def __init__(self, recording: Recording, events: EventLog) -> None:
        self._recording = recording
        self._beside = Beside(events.add)
        self._lane = self._beside.lane(1)

    def record(self, outcome: CellOutcome) -> Errand:
        """Have an outcome recorded."""
        job = self._lane.ask(lambda: self._recording(outcome))
        return Errand(text="recording it in the state", job=job, then=lambda: job.result()(), needed=True)

    def close(self) -> None:
        """Begin nothing more."""
        self._beside.close()
