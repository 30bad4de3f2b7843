"""Trees and blobs of a git repository, read from its objects: no work tree is needed, bare repositories do.

Called by the flows that look at revisions. One process answers for many blobs (`cat-file --batch`).

Subtle: objects are taken as they are, and not as `git replace` shows them here: what a blob counts as is remembered by
its id, and the next clone has no replacements.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from seatrial import digest
from seatrial.change.git_process import SECONDS, Said, ask
from seatrial.errors import OutsideError, UsageError, UserError

REGULAR, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
_CHUNK = 8 << 20
_DIFFER = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--full-index", "--ignore-submodules=none")
_SHALLOW = "the history ends there: this clone is shallow"
_DEEPEN = "git fetch --unshallow, or `fetch-depth: 0` in the workflow"
_AS_THEY_ARE = "--no-replace-objects"
_STRANGE = frozenset(" \t\n~^:?*[\\")
"""What no branch and no tag has in its name."""


class Entry(Struct, frozen=True):
    """One file of a tree: git's mode and the id of its blob (of its commit, for a submodule)."""

    mode: str
    blob: str


class Differing(Struct, frozen=True):
    """One path that differs between two trees. A side is None where the path is not there."""

    path: str
    old: Entry | None
    new: Entry | None


class Objects:
    """The objects of one repository. `folder` is a work tree, a git folder, or a bare repository."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError when there is no repository, OutsideError without git."""
        self._folder = str(folder)
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder", next_step="name the folder of a git repository")
        done = self._ask(["rev-parse", "--git-common-dir", "--is-bare-repository", "--is-shallow-repository"])
        if done.code:
            reason = done.err.decode(errors="replace").strip().removeprefix("fatal: ")
            if "dubious ownership" in reason:
                raise UserError(
                    f"git does not trust {folder}: it belongs to somebody else",
                    next_step=f"git config --global --add safe.directory {shlex.quote(str(folder.resolve()))}",
                )
            raise UserError(f"{folder} is not a git repository ({reason})", next_step="name one with `--repo`")
        common, bare, shallow = os.fsdecode(done.out).removesuffix("\n").rsplit("\n", 2)
        self.common = (folder / common).resolve()
        """The git folder that all work trees share."""
        self.bare = bare == "true"
        self.shallow = shallow == "true"

    def commit(self, revision: str) -> str:
        """The commit that a revision names. Raises UserError, with what to do, when it names none."""
        done = self._ask(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"])
        name = done.out.decode().strip()
        if done.code or not name:
            raise UserError(f"{self._folder} has no commit {revision!r}", next_step=self._cure(revision))
        return name

    def merge_base(self, base: str, head: str) -> str:
        """The best common ancestor of two commits. Raises UserError for unrelated or cut-off histories."""
        done = self._ask(["merge-base", base, head])
        name = done.out.decode().strip()
        if done.code or not name:
            if self.shallow:
                raise UserError(
                    f"{base[:12]} and {head[:12]} have no common ancestor here; {_SHALLOW}",
                    next_step=_DEEPEN,
                )
            raise UserError(
                f"{base[:12]} and {head[:12]} have no common ancestor: their histories are unrelated",
                next_step="name a base that the head grew from",
            )
        return name

    def tree(self, commit: str) -> dict[str, Entry]:
        """All files of a commit's tree by path."""
        done = self._ask(["ls-tree", "-r", "-z", "--full-tree", commit])
        if done.code:
            raise self._failed("ls-tree", done)
        found: dict[str, Entry] = {}
        for row in os.fsdecode(done.out).split("\0"):
            if row:
                head, _, path = row.partition("\t")
                mode, _, blob = head.split(" ", 2)
                found[path] = Entry(mode, blob)
        return found

    def differing(self, base: str, head: str) -> tuple[Differing, ...]:
        """The paths whose mode or content differ between two commits; a rename is one gone and one new."""
        done = self._ask([*_DIFFER, base, head])
        if done.code:
            raise self._failed("diff-tree", done)
        fields = os.fsdecode(done.out).split("\0")
        return tuple(differing_in(row, path) for row, path in zip(fields[0::2], fields[1::2], strict=False))

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether a commit is the other, or an ancestor of it as far as the history is here."""
        return self._ask(["merge-base", "--is-ancestor", one, other]).code == 0

    def say(self, arguments: Sequence[str], given: bytes = b"") -> bytes:
        """What git answers to a question about these objects. Raises OutsideError when it fails."""
        done = self._ask(arguments, given)
        if done.code:
            raise self._failed(arguments[0], done)
        return done.out

    def read(self, blob: str) -> bytes:
        """One blob. Raises OutsideError when it is not there."""
        for _, data in self.read_many([blob]):
            if data is not None:
                return data
        raise self.missing(blob)

    def missing(self, blob: str) -> OutsideError:
        """The error for a blob that is not there, or is damaged."""
        return OutsideError(
            f"git object {blob} is missing in {self._folder}, or damaged",
            next_step="git fsck says which; `git fetch` of another clone, or a new clone, has it",
        )

    def digest(self, blob: str, size: int) -> str:
        """What the bytes of a blob count as, none of them kept. Raises OutsideError when it is not there."""
        hasher = digest.Hasher(size)
        done = self._ask(["cat-file", "blob", blob], take=hasher.update)
        if done.code:
            raise self.missing(blob)
        return hasher.digest()

    def read_many(self, blobs: Iterable[str], *, largest: int | None = None) -> Iterator[tuple[str, bytes | None]]:
        """Many blobs in the order asked for, each once; None for one that is missing, or larger than `largest` bytes.

        Sizes are asked first, and git is asked for a few megabytes at a time, so that nothing large is ever held.
        """
        sizes = self.sizes(blobs)
        chunk: list[str] = []
        held = 0
        for blob in dict.fromkeys(blobs):
            size = sizes.get(blob)
            if size is None or (largest is not None and size > largest):
                yield from self._batch(chunk)
                chunk, held = [], 0
                yield blob, None
                continue
            if chunk and held + size > _CHUNK:
                yield from self._batch(chunk)
                chunk, held = [], 0
            chunk.append(blob)
            held += size
        yield from self._batch(chunk)

    def sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """The size of each blob in bytes, as far as it is there."""
        asked = list(dict.fromkeys(blobs))
        given = "".join(f"{blob}\n" for blob in asked).encode()
        done = self._ask(["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"], given)
        if done.code:
            raise self._failed("cat-file --batch-check", done)
        found = {}
        for row in done.out.decode().splitlines():
            name, _, rest = row.partition(" ")
            kind, _, size = rest.partition(" ")
            if kind == "blob" and size.isdigit():
                found[name] = int(size)
        return found

    def _batch(self, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        if not blobs:
            return
        done = self._ask(["cat-file", "--batch"], "".join(f"{blob}\n" for blob in blobs).encode())
        if done.code:
            raise self._failed("cat-file --batch", done)
        place = 0
        for blob in blobs:
            end = done.out.index(b"\n", place)
            name, kind, size = done.out[place:end].decode().split(" ")
            if name != blob or kind != "blob":
                raise OutsideError(f"git gave {kind} {name} for blob {blob} in {self._folder}", next_step="git fsck")
            start = end + 1
            place = start + int(size) + 1
            yield blob, done.out[start : place - 1]

    def _cure(self, revision: str) -> str:
        if self.shallow:
            return f"{_SHALLOW}; {_DEEPEN}"
        if not self._ask(["rev-list", "--max-count=1", "--all"]).out:
            return "commit something first: it has no commits yet"
        if ".." in revision:
            return "name one commit for each of `--base` and `--head`, no range"
        if not revision or revision == "HEAD" or revision.startswith("-") or set(revision) & _STRANGE:
            return "name a commit, a branch or a tag; `git log --oneline --all` shows what there is"
        return f"git fetch origin {shlex.quote(revision)}, or name another revision"

    def _ask(self, arguments: Sequence[str], given: bytes = b"", take: Callable[[bytes], None] | None = None) -> Said:
        try:
            return ask([_AS_THEY_ARE, *arguments], self._folder, given=given, take=take)
        except FileNotFoundError as error:
            raise OutsideError(
                "git is not installed or not in PATH", next_step="install git, version 2.25 or newer"
            ) from error
        except TimeoutError:
            raise OutsideError(
                f"git {arguments[0]} did not answer within {SECONDS} s",
                next_step="try again when the disk is less busy; a partial clone may wait for its origin",
            ) from None

    def _failed(self, command: str, done: Said) -> OutsideError:
        said = done.err.decode(errors="replace").strip()
        partial = "promisor" in said
        return OutsideError(
            f"git {command} failed in {self._folder}: {said}",
            next_step="make the origin of this partial clone reachable, or clone without `--filter`"
            if partial
            else "git fsck",
        )


def differing_in(row: str, path: str) -> Differing:
    """One row of `git diff-tree --raw`."""
    old_mode, new_mode, old, new, _ = row.removeprefix(":").split(" ", 4)
    return Differing(
        path,
        None if set(old_mode) == {"0"} else Entry(old_mode, old),
        None if set(new_mode) == {"0"} else Entry(new_mode, new),
    )


def before(head: Mapping[str, Entry], differing: Iterable[Differing]) -> dict[str, Entry]:
    """The tree of the base, from that of the head and what differs."""
    found = dict(head)
    for one in differing:
        if one.old is None:
            found.pop(one.path, None)
        else:
            found[one.path] = one.old
    return found
