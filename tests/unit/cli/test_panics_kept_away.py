"""What native code writes to descriptor 2 while a command runs: a panic is kept away, all else is handed on."""

from __future__ import annotations

import os
import sys

import polars as pl
import pytest

from seatrial.cli.panics import without_panics


def test_the_report_of_a_panic_is_kept_away(capfd: pytest.CaptureFixture[str]) -> None:
    """A date beyond the calendar of polars makes a real one; the exception passes, its report does not."""
    far = pl.Series([2**31 - 1], dtype=pl.Int32).cast(pl.Date)

    with pytest.raises(pl.exceptions.PanicException), without_panics():
        far.cast(pl.Datetime("us"))

    assert capfd.readouterr().err == ""
    with pytest.raises(pl.exceptions.PanicException):
        far.cast(pl.Datetime("us"))
    assert "panicked" in capfd.readouterr().err  # so the test above could fail


def test_anything_else_is_handed_on(capfd: pytest.CaptureFixture[str]) -> None:
    """A warning of a library is not ours to hide; it comes when the command is done."""
    with without_panics():
        os.write(2, b"the disk is slow\n")

    assert capfd.readouterr().err == "the disk is slow\n"


def test_python_writes_to_the_real_one_meanwhile(capfd: pytest.CaptureFixture[str]) -> None:
    """Progress is seen while it is made, and afterwards the stream is the one it was."""
    before = sys.stderr
    with without_panics():
        sys.stderr.write("halfway\n")
        assert capfd.readouterr().err == "halfway\n"

    assert sys.stderr is before


def test_a_closed_standard_error_is_no_hindrance() -> None:
    """Some supervisors start programs without one."""
    kept = os.dup(2)
    os.close(2)
    try:
        with without_panics():
            pass
    finally:
        os.dup2(kept, 2)
        os.close(kept)
