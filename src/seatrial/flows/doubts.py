"""Results about which there is a doubt: their work was run twice and the two runs differed.

Noted by `twice`, told by every run whose report rests on such a result. A note is about one key: after a
change of the stage it is about nothing any more. It lies in the cache, as the result does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from seatrial.digest import PREFIX, canonical
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.outcome import CellOutcome
from seatrial.store import atomic

_FOLDER = "doubts"


def note_doubt(cache: Cache, action_key: str, *, cell: str, run: str, at: str, differing: tuple[str, ...]) -> None:
    """Write down that two runs of the same work differed."""
    value = {"cell": cell, "run": run, "at": at, "differing": list(differing)}
    atomic.write_atomic(_note(cache, action_key), canonical(value), durable=False)
    shutil.rmtree(cache.root / "settled", ignore_errors=True)  # answers of runs that knew of no doubt


def clear_doubt(cache: Cache, action_key: str) -> None:
    """Two runs of the same work agreed after all: the doubt is about something that was mended outside the key."""
    _note(cache, action_key).unlink(missing_ok=True)


def doubts(cache: Cache, cells: Iterable[CellOutcome]) -> tuple[str, ...]:
    """A sentence for each cell whose result is in doubt."""
    if not (cache.root / _FOLDER).is_dir():
        return ()
    return tuple(
        said
        for cell in cells
        if cell.result is not None and (said := _said(_note(cache, cell.result.action_key), cell.cell)) is not None
    )


def _said(note: Path, cell: str) -> str | None:
    try:
        value = json.loads(note.read_bytes())
        files = ", ".join(map(str, value["differing"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        files = "its outs"
    return f"{cell} was run twice and gave two different results ({files}); seatrial run --twice {cell} shows them"


def _note(cache: Cache, action_key: str) -> Path:
    return cache.root / _FOLDER / f"{action_key.removeprefix(PREFIX)}.json"
