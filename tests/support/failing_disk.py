"""A disk whose n-th step fails, laid over the functions of `os` and `io` that the store writes through.

Called by `tests/faults/test_store_failing_disk.py`. Steps are counted, not bytes: making, opening for
writing, writing, cutting, renaming, linking, syncing, setting modes, making a pipe. Everything before and after works.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

_STEPS = (
    "write",
    "pwrite",
    "ftruncate",
    "pipe",
    "mkdir",
    "link",
    "rename",
    "replace",
    "fchmod",
    "fsync",
    "truncate",
    "copy_file_range",
    "symlink",
    "chmod",
)


class FailingDisk:
    """Installed with `with`; `steps` counts what was done. The step with number `at` raises `code`."""

    def __init__(self, at: int, code: int) -> None:
        self.steps = 0
        self._at = at
        self._code = code
        self._real: dict[str, Any] = {name: getattr(os, name) for name in _STEPS}
        self._open = io.open
        self._os_open = os.open

    def step(self) -> None:
        """One more step; the one that was asked for fails."""
        self.steps += 1
        if self.steps == self._at:
            raise OSError(self._code, os.strerror(self._code), "the failing disk")

    def __enter__(self) -> Self:
        for name, real in self._real.items():
            setattr(os, name, self._counted(real))
        io.open = self._opened  # pathlib opens through this name
        os.open = self._os_opened
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)
        io.open = self._open
        os.open = self._os_open

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if not _is_pipe(arguments[:1]):  # no disk is behind a pipe between two threads
                self.step()
            return real(*arguments, **options)

        return call

    def _opened(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        self.step()  # also for reading: the descriptors may be used up
        opened = self._open(file, mode, *arguments, **options)
        return opened if set(mode) <= set("rbt") else _FailingFile(opened, self)

    def _os_opened(self, *arguments: Any, **options: Any) -> int:
        self.step()
        return self._os_open(*arguments, **options)


def _is_pipe(descriptor: tuple[Any, ...]) -> bool:
    return bool(descriptor) and isinstance(descriptor[0], int) and stat.S_ISFIFO(os.fstat(descriptor[0]).st_mode)


class _FailingFile:
    """A file opened for writing."""

    def __init__(self, file: Any, disk: FailingDisk) -> None:
        self._file = file
        self._disk = disk

    def write(self, data: bytes) -> int:
        """Write, or fail after a part: a full disk takes what still fits."""
        try:
            self._disk.step()
        except OSError:
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            raise
        written: int = self._file.write(data)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ignored: object) -> None:
        self._file.close()
