"""Are rows of the reference in current, beyond coincidence?

Digests of whole rows are compared, and of rows without ids where the reference has any, so that a copy under a new id
is found too. In a table of few categories equal rows mean nothing. How many to expect needs no model: if both datasets
came from one source, a row of current would be found in the reference as often as a row of the reference is found there
a second time. That share is subtracted.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.joint import regions, tables
from seatrial.data.joint.excess import Excess, clump, excess, needed
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict

GROWN = 0.9
"""From this share of the reference's rows on, current is the reference with rows added."""


class Overlap(Excess, frozen=True, kw_only=True):
    """`found`: the share of current's rows that the reference has; `covered`: of the reference's that current has."""

    found: float
    usual: float
    covered: float
    rows: int
    reference_rows: int
    bare: bool


def shared(
    reference: Profile, current: Profile, contract: Contract
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """A claim, or a finding where no claim can be made, or where current holds all of the reference."""
    if reference.sample.hashing != current.sample.hashing:
        message = "rows of the two profiles cannot be recognised in each other: their digests were computed unlike"
        return (), (_finding(Verdict.INCONCLUSIVE, Severity.WARNING, message, next_step="make the reference anew"),)
    if not tables.same_digests(reference, current):
        message = "rows of the reference were not looked for: the two do not have the same columns"
        return (), (_finding(Verdict.INCONCLUSIVE, Severity.INFO, message),)
    overlap = worst(reference, current, contract)
    if overlap is None:
        return (), ()
    if overlap.covered >= GROWN and overlap.low > contract.drift.share_floor:
        covered = percent(overlap.covered)
        message = f"current holds {covered} of the reference's rows: it is the reference, or has grown from it"
        return (), (_finding(Verdict.PASS, Severity.INFO, message),)
    drift = contract.drift
    if overlap.usual >= drift.share_detect and not (overlap.p <= drift.q and overlap.low > drift.share_floor):
        message = (
            f"rows of this table have no identity: {percent(overlap.usual)} of the reference's repeat another one, "
            f"so that {percent(overlap.found)} of current's are found there tells nothing"
        )
        return (), (_finding(Verdict.INCONCLUSIVE, Severity.INFO, message),)
    return (_claim(overlap, contract),), ()


def worst(reference: Profile, current: Profile, contract: Contract) -> Overlap | None:
    """The overlap of whole rows, or that of rows without ids where it is clearly larger."""
    whole = overlap(reference, current, contract, bare=False)
    if not reference.binning.compares_bare_rows:
        return whole
    bare = overlap(reference, current, contract, bare=True)
    if whole is None or bare is None:
        return whole or bare
    return bare if bare.p < whole.p and bare.low > whole.value else whole


def overlap(reference: Profile, current: Profile, contract: Contract, *, bare: bool) -> Overlap | None:
    """How many rows the two share; None where the samples have no part in common."""
    old, new = regions.both_regions(reference, current, bare=bare)
    if old.rows == 0 or new.rows == 0:
        return None
    before, after = regions.joined(old, new)
    found, again = after * (before > 0), before * (before > 1)
    result = excess(
        float(found.sum()),
        new.rows,
        float(again.sum()),
        old.rows,
        variance=float(np.sum((found / new.rows - again / old.rows) ** 2)),
        times=1.0,
        confidence=contract.drift.confidence,
        clumps=(clump(found), clump(again)),
    )
    return Overlap(
        value=result.value,
        low=result.low,
        high=result.high,
        p=min(1.0, result.p * (2 if reference.binning.compares_bare_rows else 1)),
        found=float(found.sum()) / new.rows,
        usual=float(again.sum()) / old.rows,
        covered=float((before * (after > 0)).sum()) / old.rows,
        rows=new.rows,
        reference_rows=old.rows,
        bare=bare,
    )


def _claim(overlap: Overlap, contract: Contract) -> Claim:
    drift = contract.drift
    without = " (ids and times aside)" if overlap.bare else ""
    usual = f", where {percent(overlap.usual)} would be by chance" if overlap.usual > 0 else ""
    return Claim(
        check=Check.SHARED_ROWS,
        column=None,
        statistic="shared_rows_without_ids" if overlap.bare else "shared_rows",
        unit=Unit.SHARE,
        estimate=max(overlap.value, 0.0),
        low=max(overlap.low, 0.0),
        high=max(overlap.high, 0.0),
        floor=drift.share_floor,
        detect=drift.share_detect,
        p=overlap.p,
        n=overlap.rows,
        n_reference=overlap.reference_rows,
        n_needed=needed(overlap.usual, overlap.reference_rows, drift),
        message=f"{percent(overlap.found)} of the rows are in the reference too{without}{usual}",
        current=percent(overlap.found),
        reference=percent(overlap.usual),
        details={"found": overlap.found, "by_chance": overlap.usual, "of_reference": overlap.covered},
    )


def _finding(verdict: Verdict, severity: Severity, message: str, *, next_step: str | None = None) -> DataFinding:
    return DataFinding(
        check=Check.SHARED_ROWS,
        column=None,
        verdict=verdict,
        severity=severity,
        reason=Reason.NOT_LOOKED_AT if verdict is Verdict.INCONCLUSIVE else Reason.HOLDS,
        message=message,
        next_step=next_step,
    )
