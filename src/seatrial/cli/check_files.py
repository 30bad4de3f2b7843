"""The files that `seatrial check` is given, and those it writes: what can be one, and how it is written.

Called by `cli/check.py`, and loaded with it, so everything heavier than click is imported inside.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from seatrial.data.result import Check


class DataPath(click.Path):
    """A path that can be one. Empty, as an unset variable of a shell leaves it, would be the folder one stands in."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Raises click's usage error for what no file can be called."""
        if isinstance(value, str):
            if not value:
                self.fail("an empty name is no file", param, ctx)
            try:
                os.lstat(value)
            except ValueError:
                self.fail("a name with a NUL character is no file", param, ctx)
            except OSError as error:
                if error.errno == errno.ENAMETOOLONG:
                    self.fail(f"a name of {len(value):,} characters is too long for a file", param, ctx)
        return Path(super().convert(value, param, ctx))  # type: ignore[arg-type]  # of click's, which is any text


def write_reports(found: Check, reports: tuple[Path, ...]) -> None:
    """The reports, each by the ending of its name."""
    if not reports:
        return
    from seatrial.report.data_markdown import render_markdown
    from seatrial.report.data_page import render_page
    from seatrial.report.data_record import record

    for path in reports:
        match path.suffix:
            case ".html":
                text = render_page(found)
            case ".md":
                text = render_markdown(found)
            case _:
                text = json.dumps(record(found), indent=2, allow_nan=False)
        write_file(path, text)


def write_file(path: Path, text: str) -> None:
    """Replace a file by a text. Raises OutsideError, and the old file is then untouched."""
    from seatrial.store.given_places import write_given

    with told_of(path):
        write_given(path, text.encode(errors="backslashreplace"), durable=False)


@contextmanager
def told_of(path: Path | None) -> Iterator[None]:
    """A place that cannot be written is named, with what else to try."""
    from seatrial.errors import OutsideError, Place

    try:
        yield
    except OSError as error:
        raise OutsideError(
            f"this cannot be written: {error.strerror or error}",
            place=Place(file=str(path)),
            next_step="make room, or name another place to write to; nothing that was there is lost",
        ) from error
