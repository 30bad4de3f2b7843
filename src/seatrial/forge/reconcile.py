"""What to do with the comments that are there, so that in the end there is one for each subject, and it is the newest.

Called by `flows/posting.py`, before it writes and once more after it has. Pure.

Two runs may post at once, somebody may delete a comment by hand, and an answer may be lost on its way, so nothing
here remembers what was written: it looks at what is there. Of several comments of ours about one subject the oldest
stays and the others go, whoever wrote them: which one that is changes under nobody's hands, so two runs never remove
each other's. Of two runs of one commit the later one has its say, by the order of their names (a run's name begins with
its instant). Between commits names decide nothing, because clocks of two machines differ: the head's run speaks.

Subtle: a run that ends late must not put its verdict under a commit that came after it. Its own commit keeps its check;
the comment is left to the run of the head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from seatrial.forge.marker import MOST_EARLIER, Marker, Said, Subject, marker_in
from seatrial.forge.port import Comment


class Standing(Struct, frozen=True, kw_only=True):
    """What is to become of the comments about one subject.

    `keep` is the one that is written into, None where one must be added. `remove` are those too many, and go once
    `keep` says what it should. `write` is False where something newer than what would be written stands there; where
    that stands in a comment that must go, `carry` is its body, which `keep` takes over as it is. `earlier` are the
    revisions that a comment that is written is to remember, the newest first.
    """

    keep: Comment | None
    remove: tuple[Comment, ...]
    write: bool
    earlier: tuple[Said, ...]
    carry: str | None = None


def standing(comments: Iterable[Comment], subject: Subject, now: Said) -> Standing:
    """What to do about `subject`, of which this run, one of the head, says `now`. Comments come oldest first."""
    ours = [(comment, marker) for comment, marker in _marked(comments) if marker.subject == subject.bounded]
    if not ours:
        return Standing(keep=None, remove=(), write=True, earlier=())
    keep = ours[0][0]
    of_head = [(comment, marker.said.run) for comment, marker in ours if marker.said.sha == now.sha]
    newest, run = max(of_head, key=lambda one: one[1], default=(keep, now.run))  # of equals the oldest
    write = run <= now.run
    return Standing(
        keep=keep,
        remove=tuple(comment for comment, _ in ours[1:]),
        write=write,
        earlier=_earlier([marker for _, marker in ours], now),
        carry=None if write or newest is keep else newest.body,
    )


def outlived(comments: Iterable[Comment], subjects: Sequence[Subject], now: Said) -> tuple[Comment, ...]:
    """Our comments about models that this run, of the same project and tier, no longer has: what they say is of an old
    commit. Those of a later run of this commit stay: it may have a model that this one has not heard of."""
    known = {subject.bounded for subject in subjects}
    of = {(subject.project, subject.tier) for subject in known}
    return tuple(
        comment
        for comment, marker in _marked(comments)
        if (marker.subject.project, marker.subject.tier) in of
        and marker.subject not in known
        and not (marker.said.sha == now.sha and marker.said.run > now.run)
    )


def has_said(comments: Iterable[Comment], subject: Subject, now: Said) -> bool:
    """Whether there is just one comment of ours about `subject`, and it says `now`."""
    ours = [marker for _, marker in _marked(comments) if marker.subject == subject.bounded]
    return len(ours) == 1 and (ours[0].said.sha, ours[0].said.run) == (now.sha, now.run)


def _marked(comments: Iterable[Comment]) -> list[tuple[Comment, Marker]]:
    found = ((comment, marker_in(comment.body)) for comment in comments if comment.ours)
    return [(comment, marker) for comment, marker in found if marker is not None]


def _earlier(markers: Sequence[Marker], now: Said) -> tuple[Said, ...]:
    """What was said of other commits, once for each: its last word."""
    said: dict[str, Said] = {}
    for marker in markers:
        for one in (marker.said, *marker.earlier):
            if one.sha != now.sha and (one.sha not in said or one.run > said[one.sha].run):
                said[one.sha] = one
    return tuple(sorted(said.values(), key=lambda one: one.run, reverse=True)[:MOST_EARLIER])
