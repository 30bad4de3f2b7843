"""What differs from a cell's last result, with the way that leads to it: `why` without a base.

Called by `explaining`. The parts that differ are those of the plan; here each gets its evidence. What a file defined
when the result was made is remembered under the digest that stands in the result's listing, or read from the commit
of its run; bytes are believed only if they have that digest, so an uncommitted change cannot be taken for another.
"""

from __future__ import annotations

from seatrial import digest
from seatrial.change.extract.sources import extract, kind_of
from seatrial.change.facts import SymbolFacts, decode_symbols, symbols_of
from seatrial.change.symbols import changed_names
from seatrial.digest import Json
from seatrial.flows.reaching import DEFINED, Head, uses_of, view_of
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.events import read_events
from seatrial.pipeline.evidence_of_change import Changed, Evidence, evidence, strongest
from seatrial.pipeline.key import Change
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.why import changed_path, definition_of, other_evidence
from seatrial.replacing import replace


def since_last(workspace: Workspace, there: Head, planned: PlannedCell) -> tuple[Evidence, ...]:
    """The evidence for every part that differs from the cell's last result, the strongest first."""
    if not planned.changed:
        return ()
    last = workspace.cache.results.last_of(planned.cell.name)
    commit = None if last is None else _commit_of(workspace, last.run)
    view = replace(view_of(there, planned.cell), definition=definition_of(planned.changed))
    changed = []
    for change in planned.changed:
        path = changed_path(planned, change)
        if path is not None:
            changed.append(_changed(workspace, there, change, path, commit))
    found = list(evidence(view, changed, uses_of(there.side, there.surveyed.graph, changed)))
    told = {one.path for one in found}
    return strongest((*found, *other_evidence(view, planned, told)))


def _changed(workspace: Workspace, there: Head, change: Change, path: str, commit: str | None) -> Changed:
    was, is_there = change.old is not None, change.new is not None
    kind = kind_of(path)
    if kind not in DEFINED:
        return Changed(path=path, was=was, there=is_there)
    names = None
    if was and is_there:
        old, new = _old_symbols(workspace, path, change.old, commit), there.side.sight.symbols(path)
        names = changed_names(old, new) if old is not None and new is not None else None
    return Changed(path=path, was=was, there=is_there, names=names, code=True)


def _old_symbols(workspace: Workspace, path: str, counted: Json, commit: str | None) -> SymbolFacts | None:
    """What a file defined that counted as this; None where that is not known any more."""
    kind = kind_of(path)
    if kind is None or not isinstance(counted, str):
        return None
    content = counted.removesuffix("+x")
    text = workspace.cache.memory.fact(symbols_of(kind), content)
    if text is not None:
        return decode_symbols(text) if text else None
    data = workspace.git.read_at(commit, path) if commit is not None else None
    return extract(kind, data).symbols if data is not None and digest.of_bytes(data) == content else None


def _commit_of(workspace: Workspace, run: str) -> str | None:
    """The commit that a run of this work tree began on; None for a run that is not known here."""
    log = workspace.cache.runs / run / "events.jsonl"
    first = next(iter(read_events(log)), None) if log.exists() else None
    commit = first.get("commit") if first is not None else None
    return commit if isinstance(commit, str) else None
