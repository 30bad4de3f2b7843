"""The configuration of a change's base, for where that of the work tree cannot be read.

Called by `seatrial report --post`: a commit whose configuration is broken must get its ERROR under the name that
branch protection asks for, and that name is in the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seatrial.errors import SeatrialError
from seatrial.flows.main_tip import main_tip
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import ForgePolicy, Kind
from seatrial.forge.target import Target
from seatrial.pipeline.policy import PipelinePolicy

_PROJECT = re.compile(r"^project:[ ]*([a-z0-9][a-z0-9._-]{0,99})[ ]*(?:#.*)?$", re.MULTILINE)
_MOST_BYTES = 1 << 20


def policy_of_base(workspace: Workspace) -> ProjectPolicy | None:
    """That of the first commit before this one that can be read; else one that knows the project's name alone, None
    where not even that can be told."""
    for commit in _earlier(workspace):
        try:
            return _policy_at(workspace, commit)
        except SeatrialError:
            continue
    return _by_name(workspace)


def _policy_at(workspace: Workspace, commit: str) -> ProjectPolicy:
    return workspace.load_policy(lambda path: workspace.git.read_at(commit, path))


def forge_of_base(workspace: Workspace, policy: ProjectPolicy, target: Target) -> ForgePolicy:
    """How verdicts reach the forge: in a pull request as its base says, where that has a configuration. Else a change
    could give its verdict the name of any other check that is required."""
    if not target.about_a_pull or target.kind is Kind.LOCAL:
        return policy.forge
    tip = main_tip(workspace, None)
    if tip is None:
        return policy.forge
    if tip.commit is None or workspace.git.commit(tip.commit) is None:
        return ForgePolicy()  # it is not here, so nobody knows what it says: the name that everybody has
    try:
        return _policy_at(workspace, tip.commit).forge
    except SeatrialError:
        return policy.forge  # it has no configuration, or none that can be read: its own runs said so


def _earlier(workspace: Workspace) -> Iterator[str]:
    """The base of a pull request's merge, and main's tip; not before what is asked for last."""
    git = workspace.git
    parents = git.parents("HEAD")
    yield from parents[:1]
    tip = main_tip(workspace, None)
    if tip is not None and tip.commit is not None:
        yield tip.commit


def _by_name(workspace: Workspace) -> ProjectPolicy | None:
    try:
        text = (workspace.git.root / CONFIG_FILE).read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
    except OSError:
        return None
    found = _PROJECT.search(text)
    return None if found is None else ProjectPolicy(project=found[1], pipeline=PipelinePolicy(stages={}))
