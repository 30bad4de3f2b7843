"""What a run's events look like as lines, and what is under way in one line. Pure.

Called by `progress`, which puts them into a terminal or a log. Names and reasons are the user's; they are
escaped where they are printed. An event without a line is for the log of the run alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import some_of
from seatrial.pipeline.events import Event
from seatrial.pipeline.queue_text import spoken

_MOST = 3  # commands named in one line
_WIDTH = 100
_OVER = ("stage_ended", "stage_reused", "stage_not_run", "stage_stopped")


class Work(Struct):
    """What is under way: when each command began, how long it usually takes, and which cells are over.
    A terminal's thread reads it while events come in, so it goes through copies."""

    begun: dict[str, float] = field(default_factory=dict)
    expected: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    cells: int = 0

    def note(self, event: Event, now: float) -> None:
        """Take in one event, at an instant of a clock that only goes forward."""
        cell = str(event.get("cell", ""))
        match event["event"]:
            case "run_scheduled":
                expected, cells = event.get("expected"), event.get("cells")
                if isinstance(expected, Mapping):
                    self.expected = {
                        str(name): float(value) for name, value in expected.items() if isinstance(value, int | float)
                    }
                self.cells = cells if isinstance(cells, int) else 0
                self.over.clear()
            case "stage_started":
                self.begun[cell] = now
                self.waiting.pop(cell, None)
            case "lease_waiting" | "stage_beside" | "stage_held":
                self.waiting[cell] = str(event.get("what"))
            case "stage_beside_ended":
                self.waiting.pop(cell, None)
            case "stage_retried":
                self.over.discard(cell)  # its first attempt was told as its end
            case name if name in _OVER:
                self.begun.pop(cell, None)
                self.waiting.pop(cell, None)
                self.over.add(cell)
            case _:
                pass

    def line(self, now: float) -> str:
        """`train 1:20 of about 2:00, evaluate 0:03, 12 more stages to go`."""
        if not self.begun:
            held = next(iter(list(self.waiting.items())), None)
            if held is not None:
                return f"{held[0]} waits: {held[1]}"
            return "working" if self.over else "planning"
        shown = [one_running(name, now - begun, self.expected.get(name)) for name, begun in list(self.begun.items())]
        more = f" and {len(shown) - _MOST} more" if len(shown) > _MOST else ""
        rest = max(0, self.cells - len(self.over) - len(shown))
        to_go = f", {rest} to go" if rest else ""
        text = ", ".join(shown[:_MOST])
        if len(text) > _WIDTH:
            return f"{len(shown)} stages run{to_go}"
        return text + more + to_go


def one_running(cell: str, seconds: float, expected: float | None) -> str:
    """`train 1:20 of about 2:00`."""
    return f"{cell} {clock(seconds)}" + (f" of about {clock(expected)}" if expected is not None else "")


def clock(seconds: float) -> str:
    """`0:07`, `12:30`, `3:05:00`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def line_of(event: Event, work: Work) -> str:
    """An event as a line; empty for one that has none."""
    if event["event"] == "still_running":
        return _still(event, work)
    return _LINES.get(str(event["event"]), _nothing)(event)


def _still(event: Event, work: Work) -> str:
    running, queued = event.get("running"), event.get("queued")
    if not isinstance(running, Mapping):
        return ""
    known = [(str(name), value) for name, value in running.items() if isinstance(value, int | float)]
    shown = [one_running(name, value, work.expected.get(name)) for name, value in known]
    return f"  running {some_of(shown, most=_MOST)}" + (f"; {queued} in line" if queued else "")


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


def _not_run(event: Event) -> str:
    # A blocked cell follows from a failed one that was told already, and there may be a thousand of them.
    return f"  defer   {event['cell']}: {event['reason']}" if event["did"] == "deferred" else ""


def _retried(event: Event) -> str:
    delay = event.get("delay")
    after = f"in {spoken(delay)}" if isinstance(delay, int | float) else "again"
    return f"  retry   {event['cell']} {after}, attempt {event['attempt']} of {event['attempts']}"


def _stopped(event: Event) -> str:
    return f"  stopped {event['cell']}"


def _waiting(event: Event) -> str:
    return f"  wait    {event['cell']}: {event['holder']} holds {event['path']}"


def _held(event: Event) -> str:
    return f"  wait    {event['cell']}: {event['said']}"


def _beside(event: Event) -> str:
    return f"  wait    {event['cell']}: {event['what']}"


def _lease(event: Event) -> str:
    return f"  wait    {event['cell']}: {event['said']}"


def _warned(event: Event) -> str:
    return f"  note    {event['cell']}: {event['message']}"


def _damaged(event: Event) -> str:
    return f"  damaged {event['cell']}: {event['message']}; it is made again"


def _evidence_damaged(event: Event) -> str:
    return f"  damaged evidence: {event['message']}; the stages are looked at again"


def _commit_run(event: Event) -> str:
    return f"  commit  {str(event['commit'])[:10]}: what {event['model']} needs there"


def _commit_tested(event: Event) -> str:
    why = f": {event['reason']}" if event["reason"] else ""
    return f"  tested  {str(event['commit'])[:10]}: {event['seen']}{' before' if event['known'] else ''}{why}"


def _bisect_step(event: Event) -> str:
    return f"  search  {event['left']} suspects are left, about {event['to_go']} more to test"


def _cell_audited(event: Event) -> str:
    return f"  audited {event['cell']}: {str(event['outcome']).replace('_', ' ')}: {event['reason']}"


def _fetching(event: Event) -> str:
    return f"  fetch   {event['cell']}: {event['command']}"


def _forecast(event: Event) -> str:
    return f"  expect  {event['text']}"


def _rescoring(event: Event) -> str:
    return f"  score   {event['model']}: the baseline's model on the candidate's rows"


def _measuring(event: Event) -> str:
    return f"  measure {event['model']}: {event['what']}, {event['done']:,} of {event['of']:,}"


def _not_served(event: Event) -> str:
    return f"  failed  {event['model']}: {event['message']}"


def _set_aside(event: Event) -> str:
    return f"  aside   {event['cell']}: what lay at its out was not made by a stage, and is now {event['path']}"


def _seconds(value: Json) -> str:
    return f"{value:.1f} s" if isinstance(value, int | float) else "?"


def _transfer(event: Event) -> str:
    done, of = (int(str(event[name])) >> 20 for name in ("done", "of"))
    return f"  transfer {event['blob']}: {done} of {of} MiB"


def _shared_cache(event: Event) -> str:
    return f"  cache   {event['message']}"


_LINES: dict[str, Callable[[Event], str]] = {
    "stage_started": _started,
    "stage_ended": _ended,
    "stage_reused": _reused,
    "transfer": _transfer,
    "shared_cache_warning": _shared_cache,
    "stage_not_run": _not_run,
    "stage_retried": _retried,
    "stage_stopped": _stopped,
    "stage_waiting": _waiting,
    "stage_beside": _beside,
    "stage_held": _held,
    "lease_waiting": _lease,
    "machine_warning": _warned,
    "cache_damaged": _damaged,
    "evidence_damaged": _evidence_damaged,
    "commit_run": _commit_run,
    "commit_tested": _commit_tested,
    "bisect_step": _bisect_step,
    "cell_audited": _cell_audited,
    "set_aside": _set_aside,
    "rescoring": _rescoring,
    "measuring": _measuring,
    "not_served": _not_served,
    "forecast": _forecast,
    "data_fetching": _fetching,
}
