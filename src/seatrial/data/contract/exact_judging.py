"""Findings of the exact second pass: unique columns and keys, rows shared with another dataset, repeated rows.

Called after the rules were counted, and only reads data where the contract asks for one of the three. A null is no
key: `nullable: false` is what forbids it; in whole rows it is a value like others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.columns import Column, Kind, Part
from seatrial.data.contract.demands import leaf_of, no_column
from seatrial.data.contract.exact import Repeats, repeats, shared
from seatrial.data.contract.near_texts import near_shared
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract, Disjoint
from seatrial.data.reading.records import Dataset
from seatrial.errors import EvidenceError, Place, Problem, UserError, some_of
from seatrial.verdict import Verdict


def exact_findings(dataset: Dataset, contract: Contract, opened: Callable[[str], Dataset]) -> tuple[DataFinding, ...]:
    """One finding for each key, each other dataset, and for repeated rows.

    `opened` opens the other dataset of `disjoint` by the path in the contract. Raises EvidenceError for one that cannot
    be opened, at the line that names it, and for a file that cannot be read.
    """
    leaves = {column.name: column for column in dataset.columns}
    found = [_unique(dataset, key, severity, place, leaves) for key, severity, place in _keys(contract, leaves)]
    for index, entry in enumerate(contract.disjoint):
        place = contract.places.get(f"disjoint.{index}") or contract.places.get("disjoint")
        named = contract.places.get(f"disjoint.{index}.with") or contract.places.get("disjoint.with") or place
        found.append(_disjoint(dataset, _other(entry.path, opened, named), entry, place))
    if contract.max_duplicate_share is not None:
        found.append(_duplicates(dataset, contract.max_duplicate_share, contract.places.get("duplicates.max")))
    return tuple(found)


def _keys(contract: Contract, leaves: dict[str, Column]) -> Iterator[tuple[tuple[str, ...], Severity, Place | None]]:
    for rule in contract.columns.values():
        if rule.unique and leaf_of(rule.name, leaves) is not None:  # else `shape` tells that nothing was asked of it
            yield (rule.name,), rule.severity, rule.places.get("unique")
    for index, key in enumerate(contract.unique):
        if len(key) == 1 and key[0] in contract.columns and contract.columns[key[0]].unique:
            continue
        place = contract.places.get(f"unique.{index}") or contract.places.get("unique")
        yield key, Severity.ERROR, place


def _unique(
    dataset: Dataset, key: tuple[str, ...], severity: Severity, place: Place | None, leaves: dict[str, Column]
) -> DataFinding:
    told = " and ".join(f"`{name}`" for name in key)
    column = key[0] if len(key) == 1 else None
    if (refused := _unusable(key, leaves)) is not None:
        return _not_looked_at(
            Check.RULE_UNIQUE, column, f"{told} cannot be asked to be unique: {refused[0]}", refused[1], place
        )
    count = repeats(dataset, key)
    what = f"{count.repeated:,} of {count.looked_at:,} rows repeat an earlier {told}"
    if count.rows:
        what += f"; row {count.rows[0]:,} has that of row {count.firsts[0]:,}"
    passed = f"{told}: no two of {count.looked_at:,} rows are alike"
    return _judged(
        Check.RULE_UNIQUE, column, count, 0.0, what, passed, place, severity, "Drop or correct the repeated rows."
    )


def _other(path: str, opened: Callable[[str], Dataset], place: Place | None) -> Dataset:
    """The dataset that must share no row. A user did not type its path but wrote it in the contract, so that line is
    where to look; the file, and the line in it, stand in the message."""
    try:
        return opened(path)
    except UserError as error:
        problems = tuple(
            Problem(message=f"rows cannot be compared with {path}: {each}", place=place, next_step=each.next_step)
            for each in error.problems
        )
        raise EvidenceError(problems[0].message, problems=problems) from error


def _disjoint(dataset: Dataset, other: Dataset, entry: Disjoint, place: Place | None) -> DataFinding:
    mine = {column.name: column for column in dataset.columns}
    theirs = {column.name: column for column in other.columns}
    on = entry.on or _flat(dataset)
    for leaves, shown in ((mine, dataset.shown), (theirs, other.shown)):
        if (refused := _unusable(on, leaves, whole_rows=not entry.on)) is not None:
            message = f"rows cannot be compared with {entry.path}: in {shown} {refused[0]}"
            return _not_looked_at(Check.RULE_DISJOINT, None, message, refused[1], place)
    unlike = [name for name in on if name in mine and _family(mine[name]) != _family(theirs[name])]
    if unlike:
        name = unlike[0]
        message = f"`{name}` is {mine[name].stored} here and {theirs[name].stored} in {entry.path}"
        return _not_looked_at(Check.RULE_DISJOINT, name, message, "Write both with one type.", place)
    if entry.near is not None:
        return _nearly(dataset, other, entry, entry.near, mine, place)
    count = shared(dataset, on, other, nulls_are_keys=not entry.on)
    by = f"the same {some_of([f'`{name}`' for name in entry.on])}" if entry.on else "equal values in all columns"
    what = f"{count.repeated:,} of {count.looked_at:,} rows are also in {entry.path}, with {by}"
    if count.rows:
        what += f"; row {count.rows[0]:,} is row {count.firsts[0]:,} there"
    passed = f"none of {count.looked_at:,} rows is in {entry.path}"
    step = "Remove the shared rows from one of the two."
    return _judged(Check.RULE_DISJOINT, None, count, 0.0, what, passed, place, Severity.ERROR, step)


def _nearly(
    dataset: Dataset, other: Dataset, entry: Disjoint, near: float, mine: dict[str, Column], place: Place | None
) -> DataFinding:
    """Texts that are nearly those of the other dataset."""
    odd = next((name for name in entry.on if mine[name].kind is not Kind.TEXT), None)
    if odd is not None:
        message = f"`{odd}` is {mine[odd].stored}, and `near` compares texts"
        return _not_looked_at(Check.RULE_DISJOINT, odd, message, "Name columns of texts, or leave out `near`.", place)
    count = near_shared(dataset, entry.on, other, near)
    by = f"{100 * near:.4g} % or more of the words of {some_of([f'`{name}`' for name in entry.on])} in common"
    what = f"{count.repeated:,} of {count.looked_at:,} rows have, with a row of {entry.path}, {by}"
    if count.rows:
        what += f"; row {count.rows[0]:,} is nearly row {count.firsts[0]:,} there"
    passed = f"none of {count.looked_at:,} rows has, with a row of {entry.path}, {by}"
    step = "Remove the shared rows from one of the two."
    return _judged(Check.RULE_DISJOINT, None, count, 0.0, what, passed, place, Severity.ERROR, step)


def _duplicates(dataset: Dataset, most: float, place: Place | None) -> DataFinding:
    count = repeats(dataset, _flat(dataset), nulls_are_keys=True)
    share = count.repeated / count.looked_at if count.looked_at else 0.0
    what = f"{count.repeated:,} of {count.looked_at:,} rows ({100 * share:.2g} %) repeat an earlier row"
    what += f"; at most {100 * most:.4g} % may" + (
        f"; row {count.rows[0]:,} is row {count.firsts[0]:,}" if count.rows else ""
    )
    passed = f"{count.repeated:,} of {count.looked_at:,} rows repeat an earlier row, within {100 * most:.4g} %"
    return _judged(
        Check.RULE_DUPLICATES, None, count, most, what, passed, place, Severity.ERROR, "Drop the repeated rows."
    )


def _flat(dataset: Dataset) -> tuple[str, ...]:
    """All columns of a batch."""
    return tuple(dict.fromkeys(column.source for column in dataset.columns))


def _unusable(key: Sequence[str], leaves: dict[str, Column], *, whole_rows: bool = False) -> tuple[str, str] | None:
    sources = {column.source for column in leaves.values()}
    for name in key:
        if whole_rows and name in sources:
            continue
        leaf = leaves.get(name)
        if leaf is None and leaf_of(name, leaves) is None:
            return f"there is no column `{name}`", no_column(name, leaves)
        if leaf is None or leaf.part is not Part.VALUES or leaf.kind is Kind.VECTOR:
            return f"`{name}` holds several values in a row", "Name a column with one value a row."
    return None


def _family(column: Column) -> str:
    if column.kind is not Kind.NUMBER:
        return column.kind.value
    return "whole" if column.dtype.startswith(("Int", "UInt")) else "number"


def _not_looked_at(check: Check, column: str | None, message: str, step: str, place: Place | None) -> DataFinding:
    return DataFinding(
        check=check,
        column=column,
        verdict=Verdict.ERROR,
        severity=Severity.ERROR,
        reason=Reason.NOT_LOOKED_AT,
        message=message,
        next_step=step,
        place=place,
    )


def _judged(
    check: Check,
    column: str | None,
    count: Repeats,
    most: float,
    what: str,
    passed: str,
    place: Place | None,
    severity: Severity,
    step: str,
) -> DataFinding:
    if not count.looked_at:
        message = "checked nothing: no row has a value to compare"
        return _not_looked_at(check, column, message, "Look at what writes the column.", place)
    broken = count.repeated > most * count.looked_at
    return DataFinding(
        check=check,
        column=column,
        verdict=Verdict.FAIL if broken else Verdict.PASS,
        severity=severity,
        reason=Reason.BROKEN if broken else Reason.HOLDS,
        message=what if broken else passed,
        statistic="share",
        unit="share",
        estimate=count.repeated / count.looked_at,
        threshold=most,
        n=count.looked_at,
        place=place,
        next_step=step if broken else None,
        rows=count.rows if broken else (),
        details={"broken": float(count.repeated)},
    )
