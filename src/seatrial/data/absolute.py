"""What is wrong with a dataset by itself, without a contract and without a reference: columns that say nothing.

Called by `comparing` where neither a contract nor a reference says what should be. Facts, no statistics, and warnings:
a column that is all null or has one value is useless to a model and may still be what was meant. With a reference they
are told only if it differs there, and a contract says itself what it wants, so that a report asked for beside one
changes no verdict.
"""

from __future__ import annotations

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.profile.records import ColumnProfile, Profile
from seatrial.verdict import Verdict

_REASONS = {
    Verdict.PASS: Reason.HOLDS,
    Verdict.FAIL: Reason.BROKEN,
    Verdict.INCONCLUSIVE: Reason.NOT_LOOKED_AT,
}


def absolute(profile: Profile) -> tuple[DataFinding, ...]:
    """A warning for each column that says nothing, or one PASS for all; INCONCLUSIVE of a single row."""
    found = [_empty(column) for column in profile.columns.values() if column.values and column.nulls == column.values]
    if profile.rows == 1:
        message = "of one row nobody can tell which columns say nothing"
        return (*found, _finding(Check.SAYS_NOTHING, None, Verdict.INCONCLUSIVE, message, profile.rows))
    if not profile.rows:
        return ()
    found += [_constant(column) for column in profile.columns.values() if _is_constant(column)]
    if found:
        return tuple(found)
    counted = sum(bool(column.items.counts) for column in profile.columns.values())  # of vectors and bytes none are
    if not counted:
        return (_finding(Check.SAYS_NOTHING, None, Verdict.PASS, "no column is all null", profile.rows),)
    message = f"all {counted} columns whose values are counted have at least two different ones"
    return (_finding(Check.SAYS_NOTHING, None, Verdict.PASS, message, profile.rows),)


def _is_constant(column: ColumnProfile) -> bool:
    return column.items.complete and len(column.items.counts) == 1


def _empty(column: ColumnProfile) -> DataFinding:
    return _finding(Check.ALL_NULL, column.column.name, Verdict.FAIL, "every value is null", column.values)


def _constant(column: ColumnProfile) -> DataFinding:
    nulls = f", and {column.nulls:,} are null" if column.nulls else ""
    message = f"all values are the same{nulls}"
    return _finding(Check.CONSTANT, column.column.name, Verdict.FAIL, message, column.values)


def _finding(check: Check, column: str | None, verdict: Verdict, message: str, n: int) -> DataFinding:
    return DataFinding(
        check=check,
        column=column,
        verdict=verdict,
        severity=Severity.WARNING,
        reason=_REASONS[verdict],
        message=message,
        n=n,
    )
