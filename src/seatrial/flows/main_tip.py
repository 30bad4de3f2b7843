"""Which branch is the main one, and its newest commit here.

Called wherever something is compared with the main branch. A clone that a person made knows it by `origin/HEAD`; that
of a CI job has no such reference, often no branch at all, and the forge says the name instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.errors import SeatrialError
from seatrial.flows.pull_request import target_branch
from seatrial.flows.workspace import Workspace
from seatrial.forge.event_file import read_event
from seatrial.forge.target import member

REMOTE = "origin"


class MainTip(Struct, frozen=True, kw_only=True):
    """The main branch by the name that people know it by, and its newest commit here, None where there is none."""

    branch: str
    commit: str | None


def main_tip(workspace: Workspace, main: str | None) -> MainTip | None:
    """The main branch: the one that is declared, that the remote calls its default, or that the forge of a CI job
    names. None where nobody says."""
    git = workspace.git
    branch = main or git.default_branch() or _named_by_forge(workspace.environ)
    if branch is None:
        return None
    return MainTip(branch=branch, commit=git.commit(branch) or git.commit(f"refs/remotes/{REMOTE}/{branch}"))


def _named_by_forge(environ: Mapping[str, str]) -> str | None:
    """The default branch as a forge's job knows it; of a pull request, else, the branch that it goes into."""
    return environ.get("CI_DEFAULT_BRANCH") or _default_of_event(environ) or target_branch(environ)


def _default_of_event(environ: Mapping[str, str]) -> str | None:
    """What GitHub's description of the event calls the repository's default branch."""
    try:
        name = member(read_event(environ), "repository", "default_branch")
    except SeatrialError:  # what cannot be read says nothing
        return None
    return name if isinstance(name, str) and name else None
