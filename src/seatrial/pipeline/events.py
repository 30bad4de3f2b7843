"""The log of a run: one JSON object a line, appended as things happen and never rewritten.

It is the truth about a run: reports, `why` and records are made from it. A line that a crash
cut short is ignored when the log is read. Listeners (progress in a terminal) see each event
after it has been written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seatrial.clock import Clock, iso
from seatrial.digest import Json, canonical

Event = Mapping[str, Json]


class EventLog:
    """Appends events of one run to a file."""

    def __init__(self, path: Path, clock: Clock, listener: Callable[[Event], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._clock = clock
        self._listener = listener

    def add(self, event: str, **fields: Json) -> None:
        """Append one event with the current time."""
        entry: dict[str, Json] = {"at": iso(self._clock.now()), "event": event, **fields}
        os.write(self._file, canonical(entry) + b"\n")
        self._listener(entry)

    def close(self) -> None:
        os.fsync(self._file)
        os.close(self._file)


def read_events(path: Path) -> Iterator[Event]:
    """The events of a run in order; an incomplete last line is left out."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                yield json.loads(line.decode("utf-8", "surrogateescape"))
            except ValueError:
                return
