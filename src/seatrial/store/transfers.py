"""Blobs on their way between a local store and a shared place, whole or in parts.

    PREFIX/cas/ab/cdef...          a blob of at most 64 MiB, or one part of a larger one
    PREFIX/cas/ab/cdef....parts    of a larger blob: the digests and sizes of its parts

Called by the shared state's blobs and by the shared cache. A part is a blob of its own, under the digest of
its bytes, and the list of parts is written last. So an upload or a download that was cut off goes on where
it stopped, on this machine or on another, with no note kept anywhere; and what did not arrive whole is never
found (decision 0009).

Subtle: nothing that arrives is believed. Each object is compared with the digest it was asked for by, and a
blob made of parts once more as a whole, because the list of parts may lie too. What is wrong is kept in the
local quarantine, so that it can be looked at.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import OutsideError, StateError
from seatrial.store import atomic
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError
from seatrial.store.objects import LARGEST, ObjectStore

THREADS = 8
"""Requests that are under way at once; of those for large blobs there are two, for each is held in memory."""

_SCHEMA = 1
_LARGE_FROM = 8 << 20
_ASK_FIRST_FROM = 1 << 20  # below this, sending the bytes costs no more than asking whether they are there
_MOST_PARTS = 1 << 16
_T = TypeVar("_T")
_R = TypeVar("_R")

Tell = Callable[[str, int, int], None]
"""Told while a large blob is under way: its digest, bytes done, bytes in all."""


class RemoteBlobError(CorruptBlobError):
    """A blob in a shared place is missing there, or is not what its name says."""

    def __init__(self, blob: str, place: str, *, missing: bool) -> None:
        self.blob = blob
        self.missing = missing
        self.place = place
        OutsideError.__init__(
            self,
            f"blob {digest.short(blob)} is not there: {place}"
            if missing
            else f"blob {digest.short(blob)} did not arrive as what it is; what came from {place} has been set aside",
        )


class Transfers(Struct, frozen=True, kw_only=True):
    """Blobs below `prefix` of a shared place, and the local store in the folder `local` they come to.

    `part` is the size above which a blob goes in parts, in bytes.
    """

    objects: ObjectStore
    prefix: str
    local: Path
    tell: Tell = lambda _name, _done, _of: None
    part: int = LARGEST

    # -- there ------------------------------------------------------------------------

    def upload(self, names: Iterable[str], *, replace: frozenset[str] = frozenset()) -> None:
        """Make the named local blobs be there. Those in `replace` are written even if they seem to be.

        Raises ObjectError, CorruptBlobError when a local blob is gone or damaged.
        """

        def put(name: str) -> None:
            self._put(name, self._bytes(name), replace=name in replace)

        sizes = {name: self._size(name) for name in names}
        at_once(put, [name for name, size in sizes.items() if size <= min(self.part, _LARGE_FROM)])
        at_once(put, [name for name, size in sizes.items() if _LARGE_FROM < size <= self.part], threads=2)
        for name, size in sizes.items():
            if size > self.part:
                self._upload_in_parts(name, replace=name in replace)

    def has(self, name: str) -> bool:
        """Whether a blob is there. Raises ObjectError."""
        return (self.objects.head(self._key(name)) or self.objects.head(self._list_key(name))) is not None

    def _upload_in_parts(self, name: str, *, replace: bool) -> None:
        path, size = self._path(name), self._size(name)
        if not replace and self.objects.head(self._list_key(name)) is not None:
            return
        parts: list[Json] = []
        with path.open("rb") as file:
            while data := file.read(self.part):
                part = digest.of_bytes(data)
                self._put(part, data, replace=replace)
                parts.append([part, len(data)])
                self.tell(name, min(len(parts) * self.part, size), size)
        if digest.of_file(path) != name:
            raise CorruptBlobError(name, missing=False)
        self._write(self._list_key(name), digest.canonical({"schema": _SCHEMA, "parts": parts}), replace=replace)

    def _put(self, name: str, data: bytes, *, replace: bool) -> None:
        key = self._key(name)
        if not replace and len(data) >= _ASK_FIRST_FROM:
            there = self.objects.head(key)
            if there is not None and there.size == len(data):
                return
        self._write(key, data, replace=replace)

    def _write(self, key: str, data: bytes, *, replace: bool) -> None:
        if replace or not self.objects.put_if_absent(key, data):
            there = None if replace else self.objects.head(key)
            if there is None or there.size != len(data):
                self.objects.put(key, data)  # cut short once, or deleted meanwhile

    # -- back -------------------------------------------------------------------------

    def download(self, names: Iterable[str], *, threads: int = THREADS) -> None:
        """Bring the named blobs into the local store, those that are not in it.

        Raises RemoteBlobError for the first that is missing or not what it should be, ObjectError.
        """
        wanted = [name for name in dict.fromkeys(names) if not self._path(name).exists()]
        at_once(self._fetch, wanted, threads=threads)

    def bring(self, artifacts: Iterable[Artifact]) -> None:
        """Bring whole artifacts, folders level by level, many blobs at once.

        Raises RemoteBlobError, also for a folder that lists names which lead out of it; ObjectError.
        """
        level = list(artifacts)
        while level:
            self.download(one.digest for one in level if one.size <= _LARGE_FROM or one.kind == "dir")
            self.download((one.digest for one in level), threads=2)
            level = [inside for one in level if one.kind == "dir" for inside in self._inside(one.digest)]

    def _inside(self, name: str) -> list[Artifact]:
        data = BlobStore(self.local).read_bytes(name)
        try:
            return inside_folder(data)
        except (ValueError, TypeError, KeyError, IndexError, RecursionError):
            BlobStore(self.local).quarantine(name)
            place = f"{self.objects.address}/{self._key(name)}"
            raise RemoteBlobError(name, place, missing=False) from None

    def _fetch(self, name: str) -> None:
        key = self._key(name)
        data = self.objects.get(key)
        if data is None:
            self._fetch_parts(name)
            return
        self._check(name, key, data)
        atomic.put_if_absent(self._path(name), data, durable=False)

    def _fetch_parts(self, name: str) -> None:
        parts = self._parts(name)
        size = sum(length for _, length in parts)
        staged = self.local / "partial" / name.removeprefix(digest.PREFIX)
        staged.parent.mkdir(parents=True, exist_ok=True)
        with _alone(staged) as file:
            if self._path(name).exists():  # somebody else was bringing it, and has
                staged.unlink(missing_ok=True)
                return
            done = _verified(file.fileno(), parts)
            for part, length in parts[done:]:
                key = self._key(part)
                data = self.objects.get(key, limit=length)
                if data is None:
                    raise RemoteBlobError(name, f"{self.objects.address}/{key}", missing=True)
                self._check(part, key, data, whole=name)
                start = sum(before for _, before in parts[:done])
                os.pwrite(file.fileno(), data, start)
                done += 1
                self.tell(name, start + length, size)
            file.truncate(size)
        if digest.of_file(staged) != name:
            staged.replace(self._aside(name))
            raise RemoteBlobError(name, f"{self.objects.address}/{self._list_key(name)}", missing=False)
        staged.chmod(0o444)
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)

    def _parts(self, name: str) -> list[tuple[str, int]]:
        key = self._list_key(name)
        data = self.objects.get(key)
        if data is None:
            raise RemoteBlobError(name, f"{self.objects.address}/{self._key(name)}", missing=True)
        try:
            fields = json.loads(data)
            parts = [(str(row[0]), int(row[1])) for row in fields["parts"]]
        except (ValueError, TypeError, KeyError, IndexError, RecursionError):
            fields, parts = {}, []
        if fields.get("schema", _SCHEMA) != _SCHEMA:
            raise StateError(
                f"{self.objects.address}/{key} was written by a newer Seatrial", next_step="upgrade Seatrial"
            )
        fits = 0 < len(parts) <= _MOST_PARTS and all(
            digest.is_digest(part) and 0 < length <= LARGEST for part, length in parts
        )
        if not fits:
            self._aside(name).write_bytes(data)
            raise RemoteBlobError(name, f"{self.objects.address}/{key}", missing=False)
        return parts

    def _check(self, name: str, key: str, data: bytes, *, whole: str | None = None) -> None:
        """Whether an object is what it was asked for as. What is wrong with a part is wrong with the whole."""
        if digest.of_bytes(data) != name:
            self._aside(whole or name).write_bytes(data)
            raise RemoteBlobError(whole or name, f"{self.objects.address}/{key}", missing=False)

    # -- names ------------------------------------------------------------------------

    def _key(self, name: str) -> str:
        return f"{self.prefix}cas/{digest.place(name)}"

    def _list_key(self, name: str) -> str:
        return self._key(name) + ".parts"

    def _path(self, name: str) -> Path:
        return BlobStore(self.local).path_of(name)

    def _aside(self, name: str) -> Path:
        aside = BlobStore(self.local).quarantined(name)
        aside.parent.mkdir(parents=True, exist_ok=True)
        return aside

    def _size(self, name: str) -> int:
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            raise CorruptBlobError(name, missing=True) from None

    def _bytes(self, name: str) -> bytes:
        data = self._path(name).read_bytes()
        if digest.of_bytes(data) != name:
            raise CorruptBlobError(name, missing=False)
        return data


def at_once(do: Callable[[_T], _R], things: Iterable[_T], *, threads: int = THREADS) -> list[_R]:
    """Do the same with many things, a few at a time; the first failure ends it and is raised."""
    listed = list(things)
    if len(listed) <= 1:
        return [do(one) for one in listed]
    from concurrent.futures import ThreadPoolExecutor  # 4 ms, with logging, that only whoever shares much needs

    with ThreadPoolExecutor(max_workers=min(threads, len(listed))) as pool:
        futures = [pool.submit(do, one) for one in listed]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@contextlib.contextmanager
def _alone(staged: Path) -> Iterator[BinaryIO]:
    """A staged file, opened where its name still leads when nobody else works on it any more: another thread, or
    another run."""
    while True:
        with os.fdopen(os.open(staged, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _leads_to(staged, file.fileno()):
                yield file
                return


def _leads_to(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _verified(descriptor: int, parts: list[tuple[str, int]]) -> int:
    """How many parts at the beginning of a file are there already, whole."""
    start = 0
    for number, (part, length) in enumerate(parts):
        if digest.of_bytes(os.pread(descriptor, length, start)) != part:
            return number
        start += length
    return len(parts)


def inside_folder(data: bytes) -> list[Artifact]:
    """What a folder's listing names, without links. Raises ValueError and its kin for one that is not ours.

    A name is one name: what comes from elsewhere must not say where else it would like to be written.
    """
    found: list[Artifact] = []
    for name, kind, value, size, files, executable in json.loads(data.decode("utf-8", "surrogateescape"))["entries"]:
        if not isinstance(name, str) or name in ("", ".", "..") or "/" in name or "\0" in name:
            raise ValueError(f"no name of a file: {name!r}")
        if kind != "link":
            row = {"digest": value, "kind": kind, "size": size, "files": files, "executable": executable}
            found.append(Artifact.from_json(row))
        elif not isinstance(value, str) or value.startswith("/"):
            raise ValueError(f"no link within a folder: {value!r}")
    return found
