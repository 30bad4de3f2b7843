"""The files through which a step speaks to GitHub Actions: its summary, and its outputs.

Called by the flow that reports. `GITHUB_STEP_SUMMARY` takes Markdown, at most a mebibyte for a step; what is longer
is dropped as a whole, so it is cut here, between two lines where that is possible. `GITHUB_OUTPUT` takes `name=value`,
or a value of several lines between two delimiters: whoever knows the delimiter can add outputs of their own, so it is
drawn by chance, and looked for in the value. Both files are added to: earlier parts of the step may have written there.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from seatrial.errors import OutsideError, UsageError
from seatrial.forge.github.bodies import whole

MOST_BYTES = 900_000
"""Of a step's summary, with what was there before."""
_CUT = "\n\n… (cut here: a step's summary holds no more)\n"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def add_summary(path: Path, markdown: str) -> bool:
    """Add to the summary of this step; False where it had to be cut. Raises OutsideError."""
    data = whole(markdown).encode()
    try:
        room = MOST_BYTES - (path.stat().st_size if path.exists() else 0)
        fits = len(data) <= room
        if not fits:
            data = _cut(data, room)
        _append(path, data)
    except OSError as error:
        raise _unwritten(path, "summary", error) from None
    return fits


def add_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Add outputs to this step. Raises OutsideError, and UsageError for a name that is none."""
    lines: list[str] = []
    for name, value in outputs.items():
        if not _NAME.match(name):
            raise UsageError(f"an output of a step cannot be called {name!r}")
        delimiter = _delimiter(value)
        lines.append(f"{name}<<{delimiter}\n{whole(value)}\n{delimiter}\n")
    try:
        _append(path, "".join(lines).encode())
    except OSError as error:
        raise _unwritten(path, "outputs", error) from None


def _append(path: Path, data: bytes) -> None:
    """In one write, so that two processes of a step do not mix their lines."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def _cut(data: bytes, room: int) -> bytes:
    """The first lines, and that there were more; nothing where there is no room even for that."""
    end = room - len(_CUT.encode())
    if end <= 0:
        return b""
    at = data.rfind(b"\n", 0, end)
    kept = data[:end].decode(errors="ignore").encode() if at < end // 2 else data[:at]
    return kept + _CUT.encode()


def _delimiter(value: str) -> str:
    while True:
        delimiter = f"seatrial_{secrets.token_hex(16)}"
        if delimiter not in value:
            return delimiter


def _unwritten(path: Path, what: str, error: OSError) -> OutsideError:
    return OutsideError(
        f"the {what} of this step could not be written to {path}: {error.strerror or error}",
        next_step="check the file that GitHub Actions names, and the room on its disk",
    )
