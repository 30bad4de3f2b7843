"""How a counted rule is told: the limit, the worst value, and a sentence for whoever reads the report.

Pure. Values of columns marked sensitive are never told, not even as the end of a range; the rules themselves, which
stand in the contract for everybody to read, are.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.data.codes import Check
from seatrial.data.columns import Kind, Part
from seatrial.data.contract.demands import Demand, is_whole_list
from seatrial.data.contract.moments import microseconds, shown
from seatrial.data.contract.tallies import Count
from seatrial.data.policy import ColumnRule
from seatrial.errors import some_of

HIDDEN = "***"
_WITH_ENDS = (Check.RULE_RANGE, Check.RULE_LENGTH)


class Said(Struct, frozen=True, kw_only=True):
    """The words for one rule. `limit` is the share of values that may break it."""

    message: str
    limit: float = 0.0
    worst: str | None = None
    next_step: str | None = None


def said(demand: Demand, count: Count) -> Said:
    """One counted rule in words; `count.values` is not 0."""
    rule = demand.rule
    if rule is None:
        return _across(demand, count)
    if demand.check is Check.RULE_NULLS:
        return _nulls(demand, rule, count)
    if not count.broken:
        held = f"all {_amount(demand, count)} {_asked(demand, rule)}{_range(demand, rule, count)}"
        return Said(message=f"`{demand.column}`: {held}")
    worst = _worst(demand, rule, count)
    tail = "" if worst is None else f"; {'the furthest is' if demand.check in _WITH_ENDS else 'such as'} {worst}"
    return Said(
        message=f"`{demand.column}`: {_broken(demand, rule, count)}{tail}",
        worst=worst,
        next_step="Correct these rows, or what makes them; if they are right, change the rule.",
    )


def _broken(demand: Demand, rule: ColumnRule, count: Count) -> str:
    """`12 of 1,000 values (1.2 %) do not lie from 0 to 120`; nothing is denied twice."""
    one = count.broken == 1
    those = f"{count.broken:,} of {count.values:,} values ({_percent(count.broken, count.values)})"
    if demand.check is Check.RULE_SET and rule.none_of is not None:
        forbidden = f"{'is' if one else 'are'} {_forbidden(rule)}"
        if rule.one_of is None:
            return f"{those} {forbidden}"
        return f"{those} {'does' if one else 'do'} not {_from_set(rule)}, or {forbidden}"
    if demand.check is Check.RULE_LENGTH and (rule.min_length is None or rule.max_length is None):
        bound = f"fewer than {rule.min_length}" if rule.max_length is None else f"more than {rule.max_length}"
        return f"{those} {'has' if one else 'have'} {bound} characters"
    return f"{those} {'does' if one else 'do'} not {_asked(demand, rule)}"


def _percent(broken: int, values: int) -> str:
    """`1.2 %`, `17 %`; what is not all is not shown as all, nor what is something as nothing."""
    share = broken / values if values else 0.0
    if 0.0 < share < 1e-5:
        return "less than 0.001 %"
    if 0.995 <= share < 1.0:
        return "over 99 %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _amount(demand: Demand, count: Count) -> str:
    return f"{count.values:,} {'elements' if demand.leaf and demand.leaf.part is Part.ELEMENTS else 'values'}"


def _asked(demand: Demand, rule: ColumnRule) -> str:
    """What is asked, as the end of a sentence about values."""
    if demand.check is Check.RULE_RANGE:
        return f"lie {bounds(rule)}"
    if demand.check is Check.RULE_LENGTH:
        return f"have {_between(rule.min_length, rule.max_length)} characters"
    if demand.check is Check.RULE_PATTERN:
        return "match " + " and ".join(f"`{pattern}`" for pattern in (rule.pattern, *rule.also_patterns))
    if demand.check is Check.RULE_FINITE:
        return "hold finite numbers"
    parts = [] if rule.one_of is None else [_from_set(rule)]
    if rule.none_of is not None:
        those = "the forbidden set" if rule.sensitive else some_of([_value(v) for v in rule.none_of], most=6)
        parts.append(f"avoid {those}")
    return " and ".join(parts)


def _from_set(rule: ColumnRule) -> str:
    known = rule.one_of or ()
    named = "" if rule.sensitive else f" ({some_of([_value(v) for v in known], most=6)})"
    return f"come from the set of {len(known)}{named}"


def _forbidden(rule: ColumnRule) -> str:
    named = "" if rule.sensitive else f" ({some_of([_value(v) for v in rule.none_of or ()], most=6)})"
    return f"forbidden{named}"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def bounds(rule: ColumnRule) -> str:
    """Bounds in words: `from 0 to 120`, `above 0`."""
    if rule.least is not None and rule.most is not None:
        return f"from {rule.least} to {rule.most}"
    ends = (("at or above", rule.least), ("above", rule.above), ("at or below", rule.most), ("below", rule.below))
    return " and ".join(f"{word} {bound}" for word, bound in ends if bound is not None)


def _between(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f"{least}" if least == most else f"{least} to {most}"
    return f"at least {least}" if least is not None else f"at most {most}"


def _range(demand: Demand, rule: ColumnRule, count: Count) -> str:
    if demand.check not in _WITH_ENDS or rule.sensitive or count.least is None or count.most is None:
        return ""
    return f" (seen: {_end(demand, count.least)} to {_end(demand, count.most)})"


def _end(demand: Demand, value: float) -> str:
    leaf = demand.leaf
    if leaf is not None and leaf.kind is Kind.TIME and demand.check is not Check.RULE_LENGTH:
        return shown(value, leaf.dtype)
    return f"{value:,}" if isinstance(value, int) else f"{value:.10g}"


def _worst(demand: Demand, rule: ColumnRule, count: Count) -> str | None:
    """The value furthest outside, or some of the values that break the rule."""
    if rule.sensitive:
        return HIDDEN
    if demand.check is Check.RULE_RANGE and (end := _furthest(rule, count)) is not None:
        return _end(demand, end)
    if demand.check is Check.RULE_LENGTH and count.least is not None and count.most is not None:
        long = rule.max_length is not None and count.most > rule.max_length
        return _end(demand, count.most if long else count.least)
    values = [value if value.isprintable() else ascii(value)[1:-1] for value in count.seen]
    return ", ".join(f"`{value}`" for value in values) or None


def _furthest(rule: ColumnRule, count: Count) -> float | None:
    """Of the least and the greatest value, the one further out. Times have only ends to show."""

    def scale(bound: float | str | None) -> float | None:
        return microseconds(bound) if isinstance(bound, str) else bound

    low = scale(rule.least if rule.least is not None else rule.above)
    high = scale(rule.most if rule.most is not None else rule.below)
    under = low - count.least if low is not None and count.least is not None else -1.0
    over = count.most - high if high is not None and count.most is not None else -1.0
    if max(under, over) < 0:
        return None  # only values that are no numbers break it
    return count.least if under > over else count.most


def _nulls(demand: Demand, rule: ColumnRule, count: Count) -> Said:
    limit = 0.0 if rule.nullable is False or rule.max_null_share is None else rule.max_null_share
    what = "lists" if demand.leaf is not None and is_whole_list(rule.name, demand.leaf) else "values"
    allowed = "none may be" if limit == 0 else f"at most {100 * limit:.4g} % may be"
    tail = f" ({_percent(count.broken, count.values)})" if count.broken else ""
    be = "is" if count.broken == 1 else "are"
    return Said(
        message=f"`{demand.column}`: {count.broken:,} of {count.values:,} {what}{tail} {be} null; {allowed}",
        limit=limit,
        worst=None,
        next_step="Fill or drop these rows, or allow nulls in the contract.",
    )


def _across(demand: Demand, count: Count) -> Said:
    if demand.check is Check.RULE_ORDER:
        if not count.broken:
            return Said(message=f"rows are in the order of `{demand.column}`")
        return Said(
            message=f"{count.broken:,} of {count.values:,} rows come after a row with a later `{demand.column}`",
            next_step=f"Sort the rows by `{demand.column}`.",
        )
    other = demand.other.name if demand.other is not None else "?"
    if demand.check is Check.RULE_NOT_BEFORE and count.broken:
        return Said(
            message=f"in {count.broken:,} of {count.values:,} rows `{demand.column}` lies before `{other}`",
            next_step="A label that is older than its event is wrong, or was known too early: correct these rows.",
        )
    return Said(message=f"`{demand.column}` is never before `{other}`")
