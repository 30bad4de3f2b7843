"""From paths to a judged dataset: the one call behind `seatrial check` and every stage that `uses: data`.

Where only a contract is asked for, no profile is made: its rules are one lazy scan, and what compares is not
even imported. Else everything that looks at rows happens in one pass (`comparing`), and exact demands in a
second.

What is subtle: a check that nothing was asked of is an ERROR and no PASS, and so is one of a dataset without
rows. The same files, reference and contract give the same result, byte for byte; only freshness looks at `now`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from pathlib import Path

from seatrial.data.asked import Asked, unanswered
from seatrial.data.contract.demands import asks_exactly
from seatrial.data.contract.judging import judge_rules
from seatrial.data.contract.scanning import scan_each
from seatrial.data.contract.shape import missing_roles
from seatrial.data.contract.tallies import added
from seatrial.data.discretion import sensitive_columns, without_values
from seatrial.data.findings import DataFinding, decision_of, verdict_of
from seatrial.data.policy import Contract
from seatrial.data.reading.faults import told_of
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.data.result import Check
from seatrial.data.rows_shown import rows_shown
from seatrial.data.seen import Known, Say, Seen, contract_digest, known, without_rows


def _quiet(_: str) -> None:
    """Nobody listens."""


def check(asked: Asked, *, now: datetime, say: Say = _quiet) -> Check:
    """One dataset, judged. `now` is what freshness is measured against, `say` is told how far the work is.

    Raises EvidenceError for data or a reference that cannot be read, ConfigError for a contract that the data makes
    impossible, UsageError for a reference that does not exist.
    """
    with told_of(str(asked.path) if asked.shown is None else asked.shown):
        return _checked(asked, now, say)


def _checked(asked: Asked, now: datetime, say: Say) -> Check:
    dataset = open_dataset(asked.path, shown=asked.shown)
    it = known(dataset, asked.at_once(len(dataset.partitions)), say)
    contract = asked.contract
    sensitive = sensitive_columns(contract, [column.name for column in dataset.columns])
    if asked.needs_profile:
        from seatrial.data.comparing import compared  # a contract alone needs neither numpy nor statistics

        seen = compared(asked, it, sensitive, now=now, say=say)
    else:
        seen = _scanned(asked, it, now, say)
    findings = (*seen.findings, *_exact(contract, dataset, say), *unanswered(asked, seen.rows))
    if not asked.has_rules:  # which would have told it
        findings += tuple(missing_roles(contract, {column.name: column for column in dataset.columns}))
    findings = without_values(findings, sensitive)
    return Check(
        dataset=dataset.shown,
        identity=it.identity,
        rows=seen.rows,
        columns=len(dataset.columns),
        files=len(dataset.partitions),
        verdict=verdict_of(findings),
        decision=decision_of(findings, contract.on_inconclusive),
        findings=findings,
        reference=seen.reference,
        contract=contract.file,
        notes=(*dataset.notes, *seen.notes, *_not_held(asked)),
        examples=rows_shown(dataset, findings, contract, most=asked.examples),
        digests={"dataset": it.identity, "contract": contract_digest(contract), **seen.digests},
        statistics=seen.statistics,
        sensitive=sensitive,
        profile=seen.profile,
        reference_profile=seen.reference_profile,
    )


def _not_held(asked: Asked) -> tuple[str, ...]:
    """Limits on distances from a reference that is not there: one contract serves checks with and without one, so
    they are no mistake, but nobody may take them for kept."""
    contract = asked.contract
    limits = (contract.drift, *(rule.drift for rule in contract.columns.values() if rule.drift is not None))
    if asked.reference is not None or not any(drift.max for drift in limits):
        return ()
    return ("the limits of `drift: {max: ...}` were not looked at: there is no reference to be distant from",)


def _scanned(asked: Asked, it: Known, now: datetime, say: Say) -> Seen:
    """The rules of the contract and nothing else."""
    say(f"{it.dataset.shown}: counting rules over {len(it.files):,} files")
    parts = list(scan_each(it.dataset, asked.contract))
    tallies = reduce(added, parts)
    return Seen(
        rows=tallies.rows,
        findings=judge_rules(tallies, asked.contract, now=now),
        notes=without_rows(it.dataset, [part.rows for part in parts]),
    )


def _exact(contract: Contract, dataset: Dataset, say: Say) -> tuple[DataFinding, ...]:
    """What a contract demands of all rows taken together."""
    if not asks_exactly(contract):
        return ()
    from seatrial.data.contract.exact_judging import exact_findings  # brings numpy, which few contracts need

    say(f"{dataset.shown}: looking for repeated and shared rows")
    return exact_findings(dataset, contract, _beside(contract))


def _beside(contract: Contract) -> Callable[[str], Dataset]:
    """How other datasets that a contract names are opened: from the folder of its file, as a reader of it expects."""
    folder = Path() if contract.file is None else Path(contract.file).parent
    return lambda path: open_dataset(folder / path, shown=path)
