"""Whose code is run here: the repository's own, or a stranger's who opened a pull request from a fork.

Called by `wiring`, for every command, so it looks at nothing unless CI says that there is a pull request. Doubt has one
direction: a pull request whose event cannot be read is a stranger's, and no variable makes code trusted.

Subtle: `pull_request_target` runs with the secrets of the repository. Checking out the head of a fork there is the
classic hole; the code is a stranger's all the same, so it gets none of them from us.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.errors import SeatrialError
from seatrial.forge.event_file import read_event
from seatrial.forge.target import github, gitlab

VARIABLE = "SEATRIAL_UNTRUSTED"
"""Set to 1, or to anything but a no, it makes any run one of a stranger's code."""
_NO = ("", "0", "false", "no", "off")
_PULLS = ("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment")


def is_strangers(environ: Mapping[str, str]) -> bool:
    """Whether the code in this work tree belongs to somebody who may not write to the repository."""
    if environ.get(VARIABLE, "").strip().lower() not in _NO:
        return True  # whatever else was meant by it
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("GITHUB_EVENT_NAME") in _PULLS:
        try:
            target = github(environ, read_event(environ))
        except SeatrialError:
            return True
        return target.from_fork or target.number is None
    if environ.get("GITLAB_CI") == "true" and environ.get("CI_MERGE_REQUEST_IID"):
        return gitlab(environ).from_fork
    return False
