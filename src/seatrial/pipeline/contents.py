"""What a file or folder of a tree counts as, pointers of Git LFS and DVC looked through.

Called by the survey. Most files count by the blake3 digest of their bytes. Data that Git LFS or DVC
keeps counts by the digest its pointer names, whether the pointer or the data lies there: so a
machine without the data can plan, and reuse, what one with the data has run. Data that was changed
locally is no longer what its pointer says, and counts by its bytes.

Subtle: the sha256 and md5 of data are facts about its content, remembered under the blake3 digest,
so a second look at untouched data reads nothing.
"""

from __future__ import annotations

import os
import posixpath
import stat
from functools import cached_property
from pathlib import Path

import yaml
from msgspec import Struct

from seatrial import digest
from seatrial.change.extract.sources import extract, kind_of
from seatrial.change.facts import (
    EMPTY,
    LinkFacts,
    SymbolFacts,
    decode_links,
    decode_symbols,
    encode,
    links_of,
    symbols_of,
)
from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.pipeline import pointers
from seatrial.pipeline.pointers import DvcPointer
from seatrial.pipeline.tree import Tree
from seatrial.store.blobs import Artifact
from seatrial.store.fingerprint import fingerprint
from seatrial.store.stat_cache import StatCache

DVC_SUFFIX = ".dvc"
_ATTRIBUTES = ".gitattributes"
_LFS_MARK = b"filter=lfs"
MOST_DVC_BYTES = 1 << 20
_TEXT_ONLY = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays text: an md5 may look like a number


class Absent(Struct, frozen=True, kw_only=True):
    """What of a path has to be fetched: these files by Git LFS, and whether the path itself by DVC."""

    lfs: tuple[str, ...] = ()
    dvc: bool = False


class Contents:
    """The contents of one tree."""

    def __init__(self, tree: Tree, memory: StatCache) -> None:
        self._tree = tree
        self._memory = memory
        self._dvc: dict[str, DvcPointer | None] = {}

    def file(self, path: str, status: os.stat_result | None = None) -> str:
        """What a file counts as. Raises OSError when it cannot be read."""
        target = self._tree.root / path
        content = self._memory.digest(target, status)
        promised = self.dvc(path)
        if promised is not None and self._is_what(promised, path):
            return promised.identity
        if path not in self._lfs:
            return content
        pointer = self._lfs_pointer(target)
        return pointer.identity if pointer else pointers.lfs_identity(self._hash("sha256", target, content))

    def look(self, path: str) -> Artifact:
        """What a file or folder counts as, links followed, or what stands for it where it is not there.

        Raises FileNotFoundError when there is neither, and what `fingerprint` raises.
        """
        promised = self.dvc(path)
        if promised is not None:
            standing = Artifact(
                digest=promised.identity, kind="dir" if promised.is_folder else "file", size=promised.size
            )
            if not (self._tree.root / path).exists() or self._is_what(promised, path):
                return standing
        below = self._lfs_below(path)
        if not below:
            return fingerprint(self._tree.at(path), self._memory, follow=True)
        target = self._tree.root / path
        if path in self._lfs:
            status = target.stat()
            return Artifact(
                digest=self.file(path, status),
                kind="file",
                size=status.st_size,
                executable=bool(status.st_mode & 0o100),
            )
        return self._folder_with_lfs(path, below)

    @property
    def complete(self) -> bool:
        return True

    @property
    def has_more(self) -> bool:
        return True

    def entry(self, path: str) -> tuple[str, Json] | None:
        """What an entry of git's listing counts as, and how it stands in a listing.

        An entry is a file, or a folder that git lists as one (a submodule, a link to a folder elsewhere).
        None for what is gone, and for links to folders of this tree.
        """
        target = self._tree.root / path
        try:
            status = target.stat()
            if not stat.S_ISDIR(status.st_mode):
                value = self.file(path, status)
                marked = status.st_mode & 0o100 and not _is_promised(value)
                return value, f"{value}+x" if marked else value
            if target.is_symlink() and target.resolve().is_relative_to(self._tree.root.resolve()):
                return None  # what it leads to is listed itself
            folder = fingerprint(self._tree.at(path), self._memory, follow=True).digest
        except (FileNotFoundError, NotADirectoryError):
            # Named in a command and kept by DVC; else deleted since it was listed: its absence is in the listing.
            return (promised.identity,) * 2 if (promised := self.dvc(path)) else None
        return folder, folder

    def facts(self, path: str) -> LinkFacts:
        """What a file says about others, remembered by the digest of its bytes. Raises OSError when it is gone."""
        kind = kind_of(path)
        if kind is None:
            return EMPTY
        target = self._tree.root / path
        content = self._memory.digest(target)
        remembered = self._memory.fact(links_of(kind), content)
        return decode_links(remembered if remembered is not None else self._extract(target, kind, content)[0])

    def symbols(self, path: str) -> SymbolFacts | None:
        """What a Python file defines, None for what is none or cannot be parsed. Raises OSError when it is gone."""
        kind = kind_of(path)
        if kind is None:
            return None
        target = self._tree.root / path
        content = self._memory.digest(target)
        text = self._memory.fact(symbols_of(kind), content)
        if text is None:
            text = self._extract(target, kind, content)[1]
        return decode_symbols(text) if text else None

    def _extract(self, target: Path, kind: str, content: str) -> tuple[str, str]:
        facts = extract(kind, target.read_bytes())
        links, symbols = encode(facts.links), "" if facts.symbols is None else encode(facts.symbols)
        self._memory.remember(links_of(kind), content, links)
        self._memory.remember(symbols_of(kind), content, symbols)
        return links, symbols

    def is_ignored_file(self, path: str) -> bool:
        """Whether a path that git does not list is a file all the same.

        Data that DVC keeps is one before it is fetched too, so that the key does not change by that.
        """
        data = not path.endswith(".py") and self._promises_file(path)
        return data or os.path.isfile(self._tree.at(path))  # noqa: PTH113 - for every word

    def is_kept(self, path: str) -> bool:
        """Whether Git LFS or DVC keeps bytes of a file or folder."""
        return self.dvc(path) is not None or bool(self._lfs_below(path))

    def absent(self, path: str) -> Absent:
        """What of a file or folder is not there: the files that are still pointers, or all of it."""
        files = tuple(
            found for found in self._lfs_below(path) if self._lfs_pointer(self._tree.root / found) is not None
        )
        return Absent(lfs=files, dvc=self.dvc(path) is not None and not (self._tree.root / path).exists())

    def dvc(self, path: str) -> DvcPointer | None:
        """What the DVC file of a path says about it; None when there is none that can be used."""
        if path not in self._dvc:
            self._dvc[path] = self._read_dvc(path)
        return self._dvc[path]

    def is_fetched_by_dvc(self, path: str) -> bool:
        """Whether a DVC file says what lies at a path."""
        return self.dvc(path) is not None

    def _promises_file(self, path: str) -> bool:
        """Whether DVC keeps a file at a path, there or not."""
        promised = self.dvc(path)
        return promised is not None and not promised.is_folder

    def kept_by_dvc(self, path: str) -> str | None:
        """The path itself, or the folder above it, beside which a DVC file lies, usable or not."""
        while path and f"{path}{DVC_SUFFIX}" not in self._tree.paths:
            path = posixpath.dirname(path)
        return path or None

    # -- Git LFS ----------------------------------------------------------------------

    @cached_property
    def _lfs(self) -> frozenset[str]:
        """The files that Git LFS keeps, asked for only where attributes of the tree speak of it."""
        if self._tree.kept_by_lfs is None or not any(self._mentions_lfs(path) for path in self._tree.files):
            return frozenset()
        return self._tree.kept_by_lfs(self._tree.files)

    def _mentions_lfs(self, path: str) -> bool:
        if not path.endswith(_ATTRIBUTES) or posixpath.basename(path) != _ATTRIBUTES:
            return False
        try:
            return _LFS_MARK in (self._tree.root / path).read_bytes()
        except OSError:
            return False

    @cached_property
    def _lfs_folders(self) -> frozenset[str]:
        """The folders that hold such files, at any depth."""
        folders = {"."} if self._lfs else set()
        for path in self._lfs:
            while (path := posixpath.dirname(path)) and path not in folders:
                folders.add(path)
        return frozenset(folders)

    def _lfs_below(self, path: str) -> tuple[str, ...]:
        if path not in self._lfs_folders:
            return (path,) if path in self._lfs else ()
        inside = "" if path == "." else f"{path}/"
        return tuple(sorted(found for found in self._lfs if found.startswith(inside)))

    @staticmethod
    def _lfs_pointer(target: Path) -> pointers.LfsPointer | None:
        if target.stat().st_size >= pointers.LFS_MAX_BYTES:
            return None
        return pointers.read_lfs(target.read_bytes())

    def _folder_with_lfs(self, path: str, kept: tuple[str, ...]) -> Artifact:
        """A folder by what is in it: the same whichever of its files have been fetched."""
        inside = "" if path == "." else f"{path}/"
        entries: dict[str, Json] = {}
        for name in _files_in(self._tree.root / path):
            status = (self._tree.root / path / name).stat()
            counts = self.file(inside + name, status)
            entries[name] = f"{counts}+x" if status.st_mode & 0o100 else counts
        whole = digest.of_record("folder-with-lfs/1", entries)
        return Artifact(digest=whole, kind="dir", size=0, files=len(entries))

    # -- DVC --------------------------------------------------------------------------

    def _read_dvc(self, path: str) -> DvcPointer | None:
        if f"{path}{DVC_SUFFIX}" not in self._tree.paths:
            return None
        try:
            with (self._tree.root / f"{path}{DVC_SUFFIX}").open("rb") as file:
                return parse_dvc(file.read(MOST_DVC_BYTES), path)
        except OSError:
            return None  # there is none

    def _is_what(self, promised: DvcPointer, path: str) -> bool:
        """Whether what lies at a path is what DVC's file says, by the md5 that DVC itself would take."""
        target = self._tree.root / path
        if target.is_dir() is not promised.is_folder:
            return False
        if not promised.is_folder:
            return self._hash("md5", target, self._memory.digest(target)) == promised.md5
        whole = fingerprint(target, self._memory, follow=True).digest
        known = self._memory.fact("dvc-folder/1", whole)
        if known is None:
            files = {
                name: self._hash("md5", target / name, self._memory.digest(target / name)) for name in _files_in(target)
            }
            known = pointers.dvc_folder_md5(files)
            self._memory.remember("dvc-folder/1", whole, known)
        return known == promised.md5

    def _hash(self, name: str, target: Path, content: str) -> str:
        """The digest another tool gives a file whose content is known."""
        known = self._memory.fact(name, content)
        if known is None:
            import hashlib  # loads OpenSSL, and only data of DVC or Git LFS needs it

            with target.open("rb") as file:
                known = hashlib.file_digest(file, lambda: hashlib.new(name, usedforsecurity=False)).hexdigest()
            if self._memory.digest(target) != content:
                raise StageError(
                    f"{target} changes while it is read", next_step="wait until it is written, and try again"
                )
            self._memory.remember(name, content, known)
        return known


def parse_dvc(data: bytes, path: str) -> DvcPointer | None:
    """What a DVC file says about the path beside it; None for an ordinary file of that name."""
    try:
        return pointers.dvc_pointer(yaml.load(data, _TEXT_ONLY), posixpath.basename(path))  # noqa: S506 - texts alone
    except (yaml.YAMLError, RecursionError):
        return None


def _is_promised(counts: str) -> bool:
    """Whether something counts as what DVC's file says; DVC keeps no executable bit."""
    return counts.startswith("dvc:")


def _files_in(folder: Path, prefix: str = "", above: tuple[str, ...] = ()) -> list[str]:
    """The files in a folder by their paths below it, links followed, `.git` left out."""
    real = os.path.realpath(folder)
    if real in above:
        raise StageError(
            f"{folder} is a loop of symbolic links", next_step="remove the link that points back to its parent"
        )
    found: list[str] = []
    for name in sorted(os.listdir(folder)):
        if name == ".git":
            continue
        mode = (folder / name).stat().st_mode
        if stat.S_ISDIR(mode):
            found += _files_in(folder / name, f"{prefix}{name}/", (*above, real))
        elif stat.S_ISREG(mode):
            found.append(prefix + name)
        else:
            raise StageError(f"{folder / name} is neither a file nor a folder")
    return found
