"""Content-addressed files and folders: what stages made, and what registered versions keep.

A file is stored under the digest of its bytes. A folder is a Merkle tree: one small object a
folder, listing names, kinds and digests, so that one changed file changes one listing on each
level above it and nothing else. The pipeline's cache and the registry's state use the same
store at different places.

Subtle: the digest returned is always that of the bytes that were *stored*, taken from the
store's own copy, so a file that changes while it is copied can never be stored under a wrong
name. Every byte handed out is verified against its digest on the way; a wrong one raises
`CorruptBlobError` and is moved aside, so that the caller can recompute.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import OutsideError, StageError, StateError
from seatrial.store import atomic
from seatrial.store.copying import copy_file

Kind = Literal["file", "dir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A stored file or folder. `size` is in bytes, `files` counts the files inside (1 for a file)."""

    digest: str
    kind: Kind
    size: int
    files: int = 1
    executable: bool = False

    def to_json(self) -> dict[str, Json]:
        return {
            "digest": self.digest,
            "kind": self.kind,
            "size": self.size,
            "files": self.files,
            "executable": self.executable,
        }

    @classmethod
    def from_json(cls, value: dict[str, Json]) -> Artifact:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        kind = value["kind"]
        if kind not in ("file", "dir") or not digest.is_digest(str(value["digest"])):
            raise ValueError(f"not an artifact: {value!r}")
        return cls(
            digest=str(value["digest"]),
            kind="file" if kind == "file" else "dir",
            size=int(str(value["size"])),
            files=int(str(value["files"])),
            executable=bool(value["executable"]),
        )


class CorruptBlobError(OutsideError):
    """A stored blob is missing or its bytes no longer have its digest; a corrupt one was moved aside."""

    def __init__(self, blob: str, *, missing: bool) -> None:
        self.blob = blob
        self.missing = missing
        state = "is missing from the store" if missing else "was damaged in the store and has been set aside"
        super().__init__(f"blob {digest.short(blob)} {state}")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: Literal["file", "dir", "link"]
    digest: str
    size: int
    files: int
    executable: bool


class BlobStore:
    """Blobs in a folder. Safe for several processes: blobs appear whole and never change."""

    def __init__(self, root: Path, *, durable: bool = False) -> None:
        self.root = root
        self._durable = durable

    # -- in ---------------------------------------------------------------------------

    def put_bytes(self, data: bytes) -> str:
        """Store some bytes; their digest."""
        name = digest.of_bytes(data)
        path = self._path(name)
        if not path.exists():
            atomic.put_if_absent(path, data, durable=self._durable)
        return name

    def put_path(self, path: Path, *, known: Callable[[Path], str] | None = None) -> Artifact:
        """Store a file or a folder. `known` may give a file's digest without reading it (a stat cache):
        a blob that is already stored is then not copied again.

        Raises FileNotFoundError, StageError for what cannot be stored (devices, sockets, links out).
        """
        if path.is_dir():
            return self._put_folder(path, path, known)
        if not path.is_file():
            raise FileNotFoundError(path)
        return self._put_file(path, known)

    def put_file(self, path: Path) -> Artifact:
        """Store one file."""
        return self._put_file(path, None)

    def put_tree(self, path: Path) -> Artifact:
        """Store one folder with all it holds."""
        return self._put_folder(path, path, None)

    def _put_file(self, path: Path, known: Callable[[Path], str] | None) -> Artifact:
        status = path.stat()
        executable = bool(status.st_mode & 0o100)
        name = known(path) if known else digest.of_file(path)
        if not self._path(name).exists():
            name = self._copy_in(path)
        return Artifact(digest=name, kind="file", size=status.st_size, executable=executable)

    def _copy_in(self, path: Path) -> str:
        self.root.mkdir(parents=True, exist_ok=True)
        staged = atomic.temporary_beside(self.root / "blob")
        try:
            copy_file(path, staged, mode=0o444)
            name = digest.of_file(staged)
            if self._durable:
                _sync(staged)
            target = self._path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
            if self._durable:
                atomic.sync_folder(target.parent)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        return name

    def _put_folder(self, path: Path, top: Path, known: Callable[[Path], str] | None) -> Artifact:
        entries = [self._put_entry(Path(found.path), top, known) for found in sorted(os.scandir(path), key=_name)]
        listing = digest.canonical({"schema": 1, "entries": [_to_row(entry) for entry in entries]})
        return Artifact(
            digest=self.put_bytes(listing),
            kind="dir",
            size=sum(entry.size for entry in entries),
            files=sum(entry.files for entry in entries),
        )

    def _put_entry(self, path: Path, top: Path, known: Callable[[Path], str] | None) -> _Entry:
        if path.is_symlink():
            return _Entry(path.name, "link", safe_link(path, top), 0, 0, False)
        if path.is_dir():
            folder = self._put_folder(path, top, known)
            return _Entry(path.name, "dir", folder.digest, folder.size, folder.files, False)
        if path.is_file():
            file = self._put_file(path, known)
            return _Entry(path.name, "file", file.digest, file.size, 1, file.executable)
        raise StageError(f"{path} is neither a file nor a folder; outs hold files, folders and links inside the out")

    # -- out --------------------------------------------------------------------------

    def has(self, artifact: Artifact) -> bool:
        """Whether the blob is there (its bytes are verified only when it is handed out)."""
        return self._path(artifact.digest).exists()

    def path(self, name: str) -> Path:
        """Where a blob lies, or would lie. Whoever reads it verifies it."""
        return self._path(name)

    def read_bytes(self, name: str) -> bytes:
        """The bytes of one blob, verified. Raises CorruptBlobError."""
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None
        if digest.of_bytes(data) != name:
            self.quarantine(name)
            raise CorruptBlobError(name, missing=False)
        return data

    def checkout(self, artifact: Artifact, target: Path) -> None:
        """Put a copy of the artifact at `target`, replacing what lies there, in one step.

        Raises CorruptBlobError, with `target` untouched.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        try:  # staged in the store: what a kill leaves behind is then no litter among the user's files
            ours = os.access(self.root, os.W_OK)
            self._check_out_by_way_of(self.root / "out" if ours else target, artifact, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._check_out_by_way_of(target, artifact, target)

    def _check_out_by_way_of(self, beside: Path, artifact: Artifact, target: Path) -> None:
        staged = atomic.temporary_beside(beside)
        try:
            self._copy_out(artifact.digest, artifact.kind, staged, executable=artifact.executable)
            if staged.stat().st_dev != target.parent.stat().st_dev:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(target))
            remove(target)
            staged.rename(target)
        finally:
            remove(staged)

    def copy_to(self, artifact: Artifact, other: BlobStore) -> None:
        """Copy all blobs of an artifact into another store, verified. Raises CorruptBlobError."""
        for name in self.reachable(artifact):
            if other._path(name).exists():
                continue
            if self._copy_of(name, other) != name:
                self.quarantine(name)
                raise CorruptBlobError(name, missing=False)

    def reachable(self, artifact: Artifact) -> Iterator[str]:
        """The digests of every blob an artifact needs, listings after what they list.

        Raises CorruptBlobError when a listing cannot be read.
        """
        if artifact.kind == "dir":
            for entry in self._listing(artifact.digest):
                if entry.kind != "link":
                    kind: Kind = "dir" if entry.kind == "dir" else "file"
                    yield from self.reachable(Artifact(digest=entry.digest, kind=kind, size=entry.size))
        yield artifact.digest

    def verify(self, artifact: Artifact) -> tuple[str, ...]:
        """The digests of blobs of an artifact that are missing or damaged; empty when all is well."""
        broken: list[str] = []
        if artifact.kind == "dir":
            try:
                entries = self._listing(artifact.digest)
            except CorruptBlobError:
                return (artifact.digest,)
            for entry in entries:
                if entry.kind != "link":
                    kind: Kind = "dir" if entry.kind == "dir" else "file"
                    broken += self.verify(Artifact(digest=entry.digest, kind=kind, size=entry.size))
            return tuple(broken)
        path = self._path(artifact.digest)
        if not path.exists() or digest.of_file(path) != artifact.digest:
            broken.append(artifact.digest)
        return tuple(broken)

    def quarantine(self, name: str) -> None:
        """Set a damaged blob aside, so that it is a miss from now on and can still be looked at."""
        aside = self.root / "quarantine" / name.removeprefix(digest.PREFIX)
        aside.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            self._path(name).replace(aside)

    def _copy_of(self, name: str, other: BlobStore) -> str:
        try:
            return other._copy_in(self._path(name))
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None

    def _copy_out(self, name: str, kind: str, target: Path, *, executable: bool) -> None:
        if kind == "dir":
            target.mkdir()
            for entry in self._listing(name):
                if entry.kind == "link":
                    (target / entry.name).symlink_to(entry.digest)
                else:
                    self._copy_out(entry.digest, entry.kind, target / entry.name, executable=entry.executable)
            return
        try:
            copy_file(self._path(name), target, mode=0o755 if executable else 0o644)
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None
        if digest.of_file(target) != name:
            self.quarantine(name)
            raise CorruptBlobError(name, missing=False)

    def _listing(self, name: str) -> list[_Entry]:
        rows = json.loads(self.read_bytes(name).decode("utf-8", "surrogateescape"))
        if rows.get("schema") != 1:
            raise StateError(
                f"folder listing {digest.short(name)} was written by a newer Seatrial", next_step="upgrade Seatrial"
            )
        return [_from_row(row) for row in rows["entries"]]

    def _path(self, name: str) -> Path:
        digits = name.removeprefix(digest.PREFIX)
        return self.root / digits[:2] / digits[2:]


def safe_link(path: Path, top: Path) -> str:
    """The target text of a symbolic link that stays inside `top`.

    Raises StageError for a link that leads out or is absolute.
    """
    text = str(path.readlink())
    resolved = Path(os.path.normpath(path.parent / text))
    if Path(text).is_absolute() or not resolved.is_relative_to(top):
        raise StageError(
            f"{path} is a link to {text}, outside of the out it belongs to; it cannot be stored",
            next_step="copy the file instead of linking to it",
        )
    return text


def remove(path: Path) -> None:
    """Remove a file, link or folder if it is there; never follows a link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink(missing_ok=True)


def _to_row(entry: _Entry) -> list[Json]:
    return [entry.name, entry.kind, entry.digest, entry.size, entry.files, entry.executable]


def _from_row(row: list[Json]) -> _Entry:
    name, kind, content, size, files, executable = row
    text = str(name)
    if "/" in text or text in {"", ".", ".."} or kind not in ("file", "dir", "link"):
        raise StateError(f"a folder listing names {text!r}, which is no file name")
    link_kind: Literal["file", "dir", "link"] = "file" if kind == "file" else "dir" if kind == "dir" else "link"
    return _Entry(text, link_kind, str(content), int(str(size)), int(str(files)), bool(executable))


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
