"""The rules for approvals that count: the main branch's, where that has one.

Called wherever approvals are counted. Whoever is to be held by a rule must not be able to lift it in the same work
tree: what the main branch asks for was reviewed, so it goes before what lies here, and which branch is main is not for
the work tree to say either. Where main asks for nothing, or has no configuration, the work tree's own rule counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.flows.main_guard import main_rules
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.registry.approval_policy import ApprovalRule


def rules_for(workspace: Workspace, policy: ProjectPolicy) -> Mapping[str, Mapping[str, ApprovalRule]]:
    """What approvals the aliases of each declared model ask for.

    Raises ConfigError where the main branch's configuration cannot be read, or is not here: a rule that cannot be read
    is not none.
    """
    reviewed = _of_main(workspace, policy)
    theirs = {} if reviewed is None else {name: model.approvals for name, model in reviewed.models.items()}
    return {name: {**model.approvals, **theirs.get(name, {})} for name, model in policy.models.items()}


def rule_for(workspace: Workspace, policy: ProjectPolicy, model: str, alias: str) -> ApprovalRule | None:
    """What approvals one alias asks for; None for none. Raises ConfigError as `rules_for` does."""
    return rules_for(workspace, policy).get(model, {}).get(alias)


def _of_main(workspace: Workspace, policy: ProjectPolicy) -> ProjectPolicy | None:
    main = main_rules(workspace, policy)
    return None if main is None else main.policy
