"""The errors of a dataset that cannot be read: each names the file and says what to do.

Called by everything in this folder. polars answers damage with errors, panics and, rarely, ValueError or OSError;
`told` turns all of them into one EvidenceError, so no caller has to know the vendor's ways.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from seatrial.data.reading.records import Format, Partition
from seatrial.errors import EXHAUSTED, EvidenceError, OutsideError, Place

REWRITE = "Write the file again, to a new name that is renamed when it is complete."
_LONGEST = 200
_FAILURES = (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, TypeError, OverflowError)
_NAMES = {
    Format.PARQUET: "Parquet file",
    Format.CSV: "CSV file",
    Format.JSONL: "JSONL file",
    Format.ARROW: "Arrow file",
}


def refused(
    message: str, file: str, *, line: int | None = None, column: int | None = None, key: str | None = None, step: str
) -> EvidenceError:
    """One problem of one file."""
    return EvidenceError(message, place=Place(file=file, line=line, column=column, key=key), next_step=step)


def damaged(partition: Partition, why: str) -> EvidenceError:
    """The file is not what it should be."""
    return refused(f"this is not a readable {_NAMES[partition.format]}: {why}", partition.shown, step=REWRITE)


def unopened(error: OSError, file: str) -> EvidenceError | OutsideError:
    """The error for a path that the system does not let us read."""
    reason = error.strerror or str(error)
    if error.errno in EXHAUSTED:
        return OutsideError(
            f"reading failed: {reason}", place=Place(file=file), next_step="Check the disk, then run it again."
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return refused(
            "there is no such file or folder", file, step="Check the path, or run the stage that writes the data."
        )
    return refused(f"this cannot be opened: {reason}", file, step="Check the path and who may read it (ls -l).")


@contextmanager
def told(partition: Partition) -> Iterator[None]:
    """Whatever polars raises inside becomes an EvidenceError that names the file."""
    try:
        yield
    except OSError as error:
        raise unopened(error, partition.shown) from error
    except _FAILURES as error:
        raise damaged(partition, f"decoding it failed ({reason_of(error)})") from error


@contextmanager
def told_of(shown: str) -> Iterator[None]:
    """Whatever polars raises while it works on rows that it could read becomes an EvidenceError that names the dataset.

    A panic is no `Exception`, so without this it would pass everybody who tells errors.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise refused(
            f"working on the rows failed ({reason_of(error)})",
            shown,
            step="Write the data again with plain types; if that does not help, please report it.",
        ) from error


def reason_of(error: BaseException) -> str:
    """The first line of what polars says."""
    return str(error).strip().partition("\n")[0][:_LONGEST] or type(error).__name__
