"""Whom a cell waits for, as it is told."""

from __future__ import annotations

import os
from pathlib import Path

from seatrial.pipeline.holders import owner_note, waiting_for
from seatrial.store.locks import Busy


def _busy(folder: Path, note: dict[str, object]) -> Busy:
    file = folder / "lock"
    file.touch()
    return Busy(path="data/train.csv", file=file, owner=note)


def test_the_run_that_holds_a_path_is_named(tmp_path: Path) -> None:
    """It lives, and it wrote the note."""
    assert waiting_for(_busy(tmp_path, owner_note(os.getpid(), "r1"))).holder == "run r1"


def test_a_run_that_ended_is_not_named_for_one_that_only_reads(tmp_path: Path) -> None:
    """A reader leaves the note of whoever wrote the path last, which may be weeks old."""
    note = {**owner_note(os.getpid(), "r1"), "pid_start": "before", "group_start": "before"}

    assert waiting_for(_busy(tmp_path, note)).holder == "another run"
