"""The first-parent line between two commits: what was merged into a branch, one step after the other.

Called by `flows/suspects.py`. Two questions to git answer for any number of commits: who they are, and what each
changed against the commit that the branch stood at before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import Struct

from seatrial.change.objects import Differing, Objects, differing_in

_TOLD = "%H%x00%P%x00%an%x00%aI%x00%s"
_FIELDS = 5


class Merged(Struct, frozen=True, kw_only=True):
    """One step of a branch: a commit, or a merge with all it brought. `parent` is where the branch stood before."""

    commit: str
    parent: str
    author: str
    date: str
    subject: str
    is_merge: bool = False
    differing: tuple[Differing, ...] = ()


def merged_between(objects: Objects, good: str, bad: str) -> tuple[Merged, ...]:
    """The steps of the branch after `good` up to `bad`, which must have it for an ancestor, oldest first."""
    arguments = ["log", "--first-parent", "--no-show-signature", "--no-color", "-z", f"--format={_TOLD}"]
    fields = os.fsdecode(objects.say([*arguments, f"{good}..{bad}", "--"])).split("\0")
    rows = [fields[place : place + _FIELDS] for place in range(0, len(fields) - _FIELDS + 1, _FIELDS)]
    rows = [row for row in reversed(rows) if row[1]]  # a commit without a parent adds a history, and changes none
    pairs = "".join(f"{commit} {parents.split()[0]}\n" for commit, parents, *_ in rows)
    changed = dict(_changed(objects, pairs)) if rows else {}
    return tuple(
        Merged(
            commit=commit,
            parent=parents.split()[0],
            author=author,
            date=date,
            subject=subject,
            is_merge=len(parents.split()) > 1,
            differing=changed.get(commit, ()),
        )
        for commit, parents, author, date, subject in rows
    )


def line_before(objects: Objects, commit: str, *, most: int) -> tuple[str, ...]:
    """The commits that a branch stood at before `commit`, newest first, as far as the history is here."""
    said = objects.say(["rev-list", "--first-parent", f"--max-count={most + 1}", commit, "--"])
    return tuple(said.decode().split()[1:])


def _changed(objects: Objects, pairs: str) -> Iterator[tuple[str, tuple[Differing, ...]]]:
    arguments = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--full-index"]
    commit: str | None = None
    found: list[Differing] = []
    fields = iter(os.fsdecode(objects.say(arguments, pairs.encode())).split("\0"))
    for field in fields:
        if field.startswith(":"):
            found.append(differing_in(field, next(fields)))
            continue
        if commit is not None:
            yield commit, tuple(found)
        commit, found = field, []
