"""What is plain about two schemas: columns that are missing, new, of another type, or in another order.

Facts, no statistics, so they are findings at once. A new column is an error unless the contract speaks of it, because
a leaked label arrives as a new column; declaring it, or saying `extra_columns:` in the contract, makes it a note. A
missing and a new column with the same distribution are told as one renaming.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.columns import Column, Kind
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract, Extra
from seatrial.data.profile.records import ColumnProfile, Profile
from seatrial.nearest import nearest
from seatrial.verdict import Verdict

_ALIKE = 0.1
"""Total variation below which a new column is taken for a renamed one, besides having a like name."""


def facts(reference: Profile, current: Profile, contract: Contract) -> tuple[DataFinding, ...]:
    """One finding for each difference of the schemas, or a single PASS."""
    missing = [name for name in reference.columns if name not in current.columns]
    new = [name for name in current.columns if name not in reference.columns]
    renamed = _renamed(reference, current, missing, new)
    found = [_missing(name, renamed.get(name), contract) for name in missing]
    found += [_new(name, {to: old for old, to in renamed.items()}.get(name), contract) for name in new]
    shared = [name for name in reference.columns if name in current.columns]
    for name in shared:
        changed = _type_change(reference.columns[name], current.columns[name])
        if changed is not None:
            check, severity, message, step = changed
            found.append(_fact(check, name, _capped(severity, name, contract), message, step))
    if shared != [name for name in current.columns if name in reference.columns]:
        found.append(
            _fact(Check.SCHEMA_ORDER, None, Severity.INFO, "the columns stand in another order than before", None)
        )
    if not any(finding.severity is not Severity.INFO for finding in found):
        message = f"all {len(shared)} columns of the reference are there, with their types"
        found.append(_fact(Check.SCHEMA_SAME, None, Severity.ERROR, message, None, verdict=Verdict.PASS))
    return tuple(found)


def _fact(
    check: Check,
    column: str | None,
    severity: Severity,
    message: str,
    step: str | None,
    *,
    verdict: Verdict = Verdict.FAIL,
) -> DataFinding:
    reason = Reason.HOLDS if verdict is Verdict.PASS else Reason.DIFFERS
    return DataFinding(
        check=check, column=column, verdict=verdict, severity=severity, reason=reason, message=message, next_step=step
    )


def _capped(severity: Severity, column: str, contract: Contract) -> Severity:
    """A column's own rule may make a fact about it less grave, never graver than it is."""
    rule = contract.columns.get(column)
    order = list(Severity)
    return severity if rule is None else max(severity, rule.severity, key=order.index)


def _missing(name: str, renamed_to: str | None, contract: Contract) -> DataFinding:
    rule = contract.columns.get(name)
    severity = Severity.ERROR if rule is None else rule.severity
    if rule is not None and not rule.required:
        severity = Severity.INFO
    if renamed_to is None:
        return _fact(
            Check.SCHEMA_MISSING,
            name,
            severity,
            f"column {name} is missing",
            f"bring {name} back, or take a new reference if it is gone for good",
        )
    return _fact(
        Check.SCHEMA_MISSING,
        name,
        severity,
        f"column {name} is missing; it was probably renamed to {renamed_to}, which is new and distributed alike",
        f"rename {renamed_to} back to {name}, or take a new reference",
    )


def _new(name: str, renamed_from: str | None, contract: Contract) -> DataFinding:
    if name in contract.columns or renamed_from is not None:
        severity = Severity.INFO
    elif "extra_columns" in contract.places or contract.extra is not Extra.ALLOW:
        severity = {Extra.ALLOW: Severity.INFO, Extra.WARN: Severity.WARNING, Extra.FORBID: Severity.ERROR}[
            contract.extra
        ]
    else:
        severity = Severity.ERROR
    message = f"column {name} is new" + ("" if renamed_from is None else f"; it was probably called {renamed_from}")
    step = f"declare {name} in the contract, or say `extra_columns: allow` there, if it is meant to be there"
    return _fact(Check.SCHEMA_NEW, name, severity, message, step)


def _type_change(before: ColumnProfile, after: ColumnProfile) -> tuple[Check, Severity, str, str | None] | None:
    old, new = before.column, after.column
    name = old.name
    if Kind.NOTHING in (old.kind, new.kind) or (old.kind is new.kind and old.dtype == new.dtype and _wide(old, new)):
        return None  # where all values are null there is no type to speak of, and the claim about nulls tells it
    if old.kind is not new.kind:
        message = f"{name} is a {new.kind} ({new.stored}) and was a {old.kind} ({old.stored})"
        return Check.SCHEMA_TYPE, Severity.ERROR, message, f"write {name} with its old type, or take a new reference"
    if not _wide(old, new):
        message = f"the vectors of {name} are {new.dims} wide and were {old.dims} wide"
        return Check.SCHEMA_WIDTH, Severity.ERROR, message, "make them with the model of the reference"
    message = f"{name} is stored as {new.stored} and was stored as {old.stored}"
    if old.kind is Kind.NUMBER and _family(old.dtype) != _family(new.dtype):
        whole = _family(new.dtype) == "float" and _is_whole(after)
        return Check.SCHEMA_TYPE, Severity.WARNING, message + (", all values whole" if whole else ""), None
    if old.kind is Kind.TIME and ("time_zone" in old.dtype or "time_zone" in new.dtype):
        zones = _zone(old.dtype), _zone(new.dtype)
        if zones[0] != zones[1]:
            message = f"the time zone of {name} is {zones[1] or 'not given'} and was {zones[0] or 'not given'}"
            return Check.SCHEMA_TYPE, Severity.WARNING, message, f"write {name} in one time zone"
    return Check.SCHEMA_TYPE, Severity.INFO, message, None


def _wide(old: Column, new: Column) -> bool:
    return old.dims == new.dims


def _family(dtype: str) -> str:
    for family, starts in (("float", ("Float",)), ("decimal", ("Decimal",)), ("duration", ("Duration",))):
        if dtype.startswith(starts):
            return family
    return "int"


def _is_whole(after: ColumnProfile) -> bool:
    numbers = after.numbers
    return numbers is not None and numbers.looked_at > 0 and sum(numbers.decimals[1:]) == 0


def _zone(dtype: str) -> str | None:
    _, _, rest = dtype.partition("time_zone=")
    zone = rest.strip(")'\" ")
    return None if zone in ("", "None") else zone


def _renamed(reference: Profile, current: Profile, missing: list[str], new: list[str]) -> dict[str, str]:
    """Missing columns by the new column each one probably is: alike in kind and name, or in kind and figures."""
    pairs: dict[str, str] = {}
    for name in missing:
        before = reference.columns[name]
        left = [
            other
            for other in new
            if other not in pairs.values() and current.columns[other].column.kind is before.column.kind
        ]
        alike = [other for other in left if _alike(before, current.columns[other])]
        found = nearest(name, alike or left) or (alike[0] if len(alike) == 1 else None)
        if found is not None:
            pairs[name] = found
    return pairs


def _alike(before: ColumnProfile, after: ColumnProfile) -> bool:
    """Whether two columns have about the same figures, as far as can be told without common bins."""
    if before.numbers is not None and after.numbers is not None:
        old, new = before.numbers, after.numbers
        if not old.count or not new.count:
            return False
        sd = float(np.sqrt(old.m2 / old.count))
        return abs(old.mean - new.mean) <= _ALIKE * sd and abs(float(np.sqrt(new.m2 / new.count)) - sd) <= _ALIKE * sd
    if not before.items.counts or not after.items.counts:
        return False
    return _variation(dict(before.items.counts), dict(after.items.counts)) <= 2 * _ALIKE


def _variation(before: dict[str, int], after: dict[str, int]) -> float:
    old, new = sum(before.values()), sum(after.values())
    keys = before.keys() | after.keys()
    return sum(abs(before.get(key, 0) / old - after.get(key, 0) / new) for key in keys) / 2
