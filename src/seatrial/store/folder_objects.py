"""Objects as files below a folder that several machines share: `file:///...`.

One adapter of the port in `objects.py`. The step that decides a race is the `link()` of
`atomic.put_if_absent`, which NFS has too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from seatrial.errors import Place
from seatrial.store import atomic
from seatrial.store.objects import LARGEST, DeniedError, Meta, UnreachableError, too_large


class FolderObjects:
    """An `ObjectStore` in `root`, which must exist: a share that is not mounted is not an empty one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def address(self) -> str:
        return f"file://{self._root}"

    def head(self, key: str) -> Meta | None:
        with self._disk():
            try:
                status = self._file(key).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return _meta(key, status)

    def get(self, key: str, *, limit: int = LARGEST) -> bytes | None:
        with self._disk():
            try:
                with self._file(key).open("rb") as file:
                    data = file.read(limit + 1)
            except (FileNotFoundError, NotADirectoryError):
                return None
        if len(data) > limit:
            raise too_large(self.address, key, limit)
        return data

    def put_if_absent(self, key: str, data: bytes) -> bool:
        with self._disk():
            return atomic.put_if_absent(self._file(key), data)

    def put(self, key: str, data: bytes) -> None:
        with self._disk():
            atomic.write_atomic(self._file(key), data, mode=0o444)

    def list(self, prefix: str) -> Iterator[Meta]:
        with self._disk():
            for folder, _, names in os.walk(self._file(prefix.rstrip("/")), onerror=_raise_unless_missing):
                for name in names:
                    path = Path(folder, name)
                    if not atomic.is_temporary(name):
                        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                            yield _meta(path.relative_to(self._root).as_posix(), path.stat())

    def delete(self, key: str) -> None:
        with self._disk():
            self._file(key).unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        if not self._root.is_dir():
            raise UnreachableError(
                f"the shared folder {self._root} is not there",
                place=Place(file=str(self._root)),
                next_step=f"mount it, or make it once: mkdir -p {self._root}",
            )
        return self._root / key if key else self._root

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise DeniedError(
                f"the shared folder refuses: {error.strerror}",
                place=Place(file=str(error.filename or self._root)),
                next_step=f"check the permissions of {self._root}",
            ) from error
        except OSError as error:
            raise UnreachableError(
                f"the shared folder cannot be used: {error.strerror or error}",
                place=Place(file=str(error.filename or self._root)),
                next_step=f"check the disk or the mount of {self._root}",
            ) from error


def _meta(key: str, status: os.stat_result) -> Meta:
    return Meta(key=key, size=status.st_size, tag=f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}")


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
