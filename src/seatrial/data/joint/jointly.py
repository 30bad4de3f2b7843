"""What shows only in several columns at once: the one question that a check asks of this folder.

Called by `data/checking.py` with two profiles, or with one where there is no reference; returns claims for
`decide.py`, and facts. `seed` comes from a digest of what is checked, so the same data is always cut into the same
halves.
"""

from __future__ import annotations

from seatrial.data.claims import Claim, Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.joint.classifier import told_apart
from seatrial.data.joint.correlation import screened
from seatrial.data.joint.duplicates import repeated
from seatrial.data.joint.label_noise import noisier
from seatrial.data.joint.leakage import leaks
from seatrial.data.joint.near_duplicates import near_repeated
from seatrial.data.joint.near_shared import near_shared
from seatrial.data.joint.shared_rows import shared
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict


def jointly(
    reference: Profile | None, current: Profile, contract: Contract, *, seed: int
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """Claims and facts about columns and rows taken together."""
    claims: list[Claim] = []
    facts: list[DataFinding] = []
    if reference is not None and not contract.drift.off:
        if contract.cluster is None:
            apart = told_apart(reference, current, contract, seed=seed)
            claims += [apart] if isinstance(apart, Claim) else []
            facts += [apart] if isinstance(apart, DataFinding) else []
            together, apart_facts = screened(reference, current, contract)
            claims += together
            facts += apart_facts
        else:
            facts.append(_clustered(contract.cluster))
        noise = noisier(reference, current, contract)
        claims += [] if noise is None else [noise]
        shared_claims, shared_facts = shared(reference, current, contract)
        claims += shared_claims
        facts += shared_facts
        near_claims, near_facts = near_shared(reference, current, contract)
        claims += near_claims
        facts += near_facts
    claims += leaks(reference, current, contract, seed=seed)
    usual = None if contract.drift.off else reference
    repeated_claims, repeated_facts = repeated(usual, current, contract)
    near_claims, near_facts = near_repeated(reference, current, contract)
    return (*claims, *repeated_claims, *near_claims), (*facts, *repeated_facts, *near_facts)


def _clustered(cluster: str) -> DataFinding:
    return DataFinding(
        check=Check.CLASSIFIER,
        column=None,
        verdict=Verdict.INCONCLUSIVE,
        severity=Severity.INFO,
        reason=Reason.NOT_LOOKED_AT,
        message=f"columns were not compared together: rows of one {cluster} are not independent, "
        "and the sampled rows do not say which belong together",
    )
