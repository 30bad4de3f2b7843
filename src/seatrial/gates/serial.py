"""Findings as JSON, the one form in which they are stored, compared and printed.

Called by the registry (stored evidence), by the flows (memoised findings) and by every command
with `--json`. The order of keys is fixed and None is written as null, so equal findings are equal
text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.evidence.json_value import Fault, Value
from seatrial.gates.judgement import Judgement
from seatrial.verdict import Finding, Part, Verdict

if TYPE_CHECKING:
    from seatrial.gates.power.outlook import Outlook

SCHEMA_VERSION = 1
"""Of `judgement_json`; raised when a key changes its meaning or goes away."""


def to_json(finding: Finding) -> dict[str, Json]:
    """A finding as a JSON object."""
    return {
        "name": finding.name,
        "kind": str(finding.kind),
        "metric": finding.metric,
        "verdict": finding.verdict.value,
        "reason": str(finding.reason),
        "estimate": finding.estimate,
        "interval": None if finding.interval is None else list(finding.interval),
        "threshold": finding.threshold,
        "n": finding.n,
        "n_needed": finding.n_needed,
        "method": None if finding.method is None else str(finding.method),
        "digests": dict(sorted(finding.digests.items())),
        "candidate": finding.candidate,
        "baseline": finding.baseline,
        "message": finding.message,
        "parts": [_part_json(part) for part in finding.parts],
    }


def plan_json(plan: Sequence[Outlook]) -> dict[str, Json]:
    """What gates can decide, as the JSON object that `seatrial gate --power --json` prints."""
    return {
        "schema_version": SCHEMA_VERSION,
        "gates": [
            {
                "name": one.name,
                "kind": one.kind,
                "n": one.n,
                "limit": one.limit,
                "can_pass": one.can_pass,
                "chance": one.chance,
                "smallest": one.smallest,
                "n_needed": one.n_needed,
                "counted": one.units,
                "message": one.message,
            }
            for one in plan
        ],
    }


def _part_json(part: Part) -> dict[str, Json]:
    return {
        "name": part.name,
        "verdict": None if part.verdict is None else part.verdict.value,
        "n": part.n,
        "estimate": part.estimate,
        "interval": None if part.interval is None else list(part.interval),
        "n_needed": part.n_needed,
        "candidate": part.candidate,
        "baseline": part.baseline,
        "note": part.note,
    }


def from_json(value: Json) -> Finding:
    """The finding that `to_json` wrote. Keys of later versions are ignored.

    Raises StateError when `value` is not such an object: a stored finding is damaged.
    """
    keys = Value(value, _damaged).keys(sparse=True)
    return Finding(
        name=keys["name"].text(),
        kind=keys["kind"].text(),
        metric=keys["metric"].maybe(Value.text),
        verdict=keys["verdict"].word(Verdict),
        reason=keys["reason"].text(),
        message=keys["message"].text(),
        estimate=keys["estimate"].maybe(Value.number),
        interval=keys["interval"].maybe(Value.pair),
        threshold=keys["threshold"].maybe(Value.number),
        n=keys["n"].maybe(Value.whole),
        n_needed=keys["n_needed"].maybe(Value.whole),
        method=keys["method"].maybe(Value.text),
        candidate=keys["candidate"].maybe(Value.number),
        baseline=keys["baseline"].maybe(Value.number),
        digests=keys["digests"].named(Value.text),
        parts=keys["parts"].maybe(lambda parts: parts.each(_part)) or (),
    )


def _part(value: Value) -> Part:
    keys = value.keys(sparse=True)
    return Part(
        name=keys["name"].text(),
        verdict=keys["verdict"].maybe(lambda verdict: verdict.word(Verdict)),
        n=keys["n"].maybe(Value.whole),
        estimate=keys["estimate"].maybe(Value.number),
        interval=keys["interval"].maybe(Value.pair),
        n_needed=keys["n_needed"].maybe(Value.whole),
        candidate=keys["candidate"].maybe(Value.number),
        baseline=keys["baseline"].maybe(Value.number),
        note=keys["note"].maybe(Value.text),
    )


def judgement_json(judgement: Judgement) -> dict[str, Json]:
    """A whole judgement as the JSON object that `seatrial gate --json` prints."""
    return {
        "schema_version": SCHEMA_VERSION,
        "gate_set": judgement.gate_set,
        "verdict": judgement.verdict.value,
        "decision": judgement.decision.value,
        "gates": [to_json(finding) for finding in judgement.findings],
    }


def _damaged(fault: Fault) -> NoReturn:
    where = f"{fault.key}: " if fault.key else ""
    raise StateError(
        f"a stored finding is damaged: {where}{fault.message}",
        next_step="restore the record from a backup, or run the gates again with `seatrial run`",
    )
