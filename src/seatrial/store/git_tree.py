"""What lies in one commit of the state, and the bytes of it, read from this repository.

Called by `git_objects.py`. One process lists a commit, one reads all the files of a folder at once: records are asked
for a stream at a time, and a process for each would cost more than everything else.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from seatrial.store.git_command import GitCommand, Said, SlowError
from seatrial.store.objects import Meta, UnreachableError

_SECONDS = 120.0
_MOST_TOGETHER = 8 << 20
_MOST_KEPT = 32 << 20


class Found(Struct, frozen=True, kw_only=True):
    """A file in a tree: git's name of its bytes, and how many there are."""

    name: str
    size: int


class Tree(Struct, frozen=True, kw_only=True):
    """All files of one commit by their paths. `tip` is the commit, None before the first."""

    tip: str | None
    found: Mapping[str, Found] = field(default_factory=dict)

    def meta(self, key: str) -> Meta | None:
        """What is known of a file, None when there is none."""
        found = self.found.get(key)
        return None if found is None else Meta(key=key, size=found.size, tag=found.name)

    def folder(self, key: str) -> list[Found]:
        """The file and what lies beside it, itself first."""
        where = key.rpartition("/")[0]
        beside = [found for path, found in self.found.items() if path.rpartition("/")[0] == where and path != key]
        return [self.found[key], *beside]


NOTHING = Tree(tip=None)


class TreeReader:
    """Reads commits that are here. Remembers bytes, since a name never changes what it means."""

    def __init__(self, git: GitCommand, address: str) -> None:
        self._git = git
        self._address = address
        self._memory: dict[str, bytes] = {}
        self._guard = threading.Lock()

    def tree(self, tip: str) -> Tree | None:
        """What lies in a commit; None when it is not here, or not whole."""
        said = self._run("ls-tree", "-r", "-l", "-z", "--full-tree", tip)
        if said.code:
            return None
        found: dict[str, Found] = {}
        for row in said.out.decode(errors="surrogateescape").split("\0"):
            about, tab, path = row.partition("\t")
            words = about.split()
            if tab and len(words) == 4 and words[3].isdigit():
                found[path] = Found(name=words[2], size=int(words[3]))
        return Tree(tip=tip, found=found)

    def read(self, tree: Tree, key: str) -> bytes | None:
        """The bytes of a file, None when there is none."""
        found = tree.found.get(key)
        if found is None:
            return None
        with self._guard:
            if found.name not in self._memory:
                self._load(tree.folder(key))
            return self._memory[found.name]

    def remember(self, files: Mapping[str, bytes]) -> None:
        """Know the bytes of files by git's names for them."""
        with self._guard:
            self._memory.update(files)

    def do(self, *arguments: str, given: Sequence[bytes] = (), extra: Mapping[str, str] | None = None) -> bytes:
        """What a git command says that must not fail. Raises UnreachableError."""
        said = self._run(*arguments, given=given, extra=extra)
        if said.code:
            raise UnreachableError(
                f"{self._address}: git {arguments[0]} failed in this repository: {said.reason}",
                next_step="check the disk and the permissions of its git folder; `git fsck` tells of damage",
            )
        return said.out

    def _load(self, wanted: Sequence[Found]) -> None:
        if sum(map(len, self._memory.values())) > _MOST_KEPT:
            self._memory.clear()
        names: list[str] = []
        size = 0
        for found in wanted:
            if found.name not in self._memory and (not names or size + found.size <= _MOST_TOGETHER):
                names.append(found.name)
                size += found.size
        out = self.do("cat-file", "--batch", given=["".join(f"{name}\n" for name in names).encode()])
        at = 0
        for name in names:
            head, _, _ = out[at : at + 200].partition(b"\n")
            words = head.split()
            if len(words) != 3:
                raise UnreachableError(
                    f"{self._address}: object {name} is not in this repository",
                    next_step="look whether `git fsck` tells of damage, then type the command again",
                )
            start = at + len(head) + 1
            self._memory[name] = out[start : start + int(words[2])]
            at = start + int(words[2]) + 1

    def _run(self, *arguments: str, given: Sequence[bytes] = (), extra: Mapping[str, str] | None = None) -> Said:
        try:
            return self._git.run(*arguments, seconds=_SECONDS, given=given, extra=extra)
        except SlowError:
            raise UnreachableError(
                f"{self._address}: git {arguments[0]} did not end within {_SECONDS:g} s in this repository",
                next_step="check the disk",
            ) from None
