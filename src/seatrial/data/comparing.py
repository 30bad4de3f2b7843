"""One pass over the rows, then everything that profiles can be asked: claims of single columns and of several together.

    files -> batches -> profile -> claims -> findings
                  \\-> rules ---------------/

Called by `checking` where more than a contract is asked. All claims are judged at once, because whether one of
them is a discovery depends on how many there are.

What is subtle: data that is the very same as its reference is not searched for rows that are in both. The seed of
whatever cuts rows into halves comes from digests.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from seatrial import __version__, digest
from seatrial.data.absolute import absolute
from seatrial.data.asked import Asked
from seatrial.data.baseline import Baseline, baseline, binning_for, own_binning, to_keep
from seatrial.data.claims import Claim
from seatrial.data.compare.columns import compare
from seatrial.data.compare.exchanged import exchanged
from seatrial.data.contract.judging import judge_rules
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.joint.explaining import explained
from seatrial.data.joint.jointly import jointly
from seatrial.data.policy import Contract
from seatrial.data.profile.distinct import estimate
from seatrial.data.profile.records import ColumnProfile, Profile
from seatrial.data.profile.serial import write_profile
from seatrial.data.profiling import Plan, profiled
from seatrial.data.reading.faults import told_of
from seatrial.data.reading.opening import open_dataset
from seatrial.data.seen import Known, Say, Seen, known, without_rows
from seatrial.data.statistics import statistics
from seatrial.errors import EvidenceError, OutsideError, Place
from seatrial.replacing import replace
from seatrial.store.given_places import write_given

SAME_DATA = "the data is the very same as the reference, so nothing can have changed; rows in both were not looked for"


def compared(asked: Asked, it: Known, sensitive: frozenset[str], *, now: datetime, say: Say) -> Seen:
    """What one pass and the reference show. Raises what `checking.check` raises."""
    before = None
    if asked.reference is not None:
        before = baseline(asked.reference, asked, say)
    binning = (
        own_binning(it.dataset, asked.contract.id, say)
        if before is None
        else binning_for(it.dataset, before.profile, say)
    )
    made = profiled(Plan(it=it, binning=binning, asked=asked, rules=asked.has_rules), say)
    if asked.save_profile is not None and made.profile.rows:  # an empty one is no reference, and may replace a good one
        _save(made.profile, asked.save_profile)
    say(f"{it.dataset.shown}: comparing")
    findings = () if made.tallies is None else judge_rules(made.tallies, asked.contract, now=now)
    same = before is not None and _same(before.profile, made.profile)
    if made.profile.rows:
        findings += () if before is not None or asked.has_rules else absolute(made.profile)
        findings += _judged(before, made.profile, asked.contract, same=same, seed=_seed(it, before))
    return Seen(
        rows=made.profile.rows,
        findings=findings,
        notes=(*_empty(it, made.profile), *(() if before is None else before.notes), *((SAME_DATA,) if same else ())),
        digests={} if before is None else {"reference": before.digest},
        reference=None if before is None else before.shown,
        profile=made.profile,
        reference_profile=None if before is None else before.profile,
        statistics=statistics(made.profile, sensitive, _distinct),
    )


def _empty(it: Known, profile: Profile) -> tuple[str, ...]:
    """Files without rows, by the rows of each identity."""
    rows = dict(profile.parts)
    return without_rows(it.dataset, [rows.get(name, 1) for name in it.files])


def inferred(asked: Asked, say: Say) -> str:
    """The text of a contract that the dataset keeps. Raises EvidenceError for data that cannot be read."""
    with told_of(str(asked.path) if asked.shown is None else asked.shown):
        dataset = open_dataset(asked.path, shown=asked.shown)
        it = known(dataset, asked.at_once(len(dataset.partitions)), say)
        made = profiled(
            Plan(it=it, binning=own_binning(dataset, asked.contract.id, say), asked=asked, rules=False), say
        )
    from seatrial.data.contract.infer import infer  # no check writes a contract

    return infer(made.profile, name=dataset.shown, notes=dataset.notes)


def _judged(
    before: Baseline | None, profile: Profile, contract: Contract, *, same: bool, seed: int
) -> tuple[DataFinding, ...]:
    """Facts, and all claims decided together."""
    reference = None if before is None else before.profile
    claims: tuple[Claim, ...] = ()
    facts: tuple[DataFinding, ...] = ()
    with np.errstate(all="ignore"):  # of numbers near 1e308; a claim that is not a number is judged INCONCLUSIVE
        if reference is not None and not contract.drift.off:
            claims, facts = _compared(before, profile, contract)
            claims = () if same else claims  # of few rows they would ask for more, to see that nothing is nothing
        more, others = jointly(None if same else reference, profile, contract, seed=seed)
    found = explained((*facts, *others, *decide((*claims, *more), q=contract.drift.q)))
    return found if reference is None else exchanged(found, reference, profile)


def _compared(
    before: Baseline | None, profile: Profile, contract: Contract
) -> tuple[tuple[Claim, ...], tuple[DataFinding, ...]]:
    """What `compare` makes of the two; a reference that it refuses is named."""
    if before is None:
        return (), ()
    try:
        return compare(before.profile, profile, contract)
    except EvidenceError as error:
        raise EvidenceError(str(error), place=Place(file=before.shown), next_step=error.next_step) from error


def _same(before: Profile, profile: Profile) -> bool:
    """Whether both are made of the very same files."""
    return bool(before.parts) and sorted(before.parts) == sorted(profile.parts)


def _seed(it: Known, before: Baseline | None) -> int:
    """The same for the same data, whatever it is asked besides."""
    return int(
        digest.of_record("data-check-seed/1", [it.identity, None if before is None else before.digest])[-15:], 16
    )


def _distinct(column: ColumnProfile) -> int | None:
    return round(estimate(column.distinct)) if column.distinct else None


def _save(profile: Profile, path: Path) -> None:
    data = write_profile(replace(to_keep(profile), made_by=f"seatrial {__version__}"))
    try:
        write_given(path, data)
    except OSError as error:
        raise OutsideError(
            f"the profile cannot be written: {error.strerror or error}",
            place=Place(file=str(path)),
            next_step="name a place that can be written with --save-profile",
        ) from error
