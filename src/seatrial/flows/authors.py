"""Who had a hand in a version: whoever registered it, and the authors of what its commit brought.

Called before approvals are counted, because an author's own does not.
"""

from __future__ import annotations

from seatrial.change.commit_log import brought_by
from seatrial.flows.workspace import Workspace
from seatrial.registry.people import Author, Authors
from seatrial.registry.records import Actor, IdentifiedBy, Version


def authors_of(workspace: Workspace, version: Version) -> Authors:
    """The authors of a version, as far as they can be looked up here."""
    registered = Author(actor=version.actor, did=f"registered {version.ref}")
    if version.commit is None:
        return Authors(known=(registered,), unknown="it was made without a commit")
    log = brought_by(workspace.git, version.commit)
    wrote: dict[str, Author] = {}
    for commit in log.commits:
        for name in commit.authors:
            actor = Actor(name=name, identified_by=IdentifiedBy.GIT_CONFIG)
            wrote.setdefault(name, Author(actor=actor, did=f"wrote commit {commit.id[:10]}"))
    return Authors(known=(registered, *wrote.values()), unknown=log.missing)
