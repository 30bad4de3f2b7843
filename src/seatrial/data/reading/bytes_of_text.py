"""The bytes of a file of text, unpacked, and whether they are UTF-8.

Called by the readers of CSV and JSONL, wherever they look at bytes themselves.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from seatrial.data.reading.faults import refused, unopened
from seatrial.data.reading.records import Partition
from seatrial.errors import EvidenceError

_PIECE: Final = 1 << 20


@contextmanager
def opened(partition: Partition) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked."""
    try:
        with gzip.open(partition.path) if partition.path.suffix.lower() == ".gz" else partition.path.open("rb") as file:
            yield file  # type: ignore[misc]  # a GzipFile, which is no IO[bytes] by name, reads as one
    except (gzip.BadGzipFile, EOFError) as error:
        raise refused(f"this is not a whole gzip file: {error}", partition.shown, step="Pack it again.") from error
    except OSError as error:
        raise unopened(error, partition.shown) from error


def refuse_other_encoding(partition: Partition) -> None:
    """Raise the EvidenceError for the first bytes that are not UTF-8, with their line and the encoding that fits."""
    line, rest = 1, b""
    with opened(partition) as file:
        while True:
            new = file.read(_PIECE)
            piece = rest + new
            try:
                piece.decode("utf-8")
                rest = b""
            except UnicodeDecodeError as error:
                if not new or error.start < len(piece) - 3:
                    raise _other_encoding(piece, error, partition, line) from error
                line_start = piece.rfind(b"\n", 0, error.start) + 1
                rest, piece = piece[line_start:], piece[:line_start]  # the next piece completes the character
            if not new:
                return
            line += piece.count(b"\n")


def _other_encoding(piece: bytes, error: UnicodeDecodeError, partition: Partition, line: int) -> EvidenceError:
    fits = "cp1252"
    try:
        piece[error.start :].decode(fits)
    except UnicodeDecodeError:
        fits = "latin-1"
    start_of_line = piece.rfind(b"\n", 0, error.start) + 1
    return refused(
        f"this is not UTF-8 text (byte 0x{piece[error.start]:02x}); as {fits} it could be read",
        partition.shown,
        line=line + piece.count(b"\n", 0, error.start),
        column=1 + len(piece[start_of_line : error.start].decode("utf-8", "replace")),
        step=f"Write it with encoding='utf-8' (or: iconv -f {fits} -t UTF-8).",
    )
