"""Files without rows beside others that have some: told, for a delivery that did not come looks so."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.support.checking import here, table, typed

__all__ = ["here"]


@pytest.fixture
def folder(here: Path) -> Path:
    """Three files, the second without rows."""
    rows = table(300, 3)
    (here / "parts").mkdir()
    for name, part in (("a", rows[:150]), ("b", rows[:0]), ("c", rows[150:])):
        part.write_parquet(f"parts/{name}.parquet")
    Path("contract.yaml").write_text("columns: {b: {min: 0}}\n")
    return here


@pytest.mark.parametrize("against", ["--contract", "--reference"])
def test_a_file_without_rows_is_a_note(folder: Path, capfd: pytest.CaptureFixture[str], against: str) -> None:
    file = {"--contract": "contract.yaml", "--reference": "reference.json"}[against]

    found = json.loads(typed(capfd, "parts", against, file, "--json").out)

    assert "parts/b.parquet: no rows" in found["notes"]
    assert found["rows"] == 300


def test_a_remembered_file_without_rows_is_a_note_too(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ("parts", "--reference", "reference.json", "--cache", "cache", "--json")

    first, second = (json.loads(typed(capfd, *words).out)["notes"] for _ in range(2))

    assert first == second
    assert "parts/b.parquet: no rows" in first


def test_no_note_where_every_file_has_rows_or_none_has(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without any row the check itself is an ERROR, which says it better."""
    Path("parts/b.parquet").unlink()
    assert json.loads(typed(capfd, "parts", "--contract", "contract.yaml", "--json").out)["notes"] == []

    for name in ("a", "c"):
        pl.read_parquet(f"parts/{name}.parquet")[:0].write_parquet(f"parts/{name}.parquet")
    empty = json.loads(typed(capfd, "parts", "--contract", "contract.yaml", "--json").out)
    assert (empty["notes"], empty["verdict"]) == ([], "ERROR")
