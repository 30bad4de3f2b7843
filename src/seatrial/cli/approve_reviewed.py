"""`seatrial models approve --from-reviews`: approvals that people gave as reviewers of an environment."""

from __future__ import annotations

import click

from seatrial.cli import approval_text, exits
from seatrial.cli.registry_here import print_document
from seatrial.errors import UsageError
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.review import where
from seatrial.flows.reviewed import Reviewed, approve_reviewed
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import Kind
from seatrial.registry.records import Version
from seatrial.report.escape import plain
from seatrial.wiring import open_forge


def record_reviews(workspace: Workspace, policy: ProjectPolicy, version: Version, alias: str, *, as_json: bool) -> int:
    """Record them, and end with 3 while none of them counts."""
    target = where(workspace, policy, None)
    if target.kind is not Kind.GITHUB:
        raise UsageError(
            "reviews of environments are read from GitHub, and this is no job of GitHub Actions",
            next_step=f"seatrial models approve {version.ref} --to {alias}",
        )
    forge = open_forge(target, policy.forge, workspace.environ, workspace.cache.root)
    found = approve_reviewed(workspace, policy, forge, target, version, alias)
    counted = any(one.approved is not None and one.approved.approval is not None for one in found)
    code = exits.OK if counted else exits.HELD
    if as_json:
        print_document(ref=version.ref, alias=alias, reviews=list(map(_json, found)), exit_code=code)
        return code
    for one in found:
        click.echo(_text(one))
    return code


def _text(one: Reviewed) -> str:
    if one.approved is None:
        return plain(f"{one.user}: does not count: {one.refused}")
    return plain(f"{one.user}: ", bound=200) + " " + approval_text.approved(one.approved)


def _json(one: Reviewed) -> dict[str, object]:
    return {
        "user": one.user,
        "counts": one.approved is not None and one.approved.approval is not None,
        "refused": one.refused,
    }
