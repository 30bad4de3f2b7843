"""Progress as plain lines, for logs of CI jobs."""

from __future__ import annotations

import io

import pytest

from seatrial.cli.progress import Progress
from seatrial.cli.progress_text import Work
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
        ({"event": "stage_stopped", "cell": "a"}, "  stopped a\n"),
        (
            {"event": "evidence_damaged", "message": "blob x"},
            "  damaged evidence: blob x; the stages are looked at again\n",
        ),
        ({"event": "stage_not_run", "cell": "a", "did": "deferred", "reason": "no GPU"}, "  defer   a: no GPU\n"),
        ({"event": "stage_not_run", "cell": "a", "did": "blocked", "reason": "b failed"}, ""),
        (
            {"event": "stage_retried", "cell": "a", "attempt": 2, "attempts": 3, "delay": 120.0, "reason": "x"},
            "  retry   a in 2 min, attempt 2 of 3\n",
        ),
        (
            {"event": "lease_waiting", "cell": "a", "what": "gpu 0", "said": "gpu 0 held by anna, for 3 s"},
            "  wait    a: gpu 0 held by anna, for 3 s\n",
        ),
        ({"event": "machine_warning", "cell": "a", "message": "it runs alone"}, "  note    a: it runs alone\n"),
        (
            {"event": "measuring", "model": "m", "what": "times and memory", "done": 1200, "of": 2000},
            "  measure m: times and memory, 1,200 of 2,000\n",
        ),
        ({"event": "not_served", "model": "m", "message": "it died"}, "  failed  m: it died\n"),
        ({"event": "something_of_a_later_release"}, ""),
    ],
)
def test_event_has_its_line(event: Event, line: str) -> None:
    """An event without a line is for the log alone."""
    assert _shown(event) == line


def test_a_long_run_says_what_runs_beside_what_is_expected() -> None:
    """In a log, when an event says so; never more than a few names."""
    shown = _shown(
        {"event": "run_scheduled", "cells": 9, "expected": {"train": 120.0}},
        {"event": "still_running", "running": {"train": 60.04, "b": 5.0, "c": 5.0, "d": 5.0}, "queued": 4},
    )

    assert shown == "  running train 1:00 of about 2:00, b 0:05, c 0:05 and 1 more; 4 in line\n"


def test_the_live_line_counts_by_itself() -> None:
    """No event comes while a command runs; a retry is not the end of a stage, and every end counts once."""
    work = Work()
    assert work.line(0.0) == "planning"
    work.note({"event": "run_scheduled", "cells": 4, "expected": {"train": 120.0}}, 0.0)
    work.note({"event": "stage_reused", "cell": "data"}, 0.0)
    work.note({"event": "stage_started", "cell": "train", "reason": "x"}, 1.0)
    assert work.line(62.0) == "train 1:01 of about 2:00, 2 to go"

    work.note({"event": "stage_ended", "cell": "train", "did": "failed"}, 70.0)
    work.note({"event": "stage_retried", "cell": "train"}, 70.0)
    work.note({"event": "lease_waiting", "cell": "train", "what": "gpu 0"}, 70.0)
    assert work.line(70.0) == "train waits: gpu 0"
    work.note({"event": "stage_started", "cell": "train", "reason": "x"}, 71.0)
    assert work.line(3671.0) == "train 1:00:00 of about 2:00, 2 to go"

    for number in range(9):
        work.note({"event": "stage_started", "cell": f"a-stage-with-a-long-name[seed={number}]", "reason": "x"}, 71.0)
    assert work.line(72.0) == "10 stages run"
