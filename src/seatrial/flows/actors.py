"""Who acts, and how that is known. Pure: called with the environment and git's configuration.

None of these names is proof; the ledger therefore records beside each how it was found.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.registry.records import Actor, IdentifiedBy


def identify(environ: Mapping[str, str], *, git_name: str | None, git_email: str | None) -> Actor:
    """The person or machine that runs this command."""
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("GITHUB_ACTOR"):
        return Actor(name=environ["GITHUB_ACTOR"], identified_by=IdentifiedBy.GITHUB_ACTIONS)
    if environ.get("GITLAB_CI") == "true" and environ.get("GITLAB_USER_LOGIN"):
        return Actor(name=environ["GITLAB_USER_LOGIN"], identified_by=IdentifiedBy.GITLAB_CI)
    if git_name and git_email:
        return Actor(name=f"{git_name} <{git_email}>", identified_by=IdentifiedBy.GIT_CONFIG)
    user = environ.get("USER") or environ.get("LOGNAME") or "unknown"
    return Actor(name=git_name or git_email or user, identified_by=IdentifiedBy.OS_USER)
