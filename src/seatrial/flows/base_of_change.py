"""The base of a change, with its configuration: what judges whom the change must not be able to choose.

Called by whoever holds a run against rules of its base: `base_rules` for gates, `base_contracts` for data. What is on
the main branch was reviewed, so there it has no base. That a base cannot be found is known as such (`Unseen`), and is
no reason to let anything through; only where nobody has written a configuration before, there is none to find.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.change.branches import is_behind, is_known_elsewhere, other_branches_with
from seatrial.errors import ConfigError
from seatrial.flows.baselines import BaselineMissing
from seatrial.flows.main_branch import baseline_commit
from seatrial.flows.main_tip import in_pull_request, main_tip
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.gates.evidence import AbsentReason


class Base(Struct, frozen=True, kw_only=True):
    """A commit whose rules hold besides the change's own, and how people call it."""

    commit: str
    label: str
    policy: ProjectPolicy


class Unseen(Struct, frozen=True, kw_only=True):
    """There is a base, and nobody could look at its rules."""

    why: str
    next_step: str | None = None

    @property
    def sentence(self) -> str:
        """Why, and what to do about it."""
        return self.why + (f"; next: {self.next_step}" if self.next_step else "")


def base_of(workspace: Workspace, policy: ProjectPolicy, *, dirty: bool) -> Base | Unseen | None:
    """The base of the work tree; None on the main branch, and where the base has no configuration."""
    chosen = baseline_commit(workspace, policy.main, dirty=dirty)
    if not dirty and _on_main(workspace, policy):
        return None
    if isinstance(chosen, BaselineMissing):
        return _unseen(workspace, policy, chosen)
    commit, label = chosen
    git = workspace.git
    if git.read_at(commit, CONFIG_FILE) is None:
        return None
    try:
        return Base(commit=commit, label=label, policy=workspace.load_policy(lambda path: git.read_at(commit, path)))
    except ConfigError as error:
        return Unseen(why=f"the configuration of {label} cannot be read: {error}", next_step=f"correct it on {label}")


def _on_main(workspace: Workspace, policy: ProjectPolicy) -> bool:
    """Whether the commit that is checked out is one of the main branch."""
    tip, head = main_tip(workspace, policy.main), workspace.git.commit()
    return (
        tip is not None and tip.commit is not None and head is not None and is_behind(workspace.git, head, tip.commit)
    )


def _unseen(workspace: Workspace, policy: ProjectPolicy, missing: BaselineMissing) -> Unseen | None:
    """What is not known where no commit was found to compare with; None where there is nothing to know."""
    git = workspace.git
    if missing.reason is AbsentReason.BASELINE_ABSENT or git.commit() is None:
        return None
    if in_pull_request(workspace) or git.is_shallow():
        return Unseen(why=missing.message, next_step=missing.next_step)
    named = main_tip(workspace, policy.main) is not None
    if is_known_elsewhere(git, CONFIG_FILE) if named else other_branches_with(git, CONFIG_FILE):
        return Unseen(why=missing.message, next_step=missing.next_step)
    return None
