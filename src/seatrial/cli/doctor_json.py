"""What `seatrial doctor --json` prints. docs/reference/doctor.md explains every word of it."""

from __future__ import annotations

from seatrial.adopt.doctor.outcome import Alarm, Evidence, Look, Need, Point, Step, Visit
from seatrial.digest import Json

SCHEMA_VERSION = 1


def visit_json(visit: Visit, code: int) -> dict[str, Json]:
    """The document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "folder": visit.folder,
        "configured": visit.configured,
        "problems": list(visit.problems),
        "level": {
            "number": visit.level.number,
            "title": visit.level.title,
            "needs": [_need(one) for one in visit.level.needs],
        },
        "score": {
            "final": visit.score.final,
            "lowest": visit.score.lowest.value,
            "band": visit.score.band,
            "sections": {section.value: value for section, value in visit.score.sections.items()},
        },
        "points": [_point(one) for one in visit.points],
        "next_steps": [_step(one) for one in visit.steps],
        "patterns": [_alarm(one) for one in visit.alarms],
        "machine": [_look(one) for one in visit.machine],
        "not_looked_at": list(visit.unseen),
        "exit_code": code,
    }


def _need(one: Need) -> dict[str, Json]:
    return {"level": one.level, "title": one.title, "met": one.met, "evidence": one.evidence}


def _point(one: Point) -> dict[str, Json]:
    return {
        "id": one.id,
        "name": one.name,
        "title": one.title,
        "strength": one.strength.value,
        "points": one.strength.score,
        "most": one.most.value,
        "limit": one.limit or None,
        "evidence": [_evidence(each) for each in one.evidence],
    }


def _evidence(one: Evidence) -> dict[str, Json]:
    return {
        "message": one.message,
        "strength": one.strength.value,
        "file": one.file,
        "line": one.line,
        "run": one.run,
        "record": one.record,
    }


def _step(one: Step) -> dict[str, Json]:
    return {
        "title": one.title,
        "point": one.point or None,
        "gain": one.gain,
        "cost": one.cost,
        "command": one.command or None,
        "file": one.file or None,
        "lines": list(one.lines),
        "then": one.then or None,
    }


def _alarm(one: Alarm) -> dict[str, Json]:
    return {
        "pattern": one.pattern.value,
        "file": one.file,
        "line": one.line,
        "message": one.message,
        "mend": one.mend,
    }


def _look(one: Look) -> dict[str, Json]:
    return {
        "name": one.name,
        "health": one.health.value,
        "message": one.message,
        "next_step": one.next_step or None,
    }
