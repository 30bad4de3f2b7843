"""Inputs to send to a served model: one JSON value a line, of any kind.

Called by the flows for `serving.requests`, and by `seatrial measure`. Each is named by its line, so that a row of
timings leads back to it. Every broken line is told at once.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading, strict_json
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.plain_rows import NO_SUCH_NUMBER

MAX_BYTES: Final = 256 * reading.MIB


def read_requests(path: Path, *, shown: str | None = None) -> tuple[tuple[str, Json], ...]:
    """The inputs with their names (`line 7`). Raises EvidenceError, also for a file without any."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    mistakes = Mistakes()
    found: list[tuple[str, Json]] = []
    for line, text in enumerate(io.BytesIO(data), start=1):
        if not text.strip():
            continue
        try:
            found.append((f"line {line}", _value(text.rstrip(b"\r\n"), file, line)))
        except EvidenceError as error:
            mistakes.take(error)
    if not found and not mistakes.problems:
        mistakes.add("this file holds no requests", Place(file=file), "Write one JSON value a line, e.g. [1.5, 2].")
    mistakes.raise_all()
    return tuple(found)


def _value(text: bytes, file: str, line: int) -> Json:
    return strict_json.loads(text, file=file, first_line=line, finite_step=lambda _path: NO_SUCH_NUMBER)
