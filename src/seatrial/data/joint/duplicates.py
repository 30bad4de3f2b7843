"""Do rows of current repeat each other more than they did, or than is allowed?

Counted are rows beyond the first of their kind, of whole rows and of rows without ids. Against a reference, what it
has of them is expected, in proportion to the rows where current has more of them, since in a table of few categories
each further row repeats one more often.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.joint import regions
from seatrial.data.joint.excess import Excess, excess, needed
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict


class Repeats(Excess, frozen=True, kw_only=True):
    """`share` of current's rows beyond the first of their kind, and what was `usual`."""

    share: float
    usual: float
    rows: int
    reference_rows: int | None
    bare: bool


def repeated(
    reference: Profile | None, current: Profile, contract: Contract
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """Claims; without a reference only a note, for there is nothing to hold the share against. A limit of the contract
    is not judged here: rows are counted exactly for it (`contract/exact_judging.py`)."""
    claims: list[Claim] = []
    if reference is not None:
        most = worst(reference, current, contract)
        if most is not None:
            if most.usual >= contract.drift.share_detect and not _clearly_more(most, contract):
                return tuple(claims), (_without_identity(most),)
            claims.append(_claim(most, contract))
    if reference is not None or contract.max_duplicate_share is not None:
        return tuple(claims), ()
    return (), _note(current)


def _clearly_more(repeats: Repeats, contract: Contract) -> bool:
    return repeats.p <= contract.drift.q and repeats.low > contract.drift.share_floor


def worst(reference: Profile, current: Profile, contract: Contract) -> Repeats | None:
    """The repetitions of whole rows, or those of rows without ids where they are clearly more."""
    whole = beyond_usual(reference, current, contract, bare=False)
    if not reference.binning.compares_bare_rows:
        return whole
    bare = beyond_usual(reference, current, contract, bare=True)
    if whole is None or bare is None:
        return whole or bare
    return bare if bare.p < whole.p and bare.low > whole.value else whole


def beyond_usual(reference: Profile, current: Profile, contract: Contract, *, bare: bool) -> Repeats | None:
    """The share of repeated rows against that of the reference."""
    before, after = reference.sample, current.sample
    old = regions.region(before.bare_hashes if bare else before.hashes, reference.rows)
    new = regions.region(after.bare_hashes if bare else after.hashes, current.rows)
    if old.rows == 0 or new.rows == 0:
        return None
    was, now = old.counts - 1, new.counts - 1
    times = max(1.0, current.rows / reference.rows)
    variance = float(np.sum((now / new.rows) ** 2) + times**2 * np.sum((was / old.rows) ** 2))
    result = excess(
        float(now.sum()),
        new.rows,
        float(was.sum()),
        old.rows,
        variance=variance,
        times=times,
        confidence=contract.drift.confidence,
    )
    usual = min(1.0, times * float(was.sum()) / old.rows)
    p = min(1.0, result.p * (2 if reference.binning.compares_bare_rows else 1))
    return _repeats(result, float(now.sum()) / new.rows, usual, new.rows, old.rows, bare=bare, p=p)


def _repeats(
    result: Excess, share: float, usual: float, rows: int, reference_rows: int | None, *, bare: bool, p: float
) -> Repeats:
    return Repeats(
        value=result.value,
        low=result.low,
        high=result.high,
        p=p,
        share=share,
        usual=usual,
        rows=rows,
        reference_rows=reference_rows,
        bare=bare,
    )


def _claim(repeats: Repeats, contract: Contract) -> Claim:
    drift = contract.drift
    aside = " (ids and times aside)" if repeats.bare else ""
    than = f"{percent(repeats.usual)} in the reference"
    return Claim(
        check=Check.DUPLICATES,
        column=None,
        statistic="repeated_rows_without_ids" if repeats.bare else "repeated_rows",
        unit=Unit.SHARE,
        estimate=max(repeats.value, 0.0),
        low=max(repeats.low, 0.0),
        high=max(repeats.high, 0.0),
        floor=drift.share_floor,
        detect=drift.share_detect,
        p=repeats.p,
        n=repeats.rows,
        n_reference=repeats.reference_rows,
        n_needed=needed(repeats.usual, repeats.reference_rows or repeats.rows, drift),
        message=f"{percent(repeats.share)} of the rows repeat an earlier one{aside}; {than}",
        current=percent(repeats.share),
        reference=percent(repeats.usual),
    )


def _without_identity(repeats: Repeats) -> DataFinding:
    return DataFinding(
        check=Check.DUPLICATES,
        column=None,
        verdict=Verdict.INCONCLUSIVE,
        severity=Severity.INFO,
        reason=Reason.NOT_LOOKED_AT,
        message=f"rows of this table repeat each other by nature: {percent(repeats.share)} of them do, "
        f"and {percent(repeats.usual)} were to be expected",
        n=repeats.rows,
        n_reference=repeats.reference_rows,
    )


def _note(current: Profile) -> tuple[DataFinding, ...]:
    here = regions.region(current.sample.hashes, current.rows)
    extra = int((here.counts - 1).sum())
    if extra == 0:
        return ()
    return (
        DataFinding(
            check=Check.DUPLICATES,
            column=None,
            verdict=Verdict.PASS,
            severity=Severity.INFO,
            reason=Reason.NOT_LOOKED_AT,
            message=f"{percent(extra / here.rows)} of the rows repeat an earlier one; nothing says how many may",
            next_step="`duplicates: {max: ...}` in the contract, or a reference, decides",
            estimate=extra / here.rows,
            n=here.rows,
        ),
    )
