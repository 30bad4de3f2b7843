"""Writing what a run came to where people review: comments, check, status, summary, deployments.

Called by `seatrial report --post`. What is to be said is made by `report/` and `forge/compose.py`, what is to be done
about comments that are there by `forge/reconcile.py`; here it is done, one thing after the other, and one that
fails keeps none of the others back. Whatever could not be written is told, and the exit code stays that of the run.

Subtle: the check comes first, since it is what holds a merge. A comment is written only while the commit that it
speaks of is still the head of its pull request: a late run must not put its verdict under a newer commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct

from seatrial.flows.secrets_here import Masked
from seatrial.forge import compose
from seatrial.forge.failures import ForbiddenError, ForgeError, GoneError, OvertakenError, UnreachableError
from seatrial.forge.marker import Marker, Said, Subject, marked, marker_in
from seatrial.forge.policy import ForgePolicy
from seatrial.forge.port import Annotation, Check, Comment, Deployment, Forge, Pull, Status
from seatrial.forge.reconcile import has_said, outlived, standing
from seatrial.forge.target import Target
from seatrial.replacing import replace
from seatrial.report.escape import prose
from seatrial.report.facts import RunFacts

_TRIES = 3  # how often comments are looked at anew; each time somebody else has written meanwhile
_NOBODY = ""  # the subject of a run that judged no model


class Written(Struct, frozen=True, kw_only=True):
    """One thing that was to be written. `said` is a sentence: where it is, or why it is not there."""

    what: str
    done: bool
    said: str
    url: str | None = None


class Letter(Struct, frozen=True, kw_only=True):
    """The comment about one model (empty: about a run that judged none). `body` gives its text, with the revisions
    that it is to remember; `headline` is what the next one will remember of it."""

    model: str
    headline: str
    body: Callable[[Sequence[Said]], str]


class Message(Struct, frozen=True, kw_only=True):
    """All that is said of one run. `run` orders the messages about one commit. `unjudged`: it did not come to judging
    models, so what is there about them is neither of this commit nor outlived."""

    project: str
    tier: str | None
    run: str
    check: Check
    status: Status
    letters: tuple[Letter, ...]
    annotations: tuple[Annotation, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    unjudged: bool = False

    def subject(self, letter: Letter) -> Subject:
        """What the comment of a letter is kept for."""
        return Subject(project=self.project, tier=self.tier or "", model=letter.model)


def send(forge: Forge, target: Target, message: Message, masked: Masked) -> tuple[Written, ...]:
    """Write everything, as far as the forge lets us."""
    found = [*_verdict(forge, message, masked)]
    found += _comments(forge, target, message, masked)
    for deployment in message.deployments:
        what = f"deployment to {deployment.environment}"
        found.append(_tried(what, f"{deployment.description} is told", partial(forge.deploy, deployment)))
    return tuple(found)


def begin(forge: Forge, target: Target, message: Message, masked: Masked) -> tuple[Written, ...]:
    """Write that a run has begun. Comments of ours stay, but what they say is moved to what was said earlier, so that
    no verdict stands under a commit that it is not about."""
    found = _verdict(forge, message, masked)
    try:
        pull = _pull(forge, target)
        comments = () if pull is None else forge.comments(pull.number)
    except ForgeError as error:
        return (*found, Written(what="comment", done=False, said=_why(error)))
    if pull is None or pull.head_sha != message.check.sha:
        return tuple(found)
    headline = f"RUNNING: {message.check.title}"
    for subject in _subjects(comments, message):
        letter = Letter(model=subject.model, headline=headline, body=partial(_before, headline, message.check.sha))
        found.append(_letter(forge, pull, message, letter, masked))
    return tuple(found)


def _before(headline: str, sha: str, earlier: Sequence[Said]) -> str:
    lines = [f"- `{one.sha[:12]}` {prose(one.headline)}" for one in earlier]
    return "\n".join([f"# {prose(headline)}", "", f"Of commit `{sha[:12]}`. Earlier:", "", *lines, ""])


def letter_for_none(headline: str, body: str) -> Letter:
    """The comment of a run that judged no model, or left nothing to be told."""
    return Letter(model=_NOBODY, headline=headline, body=lambda _earlier: body)


def _verdict(forge: Forge, message: Message, masked: Masked) -> list[Written]:
    """The check, and the status beside it. Where the token may write no checks, or the forge has none, the status
    stands alone, under the same name."""
    check = replace(
        message.check,
        title=masked(message.check.title),
        summary=masked(message.check.summary),
        annotations=tuple(
            replace(one, title=masked(one.title), message=masked(one.message)) for one in message.annotations
        ),
    )
    status = replace(message.status, description=masked(message.status.description))
    where, what = f"on {check.sha[:12]}", f"check {check.name}"
    refused: ForgeError | None = None
    try:
        forge.put_check(check)
    except OvertakenError as error:
        return [Written(what=what, done=True, said=_why(error))]  # of the two runs the later has its say
    except ForgeError as error:
        refused = error
    told = _tried(f"status {status.context}", f"{status.state.value} {where}", lambda: forge.put_status(status))
    if refused is None:
        return [Written(what=what, done=True, said=f"{check.state.value} {where}"), told]
    if isinstance(refused, ForbiddenError) and told.done:
        return [told]  # the same name, so what branch protection asks for is there
    return [Written(what=what, done=False, said=_why(refused)), told]


def _comments(forge: Forge, target: Target, message: Message, masked: Masked) -> list[Written]:
    try:
        pull = _pull(forge, target)
    except ForgeError as error:
        return [Written(what="comment", done=False, said=_why(error))]
    if pull is None:
        return []
    if pull.head_sha != message.check.sha:
        said = f"#{pull.number} has a newer commit ({pull.head_sha[:12]}), whose own run will speak there"
        return [Written(what="comment", done=True, said=said)]
    found = [_letter(forge, pull, message, letter, masked) for letter in message.letters]
    found += _unjudged(forge, pull, message, masked) if message.unjudged else _swept(forge, pull, message)
    return [*found, *_overtaken(forge, pull, message)]


def _pull(forge: Forge, target: Target) -> Pull | None:
    if not target.about_a_pull:
        return None
    number = target.number
    if number is None and target.sha is not None:
        number = forge.pull_of(target.sha, head_repo=target.head_repo, head_ref=target.head_ref)
    return None if number is None else forge.pull(number)


def _letter(forge: Forge, pull: Pull, message: Message, letter: Letter, masked: Masked) -> Written:
    """One comment: written, then looked at again, because another run may have written one at the same moment."""
    subject = message.subject(letter)
    now = Said(sha=message.check.sha, run=message.run, headline=masked(letter.headline))
    what = f"comment about {letter.model}" if letter.model else "comment"
    url: str | None = None
    try:
        for _ in range(_TRIES):
            comments = forge.comments(pull.number)
            if url is not None and has_said(comments, subject, now):
                return Written(what=what, done=True, said=f"written to #{pull.number}", url=url or None)
            there = standing(comments, subject, now)
            body = there.carry
            if there.write:
                marker = Marker(subject=subject, said=now, earlier=there.earlier)
                body = marked(masked(letter.body(there.earlier)), marker)
            url = _put(forge, pull.number, there.keep, body) if body is not None else None
            for one in there.remove:
                forge.remove_comment(pull.number, one.id)
            if not there.write:
                return Written(what=what, done=True, said=f"#{pull.number} tells of a newer run")
    except ForgeError as error:
        return Written(what=what, done=False, said=_why(error))
    return Written(what=what, done=url is not None, said=f"written to #{pull.number}, where others write too", url=url)


def _unjudged(forge: Forge, pull: Pull, message: Message, masked: Masked) -> list[Written]:
    """What comments about models say is moved to what was said before: of this commit they say nothing yet."""
    try:
        comments = forge.comments(pull.number)
    except ForgeError as error:
        return [Written(what="comments about models", done=False, said=_why(error))]
    found = []
    for subject in _subjects(comments, message):
        headline = f"not judged: {message.check.title}"
        letter = Letter(model=subject.model, headline=headline, body=partial(_before, headline, message.check.sha))
        if subject.model and message.subject(letter) not in map(message.subject, message.letters):
            found.append(_letter(forge, pull, message, letter, masked))
    return found


def _subjects(comments: Iterable[Comment], message: Message) -> list[Subject]:
    """What comments of ours about this project and tier are kept for, that speak of another commit."""
    found = [marker_in(comment.body) for comment in comments if comment.ours]
    mine = (message.project, message.tier or "")
    return list(
        dict.fromkeys(
            marker.subject
            for marker in found
            if marker is not None
            and (marker.subject.project, marker.subject.tier) == mine
            and marker.said.sha != message.check.sha
        )
    )


def _overtaken(forge: Forge, pull: Pull, message: Message) -> list[Written]:
    """A commit that arrived while we wrote must not find an older verdict: then our comments say nothing but that."""
    try:
        head = forge.pull(pull.number).head_sha
        if head == message.check.sha:
            return []
        said = f"#{pull.number} got a newer commit ({head[:12]}) meanwhile, whose own run will speak there"
        for letter in message.letters:
            now = Said(sha=message.check.sha, run=message.run, headline=letter.headline)
            there = standing(forge.comments(pull.number), message.subject(letter), now)
            marker = None if there.keep is None else marker_in(there.keep.body)
            if there.keep is not None and marker is not None and marker.said.sha == message.check.sha:
                forge.change_comment(pull.number, there.keep.id, marked(f"{prose(said)}.\n", marker))
    except ForgeError as error:
        return [Written(what="newer commit", done=False, said=_why(error))]
    return [Written(what="newer commit", done=True, said=said)]


def _put(forge: Forge, number: int, keep: Comment | None, body: str) -> str | None:
    """Write a comment, and give its address. None where it was deleted meanwhile, or its end is unknown: the caller
    looks at what is there, and tries again."""
    try:
        if keep is None:
            return forge.add_comment(number, body).url or ""
        forge.change_comment(number, keep.id, body)
        return keep.url or ""
    except GoneError:
        if keep is None:
            raise
    except UnreachableError as error:
        if not error.may_be_done:
            raise
    return None


def _swept(forge: Forge, pull: Pull, message: Message) -> list[Written]:
    """Comments about models that this run does not have would keep an old verdict under a new commit."""
    try:
        now = Said(sha=message.check.sha, run=message.run, headline="")
        old = outlived(forge.comments(pull.number), [message.subject(letter) for letter in message.letters], now)
        for one in old:
            forge.remove_comment(pull.number, one.id)
    except ForgeError as error:
        return [Written(what="old comments", done=False, said=_why(error))]
    return [Written(what="old comments", done=True, said=f"{len(old)} removed")] if old else []


def _tried(what: str, said: str, write: Callable[[], None]) -> Written:
    try:
        write()
    except ForgeError as error:
        return Written(what=what, done=False, said=_why(error))
    return Written(what=what, done=True, said=said)


def _why(error: ForgeError) -> str:
    return f"{error}; {error.next_step}" if error.next_step else str(error)


def told(written: Iterable[Written]) -> bool:
    """Whether the verdict itself arrived, as a check or as a status."""
    return any(one.done for one in written if one.what.startswith(("check ", "status ")))


def message_of(
    facts: RunFacts,
    target: Target,
    policy: ForgePolicy,
    *,
    sha: str,
    letters: Sequence[Letter],
    note: str = "",
    annotations: Sequence[Annotation] = (),
    begun: str | None = None,
) -> Message:
    """What is said of a run that has ended. `begun` is what its check was called when it began: that one ends, too."""
    check = compose.check_of(facts, target, policy, sha=sha, note=note)
    return Message(
        project=facts.project,
        tier=facts.tier,
        run=facts.run,
        check=check if begun is None else replace(check, run=begun),
        status=compose.status_of(facts, target, policy, sha=sha),
        letters=tuple(letters),
        annotations=tuple(annotations),
        deployments=compose.deployments_of(facts, target, policy, sha=sha),
        unjudged=not facts.models and bool(facts.broken or facts.missing),
    )
