"""The rules for approvals that count: the main branch's, where that has one.

Called wherever approvals are counted. Whoever is to be held by a rule must not be able to lift it in the same work
tree: what the main branch asks for was reviewed, so it goes before what lies here. Where main asks for nothing, or is
not known here, the work tree's own rule counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.errors import ConfigError, Place
from seatrial.flows.commit_runs import has_configuration
from seatrial.flows.main_tip import main_tip
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.registry.approval_policy import ApprovalRule


def rules_for(workspace: Workspace, policy: ProjectPolicy) -> Mapping[str, Mapping[str, ApprovalRule]]:
    """What approvals the aliases of each declared model ask for.

    Raises ConfigError where the main branch's configuration cannot be read: a rule that cannot be read is not none.
    """
    reviewed = _of_main(workspace, policy)
    theirs = {} if reviewed is None else {name: model.approvals for name, model in reviewed.models.items()}
    return {name: {**model.approvals, **theirs.get(name, {})} for name, model in policy.models.items()}


def rule_for(workspace: Workspace, policy: ProjectPolicy, model: str, alias: str) -> ApprovalRule | None:
    """What approvals one alias asks for; None for none. Raises ConfigError as `rules_for` does."""
    return rules_for(workspace, policy).get(model, {}).get(alias)


def _of_main(workspace: Workspace, policy: ProjectPolicy) -> ProjectPolicy | None:
    tip = main_tip(workspace, policy.main)
    commit = None if tip is None else tip.commit
    if tip is None or commit is None or not has_configuration(workspace, commit):
        return None
    try:
        return workspace.load_policy(lambda path: workspace.git.read_at(commit, path))
    except ConfigError as error:
        raise ConfigError(
            f"which approvals {tip.branch} asks for is not known: its {CONFIG_FILE} cannot be read: {error}",
            place=Place(file=f"{commit[:10]}:{CONFIG_FILE}"),
            next_step=f"correct it on {tip.branch}",
        ) from error
