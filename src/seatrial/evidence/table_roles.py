"""What the columns of a predictions file are for, and the mistakes their rows can hold.

Between `predictions` (which decides what a table must be) and the three readers of formats: a `Role` says
which of the user's columns becomes which of ours, a `RawTable` is what a reader hands back, and
`RowFaults` gathers mistakes by column, so that a million bad rows make one sentence, not a million.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from shlex import quote
from typing import Final

import polars as pl
from msgspec import Struct, field

from seatrial.errors import EvidenceError, Place, Problem, UsageError
from seatrial.evidence.policy import Columns
from seatrial.nearest import nearest

SHOWN: Final = 5
_OF_GATES: Final = ("groups", "values", "cluster")  # what `slices: {by: [region]}` and its like ask for too
_OPTIONS: Final = {"groups": "--group", "values": "--value", "scores": "--class-score"}
MAX_ROWS: Final = 50_000_000


class Role(Struct, frozen=True, kw_only=True):
    """One column of ours: `target` is its name in the table, `column` the user's name for it, `declared` how
    the user names it in seatrial.yaml. `numeric` is true for scores and values; all others are text. An `optional`
    column may be missing: nobody named it, and what else was named can be judged without."""

    target: str
    column: str
    declared: str
    numeric: bool = False
    optional: bool = False

    @property
    def word(self) -> str:
        """What a person calls one value of the column."""
        return {"scores": "score", "values": "value", "groups": "group"}.get(self.declared, self.declared)


class RawTable(Struct, frozen=True, kw_only=True):
    """A file's needed columns, by target name: text (null where a value is missing), scores and values as floats.

    `lines` is the line of each row for formats that have lines, else None. `first` is the number of the first row,
    above 0 where the frame is a piece of a file.
    """

    frame: pl.DataFrame
    lines: Sequence[int] | None = None
    first: int = 0

    def where(self, row: int) -> tuple[str, int]:
        """The word and number by which a person finds a row (`row` counts from 0)."""
        return ("row", self.first + row + 1) if self.lines is None else ("line", self.lines[row])


def roles_of(columns: Columns) -> tuple[Role, ...]:
    """The roles that a declaration asks for. Raises UsageError when id, label and prediction are not three
    different columns: a label compared with itself would always be right."""
    names = (columns.id, columns.label, columns.prediction)
    if len(set(names)) != len(names):
        raise UsageError(
            f"id, label and prediction must be three different columns, not {', '.join(map(repr, names))}",
            next_step="Name three different columns (id:, label: and prediction:, or --id, --label, --prediction).",
        )
    default = Columns()
    scored = columns.score is not None or bool(columns.scores)
    unlabelled = bool(columns.values) and columns.label == default.label
    unanswered = (bool(columns.values) or scored) and columns.prediction == default.prediction
    roles = [
        Role(target="id", column=columns.id, declared="id"),
        Role(target="label", column=columns.label, declared="label", optional=unlabelled),
        Role(target="prediction", column=columns.prediction, declared="prediction", optional=unanswered),
    ]
    if columns.score is not None:
        roles.append(Role(target="score", column=columns.score, declared="score", numeric=True))
    for name, column in columns.scores.items():
        roles.append(Role(target=f"score:{name}", column=column, declared="scores", numeric=True))
    values = dict.fromkeys(columns.values)
    roles += [Role(target=f"value:{name}", column=name, declared="values", numeric=True) for name in values]
    for target, named in (("cluster", columns.cluster), ("query", columns.query)):
        if named is not None:
            roles.append(Role(target=target, column=named, declared=target))
    roles += [Role(target=f"group:{name}", column=name, declared="groups") for name in dict.fromkeys(columns.groups)]
    return tuple(roles)


def there(header: Collection[str], roles: Iterable[Role], *, targets: bool = False) -> tuple[Role, ...]:
    """The roles without those that may be missing and are; `header` has the user's names, or with `targets` ours."""
    return tuple(role for role in roles if not role.optional or (role.target if targets else role.column) in header)


def locate(header: Sequence[str], roles: Iterable[Role], *, file: str, line: int | None) -> Mapping[str, int]:
    """The index of each needed column, by target. Raises EvidenceError naming every column that is missing
    (with the nearest one that exists) or that the header holds twice."""
    problems: list[Problem] = []
    found: dict[str, int] = {}
    for role in roles:
        place = Place(file=file, line=line, key=role.column)
        count = header.count(role.column)
        if count == 1:
            found[role.target] = header.index(role.column)
        elif count:
            message = f"there are {count} columns named `{role.column}`"
            problems.append(Problem(message=message, place=place, next_step="Give each column a name of its own."))
        else:
            problems.append(_missing(header, role, place))
    if problems:
        raise EvidenceError(problems[0].message, problems=tuple(problems))
    return found


def _missing(header: Sequence[str], role: Role, place: Place) -> Problem:
    message = f"there is no column `{role.column}` (declared as `{role.declared}`)"
    option = _OPTIONS.get(role.declared, f"--{role.declared}")
    gates = "; if a gate set named it, correct it there" if role.declared in _OF_GATES else ""
    by_lower = {name.lower(): name for name in header}
    close = nearest(role.column.lower(), by_lower, cutoff=0.5)
    if close:
        near = by_lower[close]
        return Problem(
            message=f"{message}; the nearest one is `{near}`",
            place=place,
            next_step=f"Declare `{role.declared}: {quote(near)}` for this file in seatrial.yaml "
            f"(or pass {option} {quote(near)}){gates}.",
        )
    names = ", ".join(f"`{name}`" for name in header[:10]) or "none"
    return Problem(
        message=f"{message}; the columns are {names}{', ...' if len(header) > 10 else ''}",
        place=place,
        next_step=f"Declare the right one under `{role.declared}:` in seatrial.yaml (or pass {option} COLUMN){gates}.",
    )


def refuse_too_many(rows: int, file: str) -> None:
    """Raise EvidenceError above the cap on rows."""
    if rows > MAX_ROWS:
        raise EvidenceError(
            f"this table has more than {MAX_ROWS:,} rows, the most that is read",
            place=Place(file=file),
            next_step="Write Parquet, of which `gate` and `diff` read any number of rows (of seeds, and of rows "
            "without labels, as many as this).",
        )


class RowFaults(Struct):
    """Mistakes in rows, gathered by column and kind: how many, and where the first few are."""

    file: str
    _found: dict[tuple[str, str, str], tuple[int, list[tuple[str, int]]]] = field(default_factory=dict)

    def add(self, column: str, what: str, next_step: str, *, first: Iterable[tuple[str, int]], count: int = 1) -> None:
        """Note `count` rows with the mistake `what` (a phrase such as "is empty"), the `first` of them by place."""
        known, places = self._found.get((column, what, next_step), (0, []))
        wanted = SHOWN - len(places)
        self._found[column, what, next_step] = (known + count, [*places, *list(first)[:wanted]])

    def note_rows(self, table: RawTable, wrong: pl.Series, column: str, what: str, next_step: str) -> None:
        """Note every row for which the boolean series `wrong` is true."""
        rows = wrong.arg_true()
        if len(rows):
            first = [table.where(row) for row in rows.head(SHOWN)]
            self.add(column, what, next_step, first=first, count=len(rows))

    def problems(self) -> tuple[Problem, ...]:
        """One problem for each column and kind of mistake, in the order they were met."""
        return tuple(
            self._problem(column, what, next_step, count, places)
            for (column, what, next_step), (count, places) in self._found.items()
        )

    def _problem(self, column: str, what: str, next_step: str, count: int, places: list[tuple[str, int]]) -> Problem:
        word, number = places[0]
        numbers = ", ".join(str(place[1]) for place in places)
        more = ", ..." if count > len(places) else ""
        where = f"{word} {numbers}" if count == 1 else f"{count} rows ({word}s {numbers}{more})"
        line = number if word == "line" else None
        return Problem(
            message=f"`{column}` {what} in {where}",
            place=Place(file=self.file, line=line, key=column),
            next_step=next_step,
        )
