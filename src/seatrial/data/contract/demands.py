"""What a contract demands of the columns that are really there, one record per rule.

Pure. Made once per check from the contract and the dataset's leaves; `expressions` turns each demand into what is
counted, `judging` turns what was counted into findings. A demand that no value could meet, because the column is
of another kind, says so in `refused` and becomes a FAIL; one about a column that is not there has no `leaf` besides,
and becomes an ERROR. Neither is ever silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from seatrial.data.claims import Severity
from seatrial.data.codes import Check
from seatrial.data.columns import Column, Kind, Part
from seatrial.data.policy import ColumnRule, Contract
from seatrial.errors import Place, some_of
from seatrial.nearest import nearest

_KINDS = {
    Check.RULE_RANGE: (Kind.NUMBER, Kind.TIME),
    Check.RULE_SET: (Kind.NUMBER, Kind.TEXT, Kind.FLAG),
    Check.RULE_PATTERN: (Kind.TEXT,),
    Check.RULE_LENGTH: (Kind.TEXT,),
    Check.RULE_FINITE: (Kind.NUMBER, Kind.VECTOR),
    Check.RULE_ORDER: (Kind.NUMBER, Kind.TIME),
    Check.RULE_FRESH: (Kind.TIME,),
    Check.RULE_NOT_BEFORE: (Kind.TIME,),
}
_PLAIN = {
    Kind.NUMBER: "numbers",
    Kind.TEXT: "text",
    Kind.TIME: "times",
    Kind.FLAG: "true and false",
    Kind.VECTOR: "vectors",
    Kind.BYTES: "bytes",
    Kind.NOTHING: "only nulls",
}


_CORRECT = "Correct the data, or the rule in the contract."


class Demand(Struct, frozen=True, kw_only=True):
    """One rule about one leaf (two for `contract.not_before`). `id` is its key path in the contract. `leaf` is None
    where the data has nothing that the rule could be asked of; `refused` says that, or why no value could keep it."""

    id: str
    check: Check
    column: str
    leaf: Column | None = None
    other: Column | None = None
    rule: ColumnRule | None = None
    severity: Severity = Severity.ERROR
    place: Place | None = None
    refused: str | None = None
    next_step: str | None = None


def asks_exactly(contract: Contract) -> bool:
    """Whether a contract needs a second pass, which is not even imported otherwise: see `exact_judging`."""
    alone = any(rule.unique for rule in contract.columns.values())
    return bool(alone or contract.unique or contract.disjoint or contract.max_duplicate_share is not None)


def demands(contract: Contract, columns: Sequence[Column]) -> tuple[Demand, ...]:
    """All that is to be counted, in the contract's order. Absent columns of `columns:` are left out here:
    that they are missing is a finding of its own."""
    leaves = {column.name: column for column in columns}
    found = [
        demand
        for rule in contract.columns.values()
        if (leaf := leaf_of(rule.name, leaves)) is not None
        for demand in _of_column(rule, leaf)
    ]
    return (*found, *_across(contract, leaves))


def leaf_of(name: str, leaves: Mapping[str, Column]) -> Column | None:
    """The leaf that a name of a contract means; a list's own name means its lengths, which know its nulls."""
    return leaves.get(name) or leaves.get(f"{name}[#]")


def is_whole_list(name: str, leaf: Column) -> bool:
    """Whether a contract spoke of the list itself, not of its lengths."""
    return leaf.part is Part.LENGTHS and name != leaf.name


def keys_asked(rule: ColumnRule) -> tuple[str, ...]:
    """What is asked of a column beyond being there, by the keys of the contract."""
    asked = {
        "type": rule.type,
        "nullable": rule.nullable is False or None,
        "nulls": rule.max_null_share,
        "unique": rule.unique or None,
        "min": rule.least,
        "max": rule.most,
        "above": rule.above,
        "below": rule.below,
        "one_of": rule.one_of,
        "none_of": rule.none_of,
        "pattern": rule.pattern,
        "length": rule.min_length if rule.min_length is not None else rule.max_length,
        "finite": rule.finite or None,
    }
    return tuple(key for key, value in asked.items() if value is not None)


def told_keys(rule: ColumnRule) -> str:
    """The same in words, most of a line at most."""
    return some_of([f"`{key}`" for key in keys_asked(rule)], most=6)


def _of_column(rule: ColumnRule, leaf: Column) -> Iterator[Demand]:
    def asked(check: Check, *keys: str) -> Demand:
        place = next((rule.places[key] for key in keys if key in rule.places), rule.places.get(""))
        refused = None if check is Check.RULE_NULLS else _refused(check, rule, leaf)
        astray = refused is not None and is_whole_list(rule.name, leaf)
        soft = bool(rule.soft) and all(key in rule.soft for key in keys if key in rule.places)
        return Demand(
            id=f"columns.{rule.name}.{check.removeprefix('contract.')}",
            check=check,
            column=rule.name,
            leaf=None if astray else leaf,
            rule=rule,
            severity=Severity.WARNING if soft else rule.severity,
            place=place,
            refused=refused,
            next_step="Name its elements in the contract." if astray else refused and _CORRECT,
        )

    if rule.nullable is False or rule.max_null_share is not None:
        yield asked(Check.RULE_NULLS, "nulls", "nullable")
    if any(bound is not None for bound in (rule.least, rule.most, rule.above, rule.below)):
        yield asked(Check.RULE_RANGE, "min", "max", "above", "below")
    if rule.one_of is not None or rule.none_of is not None:
        yield asked(Check.RULE_SET, "one_of", "none_of")
    if rule.pattern is not None:
        yield asked(Check.RULE_PATTERN, "pattern")
    if rule.min_length is not None or rule.max_length is not None:
        yield asked(Check.RULE_LENGTH, "length")
    if rule.finite:
        yield asked(Check.RULE_FINITE, "finite")


def _refused(check: Check, rule: ColumnRule, leaf: Column) -> str | None:
    """Why no value of a column as it is stored could meet the rule; a column of nulls can be asked anything."""
    if leaf.kind is Kind.NOTHING:
        return None
    if is_whole_list(rule.name, leaf):
        return f"`{rule.name}` is a list; say `{rule.name}[]` for its elements, or `{leaf.name}` for their number"
    meant = _meant(check, rule)
    fits = set(meant) <= {leaf.kind} if check is Check.RULE_SET else leaf.kind in meant
    return None if fits and leaf.kind in _KINDS[check] else _odd(leaf, meant or _KINDS[check])


def _meant(check: Check, rule: ColumnRule) -> tuple[Kind, ...]:
    """The kinds of values that a rule is about, as its own bounds and values say."""
    if check is Check.RULE_RANGE:
        timed = any(isinstance(bound, str) for bound in (rule.least, rule.most, rule.above, rule.below))
        return (Kind.TIME,) if timed else (Kind.NUMBER,)
    if check is Check.RULE_SET:
        return tuple(dict.fromkeys(map(_kind_of, (*(rule.one_of or ()), *(rule.none_of or ())))))
    return _KINDS[check]


def _kind_of(value: object) -> Kind:
    if isinstance(value, bool):
        return Kind.FLAG
    return Kind.TEXT if isinstance(value, str) else Kind.NUMBER


def _odd(leaf: Column, meant: Sequence[Kind]) -> str:
    about = " or ".join(_PLAIN[kind] for kind in meant)
    return f"`{leaf.name}` holds {_PLAIN[leaf.kind]} ({leaf.stored}), and this rule is about {about}"


def _across(contract: Contract, leaves: Mapping[str, Column]) -> Iterator[Demand]:
    """Rules that stand outside of `columns:`."""
    if contract.order_by is not None:
        yield _one(Check.RULE_ORDER, "order_by", contract.order_by, contract, leaves)
    if contract.fresh is not None:
        yield _one(Check.RULE_FRESH, "fresh", contract.fresh.column, contract, leaves)
    for index, pair in enumerate(contract.not_before):
        key = f"not_before.{index}" if f"not_before.{index}" in contract.places else "not_before"
        later = _one(Check.RULE_NOT_BEFORE, key, pair.later, contract, leaves)
        earlier = _one(Check.RULE_NOT_BEFORE, key, pair.earlier, contract, leaves)
        sides = (later, earlier)
        absent = next((side for side in sides if side.leaf is None), None)
        broken = absent or next((side for side in sides if side.refused), earlier)
        yield Demand(
            id=f"not_before.{index}",
            check=Check.RULE_NOT_BEFORE,
            column=pair.later,
            leaf=None if absent else later.leaf,
            other=earlier.leaf,
            place=later.place,
            refused=broken.refused,
            next_step=broken.next_step,
        )


def _one(check: Check, key: str, name: str, contract: Contract, leaves: Mapping[str, Column]) -> Demand:
    leaf, refused, step = leaves.get(name), None, None
    if leaf is None:
        refused, step = f"there is no column `{name}`", no_column(name, leaves)
    elif leaf.part is not Part.VALUES:
        refused, step = f"`{name}` lies in lists, which have no order of rows", "Name a column with one value a row."
        leaf = None
    elif leaf.kind is not Kind.NOTHING and leaf.kind not in _KINDS[check]:
        about = " or ".join(_PLAIN[kind] for kind in _KINDS[check])
        refused, step = _odd(leaf, _KINDS[check]), f"Name a column with {about}."
    return Demand(
        id=key, check=check, column=name, leaf=leaf, place=contract.places.get(key), refused=refused, next_step=step
    )


def no_column(name: str, leaves: Mapping[str, Column]) -> str:
    """What to do about a name that no column has."""
    close = nearest(name, leaves)
    return f"did you mean `{close}`?" if close is not None else "Correct the name, or write the column."
