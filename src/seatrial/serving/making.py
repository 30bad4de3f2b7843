"""What a model is asked for a gate, and the evidence file that comes of it.

Called by `flows/measuring.py` for a run and by `seatrial measure` without a project: both make the same files in the
same way. Nothing is decided here: how often and with what a model is asked is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice, pairwise
from pathlib import Path

from seatrial.digest import Json
from seatrial.errors import UsageError, some_of
from seatrial.evidence.case_records import Cases
from seatrial.serving.answers import ask_cases, write_answers
from seatrial.serving.campaign import Contender, Measured, run_campaign
from seatrial.serving.contract import hold_to_contract, write_contract
from seatrial.serving.launch import Ground
from seatrial.serving.measure import Request, Say, Who, requests_of, silent
from seatrial.serving.policy import Timing
from seatrial.serving.running import serve
from seatrial.serving.timings_file import write_measurement, write_timings

TIMINGS, MEASUREMENT = "timings.csv", "measurement.json"
ANSWERS, BASELINE_ANSWERS = "answers.jsonl", "baseline-answers.jsonl"
CONTRACT = "contract.json"

MOST_HELD = 100
"""Inputs that a model is held to its contract with: each is asked four times."""

Input = tuple[str, Json]


def rounds_of(inputs: Sequence[Input], timing: Timing) -> tuple[tuple[Request, ...], ...]:
    """The requests of each start. Inputs are sent in their order, and again from the first when they are used up."""
    requests = requests_of(inputs)
    if timing.requests is None or not requests:
        return (requests,) * timing.starts
    taken = list(islice(cycle(requests), timing.requests))
    starts = min(timing.starts, len(taken))
    ends = [len(taken) * number // starts for number in range(starts + 1)]
    return tuple(tuple(taken[one:other]) for one, other in pairwise(ends))


def make_timings(
    folder: Path,
    contenders: Mapping[Who, Contender],
    inputs: Sequence[Input],
    timing: Timing,
    ground: Ground,
    *,
    say: Say = silent,
) -> Measured:
    """Measure, and write both files. Raises UsageError, StageError, OutsideError; then nothing is written."""
    done = run_campaign(contenders, rounds_of(inputs, timing), ground, say=say)
    known = write_timings(folder / TIMINGS, done.rows)
    write_measurement(
        folder / MEASUREMENT, done.served, timings=known, warm_up=done.warm_up, concurrency=timing.concurrency
    )
    return done


def make_answers(
    path: Path, contender: Contender, inputs: Sequence[Input], repeats: int, ground: Ground, *, name: str
) -> int:
    """Ask the cases, and write the answers; how many there are. Raises as `make_timings`."""
    with serve(contender.server, ground, model=contender.model, name=name) as model:
        return write_answers(path, ask_cases(model, inputs, repeats=repeats))


def make_contract(
    path: Path, contender: Contender, inputs: Sequence[Input], ground: Ground, *, score: str | None
) -> dict[str, Json]:
    """Hold a model to its contract, and write what was seen. That it cannot be loaded is seen, and raises nothing."""
    record = hold_to_contract(contender.server, ground, few_of(inputs), model=contender.model, score=score)
    write_contract(path, record)
    return record


def few_of(inputs: Sequence[Input], most: int = MOST_HELD) -> tuple[Input, ...]:
    """All inputs, or as many as `most` from all over them."""
    if len(inputs) <= most:
        return tuple(inputs)
    return tuple(inputs[number * len(inputs) // most] for number in range(most))


def inputs_of(cases: Cases) -> tuple[Input, ...]:
    """What the test cases ask. Raises UsageError where some have an input and others none."""
    asked = tuple((case.id, case.input) for case in cases.cases if case.input is not None)
    without = [case.id for case in cases.cases if case.input is None]
    if asked and without:
        raise UsageError(
            f"{len(without)} of {len(cases.cases)} test cases have no input to ask the model with: {some_of(without)}",
            next_step="give them an `input`, or move them to a file of their own and let a stage answer",
        )
    return asked
