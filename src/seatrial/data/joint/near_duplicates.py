"""Do texts, or vectors, of current repeat each other nearly, more than they did, or than is allowed?

Counted are values whose key (see `near_shared`) an earlier one has, exact repetitions included (see `repeats`). With
`duplicates: {near: ...}` in the contract the limit is that, and needs no reference.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.joint import regions
from seatrial.data.joint.excess import needed, over
from seatrial.data.joint.near_shared import plural
from seatrial.data.joint.notes import not_looked_at
from seatrial.data.joint.repeats import Repeats, beyond_usual
from seatrial.data.joint.tables import digests
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import NearKeys, Profile
from seatrial.verdict import Verdict


def near_repeated(
    reference: Profile | None, current: Profile, contract: Contract, *, deff: float = 1.0
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """Claims for each column of texts or vectors; without a reference and a limit only notes."""
    claims: list[Claim] = []
    facts: list[DataFinding] = []
    for name, column in current.columns.items():
        drift, limit = contract.drift_of(name), contract.max_near_duplicate_share
        if column.near is None:
            continue
        what = plural(current, name)
        against = None if limit is None else within_limit(column.near, limit, drift)
        if against is not None and limit is not None:
            claims.append(_claim(against, name, what, drift, limit=limit))
        if reference is None:
            facts += _note(column.near, name, what, drift) if limit is None else ()
            continue
        before = reference.columns.get(name)
        more = None
        if before is not None and before.near is not None and not drift.off:
            more = _beyond_usual(before.near, column.near, drift, deff=deff)
        if more is None:
            continue
        if more.usual >= drift.share_detect and not more.clear(drift):
            facts.append(_by_nature(more, name, what))
        else:
            claims.append(_claim(more, name, what, drift, limit=None))
    asked = contract.max_near_duplicate_share is not None
    if asked and not any(claim.declared for claim in claims):
        facts.append(_nothing_to_ask())
    return tuple(claims), tuple(facts)


def _nothing_to_ask() -> DataFinding:
    """A limit that no column could break was not held by any."""
    return not_looked_at(
        Check.NEAR_DUPLICATES,
        "`duplicates: {near: ...}` was asked of no column: none holds sentences or vectors",
        severity=Severity.ERROR,
        next_step="leave `near` out of `duplicates`, or see whether the column of texts is missing",
    )


def within_limit(new: NearKeys, limit: float, drift: Drift) -> Repeats | None:
    """The share of near-repeated values against a declared limit."""
    here = regions.region(digests(new.keys), new.count)
    if here.rows == 0:
        return None
    extra = here.counts - 1
    variance = float(np.sum((extra / here.rows) ** 2))
    result = over(float(extra.sum()), here.rows, limit, variance=variance, confidence=drift.confidence)
    return Repeats(
        value=result.value,
        low=result.low,
        high=result.high,
        p=result.p,
        share=float(extra.sum()) / here.rows,
        usual=limit,
        rows=here.rows,
        reference_rows=None,
    )


def _beyond_usual(old: NearKeys, new: NearKeys, drift: Drift, *, deff: float) -> Repeats | None:
    """The share of near-repeated values against that of the reference.

    Both are looked at below the smaller of their cuts: a key that very many values share is then in both or in none.
    """
    before, after = regions.below_both(digests(old.keys), old.count, digests(new.keys), new.count)
    return beyond_usual(before, after, drift, growth=new.count / max(old.count, 1), deff=deff)


def _claim(repeats: Repeats, name: str, what: str, drift: Drift, *, limit: float | None) -> Claim:
    than = f"{percent(repeats.usual)} expected by the reference" if limit is None else f"{percent(limit)} allowed"
    at_least = "at least " if repeats.share > 0 else ""
    return Claim(
        check=Check.NEAR_DUPLICATES,
        column=name,
        statistic=f"near_repeated_{what}",
        unit=Unit.SHARE,
        estimate=max(repeats.value, 0.0),
        low=max(repeats.low, 0.0),
        high=max(repeats.high, 0.0),
        floor=drift.share_floor if limit is None else 0.0,
        detect=drift.share_detect,
        p=repeats.p,
        n=repeats.rows,
        n_reference=repeats.reference_rows,
        n_needed=needed(repeats.usual, repeats.reference_rows or repeats.rows, drift),
        message=f"{at_least}{percent(repeats.share)} of the {what} of `{name}` repeat an earlier one, "
        f"equal or nearly so; {than}",
        current=percent(repeats.share),
        reference=percent(repeats.usual),
        confidence=drift.confidence,
        declared=limit is not None,
    )


def _by_nature(repeats: Repeats, name: str, what: str) -> DataFinding:
    return not_looked_at(
        Check.NEAR_DUPLICATES,
        f"{what} of `{name}` are alike by nature: {percent(repeats.share)} nearly repeat an earlier one, "
        f"and {percent(repeats.usual)} were to be expected",
        column=name,
        n=repeats.rows,
        n_reference=repeats.reference_rows,
    )


def _note(new: NearKeys, name: str, what: str, drift: Drift) -> tuple[DataFinding, ...]:
    here = regions.region(digests(new.keys), new.count)
    extra = int((here.counts - 1).sum())
    if extra <= drift.share_floor * here.rows:
        return ()
    return (
        DataFinding(
            check=Check.NEAR_DUPLICATES,
            column=name,
            verdict=Verdict.PASS,
            severity=Severity.INFO,
            reason=Reason.NOT_LOOKED_AT,
            message=f"at least {percent(extra / here.rows)} of the {what} of `{name}` repeat an earlier one, equal or "
            "nearly so; nothing says how many may",
            next_step="`duplicates: {near: ...}` in the contract, or a reference, decides",
            estimate=extra / here.rows,
            n=here.rows,
        ),
    )
