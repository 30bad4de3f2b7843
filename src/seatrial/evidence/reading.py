"""Bytes of an evidence file, and where they came from.

Every reader beside this file starts here: a file is opened once, its bytes are digested and the same
bytes are parsed, so that `Source.digest` can never name content that nobody looked at. What is not
a plain file (a folder, a pipe, a device) is refused before it is opened, since reading it could
hang or never end.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from seatrial import digest
from seatrial.errors import EvidenceError, OutsideError, Place
from seatrial.evidence.records import Source

MIB = 1 << 20
_USERS_TO_MEND = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG}


def shown_as(path: Path, shown: str | None) -> str:
    """How a file is named to people: as the caller says, else by its path."""
    return str(path) if shown is None else shown


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files in a folder. Raises EvidenceError for what is neither."""
    try:
        if path.is_dir():
            return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
        return path.stat().st_size
    except OSError as error:
        raise unreadable(error, str(path)) from error


def checked_size(path: Path, *, file: str, limit: int) -> int:
    """The size in bytes of a plain file within `limit`.

    Raises EvidenceError when there is no such file, it is not a plain file, or it is too large;
    OutsideError when the system fails.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(error, file) from error
    if not stat.S_ISREG(status.st_mode):
        raise EvidenceError(
            "this is not a plain file, so it cannot be read as evidence",
            place=Place(file=file),
            next_step="Name the file itself, not a folder or a device.",
        )
    if status.st_size > limit:
        raise too_large(file=file, limit=limit)
    return status.st_size


def read_bytes(path: Path, *, file: str, limit: int) -> bytes:
    """All bytes of a plain file, at most `limit` of them.

    Raises as `checked_size` does, and EvidenceError when the file changes its size meanwhile.
    """
    size = checked_size(path, file=file, limit=limit)
    try:
        with path.open("rb") as stream:
            data = stream.read(size + 1)  # asking for `limit` would claim that much memory at once
    except OSError as error:
        raise unreadable(error, file) from error
    if len(data) != size:
        raise changed(file=file)
    return data


def source_of(data: bytes, *, file: str, action: str | None, stage: str | None) -> Source:
    """The source record of exactly these bytes."""
    return Source(path=file, digest=digest.of_bytes(data), action=action, stage=stage)


def decode(data: bytes, *, file: str, first_line: int = 1) -> str:
    """The bytes as UTF-8 text. Raises EvidenceError with line and column of the first wrong byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        start_of_line = data.rfind(b"\n", 0, error.start) + 1
        raise EvidenceError(
            f"this is not UTF-8 text (byte 0x{data[error.start]:02x})",
            place=Place(
                file=file,
                line=first_line + data.count(b"\n", 0, error.start),
                column=1 + len(data[start_of_line : error.start].decode("utf-8", "replace")),
            ),
            next_step="Write the file with encoding='utf-8'.",
        ) from error


def unreadable(error: OSError, file: str) -> EvidenceError | OutsideError:
    """The error to raise for an operating-system error while reading evidence."""
    place = Place(file=file)
    if error.errno == errno.ENOENT:
        return EvidenceError(
            "there is no such file",
            place=place,
            next_step="Check the path, or run the stage that writes it.",
        )
    reason = error.strerror or str(error)
    if error.errno in _USERS_TO_MEND:
        return EvidenceError(
            f"this file cannot be opened: {reason}",
            place=place,
            next_step="Check the path and who may read it (ls -l).",
        )
    return OutsideError(f"reading failed: {reason}", place=place, next_step="Check the disk, then run it again.")


def changed(*, file: str) -> EvidenceError:
    """The error for a file that something writes to while it is read."""
    return EvidenceError(
        "this file changed while it was read",
        place=Place(file=file),
        next_step="Run it again when nothing writes to the file any more.",
    )


def too_large(*, file: str, limit: int) -> EvidenceError:
    """The error for a file above its cap."""
    size = f"{limit // MIB} MiB" if limit >= MIB else f"{limit} bytes"
    return EvidenceError(
        f"this file is larger than {size}, the most that is read",
        place=Place(file=file),
        next_step="Write less into it, or several files; large tables are best written as Parquet.",
    )


def other_suffix(suffix: str, what: str, *, file: str, known: str) -> EvidenceError:
    """The error for a file whose format cannot be told. `what` is its kind: `a timings file`."""
    had = f"the suffix `{suffix}`" if suffix else "no suffix"
    return EvidenceError(
        f"{what} is told by its suffix, and this one has {had}",
        place=Place(file=file),
        next_step=f"Write it as {known}.",
    )
