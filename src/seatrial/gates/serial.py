"""Findings as JSON, the one form in which they are stored, compared and printed.

Called by the registry (stored evidence), by the flows (memoised findings) and by every command
with `--json`. The order of keys is fixed and None is written as null, so equal findings are equal
text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from seatrial.digest import Json
from seatrial.errors import StateError
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
    if not isinstance(value, Mapping):
        raise _damaged("it is not an object")
    try:
        verdict = Verdict(_text(value, "verdict"))
    except ValueError as error:
        raise _damaged("its verdict is unknown") from error
    return Finding(
        name=_text(value, "name"),
        kind=_text(value, "kind"),
        metric=_maybe_text(value, "metric"),
        verdict=verdict,
        reason=_text(value, "reason"),
        message=_text(value, "message"),
        estimate=_maybe_number(value, "estimate"),
        interval=_maybe_interval(value),
        threshold=_maybe_number(value, "threshold"),
        n=_maybe_count(value, "n"),
        n_needed=_maybe_count(value, "n_needed"),
        method=_maybe_text(value, "method"),
        candidate=_maybe_number(value, "candidate"),
        baseline=_maybe_number(value, "baseline"),
        digests=_digests(value),
        parts=_parts(value),
    )


def _parts(value: Mapping[str, Json]) -> tuple[Part, ...]:
    found = value.get("parts") or ()
    if not isinstance(found, list | tuple):
        raise _damaged("parts is not a list")
    return tuple(_part(each) for each in found)


def _part(value: Json) -> Part:
    if not isinstance(value, Mapping):
        raise _damaged("one of its parts is not an object")
    verdict = _maybe_text(value, "verdict")
    try:
        known = None if verdict is None else Verdict(verdict)
    except ValueError as error:
        raise _damaged("the verdict of one of its parts is unknown") from error
    return Part(
        name=_text(value, "name"),
        verdict=known,
        n=_maybe_count(value, "n"),
        estimate=_maybe_number(value, "estimate"),
        interval=_maybe_interval(value),
        n_needed=_maybe_count(value, "n_needed"),
        candidate=_maybe_number(value, "candidate"),
        baseline=_maybe_number(value, "baseline"),
        note=_maybe_text(value, "note"),
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


def _text(value: Mapping[str, Json], key: str) -> str:
    found = value.get(key)
    if not isinstance(found, str):
        raise _damaged(f"{key} is not text")
    return found


def _maybe_text(value: Mapping[str, Json], key: str) -> str | None:
    return None if value.get(key) is None else _text(value, key)


def _maybe_number(value: Mapping[str, Json], key: str) -> float | None:
    found = value.get(key)
    return None if found is None else _number(found, key)


def _maybe_count(value: Mapping[str, Json], key: str) -> int | None:
    found = value.get(key)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
        raise _damaged(f"{key} is not a whole number")
    return found


def _maybe_interval(value: Mapping[str, Json]) -> tuple[float, float] | None:
    found = value.get("interval")
    if found is None:
        return None
    if not isinstance(found, list | tuple) or len(found) != 2:
        raise _damaged("interval is not a pair of numbers")
    return _number(found[0], "interval"), _number(found[1], "interval")


def _number(found: Json, key: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _damaged(f"{key} is not a number")
    return float(found)


def _digests(value: Mapping[str, Json]) -> dict[str, str]:
    found = value.get("digests")
    if not isinstance(found, Mapping):
        raise _damaged("digests is not an object")
    return {key: _text(found, key) for key in found}


def _damaged(why: str) -> StateError:
    return StateError(
        f"a stored finding is damaged: {why}",
        next_step="restore the record from a backup, or run the gates again with `seatrial run`",
    )
