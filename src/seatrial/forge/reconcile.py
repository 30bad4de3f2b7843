"""What to do with the comments that are there, so that in the end there is one for each subject, and it is the newest.

Called by `flows/posting.py`, before it writes and once more after it has. Pure.

Two runs may post at once, somebody may delete a comment by hand, and an answer may be lost on its way, so nothing
here remembers what was written: it looks at what is there. Of several comments of ours about one subject the oldest
stays and the others go, whoever wrote them; of two runs of one commit the later one has its say, by the order of
their names (a run's name begins with its instant).

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

    `keep` is the one that is written into, None where one must be added. `remove` are those too many. `write` is
    False where what stands there is newer than what would be written, or the same. `earlier` are the revisions that the
    comment is to remember, the newest first.
    """

    keep: Comment | None
    remove: tuple[Comment, ...]
    write: bool
    earlier: tuple[Said, ...]


def standing(comments: Iterable[Comment], subject: Subject, now: Said) -> Standing:
    """What to do about `subject`, of which this run says `now`."""
    ours = [(comment, marker) for comment, marker in _marked(comments) if marker.subject == subject]
    if not ours:
        return Standing(keep=None, remove=(), write=True, earlier=())
    keep = ours[0][0]
    # Clocks of two machines differ, so names order only the runs of one commit.
    later = any(marker.said.sha == now.sha and marker.said.run > now.run for _, marker in ours)
    return Standing(
        keep=keep,
        remove=tuple(comment for comment, _ in ours[1:]),
        write=not later,
        earlier=_earlier([marker for _, marker in ours], now),
    )


def outlived(comments: Iterable[Comment], subjects: Sequence[Subject]) -> tuple[Comment, ...]:
    """Our comments about models that this run, of the same project and tier, no longer has: what they say is of an old
    commit."""
    of = {(subject.project, subject.tier) for subject in subjects}
    return tuple(
        comment
        for comment, marker in _marked(comments)
        if (marker.project, marker.tier) in of and marker.subject not in subjects
    )


def has_said(comments: Iterable[Comment], subject: Subject, now: Said) -> bool:
    """Whether there is just one comment of ours about `subject`, and it says `now`."""
    ours = [marker for _, marker in _marked(comments) if marker.subject == subject]
    return len(ours) == 1 and ours[0].said == now


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
