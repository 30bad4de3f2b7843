"""Who says which branch is the main one, where no forge and no remote does: the history of `main:` itself.

Called by `main_tip`. A repository without a remote has only its own word for it, and a branch that could change that
word would choose what it is judged by. So a change of `main:` counts once the branch that was main until then has it;
before that, the older value does.

What is subtle: history is asked oldest first. Asked the other way round, a branch could name itself in one commit and,
now being main by its own word, anything in the next. The bound on commits leaves out those in the middle, which
changes nothing: a change that lies there is met at the first commit after them.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.change.branches import REMOTE, contents_at, is_behind, tip_of, touching
from seatrial.change.git import Git
from seatrial.errors import ConfigError
from seatrial.flows.policy import CONFIG_FILE
from seatrial.flows.workspace import Workspace

MOST_COMMITS = 100
"""Commits that touched the configuration, of which `main:` is read."""


class Believed(Struct, frozen=True, kw_only=True):
    """The main branch by history, None where nothing names one. `doubt` says why it is not certain."""

    branch: str | None
    doubt: str | None = None


def main_by_history(workspace: Workspace, declared: str | None) -> Believed:
    """Which branch is main, given what the work tree declares."""
    git = workspace.git
    commits = touching(git, CONFIG_FILE, most=MOST_COMMITS) if git.commit() is not None else ()
    if not commits:
        return Believed(branch=declared)
    known: dict[bytes, str | None] = {}
    values: list[tuple[str | None, str | None]] = []  # each with the commit that brought it, None for the work tree
    for commit, data in zip(commits, contents_at(git, commits, CONFIG_FILE), strict=True):
        if data is None:
            continue  # it was taken away for a while
        try:
            known[data] = known[data] if data in known else main_in(workspace, data)
        except ConfigError:
            continue  # broken for a while
        values.append((commit, known[data]))
    values.append((None, declared))
    believed = values[0][1]
    for changed_by, value in values[1:]:
        if value != believed and _counts(git, changed_by, believed):
            believed = value
    if believed is not None and git.is_shallow():
        return Believed(
            branch=believed,
            doubt=f"whether {believed} is the main branch cannot be told in this shallow clone: nothing but the "
            "configuration of this commit says so",
        )
    return Believed(branch=believed)


def main_in(workspace: Workspace, data: bytes) -> str | None:
    """What the bytes of a configuration call the main branch. Raises ConfigError for what is no YAML."""
    value = workspace.parse_yaml(data, CONFIG_FILE).value
    named = value.get("main") if isinstance(value, dict) else None
    return named if isinstance(named, str) and named else None


def _counts(git: Git, commit: str | None, older: str | None) -> bool:
    """Whether a change of `main:` counts: where nothing was called main before, where the branch that was has it, and
    where that branch is gone for good, which no clone of a remote can tell."""
    if older is None:
        return True
    tip = tip_of(git, older)
    if tip is None:
        return git.config(f"remote.{REMOTE}.url") is None
    return commit is not None and is_behind(git, commit, tip)
