"""The one way bytes become durable: a temporary file beside the target, then one step into place.

Everything that must survive `kill -9` is written through here. A crash leaves at most a
temporary file whose name `is_temporary` recognises. `durable` adds the fsyncs that a power
cut asks for; caches leave it off, because their content is verified by digest when read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_PREFIX = ".tmp-"


def is_temporary(name: str) -> bool:
    """Whether a file name is one that a crash of ours may have left behind."""
    return name.startswith(_PREFIX)


def temporary_beside(path: Path) -> Path:
    """A fresh name in the folder of `path`, on the same file system."""
    return path.parent / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(6)}"


def write_atomic(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Replace `path` by `data`, so that a reader sees the old bytes or the new ones, never a part.

    Raises OSError when the file system refuses; the old file is then untouched.
    """
    staged = _stage(path, data, durable=durable, mode=mode)
    try:
        staged.replace(path)
    except OSError:
        _discard(staged)
        raise
    if durable:
        sync_folder(path.parent)


def put_if_absent(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o444) -> bool:
    """Create `path` with `data` unless it exists; of several racers exactly one gets True.

    A hard link is the step into place: unlike rename it refuses to replace.
    """
    staged = _stage(path, data, durable=durable, mode=mode)
    try:
        os.link(staged, path)
    except FileExistsError:
        return False
    finally:
        _discard(staged)
    if durable:
        sync_folder(path.parent)
    return True


def put_equal(path: str, data: bytes, *, staging: str) -> None:
    """Create `path` with `data`, or replace what can only be equal to it: files named by their content.

    The quick way for very many small files; nothing is synced. `staging` is a folder on the same file
    system. Raises OSError, leaving no temporary file behind.
    """
    staged = f"{staging}/{_PREFIX}{os.getpid()}-{secrets.token_hex(6)}"
    try:
        write_new(staged, data, 0o444)
    except FileNotFoundError:
        Path(staging).mkdir(parents=True, exist_ok=True)
        write_new(staged, data, 0o444)
    try:
        try:
            os.rename(staged, path)  # noqa: PTH104 - a Path for each of 100,000 files costs more than the call
        except FileNotFoundError:
            Path(path).parent.mkdir(exist_ok=True)
            os.rename(staged, path)  # noqa: PTH104 - as above
    except OSError:
        _discard(Path(staged))
        raise


def write_new(path: str, data: bytes, mode: int) -> None:
    """Write a new file that nobody looks at before it is whole. Raises OSError, and then it is gone again."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.fchmod(descriptor, mode)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        _discard(Path(path))
        raise
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stage(path: Path, data: bytes, *, durable: bool, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = temporary_beside(path)
    try:
        with staged.open("xb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if durable:
                os.fsync(file.fileno())
    except OSError:
        _discard(staged)
        raise
    return staged


def _discard(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
