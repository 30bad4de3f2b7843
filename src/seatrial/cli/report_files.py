"""`seatrial report --files FOLDER`: the report as files, for CI to keep and to read."""

from __future__ import annotations

from pathlib import Path

from seatrial.errors import OutsideError, Place, UsageError
from seatrial.report.facts import RunFacts
from seatrial.report.files import report_files
from seatrial.report.markdown import render_markdown
from seatrial.report.page import render_page
from seatrial.store import atomic


def write_files(facts: RunFacts, folder: Path) -> None:
    """Write `report.html`, `report.md` and what CI systems read into a folder, replacing what an earlier call wrote.

    Raises UsageError where something else than a folder lies there, OutsideError.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder", next_step="name a folder: --files FOLDER")
    found = {
        "report.html": render_page(facts).encode(),
        "report.md": render_markdown(facts).encode(),
        **report_files(facts),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in found.items():
            atomic.write_atomic(folder / name, data, durable=False, mode=0o644)
    except OSError as error:
        raise OutsideError(
            f"the report cannot be written: {error.strerror}",
            place=Place(file=str(folder)),
            next_step="name another folder, or make room",
        ) from error
