"""The facts of a version's dossier, gathered: from the registry, the records of its data, and git.

Called by `models show --dossier`. Nothing is judged and nothing is written. What cannot be looked up (a commit that
this clone does not have, data that nobody checked) is said in the dossier: a gap must not read like a clean slate.
"""

from __future__ import annotations

from seatrial.change.commit_log import between, brought_by, changes
from seatrial.clock import iso
from seatrial.data.known_by import identity_of_file
from seatrial.errors import ConfigError
from seatrial.flows.dataset_records import history as dataset_history
from seatrial.flows.debts import read_book
from seatrial.flows.installed import read_installed
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.waiting import Approvals
from seatrial.flows.workspace import Workspace
from seatrial.registry.approval import Given
from seatrial.registry.history import History
from seatrial.registry.records import AliasMove, Version
from seatrial.registry.registry import Registry
from seatrial.registry.reign import reigns
from seatrial.report.dossier_facts import (
    ApprovalFact,
    ChangeFact,
    CommitFact,
    DataFact,
    DossierFacts,
    FileFact,
    ReignFact,
)
from seatrial.report.numbers import instant


def dossier_facts(workspace: Workspace, policy: ProjectPolicy | None, version: Version) -> DossierFacts:
    """All that is known of a version. Without a `policy`, whether approvals stand is not told. Raises StateError."""
    registry = Registry(workspace.state)
    history = registry.history(version.model)
    now = workspace.clock.now()
    held = reigns(history.ledger, version=version.number)
    missing: list[str] = []
    installed = read_installed(registry.blobs, version)
    if installed is None:
        missing.append("what was installed was not kept with this version, only its digest")
    if not version.rules:
        missing.append("the gates it was judged by at registration were not kept with this version")
    approvals, unknown = _approvals(workspace, policy, history, version)
    return DossierFacts(
        version=version,
        as_of=iso(now),
        change=_change(workspace, history, version),
        data=_data(workspace, version),
        installed=tuple(sorted((installed or {}).items())),
        approvals=approvals,
        moves=tuple(move for move in history.ledger if version.number in (move.version, move.previous)),
        reigns=tuple(
            ReignFact(
                alias=reign.began.alias,
                since=iso(reign.since),
                until=None if reign.until is None else iso(reign.until),
                seconds=reign.seconds(now),
            )
            for reign in held
        ),
        debts=read_book(workspace.state).owed_by(version),
        missing=(*missing, *unknown),
    )


def _change(workspace: Workspace, history: History, version: Version) -> ChangeFact:
    """What the version has that the one before it has not: the one it replaced, or the last one registered."""
    before = _before(history, version)
    ref = None if before is None else before.ref
    if version.commit is None:
        return ChangeFact(before=ref, missing=("it was made without a commit",))
    git = workspace.git
    missing: list[str] = []
    if version.dirty:
        missing.append("the work tree had uncommitted changes, which no commit tells")
    if before is None or before.commit is None:
        log = brought_by(git, version.commit)
        missing += [f"{before.ref} was made without a commit, so nothing can be compared"] if before else []
        files = None
    else:
        log = between(git, before.commit, version.commit)
        files = changes(git, before.commit, version.commit)
    missing += [log.missing] if log.missing else []
    return ChangeFact(
        before=ref,
        before_commit=None if before is None else before.commit,
        commits=tuple(
            CommitFact(id=one.id, authors=one.authors, at=one.at, subject=one.subject, reviewers=one.reviewers)
            for one in log.commits
        ),
        files=tuple(FileFact(path=one.path, added=one.added, deleted=one.deleted) for one in files or ()),
        missing=tuple(missing),
    )


def _before(history: History, version: Version) -> Version | None:
    replaced = next(
        (move.previous for move in history.ledger if move.version == version.number and move.previous is not None), None
    )
    number = version.number - 1 if replaced is None else replaced
    return history.versions.get(number)


def _data(workspace: Workspace, version: Version) -> tuple[DataFact, ...]:
    """Each dataset with the last look at the very same bytes.

    A look knows data by another digest than a key does. They meet where the data is one file, and where both know it by
    DVC's pointer; of a folder only a look in the version's own run is known to be at what it was made from.
    """
    found = []
    for name, digest in sorted(version.data.items()):
        looks = [one.last for one in dataset_history(workspace, name)]
        same = [one for one in looks if one.identity == identity_of_file(digest) or one.pointer == digest]
        same = same or [one for one in looks if one.run == version.run]
        found.append(DataFact(name=name, digest=digest, look=same[-1] if same else None))
    return tuple(found)


def _approvals(
    workspace: Workspace, policy: ProjectPolicy | None, history: History, version: Version
) -> tuple[tuple[ApprovalFact, ...], tuple[str, ...]]:
    """Every approval ever given to the version, and what could not be told of them."""
    given = [one for one in history.approvals if one.approval.version == version.number]
    void: dict[str, str] = {}
    unknown: tuple[str, ...] = ()
    try:
        found = Approvals(workspace, policy).of_version(history, version) if policy is not None else ()
        void = {repr(one.approval): one.why for each in found for one in each.standing.void}
    except ConfigError as error:
        unknown = (f"whether approvals stand could not be told: {error}",)
    if policy is None and given:
        unknown = ("whether approvals stand could not be told: seatrial.yaml cannot be read",)
    return tuple(_approval(one, history.ledger, void) for one in given), unknown


def _approval(one: Given, ledger: tuple[AliasMove, ...], void: dict[str, str]) -> ApprovalFact:
    approval = one.approval
    counted = tuple(
        f"{move.how} to {move.alias} at {instant(move.at)}"
        for move in ledger
        if move.version == approval.version
        and move.alias == approval.alias
        and any((by.actor, by.at) == (approval.actor, approval.at) for by in move.approvals)
    )
    said = void.get(repr(approval))
    if one.revoked is not None:
        said = f"withdrawn by {one.revoked.actor.name} at {instant(one.revoked.at)}"
    return ApprovalFact(approval=approval, counted=counted, void=said)
