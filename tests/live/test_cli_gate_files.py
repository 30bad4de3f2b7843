"""`seatrial gate`, headless: the same judgement from CSV, JSONL and Parquet, without git and without a project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.support.cli import SOURCE, Repo

GATES = "promote:\n  performance: {accuracy: {min: 0.8}}\n  regression: {max_degradation: 0.02}\n"
KEYS = [
    "name",
    "kind",
    "metric",
    "verdict",
    "reason",
    "estimate",
    "interval",
    "threshold",
    "n",
    "n_needed",
    "method",
    "digests",
]


def _write(path: Path, skill: float, rows: int = 600) -> None:
    table = pl.DataFrame(
        {
            "key": [f"r{i}" for i in range(rows)],
            "truth": [i % 3 for i in range(rows)],
            "guess": [i % 3 if zlib.crc32(f"{i}".encode()) / 2**32 < skill else (i + 1) % 3 for i in range(rows)],
        }
    )
    match path.suffix:
        case ".csv":
            table.write_csv(path)
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.iter_rows(named=True)))
        case _:
            table.write_parquet(path)


@pytest.fixture
def outside(tmp_path: Path) -> Repo:
    """A bare folder with gates: no repository around it."""
    (tmp_path / "gates.yaml").write_text(GATES)
    return Repo(root=tmp_path, python=tmp_path / "venv" / "bin" / "python")


def _words(candidate: str, production: str) -> tuple[str, ...]:
    return (
        *("gate", "--candidate", candidate, "--production", production, "--gates", "gates.yaml"),
        *("--id", "key", "--label", "truth", "--prediction", "guess", "--json"),
    )


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_format_gives_the_same_judgement(outside: Repo, suffix: str) -> None:
    """The documented JSON, with figures that do not depend on how rows were stored."""
    _write(outside.root / f"candidate.{suffix}", 0.95)
    _write(outside.root / "production.csv", 0.90)

    document = outside.seatrial(*_words(f"candidate.{suffix}", "production.csv")).json

    assert (document["verdict"], document["decision"]) == ("PASS", "allow")
    assert all(set(KEYS) <= set(gate) for gate in document["gates"])
    regression = next(gate for gate in document["gates"] if gate["kind"] == "regression")
    assert regression["n"] == 600
    assert regression["estimate"] == pytest.approx(0.0617, abs=0.02)


@pytest.mark.parametrize(
    ("skill", "rows", "code", "verdict"),
    [(0.95, 600, 0, "PASS"), (0.7, 600, 1, "FAIL"), (0.89, 40, 3, "INCONCLUSIVE")],
    ids=["pass", "fail", "inconclusive"],
)
def test_exit_code_follows_the_decision(outside: Repo, skill: float, rows: int, code: int, verdict: str) -> None:
    """0 allowed, 1 blocked, 3 held."""
    _write(outside.root / "c.csv", skill, rows)
    _write(outside.root / "p.csv", 0.90, rows)

    assert outside.seatrial(*_words("c.csv", "p.csv"), code=code).json["verdict"] == verdict


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("r5,", "other,"), "not in"),
        (lambda text: text.replace("r5,2", "r5,1"), "r5"),
        (lambda text: text + "r5,2,2\n", "appears more than once"),
        (lambda text: "key,truth,guess\n", "no rows"),
        (lambda text: text.replace("guess", "guessed", 1), "there is no column `guess`"),
    ],
    ids=["unmatched id", "label differs", "duplicate id", "no rows", "missing column"],
)
def test_rows_that_cannot_be_judged_exit_2(outside: Repo, change: Callable[[str], str], message: str) -> None:
    """Never a pass and never a silent intersection."""
    _write(outside.root / "p.csv", 0.90)
    (outside.root / "c.csv").write_text(change((outside.root / "p.csv").read_text()))

    said = outside.seatrial(*_words("c.csv", "p.csv"), code=2)

    assert message in said.out


def test_a_gate_on_a_metrics_file_is_judged_without_a_project(tmp_path: Path) -> None:
    """`--metrics` hands over what no predictions file holds."""
    (tmp_path / "rows.csv").write_text("id,y,p\n1,a,a\n")
    (tmp_path / "m.json").write_text('{"loss": 0.123456789}')
    (tmp_path / "gates.yaml").write_text("promote: {performance: {loss: {max: 0.2}}}\n")
    words = [sys.executable, "-m", "seatrial", "gate", "--candidate", "rows.csv", "--gates", "gates.yaml"]
    done = subprocess.run(
        [*words, "--metrics", "m.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "loss 0.1235 is at most 0.2" in done.stdout
