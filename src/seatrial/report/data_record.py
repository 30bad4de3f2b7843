"""A check of a dataset as the record that a stage leaves: what `--json` prints, and what a run's report shows.

Called by `seatrial check --report FILE.json`; `evidence/check_record.py` reads it back. A check that could not be made,
because the data cannot be read, leaves a record too: its verdict is ERROR.
"""

from __future__ import annotations

from seatrial.data.result import Check
from seatrial.data.serial import SCHEMA_VERSION, check_json, finding_json, place_json
from seatrial.digest import Json
from seatrial.errors import UserError
from seatrial.report import data_words as words
from seatrial.report.data_markdown import distribution_rows, statistic_cells
from seatrial.report.data_pictured import pictured
from seatrial.report.facts import UNREADABLE
from seatrial.verdict import Decision, Verdict


def record(check: Check) -> dict[str, Json]:
    """The whole check, with its next step, each finding's figures in words, a row of texts for each column that is
    drawn and for each column, and the bars of those that are drawn."""
    findings: list[Json] = [{**finding_json(each), "figures": words.figures(each)} for each in check.findings]
    distributions: list[Json] = [list(row) for row in distribution_rows(check)]
    statistics: list[Json] = [list(statistic_cells(each)) for each in check.statistics]
    shapes: list[Json] = [
        {"column": column, **{name: _plain(getattr(shape, name)) for name in shape.__struct_fields__}}
        for column, shape in pictured(check)
    ]
    return {
        **check_json(check),
        "findings": findings,
        "next_step": words.next_step(check),
        "distributions": distributions,
        "statistics": statistics,
        "shapes": shapes,
    }


def unreadable(dataset: str, error: UserError) -> dict[str, Json]:
    """The record of a check that an error has ended: each problem is a finding."""
    findings: list[Json] = [
        {
            "check": UNREADABLE,
            "column": None,
            "verdict": Verdict.ERROR.value,
            "severity": "error",
            "reason": "not_looked_at",
            "message": str(problem),
            **dict.fromkeys(("statistic", "estimate", "interval", "threshold", "n", "n_needed")),
            "next_step": problem.next_step,
            "place": place_json(problem.place),
            "figures": "",
        }
        for problem in error.problems
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "dataset": dataset,
        "identity": "",
        "rows": 0,
        "verdict": Verdict.ERROR.value,
        "decision": Decision.BLOCK.value,
        "counts": {Verdict.ERROR.value: len(findings)},
        "findings": findings,
        "notes": [],
        "examples": [],
        "digests": {},
        "next_step": error.next_step,
        "distributions": [],
        "statistics": [],
        "shapes": [],
    }


def _plain(value: str | bool | float | tuple[float | str, ...]) -> Json:
    return list(value) if isinstance(value, tuple) else value
