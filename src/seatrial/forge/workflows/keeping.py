"""How a rendered file is brought up to date without losing what a user has changed in it. Pure.

Called by `flows.workflow_files`, which reads, writes and asks git to merge. Beside each live file lies a pristine copy
of what was rendered last; it is committed, so it survives clones. Three texts then say everything: the copy, what lies
there, and what would be rendered now.

What is subtle: where the user and we have changed the same lines, theirs stay and ours are told. Marks of a conflict
never reach a live file: a forge would carry them out, or refuse the file silently. And whoever replaces a word in all
files changes the copy with the file; the two would then look as if nobody had edited anything. So a copy holds its own
digest, and one that does not fit is no witness.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct, structs

from seatrial.digest import raw

COPY_HEAD = "# What `seatrial workflows render` wrote last, to tell your edits from its own. Commit it; do not edit it."
_DIGITS = 16
"""How much of a copy's digest stands in its first line."""
MARK = 43
"""How long the marks of a conflict are: longer than anything that a file would hold."""
_ACTION = "action.yml"
OURS, THEIRS = "<" * MARK, ">" * MARK
BETWEEN = "=" * MARK


class Did(StrEnum):
    """What becomes of one file."""

    SAME = "same"
    CREATED = "created"
    UPDATED = "updated"
    """Nobody has edited it, so it is replaced."""
    MERGED = "merged"
    """It has edits, and they stay."""
    REMOVED = "removed"
    """Its tier is gone, and nobody has edited it."""
    LEFT = "left"
    """Its tier is gone, and it has edits: people decide."""
    DELETED = "deleted"
    """The user has deleted it, and so it stays."""
    REFUSED = "refused"


class Conflict(Struct, frozen=True, kw_only=True):
    """Lines that both have changed. `line` is where the user's begin in the live file, `ours` what they would be."""

    line: int
    ours: tuple[str, ...]


class Step(Struct, frozen=True, kw_only=True):
    """What is to be done with one file. `text` is what it becomes, None for no file; `copy` what its copy
    becomes."""

    path: str
    did: Did
    text: str | None
    copy: str | None
    before: str | None = None
    copy_before: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    why: str = ""
    next_step: str = ""

    @property
    def changes(self) -> bool:
        """Whether the live file becomes another one."""
        return self.text != self.before

    @property
    def in_step(self) -> bool:
        """Whether nothing at all would be written."""
        return self.did is not Did.REFUSED and not self.changes and self.copy == self.copy_before


Merge = Callable[[str, str, str], str]
"""The text with marks that a merge of (the user's, the copy, ours) comes to."""

Fault = Callable[[str], str | None]
"""Why a forge could not read a text, or None."""


class Copy(Struct, frozen=True, kw_only=True):
    """The copy of what was rendered last. `genuine`: nobody has changed it since."""

    text: str
    genuine: bool = True


class Layout(Struct, frozen=True, kw_only=True):
    """Where a forge's files lie. `copies` is the folder of pristine copies, `marker` how the first line of a live file
    begins that was rendered."""

    copies: str
    marker: str

    def copy_of(self, path: str) -> str:
        """The copy of a live file: by its own name, and by its folder's where every such file has the same."""
        folder, _, name = path.rpartition("/")
        if name == _ACTION:
            name = f"{folder.rpartition('/')[2]}-{name}"
        return f"{self.copies}/{name}"

    def live_of(self, name: str) -> str:
        """The live file of a copy of this name."""
        forge = self.copies.partition("/")[0]
        if name.endswith(f"-{_ACTION}"):
            return f"{forge}/actions/{name.removesuffix(f'-{_ACTION}')}/{_ACTION}"
        return f"{forge}/workflows/{name}" if forge == ".github" else f"{forge}/{name}"


def decide(
    path: str, *, new: str | None, copy: Copy | None, mine: str | None, again: bool, merge: Merge, fault: Fault
) -> Step:
    """What becomes of a file. `mine` is what lies there, `copy` what was rendered last, `new` what is wanted now, None
    each for nothing. `again`: the user wants it back that they deleted."""
    last = None if copy is None else copy.text

    def step(did: Did, text: str | None, then: str | None, why: str = "", **more: object) -> Step:
        made = Step(path=path, did=did, text=text, copy=then, before=mine, copy_before=last, why=why)
        return structs.replace(made, **more)

    if copy is not None and not copy.genuine and mine not in (None, new):
        return step(
            Did.REFUSED, mine, last, "its copy was edited, too, so your edits cannot be told from what was rendered",
            next_step="bring back the copies that you committed last (git log tells which), and render again",
        )  # fmt: skip
    if new is None:
        return _unwanted(step, path, mine=mine, last=last)
    if mine is None and copy is not None and not again:
        return step(
            Did.DELETED, None, copy.text if copy.genuine else new, "you have deleted it, and it stays deleted",
            next_step=f"`seatrial workflows render --again {path.rpartition('/')[2]}` brings it back",
        )  # fmt: skip
    if mine is None:
        return step(Did.CREATED, new, new)
    if mine == new:
        return step(Did.SAME, mine, new)
    if last is None:
        return step(
            Did.REFUSED, mine, None, "no copy says that Seatrial rendered it: it is your own",
            next_step=f"move {path} away and render again, or bring its copy back with git",
        )  # fmt: skip
    if last == new:  # only the user has changed anything
        return step(Did.SAME, mine, new)
    if mine == last:
        return step(Did.UPDATED, new, new)
    text, conflicts = resolved(merge(mine, last, new))
    broken = fault(text) if fault(mine) is None else None  # what the user broke is not ours to judge
    if broken is not None:
        return step(
            Did.REFUSED, mine, last, f"with your edits the new version would be no workflow any more ({broken})",
            next_step=f"move {path} away, `seatrial workflows render --again {path.rpartition('/')[2]}`, "
            "and make your edits again",
        )  # fmt: skip
    return step(Did.MERGED, text, new, conflicts=conflicts)


def _unwanted(step: Callable[..., Step], path: str, *, mine: str | None, last: str | None) -> Step:
    """What becomes of a file whose tier is gone."""
    if mine is None or last is None:
        return step(Did.SAME, mine, None)
    if mine == last:
        return step(Did.REMOVED, None, None, "no tier of this project needs it any more")
    return step(
        Did.LEFT, mine, last, "no tier of this project needs it any more, and it has edits of yours",
        next_step=f"delete {path}, or `seatrial workflows eject` to keep it as your own",
    )  # fmt: skip


def resolved(marked: str) -> tuple[str, tuple[Conflict, ...]]:
    """A merged text without marks, the user's lines where both have changed the same, and all such places."""
    kept: list[str] = []
    conflicts: list[Conflict] = []
    ours: list[str] | None = None
    start = 0
    for line in marked.splitlines(keepends=True):
        word = line.rstrip("\n").split(" ", 1)[0]
        if word == OURS:
            start = len(kept) + 1
        elif word == BETWEEN and start:
            ours = []
        elif word == THEIRS and ours is not None:
            conflicts.append(Conflict(line=start, ours=tuple(text.rstrip("\n") for text in ours)))
            ours, start = None, 0
        elif ours is not None:
            ours.append(line)
        else:
            kept.append(line)
    return "".join(kept), tuple(conflicts)


def of_copy(data: str) -> Copy:
    """What was rendered, from the text of its copy."""
    head, _, text = data.partition("\n")
    if not head.startswith(COPY_HEAD):
        return Copy(text=data, genuine=False)
    return Copy(text=text, genuine=as_copy(text) == data)


def as_copy(text: str) -> str:
    """The text of the copy of what was rendered."""
    return f"{COPY_HEAD} ({raw(text.encode()).hex()[:_DIGITS]})\n{text}"
