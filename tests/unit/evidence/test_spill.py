"""Temporary space: what goes out comes back, and a file that others cut short is told, not waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.errors import OutsideError
from seatrial.evidence.large.spill import Spill


def test_bytes_come_back_by_their_place(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    spans = [spill.append(text) for text in (b"first", b"", b"second")]

    assert [bytes(spill.read(span)) for span in reversed(spans)] == [b"second", b"", b"first"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_became_shorter_is_an_error_of_the_surroundings(tmp_path: Path) -> None:
    """Reading on would go round for ever: at the end of a file there are no bytes, and no fault either."""
    spill = Spill(tmp_path)
    span = spill.append(b"0123456789")
    os.ftruncate(spill._file.fileno(), 4)

    with pytest.raises(OutsideError, match="shorter than what was written") as caught:
        spill.read(span)

    assert caught.value.problems[0].next_step
