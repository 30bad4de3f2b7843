"""From counted rules to findings, one per rule, those that hold included.

Pure: `now` is handed in. What a rule demands is a fact about the rows at hand, so there is no statistic in it: a rule
holds or is broken. A rule that could look at nothing is never a pass.
"""

from __future__ import annotations

from datetime import datetime

from seatrial.data.codes import Check, Reason
from seatrial.data.columns import Column
from seatrial.data.contract.demands import Demand, demands
from seatrial.data.contract.moments import of_moment, shown
from seatrial.data.contract.shape import shape_findings
from seatrial.data.contract.tallies import Count, Tallies
from seatrial.data.contract.wording import Said, said
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract, Unread
from seatrial.verdict import Verdict

_DAY = 86_400_000_000


def judge_rules(tallies: Tallies, contract: Contract, *, now: datetime) -> tuple[DataFinding, ...]:
    """A finding for each rule about rows, columns and values. Exact second passes have findings of their own."""
    found = list(shape_findings(contract, tallies.columns, tallies.rows))
    found += [_unread(entry) for entry in contract.unread]
    for demand in demands(contract, tallies.columns):
        if demand.refused is not None:
            found.append(_refused(demand))
        elif tallies.rows and demand.leaf is not None:
            count = tallies.counts.get(demand.id, Count())
            if demand.check is Check.RULE_FRESH:
                found.append(_fresh(demand, demand.leaf, count, contract, now))
            else:
                found.append(_judged(demand, count))
    return tuple(found)


def _unread(entry: Unread) -> DataFinding:
    return DataFinding(
        check=Check.RULE_UNREAD,
        column=entry.column,
        verdict=Verdict.ERROR,
        severity=entry.severity,
        reason=Reason.NOT_LOOKED_AT,
        message=entry.message,
        next_step="Write this rule in a contract of Seatrial, or leave it to the other tool.",
        place=entry.place,
    )


def _refused(demand: Demand) -> DataFinding:
    """Values of another kind are a fact: none keeps the rule. Of a column that is not there, or that lies in lists,
    nothing is known."""
    absent = demand.leaf is None
    return DataFinding(
        check=demand.check,
        column=demand.column,
        verdict=Verdict.ERROR if absent else Verdict.FAIL,
        severity=demand.severity,
        reason=Reason.NOT_LOOKED_AT if absent else Reason.BROKEN,
        message=f"{demand.refused}, so this rule was not looked at" if absent else f"{demand.refused}",
        next_step=demand.next_step,
        place=demand.place,
    )


def _judged(demand: Demand, count: Count) -> DataFinding:
    words = said(demand, count)
    verdict, reason = _verdict(demand, count, words)
    return DataFinding(
        check=demand.check,
        column=demand.column,
        verdict=verdict,
        severity=demand.severity,
        reason=reason,
        message=words.message if count.values else f"`{demand.column}` has no value to look at, so nothing is known",
        statistic="share",
        unit="share",
        estimate=count.broken / count.values if count.values else None,
        threshold=words.limit,
        n=count.values,
        current=words.worst,
        place=demand.place,
        next_step=words.next_step if verdict is Verdict.FAIL else None,
        rows=count.rows if verdict is Verdict.FAIL else (),
        details={"broken": float(count.broken)},
    )


def _verdict(demand: Demand, count: Count, words: Said) -> tuple[Verdict, Reason]:
    if not count.values:
        return Verdict.INCONCLUSIVE, Reason.NOT_LOOKED_AT
    broken = count.broken > words.limit * count.values if demand.check is Check.RULE_NULLS else count.broken > 0
    return (Verdict.FAIL, Reason.BROKEN) if broken else (Verdict.PASS, Reason.HOLDS)


def _fresh(demand: Demand, leaf: Column, count: Count, contract: Contract, now: datetime) -> DataFinding:
    within = 0.0 if contract.fresh is None else contract.fresh.within

    def finding(verdict: Verdict, reason: Reason, message: str, age: float | None = None) -> DataFinding:
        return DataFinding(
            check=Check.RULE_FRESH,
            column=demand.column,
            verdict=verdict,
            severity=demand.severity,
            reason=reason,
            message=message,
            statistic="age_seconds",
            estimate=age,
            threshold=within,
            n=count.values,
            place=demand.place,
            next_step=None if verdict is Verdict.PASS else "Find out why no newer rows came, or widen `within`.",
        )

    if count.most is None:
        return finding(Verdict.ERROR, Reason.NOT_LOOKED_AT, f"`{demand.column}` holds no time, so its age is unknown")
    newest = int(count.most)
    end = newest + (_DAY if leaf.dtype == "Date" else 0)  # the rows of a date may come until it ends
    age = (of_moment(now) - end) / 1e6
    told = shown(newest, leaf.dtype)
    if newest > of_moment(now) + _DAY:
        message = f"the newest `{demand.column}` is {told}, which lies in the future, so nothing is known of its age"
        return finding(Verdict.FAIL, Reason.BROKEN, message, age)
    if age > within:
        message = f"the newest `{demand.column}` is {told}: {_span(age)} old, and at most {_span(within)} is allowed"
        return finding(Verdict.FAIL, Reason.BROKEN, message, age)
    message = f"the newest `{demand.column}` is {told}, within {_span(within)}"
    return finding(Verdict.PASS, Reason.HOLDS, message, age)


def _span(seconds: float) -> str:
    for size, word in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {word}".replace(".0 ", " ")
    return f"{max(seconds, 0):.0f} seconds"
