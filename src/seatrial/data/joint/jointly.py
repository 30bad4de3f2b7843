"""What shows only in several columns at once: the one question that a check asks of this folder.

Called by `data/checking.py` with two profiles, or with one where there is no reference; returns claims for
`decide.py`, and facts. `seed` comes from a digest of what is checked, so the same data is always cut into the same
halves.

Rows that come in clusters (users, days) say less than as many independent ones. Where a cluster column is declared, the
two screens of all columns are left out, for a learner tells few users from other few users by what is theirs alone. An
alarm about label noise or repeated rows is widened by the largest design effect of any column, and leakage by that
of the label: what two columns have in common is no more alike within a cluster than either of them is.
"""

from __future__ import annotations

from seatrial.data.claims import Claim, Severity
from seatrial.data.codes import Check
from seatrial.data.compare import clusters
from seatrial.data.findings import DataFinding
from seatrial.data.joint.classifier import told_apart
from seatrial.data.joint.correlation import screened
from seatrial.data.joint.duplicates import repeated
from seatrial.data.joint.label_noise import noisier
from seatrial.data.joint.leakage import leaks
from seatrial.data.joint.near_duplicates import near_repeated
from seatrial.data.joint.near_shared import near_shared
from seatrial.data.joint.notes import not_looked_at
from seatrial.data.joint.shared_rows import shared
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile

_CLUSTERED = (
    "columns were not compared together: rows of one {} are not independent, and the sampled rows do not say which "
    "belong together"
)
_NO_CLASSES = (
    "whether {} became noisier was not looked at: it hardly ever equals {} in the reference, as of amounts rather than "
    "classes, or the rows of one side lack one of the two"
)
_FEW_LABELS = (
    "whether a column gives {} away was not looked at: too few rows, or too few of a second label, to learn from"
)


def jointly(
    reference: Profile | None, current: Profile, contract: Contract, *, seed: int
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """Claims and facts about columns and rows taken together."""
    claims: list[Claim] = []
    facts: list[DataFinding] = []
    deff = max(clusters.of_profile(side) for side in (reference, current) if side is not None)
    if reference is not None and not contract.drift.off:
        if contract.cluster is None:
            apart = told_apart(reference, current, contract, seed=seed)
            claims += [apart] if isinstance(apart, Claim) else []
            facts += [apart] if isinstance(apart, DataFinding) else []
            together, apart_facts = screened(reference, current, contract)
            claims += together
            facts += apart_facts
        else:
            message = _CLUSTERED.format(contract.cluster)
            facts += [not_looked_at(check, message) for check in (Check.CLASSIFIER, Check.CORRELATION)]
        noise = noisier(reference, current, contract, deff=deff)
        claims += [] if noise is None else [noise]
        if noise is None and {contract.label, contract.prediction} <= current.columns.keys():
            facts.append(not_looked_at(Check.LABEL_NOISE, _NO_CLASSES.format(contract.label, contract.prediction)))
        shared_claims, shared_facts = shared(reference, current, contract, deff=deff)
        claims += shared_claims
        facts += shared_facts
        near_claims, near_facts = near_shared(reference, current, contract, deff=deff)
        claims += near_claims
        facts += near_facts
    given_away = leaks(reference, current, contract, seed=seed, deff=_of_label(reference, current, contract))
    claims += given_away
    if contract.label in current.columns and not given_away:
        facts.append(_unseen_leakage(contract))
    usual = None if contract.drift.off else reference
    repeated_claims, repeated_facts = repeated(usual, current, contract, deff=deff)
    near_claims, near_facts = near_repeated(reference, current, contract, deff=deff)
    return (*claims, *repeated_claims, *near_claims), (*facts, *repeated_facts, *near_facts)


def _of_label(reference: Profile | None, current: Profile, contract: Contract) -> float:
    sides = [side for side in (reference, current) if side is not None]
    return max(clusters.of_column(side, contract.label or "") for side in sides)


def _unseen_leakage(contract: Contract) -> DataFinding:
    """A note; of a limit that was declared no pass, for nothing was held to it."""
    declared = contract.max_leakage is not None
    return not_looked_at(
        Check.LEAKAGE,
        _FEW_LABELS.format(contract.label),
        severity=Severity.ERROR if declared else Severity.INFO,
        next_step="check more rows, with two labels at least, or leave `leakage` out" if declared else None,
    )
