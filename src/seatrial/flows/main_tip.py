"""Which branch is the main one, and its newest commit here.

Called wherever something is compared with the main branch or judged by its rules. What a branch is judged by must not
be the branch's own choice, so `main:` of the work tree is never simply believed:

1. A pull request is compared with the branch that it goes into, as the CI job knows it.
2. Where the forge or `origin/HEAD` names a default branch, main is what the configuration *there* calls so, else that
   branch itself.
3. Elsewhere history is asked who changed `main:` last, and where (`whose_main`).

Subtle: whoever opens a pull request chooses the branch that it goes into. That is right for a verdict on the pull
request, and wrong for what guards an alias: for that, the second way goes before the first (`guarding_tip`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.change.branches import tip_of
from seatrial.digest import Json
from seatrial.errors import ConfigError, SeatrialError
from seatrial.flows.policy import CONFIG_FILE
from seatrial.flows.pull_request import target_branch, tested_merge
from seatrial.flows.whose_main import Believed, main_by_history, main_in
from seatrial.flows.workspace import Workspace
from seatrial.forge.event_file import read_event
from seatrial.forge.target import member


class MainTip(Struct, frozen=True, kw_only=True):
    """The main branch by the name that people know it by, and its newest commit here, None where there is none.
    `doubt`: why even the name cannot be relied on; there is no commit then."""

    branch: str
    commit: str | None
    doubt: str | None = None


def main_tip(workspace: Workspace, main: str | None) -> MainTip | None:
    """The branch that the work tree is compared with: the one that its pull request goes into, else the main one.
    `main` is what the configuration of the work tree declares. None where nobody says."""
    target = _target(workspace.environ)
    if target is not None:
        return MainTip(branch=target, commit=_commit(workspace, target, hosted=True))
    return _lasting(workspace, main)


def guarding_tip(workspace: Workspace, main: str | None) -> MainTip | None:
    """The branch whose rules guard the aliases: the main one, whatever a pull request goes into; that only where
    nothing else is known."""
    target = _target(workspace.environ)
    if target is not None and _default_by_forge(workspace.environ) is None and workspace.git.default_branch() is None:
        return MainTip(branch=target, commit=_commit(workspace, target, hosted=True))
    return _lasting(workspace, main)


def in_pull_request(workspace: Workspace) -> bool:
    """Whether a forge says that this is about a pull request."""
    return _target(workspace.environ) is not None


def _lasting(workspace: Workspace, main: str | None) -> MainTip | None:
    git = workspace.git
    named_by_forge = _default_by_forge(workspace.environ)
    default = named_by_forge or git.default_branch()
    hosted = named_by_forge is not None or bool(workspace.environ.get("CI"))
    if default is None:
        return _found(workspace, main_by_history(workspace, main), hosted=hosted)
    there = MainTip(branch=default, commit=_commit(workspace, default, hosted=hosted))
    if there.commit is None:
        return there
    data = git.read_at(there.commit, CONFIG_FILE)
    if data is None:  # no rules there; they may lie on a branch that history names
        return _found(workspace, main_by_history(workspace, main), hosted=hosted) or there
    try:
        named = main_in(workspace, data)
    except ConfigError:
        return there
    return there if named is None else MainTip(branch=named, commit=_commit(workspace, named, hosted=hosted))


def _found(workspace: Workspace, believed: Believed, *, hosted: bool) -> MainTip | None:
    if believed.branch is None:
        return None
    if believed.doubt is not None:
        return MainTip(branch=believed.branch, commit=None, doubt=believed.doubt)
    return MainTip(branch=believed.branch, commit=_commit(workspace, believed.branch, hosted=hosted))


def _commit(workspace: Workspace, branch: str, *, hosted: bool) -> str | None:
    """Where a branch stands: what a merge that the forge made to be tested merges into, else as the clone knows it."""
    git = workspace.git
    head = git.commit()
    merge = tested_merge(workspace.environ, head) if head else None
    if merge is not None and merge.branch == branch and len(parents := git.parents("HEAD")) > 1:
        return git.commit(parents[0])
    return tip_of(git, branch, hosted=hosted)


def _default_by_forge(environ: Mapping[str, str]) -> str | None:
    """The default branch as a forge's job knows it."""
    return environ.get("CI_DEFAULT_BRANCH") or _text(_event(environ), "repository", "default_branch")


def _target(environ: Mapping[str, str]) -> str | None:
    """The branch that a change goes into by a pull request or by a queue of merges; None outside of these."""
    named = target_branch(environ)
    if named is not None:
        return named
    event = _event(environ)
    queued = _text(event, "merge_group", "base_ref")
    return _text(event, "pull_request", "base", "ref") or (queued and queued.removeprefix("refs/heads/")) or None


def _event(environ: Mapping[str, str]) -> Json:
    """GitHub's description of the event that started the job; None where there is none that can be read."""
    try:
        return read_event(environ)
    except SeatrialError:  # what cannot be read says nothing
        return None


def _text(event: Json, *keys: str) -> str | None:
    found = member(event, *keys)
    return found if isinstance(found, str) and found else None
