"""What `seatrial gate` says by command: within a terminal's width, with a next step that works, of the right side."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from seatrial.cli.main import run_app


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """900 rows of two models; every answer has a cost, and the candidate's are dearer."""
    chance = random.Random(5)
    ours, theirs = ["id,y,p,cost,gender"], ["id,y,p,cost,gender"]
    for at in range(900):
        truth, cost, who = chance.randrange(2), chance.gauss(1.0, 0.1), "fm"[at % 2]
        ours.append(f"{at},{truth},{truth if at % 11 else 1 - truth},{cost + 0.3:.4f},{who}")
        theirs.append(f"{at},{truth},{truth if at % 9 else 1 - truth},{cost:.4f},{who}")
    (tmp_path / "new.csv").write_text("\n".join(ours) + "\n")
    (tmp_path / "old.csv").write_text("\n".join(theirs) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _gates(folder: Path, text: str) -> None:
    (folder / "gates.yaml").write_text(f"promote: {{{text}}}\n")


@pytest.mark.parametrize(("limit", "verdict"), [("max: 2.0", "FAIL"), ("min: 0.5", "PASS"), ("min: 0, max: 2", "PASS")])
def test_a_column_with_a_greatest_value_alone_is_one_of_which_less_is_good(
    folder: Path, capsys: pytest.CaptureFixture[str], limit: str, verdict: str
) -> None:
    """A limit from above, and a comparison that calls more of it better, would contradict each other."""
    _gates(folder, f"performance: {{cost: {{{limit}}}}}, regression: {{metrics: [cost], max_degradation: 0.01}}")
    run_app(["gate", "--candidate", "new.csv", "--production", "old.csv", "--gates", "gates.yaml", "--value", "cost",
             "--json"])  # fmt: skip
    gates = {one["name"]: one for one in json.loads(capsys.readouterr().out)["gates"]}

    assert gates["regression.cost"]["verdict"] == verdict


def test_a_column_that_gates_misspell_is_to_be_corrected_there_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _gates(folder, "slices: {by: [gendr], max_degradation: 0.05}")
    code = run_app(["gate", "--candidate", "new.csv", "--production", "old.csv", "--gates", "gates.yaml"])
    said = capsys.readouterr().err

    assert code == 2
    assert "(or pass --group gender); if a gate set named it, correct it there." in said


@pytest.mark.parametrize(
    ("gates", "options"),
    [
        ("regression: {max_degradation: 0.01}", "--candidate"),
        ("preference: {margin: 0.05, judge: j@1}, custom: {x: {}}", "--preferences, --custom"),
        ("latency: {p99_ms: 50}, size: 1MB", "--timings, --measurement, --artifact"),
    ],
)
def test_where_nothing_is_named_the_options_are_told_that_the_set_asks_for(
    folder: Path, capsys: pytest.CaptureFixture[str], gates: str, options: str
) -> None:
    _gates(folder, gates)
    code = run_app(["gate", "--gates", "gates.yaml"])
    said = capsys.readouterr().err

    assert code == 2
    assert said.endswith(f"next:  name what the gates of promote look at: {options}\n")


def test_no_line_is_wider_than_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of a finding and its reason fill a line by themselves, and the note on rows to label more than one."""
    for name in ("new", "old"):
        rows = [line.rsplit(",", 2)[0].split(",") for line in (folder / f"{name}.csv").read_text().splitlines()[1:]]
        more = "\n".join(f"{int(row[0]) + 5_000},{row[2]}" for row in rows)
        (folder / f"more-{name}.csv").write_text(f"id,p\n{more}\n")
    _gates(
        folder,
        "regression: {max_degradation: 0.001}, "
        "fairness: {protected_attributes: [gender], metrics: [equalized_odds], max_disparity: 0.01, min_ratio: 0.9}",
    )
    run_app(["gate", "--candidate", "new.csv", "--production", "old.csv", "--gates", "gates.yaml",
             "--positive", "1", "--unlabelled-candidate", "more-new.csv", "--unlabelled-production", "more-old.csv",
             "--to-label", "to_label.csv"])  # fmt: skip
    judged = capsys.readouterr().out
    run_app(["gate", "--power", "--production", "old.csv", "--gates", "gates.yaml", "--positive", "1"])
    planned = capsys.readouterr().out

    assert "rows to label are in to_label.csv" in " ".join(judged.split())
    assert "fairness.equalized_odds.false_positive_rate.gender.ratio" in judged
    assert max(len(line) for line in (judged + planned).splitlines()) <= 80
