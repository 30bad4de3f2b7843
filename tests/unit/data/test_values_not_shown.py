"""What a sensitive column must not show, where its values hide: in the very type of an Enum."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from seatrial.cli.main import run_app

CONTRACT = "columns: {kind: {sensitive: true, type: string, one_of: [other]}}\n"


def test_categories_of_an_enum_are_values_and_stay_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither messages nor statistics name them, in no kind of report."""
    monkeypatch.chdir(tmp_path)
    kinds = pl.Enum(["confidential", "hidden"])
    pl.DataFrame({"kind": pl.Series(["confidential", "hidden"] * 50, dtype=kinds)}).write_parquet("data.parquet")
    Path("contract.yaml").write_text(CONTRACT)
    reports = [word for name in ("r.html", "r.md", "r.json") for word in ("--report", name)]

    assert run_app(["check", "data.parquet", "--contract", "contract.yaml", "--json", *reports]) == 1

    said = capfd.readouterr().out
    texts = [said, *(Path(name).read_text() for name in ("r.html", "r.md", "r.json"))]
    assert not any("confidential" in text for text in texts)
    [told] = [each for each in json.loads(said)["findings"] if each["check"] == "contract.type"]
    assert told["message"] == "`kind` is Enum"
    assert [row[:2] for row in json.loads(texts[3])["statistics"]] == [["kind", "Enum"]]
