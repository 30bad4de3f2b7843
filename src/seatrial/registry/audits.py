"""Audits of the selection: their records, and how often it was wrong by them. Pure.

Called by `flows/auditing.py`, which appends them, and wherever the figure is shown. One record is one cell that was
left out and then run all the same. Subtle: an audit of the same trees again is no new evidence, so the last one
counts; a cell that could not be judged counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import not_understood
from seatrial.pipeline.audit import AuditOutcome, Compared
from seatrial.registry.serial import decode, encode
from seatrial.stats.interval import Interval
from seatrial.stats.proportion import clopper_pearson
from seatrial.store.state import Entry

SCHEMA = 1
KIND = "audited"
CONFIDENCE = 0.95


class Audited(Struct, frozen=True, kw_only=True):
    """One cell that the selection left out, and what running it has shown. `tree` is that of the head, `commit` its
    commit where it has one; `edges` are the paths it turned out to depend on."""

    cell: str
    outcome: AuditOutcome
    reason: str
    base: str
    tree: str
    seed: int
    run: str
    at: str
    commit: str | None = None
    tier: str | None = None
    compared: Compared | None = None
    edges: tuple[str, ...] = ()


class Audits(Struct, frozen=True, kw_only=True):
    """All audits, folded. `missed` are those that were misses, `edges` what they found, by stage."""

    judged: int = 0
    not_judged: int = 0
    missed: tuple[Audited, ...] = ()
    edges: Mapping[str, frozenset[str]] = field(default_factory=dict)
    length: int = 0

    @property
    def misses(self) -> int:
        return len(self.missed)


class Recall(Struct, frozen=True, kw_only=True):
    """The share of cells left out that were left out rightly, with its exact interval (Clopper and Pearson), and what
    the share of misses lies below. Each bound errs with a probability of at most 5 %."""

    estimate: float
    interval: Interval
    misses_below: float


def to_body(record: Audited) -> dict[str, Json]:
    """The body of the state entry for a record."""
    return {"kind": KIND, "schema": SCHEMA, "data": encode(record)}


def fold(entries: Sequence[Entry]) -> Audits:
    """What the records say. Raises StateError for one that this version does not understand."""
    last: dict[tuple[str, str, str, str | None], Audited] = {}
    edges: dict[str, set[str]] = {}
    for entry in entries:
        record = _record(entry)
        last[record.cell, record.base, record.tree, record.tier] = record
        if record.edges:
            edges.setdefault(record.cell.partition("[")[0], set()).update(record.edges)
    judged = [record for record in last.values() if record.outcome is not AuditOutcome.NOT_JUDGED]
    return Audits(
        judged=len(judged),
        not_judged=len(last) - len(judged),
        missed=tuple(record for record in judged if record.outcome is AuditOutcome.MISSED),
        edges={stage: frozenset(paths) for stage, paths in edges.items()},
        length=len(entries),
    )


def recall(misses: int, judged: int) -> Recall | None:
    """How far the selection can be trusted after so many audits, None after none."""
    if judged == 0:
        return None
    interval = clopper_pearson(judged - misses, judged, alpha=1 - CONFIDENCE)
    return Recall(estimate=1 - misses / judged, interval=interval, misses_below=1 - interval.lower)


def _record(entry: Entry) -> Audited:
    shown = f"record {entry.number} of {entry.stream}"
    kind, schema = entry.body.get("kind"), entry.body.get("schema")
    if schema != SCHEMA or kind != KIND or entry.body.keys() != {"kind", "schema", "data"}:
        raise not_understood(shown, f"it is a {kind!r} of schema {schema!r}")
    try:
        return decode(Audited, entry.body["data"])
    except ValueError as error:
        raise not_understood(shown, str(error)) from None
