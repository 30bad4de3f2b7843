"""What native code writes past Python while a command runs: kept from the terminal where it is a panic, else handed on.

Called by `seatrial check`. polars answers some damaged files with a panic, which reaches us as an exception and is
told as an error with file and next step; by then the runtime of Rust has written its own report, with a stack, to
descriptor 2, from whatever thread it was in.

What is subtle: descriptor 2 belongs to the process, so this is for a command that owns it, never for one of several
stages of a run. `sys.stderr` keeps the real one, so progress and errors are seen as ever.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_PANIC = b"panicked at"
_MOST_KEPT = 1 << 20
_STDERR = 2


@contextmanager
def without_panics() -> Iterator[None]:
    """Keep descriptor 2 to ourselves for a while; what stands there at the end is handed on unless it is a panic."""
    real = _kept()
    if real is None:
        yield
        return
    stream = sys.stderr
    with tempfile.TemporaryFile() as written, os.fdopen(real, "wb", buffering=0) as terminal:
        if _is_stderr(stream):
            sys.stderr = os.fdopen(
                os.dup(real), "w", buffering=1, encoding=stream.encoding, errors=stream.errors or "backslashreplace"
            )
        os.dup2(written.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(terminal.fileno(), _STDERR)
            if sys.stderr is not stream:
                sys.stderr.close()
                sys.stderr = stream
            _hand_on(written, terminal)


def _kept() -> int | None:
    """A second descriptor for standard error; None where it is closed."""
    try:
        sys.stderr.flush()
        return os.dup(_STDERR)
    except (OSError, ValueError, AttributeError):
        return None


def _is_stderr(stream: IO[str]) -> bool:
    try:
        return stream.fileno() == _STDERR
    except (OSError, ValueError):  # a stream in memory
        return False


def _hand_on(written: IO[bytes], terminal: IO[bytes]) -> None:
    written.seek(0)
    text = written.read(_MOST_KEPT)
    if text and _PANIC not in text:
        terminal.write(text)
