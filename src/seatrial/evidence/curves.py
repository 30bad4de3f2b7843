"""Curves: a value over steps, such as the loss of a training run, from CSV.

Called by the flows for outs declared `as: curve`. Here a NaN is news, not a mistake: it says at which step the
training diverged. An empty field is no value at that step, as loggers leave it that write some columns now and
then; only where a column had a value in every row and then has none to the end is it the NaN that pandas writes.

Subtle: a report needs few points, so rows beyond a cap are thinned, always in the same way and keeping the
first and the last; where a column diverged is found before that, on all rows.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading
from seatrial.evidence.delimited import Delimited, open_csv
from seatrial.evidence.records import Curve

MAX_BYTES: Final = 256 * reading.MIB
MAX_POINTS: Final = 2_000
_MOST_PROBLEMS: Final = 20
_STEP_NAMES: Final = ("step", "iteration", "epoch")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"(?P<sign>[+-]?)(?:(?P<nan>nan)|inf|infinity)", re.IGNORECASE)


def read_curve(
    path: Path,
    *,
    shown: str | None = None,
    action: str | None = None,
    stage: str | None = None,
    max_points: int = MAX_POINTS,
) -> Curve:
    """The curves in a CSV file with a header: one column of increasing steps, at least one of numbers.

    The steps are the column named step, iteration or epoch (the first of these that exists), else the first
    column. At most `max_points` rows (2 or more) are kept. Raises EvidenceError with the line of anything that is
    no number, of steps that do not increase, and for a file without rows or without a column of values.
    """
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    table = open_csv(data, file=file)
    step_at = _step_column(table)
    columns, lines, empty = _numbers(table)
    steps = columns.pop(step_at)
    _check_steps(steps, lines, table, step_at)
    kept = _thinned(len(steps), max_points)
    names = {at: table.header[at].strip() for at in columns}
    return Curve(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        steps=tuple(steps[row] for row in kept),
        columns={names[at]: tuple(values[row] for row in kept) for at, values in columns.items()},
        diverged_at={
            names[at]: steps[row]
            for at, values in columns.items()
            if (row := _diverged(values, empty.get(at, []))) is not None
        },
    )


def _step_column(table: Delimited) -> int:
    names = [name.strip() for name in table.header]
    lowered = [name.lower() for name in names]
    step_at = next((lowered.index(name) for name in _STEP_NAMES if name in lowered), 0)
    place = Place(file=table.file, line=table.header_line)
    if len(names) < 2:
        raise EvidenceError(
            "a curve needs a column of steps and at least one of values, and this file has one column",
            place=place,
            next_step="Write a header such as step,loss and a row for each step, separated by commas.",
        )
    problems = [
        Problem(
            message=f"column {at + 1} has no name" if not name else f"there are two columns named `{name}`",
            place=Place(file=table.file, line=table.header_line, key=name or None),
            next_step="Give each column a name of its own (with pandas, pass index=False).",
        )
        for at, name in enumerate(names)
        if name in names[:at] or (not name and at != step_at)
    ]
    if problems:
        raise EvidenceError(problems[0].message, problems=tuple(problems))
    return step_at


def _numbers(table: Delimited) -> tuple[dict[int, array[float]], array[int], dict[int, list[int]]]:
    """Every column as numbers, by its index; the line of each row; and each column's rows with an empty field."""
    empty: dict[int, list[int]] = {}
    columns: dict[int, array[float]] = {at: array("d") for at in range(len(table.header))}
    lines: array[int] = array("Q")
    problems: list[Problem] = []
    for line, fields in table.rows:
        lines.append(line)
        for at, text in enumerate(fields):
            value = _number(text)
            if value is None:
                problems.append(_not_a_number(table, line, at, text))
            columns[at].append(math.nan if value is None else value)
            if not text.strip():
                empty.setdefault(at, []).append(len(lines) - 1)
        if len(problems) >= _MOST_PROBLEMS:
            break
    if problems:
        raise EvidenceError(problems[0].message, problems=tuple(problems[:_MOST_PROBLEMS]))
    if not lines:
        raise EvidenceError(
            "this curve has no steps",
            place=Place(file=table.file, line=table.header_line),
            next_step="Check that the training wrote at least one step.",
        )
    return columns, lines, empty


def _number(text: str) -> float | None:
    """The number a field spells, NaN for an empty one, None for text. `1e999` is infinite."""
    text = text.strip()
    if not text:
        return math.nan
    if _NUMBER.fullmatch(text):
        return float(text)
    if special := _NOT_FINITE.fullmatch(text):
        return math.nan if special["nan"] else math.copysign(math.inf, -1.0 if special["sign"] == "-" else 1.0)
    return None


def _not_a_number(table: Delimited, line: int, at: int, text: str) -> Problem:
    name = table.header[at].strip() or f"column {at + 1}"
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    return Problem(
        message=f"{shown!r} is not a number",
        place=Place(file=table.file, line=line, key=name),
        next_step="Write numbers only; leave columns of text out of the file.",
    )


def _check_steps(steps: Sequence[float], lines: Sequence[int], table: Delimited, step_at: int) -> None:
    name = table.header[step_at].strip() or "column 1"
    last = -math.inf
    for step, line in zip(steps, lines, strict=True):
        if not math.isfinite(step):
            message = "a step must be a finite number"
        elif step <= last:
            message = f"steps must increase, and {step:g} comes after {last:g}"
        else:
            last = step
            continue
        raise EvidenceError(
            message,
            place=Place(file=table.file, line=line, key=name),
            next_step="Write each step once, in order; start a new file for a new run.",
        )


def _diverged(values: Sequence[float], empty: Sequence[int]) -> int | None:
    """The first row at which a column is NaN or infinite, None when it never is.

    An empty field is a missing value if a number follows it, or if such fields stand before it: the column is
    then written now and then. Else it is the NaN that some writers leave empty.
    """
    last_number = max((row for row, value in enumerate(values) if math.isfinite(value)), default=-1)
    now_and_then = last_number < 0 or any(row < last_number for row in empty)
    missing = frozenset(empty) if now_and_then else frozenset()
    return next((row for row, value in enumerate(values) if not math.isfinite(value) and row not in missing), None)


def _thinned(rows: int, most: int) -> Sequence[int]:
    """The rows to keep: all, or `most` of them evenly spaced from the first to the last."""
    if rows <= most:
        return range(rows)
    return [at * (rows - 1) // (most - 1) for at in range(most)]
