"""Approvals that people gave as reviewers of an environment: a workflow run waited for them, and they let it go on.

Called by `models approve --from-reviews`, in the job that waited. Who approved is what the forge says of that very
workflow run; whether their word counts is the rule's to say, as with any other approval.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.flows.approving import Approved, approve
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.forge.port import Forge
from seatrial.forge.target import Target
from seatrial.registry.records import Actor, IdentifiedBy, Version


class Reviewed(Struct, frozen=True, kw_only=True):
    """What became of one reviewer's word. `refused` says why it does not count, None where it does."""

    user: str
    approved: Approved | None = None
    refused: str | None = None


def approve_reviewed(
    workspace: Workspace, policy: ProjectPolicy, forge: Forge, target: Target, version: Version, alias: str
) -> tuple[Reviewed, ...]:
    """Record what the reviewers of this workflow run approved for the environment of an alias.

    Raises UsageError where this is no workflow run or nobody approved, ForgeError, StateError, ConflictError.
    """
    environment = policy.forge.environment_of(alias)
    if target.workflow_run is None:
        raise UsageError(
            "reviews belong to a workflow run, and this is none", next_step="run this in the job that waited for them"
        )
    users: dict[str, str] = {}
    for review in forge.reviews(target.workflow_run):
        if environment.lower() not in {name.lower() for name in review.environments}:
            continue
        if review.approved:
            users[review.user] = review.comment
        else:
            users.pop(review.user, None)  # who said no has not approved, whatever came before
    if not users:
        raise UsageError(
            f"nobody has approved the environment {environment} in workflow run {target.workflow_run}",
            next_step=f"give the job `environment: {environment}`, and the environment required reviewers",
        )
    found = []
    for user, comment in users.items():
        actor = Actor(name=user, identified_by=IdentifiedBy.GITHUB_REVIEW)
        try:
            done = approve(
                workspace, policy, version, alias, actor=actor, note=comment.strip() or None, where=target.details
            )
        except UsageError as error:
            found.append(Reviewed(user=user, refused=str(error)))
        else:
            found.append(Reviewed(user=user, approved=done))
    return tuple(found)
