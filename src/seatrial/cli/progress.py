"""Progress of a run on standard error: a live line in a terminal, plain lines elsewhere, or nothing.

Listens to the run's events. Plain lines carry no spinner and no cursor movement, because they
end up in CI logs; a reused stage is one short line, a stage that waits says for whom. The live line
counts seconds by itself, since no event comes while a command runs; in a log a line comes now and then.
"""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from seatrial.cli.progress_text import Work, line_of
from seatrial.pipeline.events import Event
from seatrial.report.escape import log_line

if TYPE_CHECKING:
    from rich.status import Status
    from rich.text import Text

_SECONDS_IN_LOGS = 15.0
_ONLY_IN_LOGS = ("still_running",)  # the live line says it all the time


class Progress(AbstractContextManager["Progress"]):
    """Shows what a run does while it does it."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._work = Work()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._stream.isatty():
            from rich.console import Console  # 60 ms that only a person waiting at a terminal gets something for

            self._status = Console(file=sys.stderr).status(_Live(self._work))
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def event(self, event: Event) -> None:
        """One event of the run."""
        if self._quiet:
            return
        self._work.note(event, time.monotonic())
        line = "" if event["event"] in _ONLY_IN_LOGS and self._status is not None else line_of(event, self._work)
        if line:
            self._print(line)

    def _print(self, line: str) -> None:
        shown = log_line(line)  # reasons and names come from parameters and file names
        if self._status is not None:
            self._status.console.print(shown, markup=False, highlight=False)
        else:
            self._stream.write(f"{shown}\n")  # in one piece, or lines of two runs mix
            self._stream.flush()


class Line(AbstractContextManager["Line"]):
    """One line that says how far a long piece of work is: live in a terminal, now and then in a log, or never."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._told = time.monotonic()  # short work says nothing in a log
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._stream.isatty():
            from rich.console import Console  # see `Progress`

            self._status = Console(file=sys.stderr).status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, text: str) -> None:
        """What is being done now."""
        if self._status is not None:
            from rich.text import Text  # plain, because `[x]` in a file's name is no markup

            self._status.update(Text(log_line(text)))
        elif not self._quiet and time.monotonic() - self._told >= _SECONDS_IN_LOGS:
            self._told = time.monotonic()
            self._stream.write(f"{log_line(text)}\n")
            self._stream.flush()


class _Live:
    """The live line, as it is whenever the terminal is drawn."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __rich__(self) -> Text:
        from rich.text import Text  # with the console, see above; plain text, because `[seed=0]` is no markup

        return Text(log_line(self._work.line(time.monotonic())))
