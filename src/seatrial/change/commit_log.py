"""What git says about a commit and those behind it: who wrote them, who else is named, and which files they changed.

Called by the flows that must tell an approver from an author, and by the dossier of a version. Answers are parsed from
fields that git ends with NUL, so that no name or message can pass for another field.

Subtle: a merge brings in the work of others. Its authors are those of everything that it merged. A shallow clone does
not have these commits, and does not say so where one asks git for a log; it is noticed by the parents that a commit
names and that are not here, or by what git lists as the ends of the clone. And `.mailmap` may give an author another
name; both count, because anybody can edit it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from msgspec import Struct

from seatrial.change.git import Git
from seatrial.change.git_process import ask

MOST_COMMITS = 1000
_TRAILER = "%(trailers:key={},valueonly,unfold,separator=%x01)"
_ROW = ("%H", "%an <%ae>", "%aN <%aE>", "%aI", "%s", _TRAILER.format("Co-authored-by"), _TRAILER.format("Reviewed-by"))
_FORMAT = "".join(f"{field}%x00" for field in _ROW)
_FIELDS = len(_ROW)


class Commit(Struct, frozen=True, kw_only=True):
    """One commit: `authors` are its author and those named as co-authors, `reviewers` those named as such; each is a
    claim of whoever wrote the message. `wrote` is the author alone, by each name that git has."""

    id: str
    authors: tuple[str, ...]
    at: str
    subject: str
    wrote: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


class Log(Struct, frozen=True, kw_only=True):
    """Commits, newest first. `missing` says why some are not among them."""

    commits: tuple[Commit, ...] = ()
    missing: str | None = None


class Change(Struct, frozen=True, kw_only=True):
    """A file that differs between two commits: lines added and deleted, None for one that is not text."""

    path: str
    added: int | None
    deleted: int | None


def brought_by(git: Git, commit: str) -> Log:
    """A commit and, where it is a merge, all that it merged."""
    known = git.commit(commit)
    if known is None:
        return _not_here(commit)
    parents = git.parents(known)
    gone = [parent for parent in parents if git.commit(parent) is None]
    if gone and len(parents) > 1:
        log = _log(git, [f"{known}^!"])
        return Log(commits=log.commits, missing=f"what {known[:10]} merged is not here: this clone is shallow")
    if len(parents) < 2:
        return _log(git, [f"{known}^!"])
    return _log(git, [known, f"^{parents[0]}"])


def since(git: Git, before: str | None, commit: str) -> Log:
    """What a commit brought, and all that it has and an earlier one has not; all its history where none is earlier."""
    newer = git.commit(commit)
    if newer is None:
        return _not_here(commit)
    older = None if before is None else git.commit(before)
    if before is not None and older is None:
        return _not_here(before)
    log = _log(git, [newer] if older is None else [newer, f"^{older}"])
    brought = brought_by(git, newer)  # the same commit again, or an older one, has nothing more
    found = {one.id: one for one in (*log.commits, *brought.commits)}
    cut = sorted(_ends(git) & found.keys())
    shallow = f"what came before {cut[0][:10]} is not here: this clone is shallow" if cut else None
    return Log(commits=tuple(found.values()), missing=log.missing or brought.missing or shallow)


def between(git: Git, before: str, after: str) -> Log:
    """The commits of one that the other does not have."""
    older, newer = git.commit(before), git.commit(after)
    if older is None or newer is None:
        return _not_here(before if older is None else after)
    return _log(git, [newer, f"^{older}"])


def changes(git: Git, before: str, after: str) -> tuple[Change, ...] | None:
    """The files in which two commits differ; None where one of them is not here."""
    older, newer = git.commit(before), git.commit(after)
    if older is None or newer is None:
        return None
    done = _ask(git, ["diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", older, newer, "--"])
    if done is None:
        return None
    found = []
    for row in done.split("\0"):
        added, _, rest = row.partition("\t")
        deleted, _, path = rest.partition("\t")
        if path:
            found.append(Change(path=path, added=_lines(added), deleted=_lines(deleted)))
    return tuple(found)


def _not_here(commit: str) -> Log:
    return Log(missing=f"commit {commit[:10]} is not in this repository")


def _lines(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _ends(git: Git) -> frozenset[str]:
    """The commits at which a shallow clone ends."""
    try:
        return frozenset((git.common / "shallow").read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def _log(git: Git, which: Sequence[str]) -> Log:
    said = _ask(git, ["log", f"--max-count={MOST_COMMITS + 1}", f"--format={_FORMAT}", *which, "--"])
    if said is None:
        return Log(missing="git could not tell the commits")
    fields = said.split("\0")
    rows = [fields[start : start + _FIELDS] for start in range(0, len(fields) - _FIELDS + 1, _FIELDS)]
    commits = tuple(map(_commit, rows))
    most = f"only the newest {MOST_COMMITS:,} commits were looked at" if len(commits) > MOST_COMMITS else None
    return Log(commits=commits[:MOST_COMMITS], missing=most)


def _commit(row: Sequence[str]) -> Commit:
    name, author, mapped, at, subject, beside, reviewed = row
    return Commit(
        id=name.strip(),
        authors=tuple(dict.fromkeys((author, mapped, *_names(beside)))),
        at=at,
        subject=subject,
        wrote=tuple(dict.fromkeys((author, mapped))),
        reviewers=tuple(dict.fromkeys(_names(reviewed))),
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split("\x01") if name.strip()]


def _ask(git: Git, arguments: Sequence[str]) -> str | None:
    done = ask(arguments, str(git.root))
    return None if done.code else os.fsdecode(done.out)
