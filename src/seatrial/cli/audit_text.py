"""What an audit of the selection has shown, as text and as JSON. Called by `audit`."""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.cli import exits
from seatrial.flows.audit_records import fact_of
from seatrial.flows.audit_runs import CellAudit
from seatrial.flows.auditing import SelectionAudit
from seatrial.pipeline.audit import AuditOutcome
from seatrial.report import rows
from seatrial.report.escape import plain
from seatrial.report.fit import wrap
from seatrial.report.numbers import plural
from seatrial.report.table import table

SCHEMA_VERSION = 1
_WIDTH = 80
_BOUND = 400
_SHOWN = {AuditOutcome.AGREED: "agreed", AuditOutcome.MISSED: "MISSED", AuditOutcome.NOT_JUDGED: "not judged"}


def audit_code(found: SelectionAudit) -> int:
    """A miss is a failure of the selection; where nothing that was drawn could be judged, nothing is known."""
    if found.missed:
        return exits.BLOCKED
    if found.cells and all(one.judged.outcome is AuditOutcome.NOT_JUDGED for one in found.cells):
        return exits.HELD
    return exits.OK


def audit_json(found: SelectionAudit, code: int) -> dict[str, object]:
    """The audit for programs."""
    fact = fact_of(found.audits)
    return {
        "schema_version": SCHEMA_VERSION,
        "run": found.run,
        "base": found.base,
        "head": found.head,
        "uncommitted": found.uncommitted,
        "seed": found.seed,
        "share": found.share,
        "left_out": found.left_out,
        "cells": [_cell(one) for one in found.cells],
        "audited": fact.audited if fact else 0,
        "misses": fact.misses if fact else 0,
        "not_judged": found.audits.not_judged,
        "recall": fact.recall if fact else None,
        "interval": list(fact.interval) if fact else None,
        "misses_below": fact.misses_below if fact else None,
        "exit_code": code,
    }


def _cell(one: CellAudit) -> dict[str, object]:
    return {
        "cell": one.cell,
        "action": one.action.value,
        "outcome": one.judged.outcome.value,
        "compared": one.judged.compared.value if one.judged.compared else None,
        "reason": one.judged.reason,
        "edges": [{"path": edge.path, "found_by": "read" if edge.was_read else "tried"} for edge in one.edges],
        "forgotten": one.forgotten,
    }


def audit_lines(found: SelectionAudit) -> list[str]:
    """What the command prints."""
    what = f"{found.base[:12]} to {'the work tree' if found.uncommitted else found.head[:12]}"
    if not found.cells:
        return [f"{what}: every stage is reached or has to run anyway, so nothing was left out and nothing is audited"]
    lines = [f"{what}: {plural(found.left_out, 'cell')} left out, {len(found.cells)} drawn with seed {found.seed}"]
    shown = [(one.cell, one.action.value, _SHOWN[one.judged.outcome], one.judged.reason) for one in found.cells]
    lines += ["", table(shown, ("cell", "action", "audit", "why"))]
    for one in found.missed:
        lines += ["", *_miss(one)]
    said = rows.selection(fact_of(found.audits))
    return [*lines, "", *wrap(said, _WIDTH)] if said else lines


def _miss(one: CellAudit) -> Iterator[str]:
    stage = one.cell.partition("[")[0]
    for edge in one.edges:
        how = "its command was seen to read it" if edge.was_read else "found by trying what changed"
        yield from _wrapped(f"missing edge: {stage} -> {edge.path} ({how})")
    if one.edges:
        named = ", ".join(edge.path for edge in one.edges)
        yield from _wrapped(f"next: declare it: `deps: [{named}]` of stage {stage}")
        yield from _wrapped("plans of changes count it from now on", "  ")
    else:
        yield from _wrapped(
            f"{one.cell}: no changed path accounts for it, so something outside of the trees may have changed"
        )
    if one.forgotten:
        yield from _wrapped("the stored result that rested on it was dropped, so that a run makes it anew", "  ")


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    for line in wrap(plain(text, bound=_BOUND), _WIDTH - len(indent)):
        yield indent + line
