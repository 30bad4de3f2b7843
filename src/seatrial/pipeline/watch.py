"""Whether a cell's inputs stayed as they were while its command ran.

Called by the executor at a command's start and end. Comparing bytes at the end is not enough: a
branch switched to and back during a long training leaves the same bytes, and a program that read
others. So each input is stamped when the command starts (a folder that was looked at seconds before
is not walked again), and a changed stamp counts as a change. A large folder is first compared with the
look of then, which opens no file that was quiet.
Files that appeared among those a glob matches count too, and so does a distribution that was installed:
all keys of the run say what was there before.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

from seatrial.environment.interpreter import Installed
from seatrial.errors import EXHAUSTED, StageError
from seatrial.pipeline.inputs import CellInputs, Survey
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.upstream import Upstream

Stamps = Mapping[str, bytes]
"""What each watched input looked like when a command started; nothing for one that was gone."""


class Watch:
    """The inputs of one tree's cells."""

    def __init__(self, survey: Survey, upstream: Upstream, installed: Installed) -> None:
        self._survey = survey
        self._upstream = upstream
        self._installed = installed
        self._planned_with: str | None = None

    def stamps(self, inputs: CellInputs) -> Stamps:
        """The stamps to compare with later."""
        if self._planned_with is None:  # no command of this run has started yet
            self._planned_with = self._installed.identity()
        stamps: dict[str, bytes] = {}
        for path in inputs.watched:
            with contextlib.suppress(OSError, StageError):  # gone since planning: noticed when the command has ended
                stamps[path] = self._survey.stamp(path)
        return stamps

    def touched(self, planned: PlannedCell, stamps: Stamps, produced: Mapping[str, CellOutcome]) -> str | None:
        """The first input that is no longer what the key says, or was written meanwhile; None when none is."""
        for path, before in planned.inputs.watched.items():
            try:
                if self._survey.still(path, before, stamps.get(path)):
                    continue  # the cheap answer for a large folder that nobody touched
                began = time.monotonic()
                if self._survey.look(path).digest != before:
                    return path
                if self._survey.stamp(path, since=began) != stamps.get(
                    path
                ):  # what was just walked is not walked again
                    return path
            except (OSError, StageError) as error:  # gone, or being written just now
                if isinstance(error, OSError) and error.errno in EXHAUSTED:
                    raise  # nobody can tell
                return path
        if self._installed.identity() != self._planned_with:
            return "what is installed in its environment"
        appeared = self._survey.appeared(planned.inputs) or self._survey.moved(planned.cell, planned.inputs)
        return appeared or self._upstream.touched(planned.cell, produced)
