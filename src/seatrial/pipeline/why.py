"""Why a cell did what it did, told from stored facts: the run's own events and the current plan.

Pure. Called by `seatrial why`. The differences shown are between exactly the parts that were
digested, so an explanation cannot disagree with the decision it explains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from seatrial.digest import Json
from seatrial.pipeline.events import Event
from seatrial.pipeline.evidence_of_change import Evidence, Grade, View
from seatrial.pipeline.key import Change
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.select import describe_one, show_both


class Past(Struct, frozen=True, kw_only=True):
    """What a run did with a cell. `changed` are the parts of the key that differed from `previous`,
    the run that had made the cell's result before."""

    run: str
    at: str
    did: str
    reason: str
    key: str | None = None
    changed: tuple[Change, ...] = ()
    previous: str | None = None


class SinceBase(Struct, frozen=True, kw_only=True):
    """What a change from a commit comes to for one cell."""

    base: str
    action: str
    reason: str


class Explanation(Struct, frozen=True, kw_only=True):
    """One cell: what the last run did with it, and what a run would do now. `debt` is a sentence where it is owed.

    `evidence` has the way to each thing that differs: from the last result, or from a base, of which `change` then
    says what it comes to for this cell.
    """

    cell: str
    past: Past | None
    action: str
    reason: str
    changed: tuple[Change, ...]
    links: Mapping[str, str]
    debt: str | None = None
    evidence: tuple[Evidence, ...] = ()
    change: SinceBase | None = None


def explain(planned: PlannedCell, past: Past | None) -> Explanation:
    """A cell's explanation. `links` says, for each file of the closure that changed, what leads to it."""
    changed = planned.changed or (past.changed if past else ())
    links: dict[str, str] = {}
    for change in changed:
        head, _, path = change.part.partition(".")
        link = planned.inputs.closure.files.get(path) if head == "files" else None
        if link is None:
            continue
        if link.path is None:
            links[path] = f"it is a {link.kind}" if link.kind == "root" else f"as part of the {link.kind}"
        else:
            links[path] = f"{link.kind} at {link.path}" + (f":{link.line}" if link.line else "")
    return Explanation(
        cell=planned.cell.name,
        past=past,
        action=planned.action.value,
        reason=planned.reason,
        changed=planned.changed,
        links=links,
    )


def past_of(cell: str, events: Iterable[Event]) -> Past | None:
    """What a run's log says about a cell, None when the run had nothing to do with it.

    Logs of work outside the work tree (another commit, a baseline scored again) do not begin with
    `run_started` and are not about the cell that the user means.
    """
    run, past = "", None
    started: Event | None = None
    for event in events:
        if event["event"] == "run_started":
            run = str(event["run"])
        elif not run:
            return None
        if event["event"] == "stages_reused":
            past = _reused_among(cell, event, run) or past
        if event.get("cell") != cell:
            continue
        match event["event"]:
            case "stage_started":
                started = event
            case "stage_reused":
                past = Past(
                    run=run, at=str(event["at"]), did="reused", reason=str(event["reason"]), key=_text(event.get("key"))
                )
            case "stage_not_run":
                past = Past(run=run, at=str(event["at"]), did=str(event["did"]), reason=str(event["reason"]))
            case "stage_ended":
                past = _ended(run, event, started)
            case _:
                pass
    return past


def _reused_among(cell: str, event: Event, run: str) -> Past | None:
    """A cell in the one event that a run with nothing to do has for all of them: name, key, run that made it."""
    rows = event.get("cells")
    for row in rows if isinstance(rows, list) else ():
        match row:
            case [str() as name, str() as key, str() as maker, *_] if name == cell:
                reason = f"same inputs as run {maker}"
                return Past(run=run, at=str(event["at"]), did="reused", reason=reason, key=key)
            case _:
                pass
    return None


def _ended(run: str, event: Event, started: Event | None) -> Past:
    rows = started.get("changed") if started else None
    changed = (
        tuple(
            Change(part=str(row[0]), old=row[1], new=row[2])
            for row in rows or ()
            if isinstance(row, list) and len(row) == 3
        )
        if isinstance(rows, list)
        else ()
    )
    return Past(
        run=run,
        at=str(event["at"]),
        did=str(event["did"]),
        reason=str(event["reason"]),
        key=_text(started.get("key")) if started else None,
        changed=changed,
        previous=_text(started.get("previous")) if started else None,
    )


_GRADES = {"environment": Grade.ENVIRONMENT, "platform": Grade.ENVIRONMENT, "reads": Grade.TRACE}
_OF_TREE = frozenset({"files", "deps", "reads", "environment", "platform"})


def definition_of(changed: Iterable[Change]) -> tuple[Change, ...]:
    """The parts among those that differ that are declared."""
    return tuple(one for one in changed if one.part.partition(".")[0] not in _OF_TREE)


def changed_path(planned: PlannedCell, change: Change) -> str | None:
    """The path that a part of a key is about; None where it is about none, or many."""
    head, _, rest = change.part.partition(".")
    if head in ("files", "reads"):
        return rest.rstrip("/") or None
    if head != "deps":
        return None
    for dep in planned.cell.deps or ():
        if dep.path is not None and rest == dep.name:
            return None if dep.is_glob else dep.path
        if dep.is_glob and rest.startswith(f"{dep.name}/"):
            return rest.removeprefix(f"{dep.name}/")
    return None


def other_evidence(view: View, planned: PlannedCell, told: Collection[str]) -> Iterator[Evidence]:
    """Evidence for the parts that differ and have none yet: files that are gone, addresses, the environment. `told`
    are the paths that are told already."""
    declared = {change.part for change in definition_of(planned.changed)}
    for change in planned.changed:
        path = changed_path(planned, change)
        if change.part in declared or path in told:
            continue
        head = change.part.partition(".")[0]
        grade = _GRADES.get(head, Grade.FILE)
        where = path or view.declared_at.path
        yield Evidence(path=where, grade=grade, reason=describe_one(change), chain=(view.declared_at,))


def change_lines(changed: Iterable[Change], links: Mapping[str, str]) -> list[str]:
    """Each changed part as a line: name, old and new value, and what leads to a file."""
    lines = []
    for change in changed:
        path = change.part.partition(".")[2]
        because = f"  ({links[path]})" if change.part.startswith("files.") and path in links else ""
        lines.append(f"{change.part}: {' -> '.join(show_both(change))}{because}")
    return lines


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
