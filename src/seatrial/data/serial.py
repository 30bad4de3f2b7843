"""A check as the JSON object that `seatrial check --json` prints.

Called by `cli/check.py`, and by whatever stores checks. Keys have a fixed order and None is written as null, so
equal checks are equal text. JSON knows no NaN and no infinity: a figure that is one of them is null, which
means that nothing is known, or that a bound does not exist.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from seatrial.data.findings import DataFinding
from seatrial.data.result import Check, Examples, counts
from seatrial.digest import Json
from seatrial.errors import Place

SCHEMA_VERSION = 1
"""Of `check_json`; raised when a key changes its meaning or goes away."""


def check_json(check: Check) -> dict[str, Json]:
    """A whole check."""
    return {
        "schema_version": SCHEMA_VERSION,
        "dataset": check.dataset,
        "identity": check.identity,
        "files": check.files,
        "rows": check.rows,
        "columns": check.columns,
        "reference": check.reference,
        "contract": check.contract,
        "verdict": check.verdict.value,
        "decision": check.decision.value,
        "counts": {verdict.value: number for verdict, number in counts(check.judged).items()},
        "findings": [finding_json(finding) for finding in check.findings],
        "notes": list(check.notes),
        "examples": [_examples(each) for each in check.examples],
        "digests": dict(sorted(check.digests.items())),
    }


def finding_json(finding: DataFinding) -> dict[str, Json]:
    """One finding, under the names of its fields."""
    return {
        "check": finding.check,
        "column": finding.column,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "reason": str(finding.reason),
        "message": finding.message,
        "statistic": finding.statistic,
        "unit": None if finding.unit is None else str(finding.unit),
        "estimate": _number(finding.estimate),
        "interval": None if finding.interval is None else [_number(bound) for bound in finding.interval],
        "threshold": _number(finding.threshold),
        "p": _number(finding.p),
        "p_adjusted": _number(finding.p_adjusted),
        "n": finding.n,
        "n_reference": finding.n_reference,
        "n_needed": finding.n_needed,
        "n_reference_needed": finding.n_reference_needed,
        "current": finding.current,
        "reference": finding.reference,
        "next_step": finding.next_step,
        "place": place_json(finding.place),
        "rows": list(finding.rows),
        "details": _figures(finding.details),
    }


def _examples(examples: Examples) -> dict[str, Json]:
    return {
        "check": examples.check,
        "column": examples.column,
        "columns": list(examples.columns),
        "rows": [{"row": each.row, "cells": list(each.cells)} for each in examples.rows],
    }


def place_json(place: Place | None) -> dict[str, Json] | None:
    """Where something stands, under the names of its fields."""
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "key": place.key}


def _figures(figures: Mapping[str, float]) -> dict[str, Json]:
    return {name: _number(value) for name, value in sorted(figures.items())}


def _number(value: float | None) -> float | None:
    """A figure, or null where JSON has no word for it. Numbers of other libraries become Python's."""
    return float(value) if value is not None and math.isfinite(value) else None
