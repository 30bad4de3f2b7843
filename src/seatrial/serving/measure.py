"""Times the answers of one model, or of two that are asked in turn.

Called by `campaign`, which starts the models; what comes out is written by `timings_file` and judged from there.

Two models are asked the same requests, one directly after the other, and who is first changes from request to request
(candidate, baseline, baseline, candidate, ...): whatever disturbs the machine for a while then meets both, and neither
always finds the caches as the other left them. An answer that did not come is a row too, and a model that dies ends
the measurement: its remaining requests would all be told as failures that nobody waited for. So does one that lets
several in a row run into the timeout: waiting for all of them would take hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from itertools import count
from typing import TypeAlias

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.serving.asking import UnansweredError, Why
from seatrial.serving.running import Running


class Who(StrEnum):
    """Which of the two models a row is of."""

    CANDIDATE = "candidate"
    BASELINE = "baseline"


class Heat(StrEnum):
    """Whether a row is the first answer after a start."""

    COLD = "cold"
    WARM = "warm"


class Request(Struct, frozen=True, kw_only=True):
    """One request: its name, such as the id of a row, and the inputs it holds."""

    id: str
    inputs: tuple[Json, ...]


class Timed(Struct, frozen=True, kw_only=True):
    """One request that was sent. `order` is its place among all of a measurement; `ms` is how long the answer took, or
    how long until it was clear that none would come; of a cold one since the start of its process."""

    model: Who
    order: int
    request: str
    ms: float
    ok: bool
    kind: Heat


Say: TypeAlias = Callable[[int, int], None]
"""Told after each request how many of how many are done."""

_MOST_LATE = 3
"""Requests in a row that may run into the timeout."""
_STRETCH = 8
"""Requests of each caller in a stretch. Between two the callers wait for the slowest of them, so few are many waits."""


def silent(_done: int, _all: int) -> None:
    """For where nobody wants to know how far it is."""


def measure(
    models: Mapping[Who, Running],
    requests: Sequence[Request],
    *,
    warm_up: int,
    callers: int = 1,
    begin: int = 0,
    say: Say = silent,
) -> Iterator[Timed]:
    """One row for each request to each model, in the order of asking, numbered from `begin`.

    `warm_up` requests are sent to each before, and not told. With several `callers`, each waits for its answer before
    it asks again, and the models take turns by stretches of requests, of which every caller has some. Raises
    StageError for a model whose process ends, or that hangs.
    """
    order = begin
    asked_for = {who: _Patience(model) for who, model in models.items()}
    for at in range(warm_up):
        for patience in asked_for.values():
            patience.ask(requests[at % len(requests)])
    asked, stretch = 0, 1 if callers == 1 else _STRETCH * callers
    with ThreadPoolExecutor(callers) as pool:
        for turn, at in enumerate(range(0, len(requests), stretch)):
            part = requests[at : at + stretch]
            for who in _turn(tuple(models), turn):
                ask = partial(_timed, who, asked_for[who])
                # One caller asks in this thread: handing a request to another costs as much as a quick answer.
                rows = map(ask, part, count(order)) if callers == 1 else pool.map(ask, part, count(order))
                for timed in rows:
                    order, asked = order + 1, asked + 1
                    yield timed
                    say(asked, len(requests) * len(models))


def requests_of(rows: Iterable[tuple[str, Json]], *, size: int = 1) -> tuple[Request, ...]:
    """Rows with their ids as requests of `size` inputs each; one of several is called by its first and last id."""
    given = list(rows)
    found = []
    for at in range(0, len(given), size):
        part = given[at : at + size]
        name = part[0][0] if len(part) == 1 else f"{part[0][0]}..{part[-1][0]}"
        found.append(Request(id=name, inputs=tuple(inputs for _, inputs in part)))
    return tuple(found)


def _turn(whose: tuple[Who, ...], at: int) -> tuple[Who, ...]:
    """The order in which the models are asked at turn `at`: A B, B A, A B, ..."""
    return whose if at % 2 == 0 else whose[::-1]


def first_answer(who: Who, model: Running, request: Request, order: int) -> Timed | None:
    """The cold start of a model that has just become ready: from starting its process to its first answer. None of a
    server that ran before. Raises StageError where that answer does not come."""
    try:
        model.ask(request.inputs)
    except UnansweredError as error:
        raise StageError(
            f"{model.name} became ready, and its first request ({request.id}) was not answered: {error}",
            next_step=error.next_step or "ask it once by hand: is the request in the form that it expects?",
        ) from error
    since = model.since_start
    if since is None:
        return None
    return Timed(model=who, order=order, request=request.id, ms=since, ok=True, kind=Heat.COLD)


class _Patience:
    """A model that is asked as long as it lives and does not hang."""

    def __init__(self, model: Running) -> None:
        self._model = model
        self._late = 0

    def ask(self, request: Request) -> tuple[float, bool]:
        """How long the answer took, and whether one came. Raises StageError where no more is to be hoped for."""
        try:
            reply = self._model.ask(request.inputs)
        except UnansweredError as error:
            if error.why is Why.DIED:
                message = f"{self._model.name} died at request {request.id}: {error}"
                raise StageError(message, next_step=error.next_step) from error
            self._late = self._late + 1 if error.why is Why.TIMEOUT else 0
            if self._late == _MOST_LATE:
                message = f"{self._model.name} let {_MOST_LATE} requests in a row go unanswered, the last {request.id}"
                raise StageError(f"{message}: {error}", next_step=error.next_step or self._model.see_log()) from error
            return error.ms, False
        self._late = 0
        return reply.ms, True


def _timed(who: Who, model: _Patience, request: Request, order: int) -> Timed:
    ms, ok = model.ask(request)
    return Timed(model=who, order=order, request=request.id, ms=ms, ok=ok, kind=Heat.WARM)
