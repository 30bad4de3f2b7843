"""Who had a hand in a version: whoever registered it, and the authors of what it has and the alias's holder has not.

Called before approvals are counted, because an author's own does not. Where nobody holds the alias, that is all the
history of its commit.

Subtle: what cannot be looked up (a commit that is not in this clone, more commits than are looked at) may be anybody's.
A co-author without an address that anybody reads (`noreply@`, as tools sign) says nothing more: the commit's author is
counted whatever its message adds.
"""

from __future__ import annotations

from seatrial.change.commit_log import Commit, since
from seatrial.flows.workspace import Workspace
from seatrial.registry.people import Author, Authors, names_nobody
from seatrial.registry.records import Actor, IdentifiedBy, Version


def authors_of(workspace: Workspace, version: Version, holder: Version | None) -> Authors:
    """The authors of a version that is to follow another, as far as they can be looked up here."""
    registered = Author(actor=version.actor, did=f"registered {version.ref}")
    if version.commit is None:
        return Authors(known=(registered,), unknown="it was made without a commit")
    if holder is not None and holder.commit is None:
        return Authors(known=(registered,), unknown=f"{holder.ref}, the version before it, was made without a commit")
    log = since(workspace.git, None if holder is None else holder.commit, version.commit)
    wrote: dict[str, Author] = {}
    for commit in log.commits:
        for name in _named(commit):
            actor = Actor(name=name, identified_by=IdentifiedBy.GIT_CONFIG)
            wrote.setdefault(name, Author(actor=actor, did=f"wrote commit {commit.id[:10]}"))
    return Authors(known=(registered, *wrote.values()), unknown=log.missing)


def _named(commit: Commit) -> list[str]:
    return [name for name in commit.authors if name in commit.wrote or not names_nobody(name)]
