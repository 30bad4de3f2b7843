"""A demand as expressions of polars: which values break it, and what is measured.

Called by `rules`. Bounds are brought to the storage type of the column beforehand, so that no column has to be
converted to be compared: bounds of whole numbers are rounded inwards and cut to what the type can hold, times
are compared as the integers they are stored as. What is subtle: polars orders NaN above everything, so that a
bare `x > most` would count it and `x < least` would not; a value that is no number lies in no range, unless the
contract says `finite: false`.
"""

from __future__ import annotations

import math
import re
from typing import Final

import polars as pl

from seatrial.data.codes import Check
from seatrial.data.columns import Column, Kind, Part
from seatrial.data.contract.demands import Demand
from seatrial.data.contract.moments import microseconds
from seatrial.data.policy import ColumnRule
from seatrial.data.reading.flattening import walk
from seatrial.errors import ConfigError

_INTEGER = re.compile(r"(U?)Int(\d+)\Z")
_NEVER: Final = pl.lit(False)
_SEED: Final = 0x5EA71A1


def stored_as(leaf: Column) -> str:
    """The type that values of a leaf have in a batch, which knows fewer types than files (`reading/kinds`)."""
    if leaf.part is Part.LENGTHS:
        return "UInt32"
    if leaf.dtype.startswith(("Decimal", "Duration", "Int128", "UInt128")):
        return "Float64"
    if leaf.dtype.startswith(("Categorical", "Enum")):
        return "String"
    return "Float32" if leaf.dtype == "Float16" else leaf.dtype


def values_of(leaf: Column) -> pl.Expr:
    """All values of a leaf in a batch. Only those that lie in lists need a step in Python."""
    source = pl.col(leaf.source)
    if leaf.part is Part.VALUES:
        return source
    if leaf.name == f"{leaf.source}[#]":
        return source.list.len()
    return source.map_batches(lambda values: walk(values, leaf), is_elementwise=False)


def measured(leaf: Column, value: pl.Expr) -> pl.Expr:
    """Values as what bounds are compared with: numbers, or microseconds."""
    if leaf.kind is not Kind.TIME:
        return value
    if leaf.dtype == "Time":
        return value.to_physical() // 1000
    return (value if "time_unit='us'" in leaf.dtype else value.cast(pl.Datetime("us"))).to_physical()


def breaking(demand: Demand, value: pl.Expr) -> pl.Expr:
    """Whether a value breaks the rule; null where there is none to look at."""
    leaf, rule = demand.leaf, demand.rule
    if leaf is None:
        return _NEVER
    if demand.check is Check.RULE_NULLS:
        return value.is_null()
    if demand.check is Check.RULE_NOT_BEFORE and demand.other is not None:
        earlier = measured(demand.other, values_of(demand.other))
        return measured(leaf, value) < earlier
    if demand.check is Check.RULE_ORDER:
        scale = measured(leaf, value)
        return scale < scale.forward_fill().shift(1)
    if rule is None or leaf.kind is Kind.NOTHING:
        return _NEVER
    return _of_rule(demand.check, leaf, rule, value)


def _of_rule(check: Check, leaf: Column, rule: ColumnRule, value: pl.Expr) -> pl.Expr:
    if check is Check.RULE_RANGE:
        return outside(leaf, rule, measured(leaf, value))
    if check is Check.RULE_SET:
        return _in_no_set(leaf, rule, value)
    if check is Check.RULE_PATTERN:
        return _either(*(~value.str.contains(whole_pattern(pattern)) for pattern in patterns_of(rule)))
    if check is Check.RULE_LENGTH:
        length = value.str.len_chars()
        return _either(
            length < rule.min_length if rule.min_length is not None else None,
            length > rule.max_length if rule.max_length is not None else None,
        )
    if check is Check.RULE_FINITE:
        return _not_finite(leaf, value)
    return _NEVER


_WITHOUT_ENDS = (Check.RULE_NULLS, Check.RULE_SET, Check.RULE_PATTERN, Check.RULE_FINITE, Check.RULE_NOT_BEFORE)


def measure(demand: Demand, value: pl.Expr) -> pl.Expr | None:
    """What `least` and `most` of a demand are ends of; None where that says nothing."""
    leaf = demand.leaf
    if leaf is None or leaf.kind is Kind.NOTHING:
        return None
    if demand.check is Check.RULE_LENGTH:
        return value.str.len_chars()
    return None if demand.check in _WITHOUT_ENDS else measured(leaf, value)


def outside(leaf: Column, rule: ColumnRule, value: pl.Expr) -> pl.Expr:
    """Whether a number or time lies outside of the bounds of a rule."""
    if leaf.kind is Kind.TIME:
        return _outside_whole(rule, value, -(1 << 63), (1 << 63) - 1)
    if whole := _INTEGER.match(stored_as(leaf)):
        bits = int(whole.group(2))
        low, high = (0, (1 << bits) - 1) if whole.group(1) else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        return _outside_whole(rule, value, low, high)
    broken = _either(
        value < _float(rule.least) if rule.least is not None else None,
        value > _float(rule.most) if rule.most is not None else None,
        value <= _float(rule.above) if rule.above is not None else None,
        value >= _float(rule.below) if rule.below is not None else None,
    )
    return broken & value.is_not_nan() if rule.finite is False else broken | value.is_nan()


def _outside_whole(rule: ColumnRule, value: pl.Expr, low: int, high: int) -> pl.Expr:
    """For a type of whole numbers from `low` to `high`: bounds are rounded inwards, and those beyond cut."""
    least = max(
        low if rule.least is None else math.ceil(_scale(rule.least)),
        low if rule.above is None else math.floor(_scale(rule.above)) + 1,
    )
    most = min(
        high if rule.most is None else math.floor(_scale(rule.most)),
        high if rule.below is None else math.ceil(_scale(rule.below)) - 1,
    )
    if least > high or most < low:
        return value.is_not_null()
    return _either(value < least if least > low else None, value > most if most < high else None)


def _scale(bound: float | str) -> float:
    if not isinstance(bound, str):
        return bound
    ticks = microseconds(bound)
    if ticks is None:  # the contract's reader refuses such a text
        raise ValueError(f"{bound!r} is no time")
    return ticks


def _float(bound: float | str) -> float:
    return float(_scale(bound))


def _either(*parts: pl.Expr | None) -> pl.Expr:
    found: pl.Expr | None = None
    for part in parts:
        if part is not None:
            found = part if found is None else found | part
    return _NEVER if found is None else found


def _in_no_set(leaf: Column, rule: ColumnRule, value: pl.Expr) -> pl.Expr:
    parts = []
    if rule.one_of is not None:
        parts.append(~_is_in(leaf, rule.one_of, value) & value.is_not_null())
    if rule.none_of is not None:
        parts.append(_is_in(leaf, rule.none_of, value))
    return _either(*parts)


def _is_in(leaf: Column, values: tuple[str | float | bool, ...], value: pl.Expr) -> pl.Expr:
    """Whether a value that is there is one of some. Texts are compared by 64-bit hashes, at a third of the time: a text
    that is none of a thousand passes for one of them with a probability of 1e-16."""
    known = _set(leaf, values)
    if leaf.kind is Kind.TEXT:
        return value.hash(_SEED).is_in(known.hash(_SEED).implode())
    return value.is_in(known.implode())


def _set(leaf: Column, values: tuple[str | float | bool, ...]) -> pl.Series:
    """The values in the column's own type; those that the type cannot hold are met by no value of it."""
    if leaf.kind is Kind.TEXT:
        return pl.Series(values, dtype=pl.String)
    if leaf.kind is Kind.FLAG:
        return pl.Series(values, dtype=pl.Boolean)
    dtype = getattr(pl, stored_as(leaf))
    if _INTEGER.match(stored_as(leaf)):
        whole = [int(value) for value in values if float(value).is_integer()]
        return pl.Series(whole, dtype=pl.Int128).cast(dtype, strict=False).drop_nulls()
    return pl.Series([float(value) for value in values], dtype=dtype)


def _not_finite(leaf: Column, value: pl.Expr) -> pl.Expr:
    if leaf.kind is Kind.VECTOR:
        return ~value.arr.eval(pl.element().cast(pl.Float64).is_finite().fill_null(False)).arr.all()
    return ~value.is_finite() if stored_as(leaf).startswith("Float") else _NEVER


def patterns_of(rule: ColumnRule) -> tuple[str, ...]:
    """All patterns that a text must match."""
    return rule.also_patterns if rule.pattern is None else (rule.pattern, *rule.also_patterns)


def whole_pattern(pattern: str) -> str:
    """A pattern for the whole of a text. The line end keeps a comment of `(?x)` from taking the bracket."""
    return rf"\A(?:{pattern}{chr(10) if '(?x' in pattern else ''})\z"


def check_patterns(rules: tuple[ColumnRule, ...]) -> None:
    """Asks the engine itself about each pattern. Raises ConfigError, with the line of the contract."""
    for rule, pattern in [(asked, pattern) for asked in rules for pattern in patterns_of(asked)]:
        try:
            pl.Series([""]).str.contains(whole_pattern(pattern))
        except pl.exceptions.PolarsError as error:
            why = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise ConfigError(
                f"the pattern of `{rule.name}` does not compile: {why[-1].removeprefix('error: ')}",
                place=rule.places.get("pattern"),
                next_step="look at brackets and repetitions; patterns are those of Rust's regex",
            ) from None
