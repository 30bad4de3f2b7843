"""Holds a model to its contract: loaded in a fresh process, twice, and asked the same in several ways.

Called by the flows for the gate `contract`, which judges what is written here. Each input is asked by itself, by itself
again, and together with others; then the model is started anew and each is asked once more. Nothing is judged: what
was seen is written down, and what could not be looked at says why, which the gate never takes for a pass.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import StageError, UsageError
from seatrial.evidence.contract_records import Comparison, Start, Unanswered
from seatrial.evidence.contract_report import KIND, SCHEMA_VERSION
from seatrial.serving.asking import UnansweredError, Why
from seatrial.serving.launch import Ground
from seatrial.serving.policy import Server, Url
from seatrial.serving.running import Running, serve
from seatrial.serving.seen import Answer, compared, scores_of, shapes_of
from seatrial.store import atomic

_MOST_AT_ONCE = 32
_LONGEST = 800
_MOST_LATE = 3  # in a row; a model that hangs on every input would keep everybody for hours
_NOT_LOADED = "the model could not be loaded"


class _Pass(Struct):
    """Every input asked once: the answers, and by its id why an input has none."""

    answers: list[Answer]
    missing: dict[str, str]


class _First(Struct):
    """What the first process said."""

    start: Start | None
    answers: list[Answer]
    unanswered: Unanswered | None
    repeat: Comparison
    batch: Comparison


def hold_to_contract(
    server: Server, ground: Ground, inputs: Sequence[Answer], *, model: str | None = None, score: str | None = None
) -> dict[str, Json]:
    """The record of a model: `inputs` are pairs of id and input, ids all different; `score` is the dotted path of the
    numbers whose range is looked at.

    Raises UsageError for what cannot be meant, OutsideError for a server of somebody else's that is not there.
    """
    _refuse(inputs)
    first = _first(server, ground, inputs, model)
    second, again = _second(server, ground, inputs, model, first)
    starts = [start for start in (first.start, second) if start is not None]
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "starts": [_plain(start) for start in starts],
        "asked": len(inputs),
        "unanswered": None if first.unanswered is None else _plain(first.unanswered),
        "shapes": [_plain(shape) for shape in shapes_of(first.answers)],
        "score": None if score is None else _plain(scores_of(first.answers, score)),
        "batch": _plain(first.batch),
        "repeat": _plain(first.repeat),
        "restart": _plain(again),
    }


def write_contract(path: Path, record: dict[str, Json]) -> None:
    """Write the record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_atomic(path, (json.dumps(record, indent=2, allow_nan=False) + "\n").encode())


def _refuse(inputs: Sequence[Answer]) -> None:
    if not inputs:
        raise UsageError("there is no input to ask the model about", next_step="name rows to ask it about")
    names = [name for name, _ in inputs]
    if twice := next((name for at, name in enumerate(names) if name in names[:at]), None):
        raise UsageError(f"two inputs are called {twice}", next_step="give each input an id of its own")


def _first(server: Server, ground: Ground, inputs: Sequence[Answer], model: str | None) -> _First:
    """Start, and ask in every way that needs no second process."""
    try:
        with serve(server, ground, model=model) as running:
            start = _started(running)
            once = _asked(running, inputs)
            again = _asked(running, inputs)
            return _First(
                start=start,
                answers=once.answers,
                unanswered=_unanswered(once),
                repeat=_held_to(once.answers, again, "the second time"),
                batch=_batched(running, inputs, once.answers),
            )
    except StageError as error:
        nothing = Comparison(compared=0, why_not=_NOT_LOADED)
        missing = Unanswered(count=len(inputs), first=inputs[0][0], detail=_NOT_LOADED)
        return _First(
            start=Start(ok=False, seconds=0.0, detail=_short(str(error))),
            answers=[],
            unanswered=missing,
            repeat=nothing,
            batch=nothing,
        )


def _second(
    server: Server, ground: Ground, inputs: Sequence[Answer], model: str | None, first: _First
) -> tuple[Start | None, Comparison]:
    """A second process, asked the same. It is started even if the first failed: whether that is always so is worth
    knowing."""
    if isinstance(server.behind, Url):
        return None, Comparison(compared=0, why_not="the server ran already, so it was not started anew")
    try:
        with serve(server, ground, model=model) as running:
            start = _started(running)
            anew = _asked(running, inputs)
    except StageError as error:
        start = Start(ok=False, seconds=0.0, detail=_short(str(error)))
        return start, Comparison(compared=0, why_not="the model could not be loaded twice")
    return start, _held_to(first.answers, anew, "by the second process")


def _held_to(ones: Sequence[Answer], others: _Pass, how: str) -> Comparison:
    """Every input that was answered, held to what came of asking it again; one that was not answered again is no pass
    of the others."""
    lost = [name for name, _ in ones if name in others.missing]
    if not lost:
        return compared(ones, dict(others.answers), "no input was answered the first time")
    detail = _short(others.missing[lost[0]])
    why_not = f"{len(lost):,} of {len(ones):,} {_was_or_were(len(lost))} not answered {how}; first {lost[0]}: {detail}"
    return compared(ones, dict(others.answers), why_not)


def _was_or_were(count: int) -> str:
    return "was" if count == 1 else "were"


def _started(running: Running) -> Start | None:
    since = running.since_start
    return None if since is None else Start(ok=True, seconds=round(since / 1000.0, 3))


def _asked(running: Running, inputs: Sequence[Answer]) -> _Pass:
    """Each input by itself: the answers, and what became of the others."""
    answers: list[Answer] = []
    missing: dict[str, str] = {}
    late = 0
    for name, given in inputs:
        if late == _MOST_LATE:
            missing[name] = "not asked, because several before it were never answered"
            continue
        try:
            (answer,) = running.ask((given,)).answers
            answers.append((name, answer))
            late = 0
        except UnansweredError as error:
            late = late + 1 if error.why is Why.TIMEOUT else 0
            missing[name] = str(error)
    return _Pass(answers=answers, missing=missing)


def _unanswered(asked: _Pass) -> Unanswered | None:
    first = next(iter(asked.missing), None)
    if first is None:
        return None
    return Unanswered(count=len(asked.missing), first=first, detail=_short(asked.missing[first]))


def _batched(running: Running, inputs: Sequence[Answer], alone: Sequence[Answer]) -> Comparison:
    """Those inputs that are answered by themselves, asked together."""
    if not running.takes_many:
        return Comparison(compared=0, why_not="one request takes one input")
    answered = {name for name, _ in alone}
    asked = [(name, given) for name, given in inputs if name in answered]
    if len(asked) < 2:
        return Comparison(compared=0, why_not="fewer than two inputs were answered, so none were asked together")
    together: dict[str, Json] = {}
    why_not = ""
    for at in range(0, len(asked), _MOST_AT_ONCE):
        part = asked[at : at + _MOST_AT_ONCE]
        try:
            found = running.ask(tuple(given for _, given in part)).answers
            together |= zip((name for name, _ in part), found, strict=True)
        except UnansweredError as error:
            inputs_were = "1 input was" if len(part) == 1 else f"{len(part)} inputs were"
            why_not = why_not or f"{inputs_were} not answered together: {_short(str(error))}"
    if why_not:
        return Comparison(compared=0, why_not=why_not)  # a part that was not answered is no pass of the others
    return compared(alone, together, "nothing was asked together")


def _plain(record: Struct) -> Json:
    found: Json = msgspec.to_builtins(record)
    return found


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
