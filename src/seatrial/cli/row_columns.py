"""Options that say which columns of a predictions file mean what; `gate` and `diff` share them.

Each becomes a field of `Columns`; what cannot be meant is a UsageError before any file is opened.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from seatrial.evidence.policy import Columns

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--id", "id_column", default="id", show_default=True, help="The column that names a row."),
    click.option("--label", default="y", show_default=True, help="The column with the truth."),
    click.option("--prediction", default="p", show_default=True, help="The column with the model's answer."),
    click.option("--score", metavar="COLUMN", help="The column with the score of the positive class."),
    click.option(
        "--class-score",
        "class_scores",
        multiple=True,
        metavar="CLASS=COLUMN",
        help="The column with the score of a class; one for each class.",
    ),
    click.option("--positive", metavar="CLASS", help="The positive class, as the labels spell it."),
    click.option("--threshold", type=float, help="Answer the positive class from this score on; without --prediction."),
    click.option("--value", "values", multiple=True, metavar="COLUMN", help="A column of numbers; may be repeated."),
    click.option("--cluster", metavar="COLUMN", help="The column that says which rows belong together."),
    click.option("--query", metavar="COLUMN", help="The column that says which rows are ranked together."),
    click.option(
        "--group",
        "groups",
        multiple=True,
        metavar="COLUMN",
        help="A column that splits the rows into groups; may be repeated.",
    ),
)


def column_options(command: _Command) -> _Command:
    """All of them, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def columns_from(
    *,
    id_column: str,
    label: str,
    prediction: str,
    score: str | None,
    class_scores: tuple[str, ...],
    positive: str | None,
    threshold: float | None,
    values: tuple[str, ...],
    cluster: str | None,
    query: str | None,
    groups: tuple[str, ...],
) -> Columns:
    """The columns that were meant. Raises UsageError."""
    from seatrial.errors import UsageError
    from seatrial.evidence.policy import Columns  # heavy: this module is loaded by every command's listing

    scores = {}
    for each in class_scores:
        name, sign, column = each.partition("=")
        if not (sign and name and column):
            raise UsageError(f"--class-score {each} names no column", next_step="write --class-score CLASS=COLUMN")
        scores[name] = column
    if threshold is not None and (score is None or positive is None):
        raise UsageError(
            "a threshold needs a score and the positive class",
            next_step="add --score COLUMN and --positive CLASS, or leave --threshold out",
        )
    if threshold is not None and not math.isfinite(threshold):
        raise UsageError(f"{threshold} is no threshold", next_step="write a number, such as --threshold 0.5")
    if score is not None and scores:
        raise UsageError(
            "--score is for two classes, and --class-score for more",
            next_step="keep one of them",
        )
    return Columns(
        id=id_column,
        label=label,
        prediction=prediction,
        score=score,
        scores=scores,
        positive=positive,
        threshold=threshold,
        values=values,
        cluster=cluster,
        query=query,
        groups=groups,
    )
