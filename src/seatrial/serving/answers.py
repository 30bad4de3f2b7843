"""Asks a model the cases of a test and writes its answers: rows `id, answer, repeat`, as JSON Lines.

Called by the flows for behavioural gates. A case that is not answered ends it: a file with holes would be judged as if
the model had been asked less. What is no text is written as compact JSON, so that `{"label": "cat"}` is the same answer
whichever server it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.serving.asking import UnansweredError
from seatrial.serving.running import Running
from seatrial.store import atomic

_STEP = "ask this case by hand, and mend the model, or take the case out of the test cases"


class Answered(Struct, frozen=True, kw_only=True):
    """One answer. `repeat` counts from 1."""

    id: str
    repeat: int
    answer: Json


def ask_cases(model: Running, cases: Iterable[tuple[str, Json]], *, repeats: int = 1) -> Iterator[Answered]:
    """The answers to each case, asked `repeats` times. Raises StageError for a case without an answer."""
    for name, given in cases:
        for repeat in range(1, repeats + 1):
            try:
                (answer,) = model.ask((given,)).answers
            except UnansweredError as error:
                again = f" (repeat {repeat})" if repeats > 1 else ""
                raise StageError(
                    f"{model.name} did not answer case {name}{again}: {error}; none of its answers is written",
                    next_step="; ".join(filter(None, (error.next_step or model.see_log(), _STEP))),
                ) from error
            yield Answered(id=name, repeat=repeat, answer=answer)


def write_answers(path: Path, answers: Iterable[Answered]) -> int:
    """Write the file, whole or not at all; how many rows it has."""
    lines = [
        json.dumps({"id": one.id, "repeat": one.repeat, "answer": text_of(one.answer)}, ensure_ascii=False)
        for one in answers
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_atomic(path, "".join(f"{line}\n" for line in lines).encode())
    return len(lines)


def text_of(answer: Json) -> str:
    """An answer as text: text as it is, anything else as compact JSON with its keys in order."""
    if isinstance(answer, str):
        return answer
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
