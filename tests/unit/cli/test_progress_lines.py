"""Progress as plain lines, for logs of CI jobs."""

from __future__ import annotations

import io

import pytest

from seatrial.cli.progress import Progress
from seatrial.pipeline.events import Event


def _shown(*events: Event, quiet: bool = False) -> str:
    stream = io.StringIO()
    with Progress(stream, quiet=quiet) as progress:
        for event in events:
            progress.event(event)
    return stream.getvalue()


STARTED: Event = {"event": "stage_started", "cell": "train", "reason": "params.lr 0.1 -> \x1b[31m0.2\nx"}


def test_line_is_one_line_whatever_its_reason_holds() -> None:
    """Reasons quote parameters and file names."""
    assert _shown(STARTED) == "  run     train: params.lr 0.1 -> 0.2\\nx\n"


def test_quiet_progress_says_nothing() -> None:
    """With --json."""
    assert _shown(STARTED, quiet=True) == ""


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"event": "stage_ended", "cell": "a", "did": "ran", "wall": 1.26}, "  done    a in 1.3 s\n"),
        ({"event": "stage_ended", "cell": "a", "did": "failed", "reason": "exit code 1"}, "  failed  a: exit code 1\n"),
        ({"event": "stage_reused", "cell": "a"}, "  reuse   a\n"),
        (
            {"event": "evidence_damaged", "message": "blob x"},
            "  damaged evidence: blob x; the stages are looked at again\n",
        ),
        ({"event": "something_of_a_later_release"}, ""),
    ],
)
def test_event_has_its_line(event: Event, line: str) -> None:
    """An event without a line is for the log alone."""
    assert _shown(event) == line
