"""What a plan does with each cell, and why. Pure: stored results come in as values.

reuse            a result with this input digest is stored
run_if_changed   only what other cells make may differ; known when they are done
run              something the cell itself depends on differs, or nothing is stored
skip             nothing that differs from a base reaches it, and no result is stored
defer            it should run, and is put off
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seatrial.digest import Json, short
from seatrial.pipeline.key import ENVIRONMENT, PYTHON, TAKEN, Change, Listings, Parts, changes, unfold

_SHORT_KEPT = len("lfs:sha256:") + 12


class Action(StrEnum):
    """What a plan does with a cell."""

    RUN = "run"
    RUN_IF_CHANGED = "run_if_changed"
    REUSE = "reuse"
    SKIP = "skip"
    DEFER = "defer"


class Choice(Struct, frozen=True, kw_only=True):
    """An action with its reason. `changed` are the parts that differ from the last result."""

    action: Action
    reason: str
    changed: tuple[Change, ...] = ()


def choose(
    own: Parts,
    *,
    produced: frozenset[str],
    pending: tuple[str, ...],
    same_inputs_run: str | None,
    last: Parts | None,
    listings: Listings,
    must_run: str | None = None,
) -> Choice:
    """The action for a cell.

    `own` are its parts without produced deps, `produced` the names of those, `pending` the
    producers that may make something new, `same_inputs_run` the run that made a result with
    this input digest, `last` the parts of the cell's last result; `listings` gives listings of files.
    `must_run` says why it runs whatever is stored.
    """
    if must_run is not None:
        return Choice(action=Action.RUN, reason=must_run)
    if same_inputs_run is not None:
        return Choice(action=Action.REUSE, reason=f"same inputs as run {same_inputs_run}")
    if last is None:
        return Choice(action=Action.RUN, reason="no earlier result")
    before = {part: value for part, value in last.items() if part not in produced}
    if before != own:
        changed = changes(unfold(before, listings), unfold(own, listings))
        return Choice(action=Action.RUN, reason=describe(changed), changed=changed)
    if pending:
        return Choice(action=Action.RUN_IF_CHANGED, reason=f"runs if {' or '.join(pending)} makes something new")
    return Choice(action=Action.RUN, reason="its inputs were produced differently")


def choose_by_change(planned: Choice, *, must_run: bool, because: str | None, acting: tuple[str, ...]) -> Choice:
    """The action for a cell when a change from a base is planned.

    `planned` is the action without a base, `because` why the change reaches the cell (None when it does not), `acting`
    its producers that may make something new.
    """
    if planned.action is Action.REUSE or must_run:
        return planned
    if because is not None:
        return Choice(action=Action.RUN, reason=because, changed=planned.changed)
    if acting:
        return Choice(action=Action.RUN_IF_CHANGED, reason=f"runs if {' or '.join(acting)} makes something new")
    return Choice(action=Action.SKIP, reason="no changed path reaches it")


def describe(changed: tuple[Change, ...], *, most: int = 2) -> str:
    """`src/train.py changed, params.lr 0.1 -> 0.2 and 3 more`."""
    shown = [describe_one(change) for change in changed[:most]]
    more = len(changed) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def describe_one(change: Change) -> str:
    """One changed part as a phrase."""
    head, _, rest = change.part.partition(".")
    name = rest if rest and head in ("files", "outs", "reads", ENVIRONMENT) else change.part
    if head == "reads":
        return _seen(name, change)
    if head == TAKEN:
        return _taken(change)
    if head in ("files", "deps", "platform", ENVIRONMENT):
        if change.old is None:
            return f"{name} is new"
        if change.new is None:
            return f"{name} is gone"
        if head != ENVIRONMENT or not rest:
            return f"{name} changed"
    return f"{name} {' -> '.join(show_both(change))}"


def show_both(change: Change) -> tuple[str, str]:
    """The old and the new value of a part, short enough for a line."""
    match change:
        case Change(part=part, old=str() as old, new=str() as new) if part.startswith(f"{ENVIRONMENT}."):
            versions = old.partition(" ")[0], new.partition(" ")[0]
            if part != f"{ENVIRONMENT}.{PYTHON}" and versions[0] != versions[1]:
                return versions  # builds differ then anyway
    return show(change.old), show(change.new)


def _seen(name: str, change: Change) -> str:
    """A file that is in no key, as the last run was seen to read it."""
    if name.endswith("/"):
        return f"the names in {name} changed (seen to be listed by the last run)"
    if change.old is None:
        return f"{name} is new (seen to be looked for by the last run)"
    return f"{name} {'is gone' if change.new is None else 'changed'} (seen to be read by the last run)"


def _taken(change: Change) -> str:
    """A file of somebody else's that stands for the command, or did."""
    match change.old, change.new:
        case None, {"path": str() as path}:
            return f"{path} is newer than all inputs, and is taken"
        case {"path": str() as path}, None:
            return f"{path} is gone, or older than an input"
        case _, {"path": str() as path}:
            return f"{path} was written anew"
        case _:
            return change.part


def show(value: Json) -> str:
    """A part's value, short enough for a line."""
    match value:
        case None:
            return "(none)"
        case str() as text if text.startswith("b3:"):
            return short(text)
        case str() as text if text.startswith(("lfs:", "dvc:")):
            return text[:_SHORT_KEPT]
        case {"digest": str() as content}:
            return show(content)
        case {"url": str(), "identity": str() as identity}:
            return identity
        case str() as text:
            return text
        case _:
            return str(value)
