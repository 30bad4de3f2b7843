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
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.store import atomic
from seatrial.store.artifact import NOT_A_LISTING, Entry, Kind, leads_out, listing, read_listing, safe_link
from seatrial.store.artifact import Artifact as Artifact  # its readers know it from here
from seatrial.store.artifact import CorruptBlobError as CorruptBlobError
from seatrial.store.copying import copy_file
from seatrial.store.folder_scan import digests, scan
from seatrial.store.hashing import file_digest, read_whole
from seatrial.store.stat_cache import StatCache

_HEAD = 2  # digits of a digest that name the folder its blob lies in (`digest.place`)
_SMALL = 1 << 20  # below this a file is read whole: one pass gives its digest and its copy


class BlobStore:
    """Blobs in a folder. Safe for several processes: blobs appear whole and never change."""

    def __init__(self, root: Path, *, durable: bool = False) -> None:
        self.root = root
        self._folder = str(root)
        self._durable = durable

    # -- in ---------------------------------------------------------------------------

    def put_bytes(self, data: bytes) -> str:
        """Store some bytes; their digest."""
        name = digest.of_bytes(data)
        if not self._there(name):
            if self._durable:
                atomic.put_if_absent(self.path_of(name), data)
            else:
                atomic.put_equal(self._text_of(name), data, staging=str(self.root))
        return name

    def put_path(self, path: Path | str, *, memory: StatCache | None = None) -> Artifact:
        """Store a file or a folder. `memory` may know digests without reading: a blob that is already
        stored is then not copied again.

        Raises FileNotFoundError, StageError for what cannot be stored (devices, sockets, links out).
        """
        status = os.stat(path)  # noqa: PTH116 - asked for every out
        if stat.S_ISDIR(status.st_mode):
            return self._put_folder(str(path), Path(path), memory)
        if not stat.S_ISREG(status.st_mode):
            raise StageError(
                f"{path} is neither a file nor a folder; outs hold files, folders and links inside the out"
            )
        size = status.st_size
        name = memory.known(path, status) if memory else None
        if name is None and size >= _SMALL:
            name = memory.digest(path, status) if memory else file_digest(path)
        if name is None or not self._there(name):
            name, size = self._copy_in(str(path), size)
        return Artifact(digest=name, kind="file", size=size, executable=bool(status.st_mode & 0o100))

    def _put_folder(self, path: str, top: Path, memory: StatCache | None) -> Artifact:
        look = scan(path, follow=False)
        rows: list[list[Json]] = []
        for place, (name, value) in enumerate(zip(look.names, digests(look, memory), strict=True)):
            size = look.size(place)
            if not self._there(value):
                value, size = self._copy_in(f"{path}/{name}", size)
            rows.append([name, "file", value, size, 1, look.executable(place)])
        for name in look.folders:
            inside = self._put_folder(f"{path}/{name}", top, memory)
            rows.append([name, "dir", inside.digest, inside.size, inside.files, False])
        rows += [[name, "link", safe_link(Path(path, name), top), 0, 0, False] for name in look.links]
        return Artifact(
            digest=self.put_bytes(listing(sorted(rows, key=_name))),
            kind="dir",
            size=sum(int(str(row[3])) for row in rows),
            files=sum(int(str(row[4])) for row in rows),
        )

    def _copy_in(self, path: str, size: int) -> tuple[str, int]:
        """Store a file's bytes as they are now; their digest and size."""
        if size < _SMALL:
            data = read_whole(path)
            return self.put_bytes(data), len(data)
        self.root.mkdir(parents=True, exist_ok=True)
        staged = atomic.temporary_beside(self.root / "blob")
        try:
            copy_file(Path(path), staged, mode=0o444)
            name, size = file_digest(staged), staged.stat().st_size
            if self._durable:
                atomic.sync(staged)
            target = self.path_of(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
            if self._durable:
                atomic.sync(target.parent)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        return name, size

    # -- out --------------------------------------------------------------------------

    def has(self, artifact: Artifact) -> bool:
        """Whether the blob is there (its bytes are verified only when it is handed out)."""
        return self.path_of(artifact.digest).exists()

    def read_bytes(self, name: str) -> bytes:
        """The bytes of one blob, verified. Raises CorruptBlobError."""
        try:
            data = read_whole(self._text_of(name))
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
        staged, old = atomic.temporary_beside(beside), atomic.temporary_beside(beside)
        try:
            self._copy_out(artifact.digest, artifact.kind, str(staged), artifact.size, executable=artifact.executable)
            if staged.stat().st_dev != target.parent.stat().st_dev:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(target))
            _replace(staged, target, old)
        finally:
            for left_over in (staged, old):
                with contextlib.suppress(OSError):  # what cannot be removed now is known for a left-over by its name
                    remove(left_over)

    def copy_to(self, artifact: Artifact, other: BlobStore) -> None:
        """Copy all blobs of an artifact into another store, verified. Raises CorruptBlobError."""
        for name in self.reachable(artifact):
            if other.path_of(name).exists():
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
        return (artifact.digest,) if self.damaged(artifact.digest) else ()

    def damaged(self, name: str) -> bool:
        """Whether a blob that should be there is missing, or its bytes no longer have its digest."""
        try:
            return file_digest(self.path_of(name)) != name
        except FileNotFoundError:
            return True

    def names(self) -> Iterator[str]:
        """The digests of all blobs, in no order."""
        for head in os.scandir(self.root) if self.root.is_dir() else ():
            if len(head.name) == _HEAD and head.is_dir():
                yield from (
                    f"{digest.PREFIX}{head.name}{name}"
                    for name in os.listdir(head.path)
                    if digest.is_digest(f"{digest.PREFIX}{head.name}{name}")
                )

    def remove(self, name: str) -> None:
        """Remove a blob that nothing names."""
        self.path_of(name).unlink(missing_ok=True)

    def quarantine(self, name: str) -> None:
        """Set a damaged blob aside, so that it is a miss from now on and can still be looked at."""
        aside = self.quarantined(name)
        aside.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            self.path_of(name).replace(aside)

    def _copy_of(self, name: str, other: BlobStore) -> str:
        try:
            return other._copy_in(self._text_of(name), self.path_of(name).stat().st_size)[0]
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None

    def _copy_out(
        self, name: str, kind: str, target: str, size: int, *, executable: bool, inside: tuple[str, ...] = ()
    ) -> None:
        if kind == "dir":
            os.mkdir(target)  # noqa: PTH102 - called for every folder
            for entry in self._listing(name):
                place, below = f"{target}/{entry.name}", (*inside, entry.name)
                if entry.kind != "link":
                    self._copy_out(
                        entry.digest, entry.kind, place, entry.size, executable=entry.executable, inside=below
                    )
                elif leads_out(entry.digest, inside):  # what is stored here never does
                    raise CorruptBlobError(name, missing=False)
                else:
                    Path(place).symlink_to(entry.digest)
            return
        mode = 0o755 if executable else 0o644
        if size < _SMALL:  # read once: verified, and written
            atomic.write_new(target, self.read_bytes(name), mode)
            return
        try:
            copy_file(self.path_of(name), Path(target), mode=mode)
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None
        if file_digest(target) != name:
            self.quarantine(name)
            raise CorruptBlobError(name, missing=False)

    def _listing(self, name: str) -> list[Entry]:
        data = self.read_bytes(name)
        try:
            return read_listing(name, data)
        except NOT_A_LISTING:  # a result that others forged, or cut short, calls some other bytes a folder
            raise CorruptBlobError(name, missing=False) from None

    def _there(self, name: str) -> bool:
        return os.path.lexists(self._text_of(name))

    def _text_of(self, name: str) -> str:
        """`path_of` without a Path, for what is asked for every file of a folder."""
        return f"{self._folder}/{digest.place(name)}"

    def path_of(self, name: str) -> Path:
        """Where a blob lies, if it is there."""
        return Path(self._text_of(name))

    def quarantined(self, name: str) -> Path:
        """Where a blob lies that was set aside."""
        return self.root / "quarantine" / name.removeprefix(digest.PREFIX)


def remove(path: Path) -> None:
    """Remove a file, link or folder if it is there; never follows a link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink(missing_ok=True)


def _replace(staged: Path, target: Path, old: Path) -> None:
    """Put `staged` in the place of `target`, which becomes `old`: removed first, it could be left half removed."""
    try:
        target.rename(old)
    except FileNotFoundError:
        pass
    except PermissionError:  # a folder that we may not write cannot be moved to another one, but removed if empty
        remove(target)
    try:
        staged.rename(target)
    except OSError:
        if os.path.lexists(old):
            old.rename(target)
        raise


def _name(row: list[Json]) -> str:
    return str(row[0])
