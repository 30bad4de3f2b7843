"""From paths to a judged dataset: the one call behind `seatrial check` and every stage that `uses: data`.

files -> batches -> profile -> claims -> findings -> verdict \\-> rules ------------------/

Where only a contract is asked for, no profile is made: its rules are one lazy scan. Else everything that looks
at rows happens in one pass, and what compares is asked of profiles alone.

What is subtle: a check that nothing was asked of is an ERROR and no PASS, and so is one of a dataset without
rows. Data that is the very same as its reference is not searched for rows that are in both. The seed comes from
digests, so the same files, reference and contract give the same result, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from seatrial import __version__, digest
from seatrial.data.absolute import absolute
from seatrial.data.asked import Asked, unanswered
from seatrial.data.baseline import Baseline, baseline, binning_for, own_binning, to_keep
from seatrial.data.claims import Claim
from seatrial.data.compare.columns import compare
from seatrial.data.contract.exact_judging import asks_exactly, exact_findings
from seatrial.data.contract.judging import judge_rules
from seatrial.data.contract.scanning import scan_rules
from seatrial.data.decide import decide
from seatrial.data.discretion import sensitive_columns, without_values
from seatrial.data.findings import DataFinding, decision_of, verdict_of
from seatrial.data.joint.jointly import jointly
from seatrial.data.policy import Contract
from seatrial.data.profile.distinct import estimate
from seatrial.data.profile.records import ColumnProfile, Profile
from seatrial.data.profile.serial import write_profile
from seatrial.data.profiling import Plan, Say, contract_digest, identities, profiled
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.data.result import Check
from seatrial.data.rows_shown import rows_shown
from seatrial.data.statistics import statistics
from seatrial.errors import OutsideError, Place
from seatrial.replacing import replace
from seatrial.store.atomic import write_atomic

SAME_DATA = "the data is the very same as the reference, so nothing can have changed; rows in both were not looked for"


class _Seen(Struct, frozen=True, kw_only=True):
    """What was found out about a dataset before anything is shown."""

    rows: int
    findings: tuple[DataFinding, ...]
    notes: tuple[str, ...] = ()
    profile: Profile | None = None
    before: Baseline | None = None


def _quiet(_: str) -> None:
    """Nobody listens."""


def check(asked: Asked, *, now: datetime, say: Say = _quiet) -> Check:
    """One dataset, judged. `now` is what freshness is measured against, `say` is told how far the work is.

    Raises EvidenceError for data or a reference that cannot be read, ConfigError for a contract that the data makes
    impossible, UsageError for paths that do not exist.
    """
    dataset = open_dataset(asked.path, shown=asked.shown)
    known = identities(dataset, asked.jobs, say)
    identity = _identity(dataset, known)
    seen = (
        _profiled(asked, dataset, known, identity, now, say)
        if asked.needs_profile
        else _scanned(asked, dataset, now, say)
    )
    exact: tuple[DataFinding, ...] = ()
    if asks_exactly(asked.contract):
        say(f"{dataset.shown}: looking for repeated and shared rows")
        exact = exact_findings(dataset, asked.contract, _beside(asked.contract))
    sensitive = sensitive_columns(asked.contract, [column.name for column in dataset.columns])
    findings = without_values((*seen.findings, *exact, *unanswered(asked, seen.rows)), sensitive)
    say(f"{dataset.shown}: looking up example rows")
    return Check(
        dataset=dataset.shown,
        identity=identity,
        rows=seen.rows,
        columns=len(dataset.columns),
        files=len(dataset.partitions),
        verdict=verdict_of(findings),
        decision=decision_of(findings, asked.contract.on_inconclusive),
        findings=findings,
        reference=None if seen.before is None else seen.before.shown,
        contract=asked.contract.file,
        notes=(*dataset.notes, *seen.notes),
        examples=rows_shown(dataset, findings, asked.contract, most=asked.examples),
        digests=_digests(asked, identity, seen.before),
        statistics=statistics(seen.profile, sensitive, _distinct)
        if asked.pictures and seen.profile is not None
        else (),
        sensitive=sensitive,
        profile=seen.profile,
        reference_profile=None if seen.before is None else seen.before.profile,
    )


def inferred(asked: Asked, say: Say = _quiet) -> str:
    """The text of a contract that the dataset keeps. Raises EvidenceError for data that cannot be read."""
    from seatrial.data.contract.infer import infer  # no check needs it

    dataset = open_dataset(asked.path, shown=asked.shown)
    known = identities(dataset, asked.jobs, say)
    plan = Plan(
        dataset=dataset,
        binning=own_binning(dataset, say),
        contract=asked.contract,
        rules=False,
        cache=asked.cache,
        jobs=asked.jobs,
    )
    return infer(profiled(plan, known, say).profile, name=dataset.shown)


def _scanned(asked: Asked, dataset: Dataset, now: datetime, say: Say) -> _Seen:
    """The rules of the contract and nothing else."""
    say(f"{dataset.shown}: counting rules over {len(dataset.partitions):,} files")
    tallies = scan_rules(dataset, asked.contract)
    return _Seen(rows=tallies.rows, findings=judge_rules(tallies, asked.contract, now=now))


def _profiled(asked: Asked, dataset: Dataset, known: tuple[str, ...], identity: str, now: datetime, say: Say) -> _Seen:
    """One pass over the rows, then everything that profiles can be asked."""
    contract = asked.contract
    before = None
    if asked.reference is not None:
        before = baseline(asked.reference, contract, cache=asked.cache, jobs=asked.jobs, say=say)
    binning = own_binning(dataset, say) if before is None else binning_for(dataset, before.profile, say)
    plan = Plan(
        dataset=dataset,
        binning=binning,
        contract=contract,
        rules=asked.has_rules,
        cache=asked.cache,
        jobs=asked.jobs,
    )
    made = profiled(plan, known, say)
    if asked.save_profile is not None:
        _save(made.profile, asked.save_profile)
    say(f"{dataset.shown}: comparing")
    findings = () if made.tallies is None else judge_rules(made.tallies, contract, now=now)
    same = before is not None and _same(before.profile, made.profile)
    if made.profile.rows:
        seed = int(digest.of_record("data-check-seed/1", _digests(asked, identity, before))[-15:], 16)
        findings += _compared(None if before is None else before.profile, made.profile, contract, same=same, seed=seed)
    notes = (() if before is None else before.notes) + ((SAME_DATA,) if same else ())
    return _Seen(rows=made.profile.rows, findings=findings, notes=notes, profile=made.profile, before=before)


def _compared(
    before: Profile | None, profile: Profile, contract: Contract, *, same: bool, seed: int
) -> tuple[DataFinding, ...]:
    """All claims at once, because whether one is a discovery depends on how many there are."""
    claims: tuple[Claim, ...] = ()
    facts: tuple[DataFinding, ...] = absolute(profile) if before is None else ()
    if before is not None and not contract.drift.off:
        claims, facts = compare(before, profile, contract)
    more, others = jointly(None if same else before, profile, contract, seed=seed)
    return (*facts, *others, *decide((*claims, *more), q=contract.drift.q))


def _same(before: Profile, profile: Profile) -> bool:
    """Whether both are made of the very same files."""
    return bool(before.parts) and sorted(before.parts) == sorted(profile.parts)


def _identity(dataset: Dataset, known: tuple[str, ...]) -> str:
    """What a dataset is: its files, with the keys of their paths."""
    parts: list[digest.Json] = [
        [name, [list(pair) for pair in partition.keys]]
        for name, partition in zip(known, dataset.partitions, strict=True)
    ]
    return digest.of_record("dataset/1", parts)


def _digests(asked: Asked, identity: str, before: Baseline | None) -> dict[str, str]:
    """Everything that the verdict rests on, but the time."""
    found = {"dataset": identity, "contract": contract_digest(asked.contract)}
    if before is not None:
        parts: list[digest.Json] = [list(part) for part in sorted(before.profile.parts)]
        found["reference"] = digest.of_record("data-reference/1", [before.profile.binning.digest, parts])
    return found


def _beside(contract: Contract) -> Callable[[str], Dataset]:
    """How other datasets that a contract names are opened: from the folder of its file, as a reader of it expects."""
    folder = Path() if contract.file is None else Path(contract.file).parent
    return lambda path: open_dataset(folder / path, shown=path)


def _distinct(column: ColumnProfile) -> int | None:
    return round(estimate(column.distinct)) if column.distinct else None


def _save(profile: Profile, path: Path) -> None:
    data = write_profile(replace(to_keep(profile), made_by=f"seatrial {__version__}"))
    try:
        write_atomic(path, data)
    except OSError as error:
        raise OutsideError(
            f"the profile cannot be written: {error.strerror or error}",
            place=Place(file=str(path)),
            next_step="name a place that can be written with --save-profile",
        ) from error
