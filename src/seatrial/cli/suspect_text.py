"""Suspects and the ends they lie between, as text and as JSON. Called by `suspects` and `bisect`."""

from __future__ import annotations

from seatrial.cli.evidence_text import chain_lines
from seatrial.flows.last_pass import RunOfStage
from seatrial.flows.suspects import Ends, Suspects
from seatrial.pipeline.suspects import Suspect
from seatrial.report.escape import plain
from seatrial.report.fit import wrap
from seatrial.report.numbers import plural

_WIDTH = 80
_BOUND = 400
_DIGITS = 12


def ends_json(ends: Ends) -> dict[str, object]:
    """The two commits, and the runs that they were chosen by."""
    return {
        "good": ends.good,
        "good_run": ends.good_run.run if ends.good_run else None,
        "bad": ends.bad,
        "bad_run": ends.bad_run.run if ends.bad_run else None,
        "tier": ends.tier,
    }


def suspect_json(one: Suspect) -> dict[str, object]:
    """One suspect for programs."""
    return {
        "commit": one.commit,
        "parent": one.parent,
        "merge": one.is_merge,
        "author": one.author,
        "date": one.date,
        "subject": one.subject,
        "grade": one.evidence.grade.value,
        "weak": one.evidence.weak,
        "reason": one.evidence.reason,
        "path": one.evidence.path,
        "chain": [{"path": hop.path, "line": hop.line, "name": hop.name} for hop in one.evidence.chain],
        "through": list(one.through),
        "paths": one.paths,
        "touching": one.touching,
    }


def ends_lines(found: Suspects) -> list[str]:
    """Between which commits is looked, and why those."""
    ends = found.ends
    good, bad = _by(ends.good_run, "passed"), _by(ends.bad_run, "failed")
    lines = [
        plain(f"good  {ends.good[:_DIGITS]}{good}", bound=_BOUND),
        plain(f"bad   {ends.bad[:_DIGITS]}{bad}", bound=_BOUND),
    ]
    if found.dirty:
        files = plural(found.dirty, "file")
        lines.append(f"note: only commits are looked at; {files} of the work tree differ from its commit")
    return lines


def suspect_lines(one: Suspect) -> list[str]:
    """Who, what, by which way."""
    grade = f"{one.evidence.grade.value}{', weak' if one.evidence.weak else ''}"
    head = f"{one.commit[:_DIGITS]} {one.subject} ({grade})"
    what = "merged" if one.is_merge else "by"
    about = f"{what} {one.author}, {one.date[:10]}, {plural(one.paths, 'changed path')}"
    lines = [*_wrapped(head), *_wrapped(about, "  "), *_wrapped(one.evidence.reason, "  ")]
    return lines + ([f"  {line}" for line in chain_lines(one.evidence.chain)] if len(one.evidence.chain) > 1 else [])


def _by(run: RunOfStage | None, did: str) -> str:
    if run is None:
        return ""
    return f"  {did} in run {run.run}{f' of tier {run.tier}' if run.tier else ''}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    lines = wrap(plain(text, bound=_BOUND), _WIDTH - len(indent) - 2)
    return [f"{indent}{'' if place == 0 else '  '}{line}" for place, line in enumerate(lines)]
