"""A run of the head that keeps the one comment about its model, in steps, so that tests can let others act in between.

It does what `reconcile.py` says and nothing else, over any forge; a step ends after each request.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from seatrial.forge.failures import GoneError, UnreachableError
from seatrial.forge.marker import Marker, Said, Subject, marked, marker_in
from seatrial.forge.port import Comment
from seatrial.forge.reconcile import standing

ABOUT = Subject(project="digits", tier="pr", model="main")
HEAD = "a" * 40


class Comments(Protocol):
    """The part of a forge that keeps comments."""

    def comments(self, number: int) -> tuple[Comment, ...]: ...

    def add_comment(self, number: int, body: str) -> Comment: ...

    def change_comment(self, number: int, comment: str, body: str) -> None: ...

    def remove_comment(self, number: int, comment: str) -> None: ...


def said(run: str, sha: str = HEAD) -> Said:
    """What a run says."""
    return Said(sha=sha, run=run, headline=f"the verdict of run {run} on {sha[:3]}")


def text_of(now: Said) -> str:
    """The report of a run, without the line that hides above it."""
    return f"# {now.headline}\n"


def posting(forge: Comments, number: int, now: Said, about: Subject = ABOUT) -> Iterator[None]:
    """Look, write, and look again."""
    for _ in range(2):
        comments = forge.comments(number)
        yield
        found = standing(comments, about, now)
        marker = Marker(subject=about, said=now, earlier=found.earlier)
        body = marked(text_of(now), marker) if found.write else found.carry
        try:
            if found.keep is None:
                forge.add_comment(number, str(body))
            elif body is not None and body != found.keep.body:
                forge.change_comment(number, found.keep.id, body)
        except GoneError:  # deleted by hand, which the second look sees
            continue
        except UnreachableError as error:
            if not error.may_be_done:
                raise
            continue
        yield
        for comment in found.remove:
            forge.remove_comment(number, comment.id)
            yield


def post(forge: Comments, number: int, now: Said) -> None:
    """All of it."""
    for _ in posting(forge, number, now):
        pass


def stands(comments: tuple[Comment, ...], about: Subject = ABOUT) -> list[str]:
    """The reports of ours about a subject, as readers see them."""
    found = ((comment, marker_in(comment.body)) for comment in comments if comment.ours)
    ours = [comment.body for comment, marker in found if marker is not None and marker.subject == about]
    return [body.partition("\n")[2] for body in ours]
