"""A model's answers to test cases: rows `id, answer` from CSV, JSONL or Parquet.

Called by the flows for outs declared `as: answers`, for the answers of a served model that was asked, and by `gate`.
Further columns: `repeat` (a whole number, for models that sample: the same case asked several times), and `score` and
`passed`, which a stage of the user's writes for matchers and pairs that judge by them.

Subtle: nothing is filled in. An answer that is missing, stands twice, or is there for some repeats only, is an error
here; whether the ids are those of the cases is for the gate to say, which sees both. In JSONL and Parquet an empty
text is an answer; in CSV, where it cannot be told from none, it is refused.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from seatrial.errors import EvidenceError, Place, some_of
from seatrial.evidence.canonical_scalar import canonical_one, number_of, of_value
from seatrial.evidence.case_records import Answer, Answers
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.plain_rows import PlainTable, Row, need_columns, quoted, read_rows, unknown_columns

COLUMNS: Final = ("id", "answer", "repeat", "score", "passed")
_TRUTH: Final[Mapping[str, bool]] = {"true": True, "false": False, "1": True, "0": False}
_ONCE: Final = 1


def read_answers(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> Answers:
    """The answers of a file. Raises EvidenceError with every mistake in it: no rows, no id, no answer, the same
    repeat twice, repeats that differ between cases, scores that are no finite numbers."""
    table = read_rows(path, what="an answers file", shown=shown, action=action, stage=stage)
    if not table.rows:
        raise EvidenceError(
            "this file holds no answers, so there is nothing to judge",
            place=Place(file=table.source.path),
            next_step="Check that the stage that writes it asked the model anything.",
        )
    need_columns(table, ("id", "answer"), COLUMNS)
    mistakes = Mistakes()
    unknown_columns(table, COLUMNS, mistakes)
    found: dict[str, dict[int, Answer]] = {}
    firsts: dict[tuple[str, int], Row] = {}
    for row in table.rows:
        read = _answer(table, row, mistakes)
        if read is None:
            continue
        name, repeat, answer = read
        if first := firsts.get((name, repeat)):
            again = f" (repeat {repeat})" if "repeat" in table.columns else ""
            step = "Keep one row; a model that was asked several times has a column `repeat` with 1, 2, 3, ..."
            message = f"{name!r}{again} is answered twice; first in {table.word} {first.line}"
            mistakes.add(message, table.place(row, "id"), step)
            continue
        firsts[name, repeat] = row
        found.setdefault(name, {})[repeat] = answer
    repeats = _repeats(found, table, mistakes) if not mistakes.problems else _ONCE
    mistakes.raise_all()
    by_case = {name: tuple(answers[at] for at in sorted(answers)) for name, answers in found.items()}
    return Answers(source=table.source, by_case=by_case, repeats=repeats)


def _answer(table: PlainTable, row: Row, mistakes: Mistakes) -> tuple[str, int, Answer] | None:
    name = _text(table, row, "id", mistakes)
    text = _text(table, row, "answer", mistakes)
    repeat = _repeat(table, row, mistakes)
    score = _score(table, row, mistakes)
    passed = _passed(table, row, mistakes)
    if name is None or text is None or repeat is None:
        return None
    if not name.strip():
        mistakes.add("`id` is empty", table.place(row, "id"), "Name the case that this answers.")
        return None
    return name, repeat, Answer(text=text, score=score, passed=passed)


def _text(table: PlainTable, row: Row, key: str, mistakes: Mistakes) -> str | None:
    value = row.values.get(key)
    if value is None:
        step = "Name the case that this answers." if key == "id" else _no_answer_step(table)
        mistakes.add(f"`{key}` is empty", table.place(row, key), step)
        return None
    if isinstance(value, float) and not math.isfinite(value):
        step = "Write what the model answered; leave out nothing."
        mistakes.add(f"`{key}` is NaN or infinite", table.place(row, key), step)
        return None
    text = of_value(value)
    if text is None:
        step = "Write it as an integer or as text, so that no digits are lost."
        mistakes.add(f"`{key}` is a float too large to be exact", table.place(row, key), step)
    return text


def _no_answer_step(table: PlainTable) -> str:
    if table.typed:
        return 'Ask the model again; if it answered with an empty text, write "".'
    return 'If the model answered with an empty text, write the file as JSONL, where "" says so.'


def _repeat(table: PlainTable, row: Row, mistakes: Mistakes) -> int | None:
    if "repeat" not in table.columns:
        return _ONCE
    value = row.values.get("repeat")
    number = number_of(value) if value is not None else None
    if number is None or not number.is_integer() or number < 0:
        step = "Number the repeats of each case 1, 2, 3, ..."
        mistakes.add(f"`repeat` must be a whole number, and is {quoted(value)}", table.place(row, "repeat"), step)
        return None
    return int(number)


def _score(table: PlainTable, row: Row, mistakes: Mistakes) -> float | None:
    value = row.values.get("score")
    if value is None:
        return None
    number = number_of(value)
    if number is None:
        step = "Write a finite number, or leave it out."
        mistakes.add(f"`score` must be a number, and is {quoted(value)}", table.place(row, "score"), step)
    return number


def _passed(table: PlainTable, row: Row, mistakes: Mistakes) -> bool | None:
    value = row.values.get("passed")
    if value is None or isinstance(value, bool):
        return value
    truth = _TRUTH.get(canonical_one(str(value)))
    if truth is None:
        step = "Write true or false."
        mistakes.add(f"`passed` must be true or false, and is {quoted(value)}", table.place(row, "passed"), step)
    return truth


def _repeats(found: Mapping[str, Mapping[int, Answer]], table: PlainTable, mistakes: Mistakes) -> int:
    """How many answers every case has; noted where not all have the same repeats."""
    sets = Counter(tuple(sorted(answers)) for answers in found.values())
    usual = sets.most_common(1)[0][0]
    if len(sets) > 1:
        other = [name for name, answers in found.items() if tuple(sorted(answers)) != usual]
        mistakes.add(
            f"most cases have {len(usual)} answers (repeats {some_of([str(at) for at in usual])}), and "
            f"{len(other)} have others: {some_of([repr(name) for name in other], most=5)}",
            Place(file=table.source.path, key="repeat"),
            "Ask every case equally often; answers that failed to arrive count as they are, not as absent.",
        )
    return len(usual)
