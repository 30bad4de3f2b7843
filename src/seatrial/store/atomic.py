"""The one way bytes become durable: a temporary file beside the target, then one step into place.

Everything that must survive `kill -9` is written through here. A crash leaves at most a
temporary file whose name `is_temporary` recognises. `durable` adds the fsyncs that a power
cut asks for; caches leave it off, because their content is verified by digest when read.
"""

# ruff: noqa: PTH103, PTH104, PTH105, PTH108, PTH118, PTH120  (a run with nothing to do writes a few files, and loading pathlib would cost it more)
from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PREFIX = ".tmp-"


def is_temporary(name: str) -> bool:
    """Whether a file name is one that a crash of ours may have left behind."""
    return name.startswith(_PREFIX)


def temporary_beside(path: Path) -> Path:
    """A fresh name in the folder of `path`, on the same file system."""
    return path.with_name(_fresh_name())


def write_atomic(path: Path | str, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Replace `path` by `data`, so that a reader sees the old bytes or the new ones, never a part.

    Raises OSError when the file system refuses; the old file is then untouched.
    """
    target = os.fspath(path)
    staged = _stage(target, data, durable=durable, mode=mode)
    try:
        os.replace(staged, target)
    except OSError:
        _discard(staged)
        raise
    if durable:
        sync(os.path.dirname(target))


def put_if_absent(path: Path | str, data: bytes, *, durable: bool = True, mode: int = 0o444) -> bool:
    """Create `path` with `data` unless it exists; of several racers exactly one gets True.

    A hard link is the step into place: unlike rename it refuses to replace.
    """
    target = os.fspath(path)
    staged = _stage(target, data, durable=durable, mode=mode)
    try:
        os.link(staged, target)
    except FileExistsError:
        return False
    finally:
        _discard(staged)
    if durable:
        sync(os.path.dirname(target))
    return True


def put_equal(path: str, data: bytes, *, staging: str) -> None:
    """Create `path` with `data`, or replace what can only be equal to it: files named by their content.

    The quick way for very many small files; nothing is synced. `staging` is a folder on the same file
    system. Raises OSError, leaving no temporary file behind.
    """
    staged = f"{staging}/{_fresh_name()}"
    try:
        write_new(staged, data, 0o444)
    except FileNotFoundError:
        os.makedirs(staging, exist_ok=True)
        write_new(staged, data, 0o444)
    try:
        try:
            os.rename(staged, path)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.rename(staged, path)
    except OSError:
        _discard(staged)
        raise


def append(path: str, data: bytes) -> None:
    """Add to the end of a file in one call, so that lines of several writers do not mix. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if os.write(descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    finally:
        os.close(descriptor)


def write_new(path: str, data: bytes, mode: int) -> None:
    """Write a new file that nobody looks at before it is whole. Raises OSError, and then it is gone again."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.fchmod(descriptor, mode)
        write_all(descriptor, data)
    except OSError:
        _discard(path)
        raise
    finally:
        os.close(descriptor)


def sync(path: Path | str) -> None:
    """Make the bytes of a file, or the names in a folder, durable."""
    descriptor = os.open(path or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fresh_name() -> str:
    return f"{_PREFIX}{os.getpid()}-{os.urandom(6).hex()}"


def _stage(target: str, data: bytes, *, durable: bool, mode: int) -> str:
    folder = os.path.dirname(target)
    staged = os.path.join(folder, _fresh_name())
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(staged, flags, 0o600)
    except FileNotFoundError:  # asking first would cost every write that finds its folder
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(staged, flags, 0o600)
    try:
        try:
            write_all(descriptor, data)
            os.fchmod(descriptor, mode)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        _discard(staged)
        raise
    return staged


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it, in as many calls as that takes. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _discard(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
