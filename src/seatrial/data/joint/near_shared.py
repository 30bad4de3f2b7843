"""Are texts, or vectors, of the reference in current with small changes, beyond coincidence?

A test text with another word, other case or punctuation than in training is as good as known, and no digest of rows
finds it. Compared are the keys of `profile/near_texts` and `profile/near_vectors`, which near-equal values mostly
share. Not all do (one changed word in twelve: 4 in 10), so a share that is found is told as "at least". How many to
expect needs no model, as in `shared_rows`: log lines and other texts made from templates are near-equal by nature, and
a value of the reference is then found there a second time as often as one of current is found there.

The question is asked twice, because copies of texts that are one of a kind drown among those alike by nature: of all
values, and only of those found once. The second has as much to expect as there are values that the reference has
exactly twice (Turing's estimate, in Good 1953, Biometrika 40:237: of what comes, the part that was seen once before is
as large as the part of what was seen that was seen twice). The clearer answer is taken, its p value doubled.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check, Reason
from seatrial.data.columns import Kind
from seatrial.data.findings import DataFinding
from seatrial.data.joint import regions
from seatrial.data.joint.excess import Excess, excess, needed
from seatrial.data.joint.notes import not_looked_at
from seatrial.data.joint.shared_rows import GROWN
from seatrial.data.joint.tables import digests
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import NearKeys, Profile
from seatrial.replacing import replace
from seatrial.verdict import Verdict

Floats = NDArray[np.float64]


class Found(Struct, frozen=True, kw_only=True):
    """`share` of current's values that the reference has, nearly; `usual`: of the reference's that it has again;
    `covered`: of the reference's that current has. They rest on `rows` and `reference_rows`; `cut`: not on all.
    `once`: counted are only values that the reference has once."""

    beyond: Excess
    share: float
    usual: float
    covered: float
    rows: int
    reference_rows: int
    cut: bool
    once: bool

    def clear(self, drift: Drift) -> bool:
        """Whether this is an alarm, were it asked alone."""
        return self.beyond.p <= drift.q and self.beyond.low > drift.share_floor


def near_shared(
    reference: Profile, current: Profile, contract: Contract, *, deff: float = 1.0
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """A claim for each column of texts or vectors, or a finding where no claim can be made."""
    claims: list[Claim] = []
    facts: list[DataFinding] = []
    for name, old, new in both_keys(reference, current):
        drift = contract.drift_of(name)
        if drift.off:
            continue
        what = plural(current, name)
        result = found(old, new, drift, deff=deff)
        if result is None:
            facts.append(_not_looked_for(name, what, old.count, new.count))
            continue
        note = _note(result, name, what, drift)
        if note is None:
            claims.append(_claim(result, name, what, drift))
        else:
            facts.append(note)
    return tuple(claims), tuple(facts)


def both_keys(reference: Profile, current: Profile) -> Iterator[tuple[str, NearKeys, NearKeys]]:
    """Columns of which both profiles have keys."""
    for name, column in current.columns.items():
        before = reference.columns.get(name)
        if before is None or before.column.kind is not column.column.kind:
            continue
        if before.near is not None and column.near is not None:
            yield name, before.near, column.near


def plural(profile: Profile, name: str) -> str:
    """What the values of a column are called."""
    return "vectors" if profile.columns[name].column.kind is Kind.VECTOR else "texts"


def found(old: NearKeys, new: NearKeys, drift: Drift, *, deff: float = 1.0) -> Found | None:
    """How many values of current are nearly in the reference; None where the samples have no part in common."""
    before_region, after_region = regions.below_both(digests(old.keys), old.count, digests(new.keys), new.count)
    if after_region.rows == 0 or before_region.rows == 0:
        return None
    before, after = regions.joined(before_region, after_region)
    cut = after_region.rows < new.count
    both = [_found(before, after, drift, once=once, cut=cut, deff=deff) for once in (False, True)]
    return min(both, key=lambda result: (not result.clear(drift), result.usual))


def _found(before: Floats, after: Floats, drift: Drift, *, once: bool, cut: bool, deff: float) -> Found:
    """How often each distinct key occurs on both sides, to what is found. `once`: only keys that the reference has
    once."""
    rows, reference_rows = int(after.sum()), int(before.sum())
    hits, again = (
        (after * (before == 1), before * (before == 2)) if once else (after * (before > 0), before * (before > 1))
    )
    beyond = excess(
        float(hits.sum()),
        rows,
        float(again.sum()),
        reference_rows,
        variance=float(np.sum((hits / rows - again / reference_rows) ** 2)),
        times=1.0,
        confidence=drift.confidence,
        deff=deff,
    )
    return Found(
        beyond=replace(beyond, p=min(1.0, 2.0 * beyond.p)),
        share=float(hits.sum()) / rows,
        usual=float(again.sum()) / reference_rows,
        covered=float((before * (after > 0)).sum()) / reference_rows,
        rows=rows,
        reference_rows=reference_rows,
        cut=cut,
        once=once,
    )


def _note(result: Found, name: str, what: str, drift: Drift) -> DataFinding | None:
    """What is said instead of a claim that would be misunderstood."""
    if result.covered >= GROWN and result.beyond.low > drift.share_floor:
        message = f"current holds {percent(result.covered)} of the {what} of the reference, or nearly so: it has grown"
        return _finding(Verdict.PASS, Reason.HOLDS, name, message, result)
    if result.clear(drift):
        return None
    if result.usual >= drift.share_detect:
        message = (
            f"{what} of `{name}` are alike by nature: {percent(result.usual)} of the reference's have another one "
            f"there that is nearly equal, so it tells nothing that {percent(result.share)} of current's have one too"
        )
        return _finding(Verdict.INCONCLUSIVE, Reason.NOT_LOOKED_AT, name, message, result)
    if result.cut and result.beyond.high >= drift.share_detect:
        message = f"only {result.rows} {what} could be looked for in the reference, of which a sample is kept"
        step = f"`disjoint: {{with: ..., on: {name}, near: 0.8}}` in the contract compares all texts"
        next_step = step if what == "texts" else None
        return _finding(Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS, name, message, result, next_step=next_step)
    return None


def _not_looked_for(name: str, what: str, n_reference: int, n: int) -> DataFinding:
    return not_looked_at(
        Check.NEAR_SHARED,
        f"{what} of `{name}` were not looked for in the reference: what is kept of either side has no part in common",
        column=name,
        n=n,
        n_reference=n_reference,
    )


def _claim(result: Found, name: str, what: str, drift: Drift) -> Claim:
    usual = f", where {percent(result.usual)} would be by chance" if result.usual > 0 else ""
    usual += f"; {what} that it has several times are left aside" if result.once and result.usual > 0 else ""
    at_least = "at least " if result.share > 0 else ""
    return Claim(
        check=Check.NEAR_SHARED,
        column=name,
        statistic=f"near_shared_{what}",
        unit=Unit.SHARE,
        estimate=max(result.beyond.value, 0.0),
        low=max(result.beyond.low, 0.0),
        high=max(result.beyond.high, 0.0),
        floor=drift.share_floor,
        detect=drift.share_detect,
        p=result.beyond.p,
        n=result.rows,
        n_reference=result.reference_rows,
        n_needed=needed(result.usual, result.reference_rows, drift),
        message=f"{at_least}{percent(result.share)} of the {what} of `{name}` are in the reference too, "
        f"equal or nearly so{usual}",
        current=percent(result.share),
        reference=percent(result.usual),
        confidence=drift.confidence,
        details={"found": result.share, "by_chance": result.usual, "of_reference": result.covered},
    )


def _finding(
    verdict: Verdict, reason: Reason, name: str, message: str, result: Found, *, next_step: str | None = None
) -> DataFinding:
    return DataFinding(
        check=Check.NEAR_SHARED,
        column=name,
        verdict=verdict,
        severity=Severity.INFO,
        reason=reason,
        message=message,
        n=result.rows,
        n_reference=result.reference_rows,
        next_step=next_step,
    )
