"""Progress of a run on standard error: a live line in a terminal, plain lines elsewhere, or nothing.

Listens to the run's events. Plain lines carry no spinner and no cursor movement, because they
end up in CI logs; a reused stage is one short line, a stage that waits says for whom.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from seatrial.digest import Json
from seatrial.pipeline.events import Event
from seatrial.report.escape import log_line

if TYPE_CHECKING:
    from rich.status import Status


class Progress(AbstractContextManager["Progress"]):
    """Shows what a run does while it does it."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._running: dict[str, None] = {}
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._stream.isatty():
            from rich.console import Console  # 60 ms that only a person waiting at a terminal gets something for

            self._status = Console(file=sys.stderr).status("planning")
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
        line = _LINES.get(str(event["event"]), _nothing)(event)
        cell = str(event.get("cell", ""))
        if event["event"] == "stage_started":
            self._running[cell] = None
        elif cell in self._running and event["event"] != "stage_waiting":
            del self._running[cell]
        if line:
            self._print(line)
        if self._status is not None:
            running = ", ".join(self._running) or "finishing"
            from rich.text import Text  # with the console, see above; plain text, because `[seed=0]` is no markup

            self._status.update(Text(running if len(running) < 70 else f"{len(self._running)} stages"))

    def _print(self, line: str) -> None:
        shown = log_line(line)  # reasons and names come from parameters and file names
        if self._status is not None:
            self._status.console.print(shown, markup=False, highlight=False)
        else:
            print(shown, file=self._stream, flush=True)


def _nothing(_event: Event) -> str:
    return ""


def _started(event: Event) -> str:
    return f"  run     {event['cell']}: {event['reason']}"


def _ended(event: Event) -> str:
    if event["did"] == "ran":
        return f"  done    {event['cell']} in {_seconds(event.get('wall'))}"
    return f"  {event['did']!s:<7} {event['cell']}: {event['reason']}"


def _reused(event: Event) -> str:
    return f"  reuse   {event['cell']}"


def _waiting(event: Event) -> str:
    return f"  wait    {event['cell']}: {event['holder']} holds {event['path']}"


def _damaged(event: Event) -> str:
    return f"  damaged {event['cell']}: {event['message']}; it is made again"


def _evidence_damaged(event: Event) -> str:
    return f"  damaged evidence: {event['message']}; the stages are looked at again"


def _commit_run(event: Event) -> str:
    return f"  commit  {str(event['commit'])[:10]}: what {event['model']} needs there"


def _seconds(value: Json) -> str:
    return f"{value:.1f} s" if isinstance(value, int | float) else "?"


def _rescoring(event: Event) -> str:
    return f"  score   {event['model']}: the baseline's model on the candidate's rows"


def _set_aside(event: Event) -> str:
    return f"  aside   {event['cell']}: what lay at its out was not made by a stage, and is now {event['path']}"


def _transfer(event: Event) -> str:
    done, of = (int(str(event[name])) >> 20 for name in ("done", "of"))
    return f"  transfer {event['blob']}: {done} of {of} MiB"


def _shared_cache(event: Event) -> str:
    return f"  cache   {event['message']}"


_LINES: dict[str, Callable[[Event], str]] = {
    "stage_started": _started,
    "stage_ended": _ended,
    "stage_reused": _reused,
    "stage_waiting": _waiting,
    "cache_damaged": _damaged,
    "evidence_damaged": _evidence_damaged,
    "commit_run": _commit_run,
    "set_aside": _set_aside,
    "rescoring": _rescoring,
    "transfer": _transfer,
    "shared_cache_warning": _shared_cache,
}
