"""The report of the last run in a work tree.

Called by `seatrial report`. Subtle: stages may write anywhere in the work tree, so into the folder of runs, too.
Which run was the last, and the digest of its report, is therefore written when all stages have ended; a report that
lies there otherwise, however late its name, is none, and one that was changed since is refused.
"""

from __future__ import annotations

import json
from pathlib import Path

from seatrial import digest
from seatrial.errors import OutsideError, Place
from seatrial.flows.facts import REPORT_JSON
from seatrial.flows.settled import LAST
from seatrial.pipeline.cache import Cache
from seatrial.store.ulid import is_ulid


def last_report(cache: Cache) -> Path | None:
    """Where it lies; None where no run has left one. Raises OutsideError for one that was changed."""
    try:
        value = json.loads((cache.root / LAST).read_bytes())
        run, known = str(value["run"]), str(value["report"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _changed(str(cache.root / LAST)) from error
    path = cache.runs / run / REPORT_JSON
    if not is_ulid(run) or not path.is_file():
        return None
    if digest.of_bytes(path.read_bytes()) != known:
        raise _changed(str(path))
    return path


def _changed(file: str) -> OutsideError:
    return OutsideError(
        "the report of the last run is not what that run wrote", place=Place(file=file), next_step="seatrial run"
    )
