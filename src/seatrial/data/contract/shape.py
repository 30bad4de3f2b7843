"""What a contract says of the dataset as a whole: number of rows, which columns there are, and their types.

Pure; part of `judging`. Nothing here needs a row to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.columns import Column, Kind, Part
from seatrial.data.contract.demands import is_whole_list, keys_asked, leaf_of, no_column, told_keys
from seatrial.data.findings import DataFinding
from seatrial.data.policy import ColumnRule, Contract, Extra
from seatrial.errors import Place, some_of
from seatrial.verdict import Verdict

_OF_KIND = {
    "number": Kind.NUMBER,
    "text": Kind.TEXT,
    "flag": Kind.FLAG,
    "bool": Kind.FLAG,
    "time": Kind.TIME,
    "vector": Kind.VECTOR,
    "bytes": Kind.BYTES,
}
_STORED = {
    "int": ("Int", "UInt"),
    "float": ("Float",),
    "decimal": ("Decimal",),
    "string": ("String", "Categorical", "Enum"),
    "date": ("Date",),
    "datetime": ("Datetime",),
}


def shape_findings(contract: Contract, columns: tuple[Column, ...], rows: int) -> Iterator[DataFinding]:
    """Findings that follow from the columns and the number of rows."""
    leaves = {column.name: column for column in columns}
    yield _rows(contract, rows)
    yield from _missing(contract, leaves)
    yield from _extra(contract, leaves)
    for rule in contract.columns.values():
        leaf = leaf_of(rule.name, leaves)
        if leaf is not None and rule.type is not None:
            yield _type(rule, rule.type, leaf)


def fact(
    check: Check,
    column: str | None,
    broken: bool,
    message: str,
    *,
    place: Place | None,
    severity: Severity = Severity.ERROR,
    next_step: str | None = None,
    verdict: Verdict | None = None,
    estimate: float | None = None,
    threshold: float | None = None,
    n: int | None = None,
) -> DataFinding:
    """A finding about a plain fact."""
    judged = verdict or (Verdict.FAIL if broken else Verdict.PASS)
    known = {Verdict.FAIL: Reason.BROKEN, Verdict.PASS: Reason.HOLDS}
    return DataFinding(
        check=check,
        column=column,
        verdict=judged,
        severity=severity,
        reason=known.get(judged, Reason.NOT_LOOKED_AT),
        message=message,
        place=place,
        next_step=None if judged is Verdict.PASS else next_step,
        estimate=estimate,
        threshold=threshold,
        n=n,
    )


def _rows(contract: Contract, rows: int) -> DataFinding:
    least, most = contract.min_rows, contract.max_rows
    few, many = least is not None and rows < least, most is not None and rows > most
    place = contract.places.get("rows.max" if many else "rows.min") or contract.places.get("rows")
    if rows == 0:
        return fact(
            Check.RULE_ROWS,
            None,
            True,
            "checked nothing: the dataset has no rows",
            place=place,
            next_step="Look at what writes it; an empty dataset is never what was meant.",
            verdict=Verdict.FAIL if few else Verdict.ERROR,
            estimate=0.0,
            threshold=least,
            n=0,
        )
    asked = f"at least {least:,}" if few else f"at most {most:,}" if many else ""
    message = f"{rows:,} rows, and {asked} are asked for" if asked else f"{rows:,} rows"
    limit = least if few or most is None else most
    return fact(
        Check.RULE_ROWS,
        None,
        few or many,
        message,
        place=place,
        next_step="Look at what writes the dataset, or change `rows` in the contract.",
        estimate=float(rows),
        threshold=None if limit is None else float(limit),
        n=rows,
    )


def _missing(contract: Contract, leaves: Mapping[str, Column]) -> Iterator[DataFinding]:
    wanted = 0
    missing = 0
    for rule in contract.columns.values():
        wanted += rule.required
        if leaf_of(rule.name, leaves) is not None:
            continue
        within = _fields(rule, leaves)
        if not _is_missing(rule, leaves):
            if leaf_of(rule.name, leaves) is None and not within and keys_asked(rule):
                yield _not_asked(rule, leaves)
            continue
        missing += 1
        unasked = f", so {told_keys(rule)} could not be asked of it" if keys_asked(rule) else ""
        message = f"the column `{rule.name}` is missing{unasked}"
        step = no_column(rule.name, leaves)
        if within:
            message = f"`{rule.name}` is a struct, and rules are about its fields"
            step = f"name its fields: {some_of(within)}"
        yield fact(
            Check.RULE_MISSING_COLUMN,
            rule.name,
            True,
            message,
            place=rule.places.get(""),
            severity=rule.severity,
            next_step=step,
        )
    for finding in missing_roles(contract, leaves):
        missing += 1
        yield finding
    if wanted and not missing:
        yield fact(
            Check.RULE_MISSING_COLUMN,
            None,
            False,
            f"all {wanted} columns are there",
            place=None,
            n=wanted,
            estimate=0.0,
        )


def _is_missing(rule: ColumnRule, leaves: Mapping[str, Column]) -> bool:
    """Whether a column of `columns` is told to be missing: neither there, nor a struct of which nothing else is asked,
    nor one that need not be there."""
    if leaf_of(rule.name, leaves) is not None:
        return False
    return not _only_presence(rule) if _fields(rule, leaves) else rule.required


def _fields(rule: ColumnRule, leaves: Mapping[str, Column]) -> list[str]:
    """The leaves of a struct."""
    return [name for name in leaves if name.startswith(f"{rule.name}.")]


def _not_asked(rule: ColumnRule, leaves: Mapping[str, Column]) -> DataFinding:
    """A note, for whoever mistyped a name that need not be there: its rules judge nothing."""
    return fact(
        Check.RULE_MISSING_COLUMN,
        rule.name,
        False,
        f"the column `{rule.name}` is not there, as `required: false` allows, so {told_keys(rule)} could not be asked "
        "of it",
        place=rule.places.get(""),
        severity=Severity.INFO,
        next_step=no_column(rule.name, leaves),
        verdict=Verdict.INCONCLUSIVE,
    )


def missing_roles(contract: Contract, leaves: Mapping[str, Column]) -> Iterator[DataFinding]:
    """Columns that are named as label, prediction, cluster or id, and are not there: what needs them is not looked at,
    so that is an ERROR whatever else is asked, but where the column is missing as one of `columns` already."""
    for role, key in _roles(contract):
        rule = contract.columns.get(role)
        told = rule is not None and rule.severity is Severity.ERROR and _is_missing(rule, leaves)
        if role not in leaves and not told:
            yield fact(
                Check.RULE_MISSING_COLUMN,
                role,
                True,
                f"there is no column with one value a row called `{role}`, which is named as {key.partition('.')[0]}"
                if _is_nested(role, leaves)
                else f"the column `{role}`, which is named as {key.partition('.')[0]}, is missing",
                place=contract.places.get(key),
                next_step=no_column(role, leaves),
                verdict=Verdict.ERROR,
            )


def _is_nested(role: str, leaves: Mapping[str, Column]) -> bool:
    return any(name.startswith((f"{role}.", f"{role}[")) for name in leaves)


def _only_presence(rule: ColumnRule) -> bool:
    return rule == ColumnRule(
        name=rule.name,
        required=rule.required,
        severity=rule.severity,
        sensitive=rule.sensitive,
        drift=rule.drift,
        places=rule.places,
    )


def _roles(contract: Contract) -> list[tuple[str, str]]:
    named = ((contract.label, "label"), (contract.prediction, "prediction"), (contract.cluster, "cluster"))
    ids = [(name, f"id.{index}" if len(contract.id) > 1 else "id") for index, name in enumerate(contract.id)]
    return [(column, key) for column, key in named if column is not None] + ids


def _extra(contract: Contract, leaves: Mapping[str, Column]) -> Iterator[DataFinding]:
    if contract.extra is Extra.ALLOW:
        return
    place = contract.places.get("extra_columns")
    severity = Severity.WARNING if contract.extra is Extra.WARN else Severity.ERROR
    extra = dict.fromkeys(column.source for column in leaves.values() if not _named(contract, column))
    for name in extra:
        yield fact(
            Check.RULE_EXTRA_COLUMN,
            name,
            True,
            f"the contract does not name the column `{name}`",
            place=place,
            severity=severity,
            next_step="Add it to `columns`, or stop writing it.",
        )
    if not extra:
        yield fact(Check.RULE_EXTRA_COLUMN, None, False, "there is no further column", place=place, severity=severity)


def _named(contract: Contract, column: Column) -> bool:
    """Whether a contract knows a leaf: by its name, its list, its list's other leaf, or its struct."""
    if column.name in contract.columns or column.source in contract.columns:
        return True
    if column.part is not Part.VALUES and {f"{column.source}[]", f"{column.source}[#]"} & set(contract.columns):
        return True
    return any(column.name.startswith(f"{name}.") for name in contract.columns)


def _type(rule: ColumnRule, wanted: str, leaf: Column) -> DataFinding:
    place = rule.places.get("type")
    if leaf.kind is Kind.NOTHING:
        return fact(
            Check.RULE_TYPE,
            rule.name,
            False,
            f"`{rule.name}` holds only nulls, so its type is unknown",
            place=place,
            severity=rule.severity,
            next_step="Write the column with its type, or ask for values with `nulls: {max: ...}`.",
            verdict=Verdict.INCONCLUSIVE,
        )
    whole = is_whole_list(rule.name, leaf)
    stored = "a list" if whole else leaf.stored
    holds = whole if wanted == "list" else not whole and _is(wanted, leaf)
    message = f"`{rule.name}` is {stored}" + ("" if holds else f", and the contract says {wanted}")
    step = "Write the column with that type, or change `type`."
    return fact(Check.RULE_TYPE, rule.name, not holds, message, place=place, severity=rule.severity, next_step=step)


def _is(wanted: str, leaf: Column) -> bool:
    if wanted in _OF_KIND:
        return leaf.kind is _OF_KIND[wanted]
    if wanted == "date":
        return leaf.dtype == "Date"
    if leaf.part is Part.LENGTHS:
        return wanted == "int"
    return leaf.dtype.startswith(_STORED.get(wanted, ()))
