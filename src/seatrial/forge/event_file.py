"""The event that started a CI run, as the forge left it in a file.

Called by the flows that post and that heed comments. The file is the forge's own, but whoever opens a pull request
writes much of what is in it, so it is bounded and read strictly like anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.digest import Json
from seatrial.errors import OutsideError, Place
from seatrial.evidence.strict_json import loads

VARIABLE = "GITHUB_EVENT_PATH"
MOST_BYTES = 32 << 20


def read_event(environ: Mapping[str, str]) -> Json:
    """The event of GitHub Actions; None where no variable names one. Raises OutsideError for one that cannot be read,
    since without it nobody knows where a verdict belongs."""
    named = environ.get(VARIABLE)
    if not named:
        return None
    try:
        with Path(named).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise OutsideError(
            f"the event that started this cannot be read: {error.strerror}",
            place=Place(file=named),
            next_step=f"check {VARIABLE}",
        ) from error
    return loads(data, file=named, max_bytes=MOST_BYTES)
