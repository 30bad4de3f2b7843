"""A whole measurement of one model, or of a candidate beside its baseline: started, asked in turn, stopped.

Called by `making` for the gates of latency and memory. Everything is done once for each round: both models are started,
each answers its first request as soon as it is ready (its cold start, while the other is not yet there to disturb it),
both are warmed up, the requests of the round are asked of both in turn, and their memory is looked at before they are
stopped. Who is started first changes from round to round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.serving.launch import Ground
from seatrial.serving.machine import machine_class
from seatrial.serving.measure import Request, Say, Timed, Who, first_answer, measure, silent
from seatrial.serving.policy import Callable as OfTheUser
from seatrial.serving.policy import Server, Url
from seatrial.serving.presets import takes_many
from seatrial.serving.running import Running, serve
from seatrial.serving.timings_file import Served


class Contender(Struct, frozen=True, kw_only=True):
    """One model of a measurement: what it runs behind, where its artifact lies, None where nothing needs it, and the
    content digest of that artifact, None where nobody knows what runs."""

    server: Server
    model: str | None = None
    artifact: str | None = None


class Measured(Struct, frozen=True, kw_only=True):
    """All rows in the order of asking, what was seen besides, and how many requests warmed each model up."""

    rows: tuple[Timed, ...]
    served: Mapping[Who, Served]
    warm_up: int


def run_campaign(
    contenders: Mapping[Who, Contender],
    rounds: Sequence[Sequence[Request]],
    ground: Ground,
    *,
    say: Say = silent,
) -> Measured:
    """Measure: as many starts of each model as there are rounds.

    Raises UsageError for what cannot be measured, StageError or OutsideError for a model that cannot be started, dies
    or hangs.
    """
    _refuse(contenders, rounds)
    warm_up = max(contender.server.warm_up for contender in contenders.values())
    rows: list[Timed] = []
    peaks: dict[Who, list[int]] = {who: [] for who in contenders}
    in_all = sum(map(len, rounds)) * len(contenders)
    for start, requests in enumerate(rounds):
        before = len([row for row in rows if row.kind == "warm"])
        with ExitStack() as stack:
            models = _started(contenders, requests[0], ground, stack, rows, turned=start % 2 == 1)
            rows += measure(
                models,
                requests,
                warm_up=warm_up,
                callers=contenders[Who.CANDIDATE].server.concurrency,
                begin=len(rows),
                say=lambda done, _, before=before: say(before + done, in_all),  # type: ignore[misc]
            )
            for who, model in models.items():
                peak = model.peak_memory()
                peaks[who] += [peak] if peak is not None else []
    machine = machine_class(ground.environment)
    served = {
        who: Served(
            artifact=contender.artifact,
            machine=machine if not isinstance(contender.server.behind, Url) else None,
            peaks=tuple(peaks[who]),
        )
        for who, contender in contenders.items()
    }
    return Measured(rows=tuple(rows), served=served, warm_up=warm_up)


def _started(
    contenders: Mapping[Who, Contender],
    request: Request,
    ground: Ground,
    stack: ExitStack,
    rows: list[Timed],
    *,
    turned: bool,
) -> dict[Who, Running]:
    """All models, each asked once as soon as it was ready."""
    models: dict[Who, Running] = {}
    for who in sorted(contenders, key=[*Who].index, reverse=turned):
        contender = contenders[who]
        models[who] = stack.enter_context(serve(contender.server, ground, model=contender.model, name=f"the {who}"))
        cold = first_answer(who, models[who], request, len(rows))
        rows += [cold] if cold is not None else []
    return {who: models[who] for who in contenders}


def _refuse(contenders: Mapping[Who, Contender], rounds: Sequence[Sequence[Request]]) -> None:
    if Who.CANDIDATE not in contenders:
        raise UsageError("there is no candidate to measure", next_step="name the model to ask")
    if not rounds or not all(rounds):
        raise UsageError("there is no request to measure with", next_step="name rows to ask the models about")
    several = max(len(request.inputs) for requests in rounds for request in requests)
    if len({contender.server.concurrency for contender in contenders.values()}) > 1:
        raise UsageError(
            "the two models are to be asked by different numbers of callers, so their times could not be compared",
            next_step="give both the same `concurrency`",
        )
    for who, contender in contenders.items():
        of_the_user = isinstance(contender.server.behind, OfTheUser)
        if several > 1 and not of_the_user and not takes_many(contender.server):
            raise UsageError(
                f"requests of {several} inputs are asked for, and the {who} takes one at a time",
                next_step="ask for requests of one input",
            )
