"""Doing what a comment on a pull request asks for: allow dear stages, or approve a version.

Called by `seatrial heed`, in a job of the repository's own code that a comment has started. Who may ask is what the
forge says of the author, or the list in the configuration of this work tree, which is the base's.

Subtle: between a maintainer's look at a commit and the reading of their comment, somebody may push another one. So a
comment counts for the commit that it names, by all its digits, and one that names none, or the first digits of one, is
answered with the line to copy. The allowance is a status on that commit, which is gone with the next one. And anybody
may comment: before a version is judged for an approval, who asks must be one whom the alias's rule lists, or, where it
has none, one who may write.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.errors import UserError, some_of
from seatrial.flows.approval_rules import rule_for
from seatrial.flows.approving import Approved, approve
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.forge.port import Forge, Pull, Role, State, Status
from seatrial.forge.spoken import USAGE, Approve, NotUnderstood, RunDear, Spoken, command_in
from seatrial.registry.people import listed
from seatrial.registry.records import Actor, IdentifiedBy
from seatrial.registry.registry import Registry
from seatrial.report.escape import prose

ALLOWED = "dear stages allowed"
_MAY_WRITE = (Role.WRITE, Role.MAINTAIN, Role.ADMIN)
_DESCRIPTION = 140


class Heeded(Struct, frozen=True, kw_only=True):
    """What came of a comment. `said` is a sentence, `answered` whether it was written below the comment. `commit` is
    the one for which dear stages may run now, None where nothing was allowed."""

    said: str
    done: bool = False
    answered: bool = False
    commit: str | None = None
    number: int | None = None


def heed(workspace: Workspace, policy: ProjectPolicy, forge: Forge, comment: Spoken) -> Heeded:
    """Do what a comment asks for, and answer it. Raises ForgeError, StateError, ConflictError."""
    command = command_in(comment.body)
    if command is None:
        return Heeded(said="the comment asks for nothing", done=True)
    role = forge.role(comment.author)
    match command:
        case RunDear():
            if not _may_allow(policy, comment.author, role):
                return _refused(forge, comment, role, f"{comment.author} may not allow dear stages")
            return _allow(policy, forge, comment, command)
        case Approve():
            return _approve(workspace, policy, forge, comment, command, role)
        case NotUnderstood(why=why):
            return _refused(forge, comment, role, f"{why}; try {USAGE}")


def _may_allow(policy: ProjectPolicy, author: str, role: Role) -> bool:
    """Whether somebody may let a stranger's code use what is dear. A list in the configuration decides alone."""
    listed = policy.forge.maintainers
    if listed is None:
        return role in _MAY_WRITE
    return author.lower() in {name.lower() for name in listed}


def _allow(policy: ProjectPolicy, forge: Forge, comment: Spoken, command: RunDear) -> Heeded:
    pull = forge.pull(comment.number)
    fault = _not_this_head(pull, command)
    if fault is not None:
        return _answered(forge, comment, Heeded(said=fault, number=comment.number))
    forge.put_status(
        Status(
            context=f"{policy.forge.check_of(policy.project, None)} {ALLOWED}",
            sha=pull.head_sha,
            state=State.SUCCESS,
            description=f"by {comment.author}, for this commit only"[:_DESCRIPTION],
            url=comment.url,
        )
    )
    said = f"Dear stages may run for {pull.head_sha[:12]}, says {comment.author}. A new commit needs a new word."
    done = Heeded(said=said, done=True, commit=pull.head_sha, number=comment.number)
    return _answered(forge, comment, done)


def _not_this_head(pull: Pull, command: RunDear) -> str | None:
    """Why a comment does not mean the present head; None where it does."""
    head = pull.head_sha
    if not pull.is_open:
        return "the pull request is closed"
    if command.commit is None:
        return f"a commit is named by all its digits. Look at {head[:12]}, and if that is meant: `/seatrial run {head}`"
    if head == command.commit:
        return None
    said = f"the head is {head[:12]} by now, and {command.commit[:12]} was meant"
    return f"{said}. Look at it, and if that is meant now: `/seatrial run {head}`"


def _approve(
    workspace: Workspace, policy: ProjectPolicy, forge: Forge, comment: Spoken, command: Approve, role: Role
) -> Heeded:
    """Whether an approval counts is the rule's to say; who wrote the comment, and may write, is the forge's."""
    actor = Actor(name=comment.author, identified_by=IdentifiedBy.GITHUB_COMMENT)
    try:
        version = Registry(workspace.state).resolve(command.ref)
        rule = rule_for(workspace, policy, version.model, command.alias)
        if rule is None and role not in _MAY_WRITE:
            return _refused(forge, comment, role, f"{comment.author} may not write here, so may not approve")
        if rule is not None and listed(actor, rule.people) is None:
            names = some_of([str(person) for person in rule.people])
            why = f"{comment.author} ({role}) may not approve for {command.alias}: its rule lists {names}"
            return _refused(forge, comment, role, why)
        done = approve(workspace, policy, version, command.alias, actor=actor, note=command.note, where=comment.url)
    except UserError as error:
        return _refused(forge, comment, role, str(error))
    if done.approval is None:
        said = (
            f"{version.ref} cannot be approved for {command.alias}: its gates say no, and only an override passes that"
        )
        return _answered(forge, comment, Heeded(said=said, number=comment.number))
    again = "" if done.new else " already"
    said = f"{version.ref} is{again} approved for {command.alias} by {comment.author} ({role})."
    return _answered(forge, comment, Heeded(said=f"{said}{_void(done)}", done=True, number=comment.number))


def _void(done: Approved) -> str:
    """What is said of an approval that is recorded and lifts nothing, since its author gave it."""
    why = next((one.why for one in done.standing.void if one.approval == done.approval), None)
    return f" It lifts no hold: {why}." if why else ""


def _refused(forge: Forge, comment: Spoken, role: Role, why: str) -> Heeded:
    """A stranger gets no answer: nobody may make us write comments by writing some."""
    refused = Heeded(said=why, number=comment.number)
    return _answered(forge, comment, refused) if role in _MAY_WRITE else refused


def _answered(forge: Forge, comment: Spoken, heeded: Heeded) -> Heeded:
    forge.add_comment(comment.number, f"{prose(heeded.said)}\n")
    return Heeded(said=heeded.said, done=heeded.done, answered=True, commit=heeded.commit, number=heeded.number)
