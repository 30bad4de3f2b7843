"""Do rows of current repeat each other more than they did, or than is allowed?

Counted are rows beyond the first of their kind, of whole rows and of rows without ids (see `repeats`).
"""

from __future__ import annotations

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.joint import regions
from seatrial.data.joint.excess import needed
from seatrial.data.joint.notes import not_looked_at
from seatrial.data.joint.repeats import Repeats, beyond_usual
from seatrial.data.joint.tables import digests
from seatrial.data.joint.wording import percent
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict


def repeated(
    reference: Profile | None, current: Profile, contract: Contract, *, deff: float = 1.0
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """Claims; without a reference only a note, for there is nothing to hold the share against. A limit of the contract
    is not judged here: rows are counted exactly for it (`contract/exact_judging.py`)."""
    claims: list[Claim] = []
    if reference is not None:
        most = worst(reference, current, contract, deff=deff)
        if most is not None:
            if most.usual >= contract.drift.share_detect and not most.clear(contract.drift):
                return tuple(claims), (_without_identity(most),)
            claims.append(_claim(most, contract, deff))
    if reference is not None or contract.max_duplicate_share is not None:
        return tuple(claims), ()
    return (), _note(current)


def worst(reference: Profile, current: Profile, contract: Contract, *, deff: float = 1.0) -> Repeats | None:
    """The repetitions of whole rows, or those of rows without ids where they are clearly more."""
    whole = _repeats(reference, current, contract, bare=False, deff=deff)
    if not reference.binning.compares_bare_rows:
        return whole
    bare = _repeats(reference, current, contract, bare=True, deff=deff)
    if whole is None or bare is None:
        return whole or bare
    return bare if bare.p < whole.p and bare.low > whole.value else whole


def _repeats(reference: Profile, current: Profile, contract: Contract, *, bare: bool, deff: float) -> Repeats | None:
    """The share of repeated rows against that of the reference."""
    before, after = reference.sample, current.sample
    return beyond_usual(
        regions.region(digests(before.bare_hashes if bare else before.hashes), reference.rows),
        regions.region(digests(after.bare_hashes if bare else after.hashes), current.rows),
        contract.drift,
        growth=current.rows / reference.rows,
        deff=deff,
        looks=2 if reference.binning.compares_bare_rows else 1,
        bare=bare,
    )


def _claim(repeats: Repeats, contract: Contract, deff: float) -> Claim:
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
        n_needed=needed(repeats.usual, repeats.reference_rows or repeats.rows, drift, deff),
        message=f"{percent(repeats.share)} of the rows repeat an earlier one{aside}; {than}",
        current=percent(repeats.share),
        reference=percent(repeats.usual),
        confidence=drift.confidence,
    )


def _without_identity(repeats: Repeats) -> DataFinding:
    return not_looked_at(
        Check.DUPLICATES,
        f"rows of this table repeat each other by nature: {percent(repeats.share)} of them do, "
        f"and {percent(repeats.usual)} were to be expected",
        n=repeats.rows,
        n_reference=repeats.reference_rows,
    )


def _note(current: Profile) -> tuple[DataFinding, ...]:
    here = regions.region(digests(current.sample.hashes), current.rows)
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
