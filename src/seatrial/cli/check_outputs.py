"""What `seatrial check` may write over, decided before any work: nothing that is read, and no file of another kind.

Called by `cli/check.py`, and loaded with it, so everything heavier than click is imported inside; and by
`cli/report.py` for its page.

What is subtle: a name says too little. A profile may be called anything, so it is by its content that a file is known
for a profile, a record or a report that a new one may replace. In a folder of data a new file is as bad as one that is
replaced: the next check would read it as data.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def refuse_outputs(
    *,
    save_profile: Path | None,
    reports: tuple[Path, ...],
    output: Path | None,
    cache: Path | None,
    read: tuple[Path | None, ...],
) -> None:
    """Raise UsageError for a place that must not be written to."""
    from seatrial.data.mistaken import is_markdown, is_page, is_profile, is_result
    from seatrial.data.reading.identity import data_of

    inputs = [data_of(path) for path in read if path is not None]
    _refuse_what_is_read((*reports, save_profile, output), inputs)
    if cache is not None:
        for folder in (path for path in inputs if path.is_dir()):
            _refuse_inside(folder, cache, os.path.realpath(cache / "entry"))
    if save_profile is not None:
        refuse_place(save_profile, "--save-profile", holds=is_profile, what="profile")
    kinds = {".json": (is_result, "record"), ".html": (is_page, "report"), ".md": (is_markdown, "report")}
    for report in reports:
        holds, what = kinds[report.suffix]
        refuse_place(report, "--report", holds=holds, what=f"{what} of a check")


def _refuse_what_is_read(written: tuple[Path | None, ...], inputs: list[Path]) -> None:
    """What is read is never written over, nothing is added to a folder of data, and nothing is written twice."""
    from seatrial.errors import UsageError

    taken = {os.path.realpath(path): "is read by this check" for path in inputs}
    folders = [path for path in inputs if path.is_dir()]
    for path in written:
        if path is None:
            continue
        real = os.path.realpath(path)
        for folder in folders:
            _refuse_inside(folder, path, real)
        if real in taken:
            raise UsageError(
                f"{path} {taken[real]}, so nothing is written over it", next_step="name another file to write"
            )
        taken[real] = "is written twice"


def _refuse_inside(folder: Path, path: Path, real: str) -> None:
    """Raise for a file that belongs, or would belong, to the data of a folder."""
    from seatrial.data.reading.listing import is_left_out
    from seatrial.errors import UsageError

    whole = os.path.realpath(folder)
    if os.path.commonpath((whole, real)) != whole or real == whole:
        return
    if any(map(is_left_out, os.path.relpath(real, whole).split("/"))):
        return
    why = (
        "is read by this check, so nothing is written over it"
        if path.is_file()
        else f"lies in {folder}, and the next check of that folder would read it as data"
    )
    raise UsageError(f"{path} {why}", next_step="name another place, outside the folder")


def refuse_place(path: Path, option: str, *, holds: Callable[[bytes], bool], what: str) -> None:
    """Raise for a place that is no file, and for a file with content that is not what a new one may replace."""
    from seatrial.data.mistaken import HEAD
    from seatrial.data.reading.plain import first_bytes
    from seatrial.errors import EXHAUSTED, UsageError
    from seatrial.store.given_places import WRITABLE, Kind, kind_of

    kind = kind_of(path)
    if kind not in WRITABLE:
        raise UsageError(f"{path} is {kind}", next_step=f"name a file with {option}")
    if kind is not Kind.FILE:
        return
    step = f"name a new file with {option}, or remove the old one"
    try:
        head = first_bytes(path, HEAD)
    except OSError as error:
        if error.errno in EXHAUSTED:
            raise
        raise UsageError(
            f"{path} cannot be read, so it is not overwritten: {error.strerror or error}", next_step=step
        ) from error
    if head and not holds(head):
        raise UsageError(f"{path} exists, is no {what}, and is not overwritten", next_step=step)


def cache_warning(cache: Path | None) -> str | None:
    """Why nothing can be remembered in a folder; None where it can. Nothing is left there, nor made."""
    if cache is None:
        return None
    from tempfile import TemporaryFile

    place = cache
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    try:
        with TemporaryFile(dir=place):
            return None
    except OSError as error:
        why = error.strerror or error
        return f"--cache {cache} cannot be used, so every file is read and nothing is remembered: {why}"
