"""`seatrial config --schema` prints a schema wherever it is typed, and refuses what means nothing beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatrial.cli.main import run_app
from seatrial.config.schema.documents import SCHEMAS


@pytest.mark.parametrize("words", [(), *((name,) for name in SCHEMAS)], ids=" ".join)
def test_a_schema_is_printed_outside_of_any_repository(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run_app(["config", "--schema", *words]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert printed["title"] == {"gates": "gates.yaml", "contract": "data contract"}.get("".join(words), "seatrial.yaml")
    assert list(tmp_path.iterdir()) == []


def test_the_same_bytes_are_printed_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [(run_app(["config", "--schema", "gates"]), capsys.readouterr().out) for _ in range(2)]

    assert texts[0] == texts[1]


@pytest.mark.parametrize("beside", [("--show",), ("--set-param", "a=1")])
def test_what_needs_a_project_is_refused_beside_a_schema(
    beside: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["config", "--schema", "gates", *beside]) == 2
    told = capsys.readouterr().err
    assert beside[0] in told
    assert "seatrial config --schema gates" in told


def test_an_unknown_schema_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["config", "--schema", "params"]) == 2
    assert "'seatrial', 'gates', 'contract'" in capsys.readouterr().err
