"""Two profiles to claims and facts: what differs, column by column.

Called by `data/checking.py`; what comes out goes to `decide.py`, together with the claims of `data/joint`. Profiles
of unlike binnings are refused, never compared approximately. Which claims a column gets is decided from the
reference alone (its kind, its words, whether it is an id), so that what is asked does not depend on the answer.
Every claim makes all others harder to believe (they are corrected together), so a column gets few, and none that
cannot come out either way.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.data.claims import Claim, Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.columns import Kind, Part
from seatrial.data.compare import clusters, flags, nulls, numbers, schema, texts, times, vectors
from seatrial.data.compare.identifiers import is_id, repeated
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.sorted import order_claim
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.profile.records import SCHEMA, ColumnBinning, ColumnProfile, Profile
from seatrial.errors import EvidenceError
from seatrial.verdict import Verdict

_CLAIMS_A_COLUMN = 8
"""About how many claims a column gets: rows needed are computed for a discovery among all of them."""

_FEWER = 0.5
"""A share of the reference's rows below which a note says so; whether it is too few, a contract says."""

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
    unknown = _Unknown(of_reference=_most(reference), of_current=_most(current))
    pairs: list[Pair] = []
    for name in shared:
        if name == contract.cluster:  # other users are no drift; only whether they are named
            claims += nulls.claims(_pair(name, reference, current, contract, looked_at, unknown))
        elif not contract.drift_of(name).off:
            pairs.append(_pair(name, reference, current, contract, looked_at, unknown))
            claims += of_column(pairs[-1])
    order = order_claim(pairs, len(reference.parts), len(current.parts))
    claims += [] if order is None else [order]
    facts = schema.facts(reference, current, contract)
    unlimited = _not_limited(shared, claims, contract)
    return tuple(claims), (*facts, *_without_rows(reference, current), *unlimited, *_notes(reference, current))


def _not_limited(names: list[str], claims: list[Claim], contract: Contract) -> list[DataFinding]:
    """Limits on distances that a column does not have, or not now: what was asked of the column itself cannot be
    passed over; where it was asked of all columns, a note tells which were not looked at."""
    held = {(claim.column, claim.statistic) for claim in claims if claim.check is Check.DISTANCE}
    found: list[DataFinding] = []
    for name in names:
        drift, rule = contract.drift_of(name), contract.rule_of(name)
        own = rule is not None and rule.drift is not None and dict(rule.drift.max) != dict(contract.drift.max)
        missing = (
            [] if drift.off or name == contract.cluster else [each for each in drift.max if (name, each) not in held]
        )
        if missing:
            found.append(
                DataFinding(
                    check=Check.DISTANCE,
                    column=name,
                    verdict=Verdict.INCONCLUSIVE,
                    severity=Severity.ERROR if own else Severity.INFO,
                    reason=Reason.NOT_LOOKED_AT,
                    message=f"{name} has no {' or '.join(sorted(missing))} distance from the reference: it has no bins "
                    "for it, or no values, or its times are of another period",
                    next_step=f"take the limit out of `columns.{name}.drift`, or limit another distance",
                )
            )
    return found


def _without_rows(reference: Profile, current: Profile) -> list[DataFinding]:
    """Nothing can be said without rows, and nothing said is no pass."""
    return [
        DataFinding(
            check=Check.ROWS,
            column=None,
            verdict=Verdict.ERROR,
            severity=Severity.ERROR,
            reason=Reason.NOT_LOOKED_AT,
            message=f"{side} has no rows, so nothing can be compared",
            next_step=f"check what writes {side}",
            n=current.rows,
            n_reference=reference.rows,
        )
        for side, profile in (("the dataset", current), ("the reference", reference))
        if profile.rows == 0
    ]


def _notes(reference: Profile, current: Profile) -> list[DataFinding]:
    """What is worth a word and decides nothing."""
    told: list[tuple[Check, str]] = []
    if current.rows < _FEWER * reference.rows:
        told.append((Check.ROWS, f"{current.rows:,} rows, the reference has {reference.rows:,}"))
    if reference.cluster != current.cluster:
        sides = f"{current.cluster or 'none'}, was {reference.cluster or 'none'}"
        told.append((Check.ROWS, f"the cluster column is {sides}: one side counts its rows as independent"))
    return [
        DataFinding(
            check=check,
            column=None,
            verdict=Verdict.PASS,
            severity=Severity.INFO,
            reason=Reason.DIFFERS,
            message=message,
            n=current.rows,
            n_reference=reference.rows,
        )
        for check, message in told
    ]


def refuse(reference: Profile, current: Profile) -> None:
    """Two profiles may be compared only if they count what they share in the same bins, in the same way.

    The current one may have bins of its own for columns that are new.
    """
    again = "profile the reference again with this version, then compare"
    if reference.schema != current.schema or reference.schema != SCHEMA:
        raise EvidenceError(
            f"a profile of version {current.schema} cannot be compared with one of version {reference.schema}",
            next_step=again,
        )
    if reference.sample.hashing != current.sample.hashing:
        raise EvidenceError(
            "the profiles were made with versions of polars that hash texts differently", next_step=again
        )
    if reference.binning.digest != current.binning.digest and not _same_bins(reference, current):
        raise EvidenceError(
            "the profiles were made with different bins",
            next_step="make the current profile with the binning of the reference (`--reference`)",
        )


def _same_bins(reference: Profile, current: Profile) -> bool:
    old, new = reference.binning, current.binning
    shared = [name for name in reference.columns if name in current.columns]
    return (not shared or bool(new.columns)) and all(
        old.columns.get(name) == new.columns.get(name) and (name in old.left_out) == (name in new.left_out)
        for name in shared
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


def _pair(
    name: str, reference: Profile, current: Profile, contract: Contract, looked_at: int, unknown: _Unknown
) -> Pair:
    before, after = reference.columns[name], current.columns[name]
    drift, rule = contract.drift_of(name), contract.rule_of(name)
    return Pair(
        name=name,
        before=before,
        after=after,
        binning=reference.binning.columns.get(name, ColumnBinning()),
        drift=drift,
        severity=Severity.ERROR if rule is None else rule.severity,
        alpha=drift.q / (looked_at * _CLAIMS_A_COLUMN),
        deff_reference=_design_effect(before, reference.rows, unknown.of_reference),
        deff_current=_design_effect(after, current.rows, unknown.of_current),
        id_like=is_id(name, before, reference, contract),
    )


class _Unknown(Struct, frozen=True, kw_only=True):
    """What the clusters of each side add in a column that is not counted by group: as much as in any other."""

    of_reference: float
    of_current: float


def _most(profile: Profile) -> float:
    if profile.cluster is None:
        return 1.0
    others = (column for name, column in profile.columns.items() if name != profile.cluster)
    return max((clusters.design_effect(column.groups) for column in others), default=1.0)


def _design_effect(column: ColumnProfile, rows: int, unknown: float) -> float:
    """Values per independent row, times what the clusters add."""
    each = column.values / rows if column.column.part is Part.ELEMENTS and rows > 0 else 1.0
    return max(1.0, each) * (clusters.design_effect(column.groups) if column.groups else unknown)
