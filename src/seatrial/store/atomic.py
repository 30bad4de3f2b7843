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
