"""Two profiles to claims and facts: what differs, column by column.

Called by `data/checking.py`; what comes out goes to `decide.py`, together with the claims of `data/joint`. Profiles
of unlike binnings are refused, never compared approximately. Which claims a column gets is decided from the
reference alone (its kind, its words, whether it is an id), so that what is asked does not depend on the answer.
Every claim makes all others harder to believe (they are corrected together), so a column gets few, and none that
cannot come out either way.
"""

from __future__ import annotations

from seatrial.data.claims import Claim, Severity
from seatrial.data.columns import Kind, Part
from seatrial.data.compare import clusters, flags, nulls, numbers, schema, texts, times, vectors
from seatrial.data.compare.identifiers import is_id, repeated
from seatrial.data.compare.pair import Pair
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.profile.records import SCHEMA, ColumnBinning, ColumnProfile, Profile
from seatrial.errors import EvidenceError

_CLAIMS_A_COLUMN = 8
"""About how many claims a column gets: rows needed are computed for a discovery among all of them."""

_OF_KIND = {
    Kind.NUMBER: numbers.claims,
    Kind.FLAG: flags.claims,
    Kind.TEXT: texts.claims,
    Kind.TIME: times.claims,
    Kind.VECTOR: vectors.claims,
}


def compare(
    reference: Profile, current: Profile, contract: Contract
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """All claims about the columns both sides have, and the facts about their schemas.

    Raises EvidenceError where the two profiles cannot be compared.
    """
    refuse(reference, current)
    shared = [name for name in reference.columns if name in current.columns]
    looked_at = max(sum(not contract.drift_of(name).off for name in shared), 1)
    claims: list[Claim] = []
    for name in shared:
        if not contract.drift_of(name).off:
            claims += of_column(_pair(name, reference, current, contract, looked_at))
    return tuple(claims), schema.facts(reference, current, contract)


def refuse(reference: Profile, current: Profile) -> None:
    """Two profiles may be compared only if they count in the same bins, in the same way."""
    again = "profile the reference again with this version, then compare"
    if reference.schema != current.schema or reference.schema != SCHEMA:
        raise EvidenceError(
            f"the profiles cannot be compared: they have versions {reference.schema} and {current.schema}",
            next_step=again,
        )
    if reference.binning.digest != current.binning.digest:
        raise EvidenceError(
            "the profiles cannot be compared: they were made with different binnings",
            next_step="make the current profile with the binning of the reference (`--reference`)",
        )


def of_column(pair: Pair) -> list[Claim]:
    """All claims about one column. Of one whose kind changed, or that is all null on a side, only those about nulls."""
    claims = nulls.claims(pair)
    kind = pair.before.column.kind
    same = kind is pair.after.column.kind and pair.before.column.dims == pair.after.column.dims
    if same and kind in _OF_KIND and pair.n > 0 and pair.n_reference > 0:
        claims += _OF_KIND[kind](pair)
        again = repeated(pair) if pair.id_like else None
        claims += [] if again is None else [again]
    return claims


def _pair(name: str, reference: Profile, current: Profile, contract: Contract, looked_at: int) -> Pair:
    before, after = reference.columns[name], current.columns[name]
    drift, rule = contract.drift_of(name), contract.columns.get(name)
    return Pair(
        name=name,
        before=before,
        after=after,
        binning=reference.binning.columns.get(name, ColumnBinning()),
        drift=drift,
        severity=Severity.ERROR if rule is None else rule.severity,
        alpha=drift.q / (looked_at * _CLAIMS_A_COLUMN),
        deff_reference=_design_effect(before, reference.rows),
        deff_current=_design_effect(after, current.rows),
        id_like=is_id(name, before, reference, contract),
    )


def _design_effect(column: ColumnProfile, rows: int) -> float:
    """Values per independent row, times what the clusters add."""
    each = column.values / rows if column.column.part is Part.ELEMENTS and rows > 0 else 1.0
    return max(1.0, each) * clusters.design_effect(column.groups)
