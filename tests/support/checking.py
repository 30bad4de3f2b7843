"""`seatrial check` typed in this process, as tests of bad input do: descriptors are captured, because what native code
writes goes past `sys.stderr`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seatrial.cli.main import run_app

DOCUMENTED = (0, 1, 2, 3, 5)


class Typed:
    """What one command said, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def refused(self, *words: str) -> None:
        """It ended as a mistake of the user, said so with these words, and said what to do next."""
        assert self.code == 2, self.out + self.err
        assert "next:" in self.err
        for word in words:
            assert word in self.err


def typed(capfd: pytest.CaptureFixture[str], *words: str | Path) -> Typed:
    """Type `seatrial check`. A defect, a traceback or a panic's text fails the test."""
    capfd.readouterr()
    code = run_app(["check", *map(str, words)])
    out, err = capfd.readouterr()
    assert code in DOCUMENTED, out + err
    for word in ("Traceback", "panicked", "Warning", "defect"):
        assert word not in err
    if code in (0, 1, 3):
        assert err == ""
    return Typed(code, out, err)


def table(rows: int, seed: int) -> pl.DataFrame:
    """Rows of four columns of the usual kinds."""
    draw = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "a": draw.normal(size=rows),
            "b": draw.integers(0, 100, rows),
            "c": draw.choice(["x", "y", "z"], rows),
            "y": draw.integers(0, 2, rows),
        }
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data, its reference as data and as a profile."""
    monkeypatch.chdir(tmp_path)
    table(400, 1).write_parquet("reference.parquet")
    table(300, 2).write_parquet("data.parquet")
    assert run_app(["check", "reference.parquet", "--save-profile", "reference.json"]) == 0
    return tmp_path
