"""`seatrial gate` on files: formats, exit codes, JSON and text, without a project or git."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seatrial.cli.gate_text import as_text
from seatrial.cli.main import run_app
from seatrial.gates.judgement import Judgement
from seatrial.verdict import Decision, Finding, Part, Verdict

_PROMOTE = "promote: {performance: {accuracy: {min: 0.8}}, regression: {max_degradation: 0.01}}\n"


def _table(right: list[bool]) -> pl.DataFrame:
    answers = ["cat" if ok else "dog" for ok in right]
    return pl.DataFrame({"id": list(range(len(right))), "y": ["cat"] * len(right), "p": answers})


def _files(folder: Path, both: int, won: int, lost: int, neither: int, gates: str = _PROMOTE) -> list[str]:
    """A candidate, a production model with the given paired counts, and a gates file: the options for them."""
    candidate = [True] * (both + won) + [False] * (lost + neither)
    production = [True] * both + [False] * won + [True] * lost + [False] * neither
    _table(candidate).write_csv(folder / "candidate.csv")
    _table(production).write_csv(folder / "production.csv")
    (folder / "gates.yaml").write_text(gates)
    names = (("--candidate", "candidate.csv"), ("--production", "production.csv"), ("--gates", "gates.yaml"))
    return [part for option, name in names for part in (option, str(folder / name))]


def _json(options: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = run_app(["gate", *options, "--json"])
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return code, value


@pytest.mark.parametrize(
    ("counts", "verdict", "decision", "code"),
    [
        ((1_900, 5, 5, 90), "PASS", "allow", 0),
        ((900, 2, 60, 38), "FAIL", "block", 1),
        ((418, 11, 16, 5), "INCONCLUSIVE", "hold", 3),
    ],
)
def test_exit_code_follows_the_decision(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    counts: tuple[int, int, int, int],
    verdict: str,
    decision: str,
    code: int,
) -> None:
    """0 for allow, 1 for a FAIL, 3 for a hold; the JSON says the same."""
    actual, value = _json(_files(tmp_path, *counts), capsys)

    assert actual == code
    assert (value["verdict"], value["decision"], value["schema_version"]) == (verdict, decision, 1)
    assert [gate["name"] for gate in value["gates"]] == ["performance.accuracy.min", "regression.accuracy"]


def test_all_three_formats_give_the_same_judgement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CSV, JSONL and Parquet with the same rows differ in nothing but the digests of the files."""
    options = _files(tmp_path, 418, 11, 16, 5)
    table = pl.read_csv(tmp_path / "candidate.csv")
    table.write_ndjson(tmp_path / "candidate.jsonl")
    table.write_parquet(tmp_path / "candidate.parquet")

    judged = []
    for suffix in ("csv", "jsonl", "parquet"):
        _, value = _json(["--candidate", str(tmp_path / f"candidate.{suffix}"), *options[2:]], capsys)
        for gate in value["gates"]:
            del gate["digests"]
        judged.append(value)

    assert judged[0] == judged[1] == judged[2]


def test_same_input_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice the same files, twice the same text."""
    options = _files(tmp_path, 418, 4, 5, 23)

    outputs = []
    for _ in range(2):
        run_app(["gate", *options, "--json"])
        outputs.append(capsys.readouterr().out)

    assert outputs[0] == outputs[1]


def test_missing_production_is_an_error_of_the_regression_gate_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --production the other gates are judged, and the exit code is 2."""
    options = _files(tmp_path, 418, 11, 16, 5)

    code, value = _json([*options[:2], *options[4:]], capsys)

    assert code == 2
    assert [(gate["verdict"], gate["reason"]) for gate in value["gates"]] == [
        ("PASS", "within_limit"),
        ("ERROR", "no_baseline"),
    ]
    assert "--production" in value["gates"][1]["message"]


def test_production_is_not_needed_without_a_regression_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A set of absolute limits judges one file."""
    options = _files(tmp_path, 95, 0, 0, 5, gates="smoke: {performance: {accuracy: {min: 0.9}}}\n")

    code, value = _json([*options[:2], *options[4:]], capsys)

    assert (code, value["gate_set"], value["verdict"]) == (0, "smoke", "PASS")


def test_set_is_chosen_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--set picks one of several; a warning set lets INCONCLUSIVE through with exit code 0."""
    gates = _PROMOTE + "pr: {regression: {max_degradation: 0.01}, on_inconclusive: warn}\n"

    code, value = _json([*_files(tmp_path, 418, 11, 16, 5, gates=gates), "--set", "pr"], capsys)

    assert (code, value["verdict"], value["decision"]) == (0, "INCONCLUSIVE", "warn")


def test_unmatched_rows_end_with_exit_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows that only one file has are an ERROR with its reason, and nothing is compared."""
    options = _files(tmp_path, 418, 11, 16, 5)
    pl.read_csv(tmp_path / "production.csv").head(400).write_csv(tmp_path / "production.csv")

    code, value = _json(options, capsys)

    assert code == 2
    assert value["gates"][1]["reason"] == "unmatched_rows"
    assert value["gates"][1]["estimate"] is None


def test_fail_beats_error_in_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A FAIL and an ERROR together exit with 1."""
    options = _files(tmp_path, 418, 11, 16, 5, gates=_PROMOTE.replace("0.8", "0.99"))
    pl.read_csv(tmp_path / "production.csv").head(400).write_csv(tmp_path / "production.csv")

    code, value = _json(options, capsys)

    assert code == 1
    assert [gate["verdict"] for gate in value["gates"]] == ["FAIL", "ERROR"]


def test_columns_are_named_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other column names, a score and groups are read and checked."""
    options = _files(tmp_path, 418, 11, 16, 5)
    for name in ("candidate", "production"):
        table = pl.read_csv(tmp_path / f"{name}.csv").rename({"id": "key", "y": "truth", "p": "answer"})
        table.with_columns(s=pl.lit(0.5), g=pl.lit("a")).write_csv(tmp_path / f"{name}.csv")
    columns = ["--id", "key", "--label", "truth", "--prediction", "answer"]

    code, _ = _json([*options, *columns, "--score", "s", "--group", "g"], capsys)
    missing = run_app(["gate", *options, *columns, "--group", "region"])

    assert code == 3
    assert missing == 2
    assert "region" in capsys.readouterr().err


def test_gates_file_that_is_not_there_is_said_with_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path is the user's to fix: exit code 2, the path and the option in the text."""
    options = _files(tmp_path, 10, 0, 0, 0)
    options[-1] = str(tmp_path / "gate.yaml")

    code = run_app(["gate", *options])

    err = capsys.readouterr().err
    assert code == 2
    assert "gate.yaml" in err
    assert "--gates" in err


def test_text_fits_eighty_columns_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Verdict and decision first, then each gate with its sentence; words, not colours."""
    code = run_app(["gate", *_files(tmp_path, 418, 11, 16, 5)])

    out = capsys.readouterr().out
    assert code == 3
    assert out.startswith("INCONCLUSIVE: decision hold, gate set promote\n")
    assert "about 5,019 rows would decide" in " ".join(out.split())
    assert max(len(line) for line in out.splitlines()) <= 80


def test_control_characters_from_files_do_not_reach_the_terminal() -> None:
    """A metric named with an escape sequence is shown, not obeyed."""
    finding = Finding(
        name="performance.\x1b[2J.min",
        kind="performance",
        metric="\x1b[2J",
        verdict=Verdict.ERROR,
        reason="metric_missing",
        message="\x1b[2J was measured by nobody",
    )

    text = as_text(Judgement(gate_set="s", verdict=Verdict.ERROR, decision=Decision.BLOCK, findings=(finding,)))

    assert "\x1b" not in text
    assert "[2J was measured by nobody" in text


def test_values_of_one_column_have_one_number_of_decimals() -> None:
    """A difference of 0.0004 has five decimals, and then all have five; a slice without a value has no say."""
    figures = {"a": (0.889, 0.9), "b": (0.8898, 0.8894), "c": (0.9, 0.9)}
    parts = [
        Part(name=name, verdict=Verdict.INCONCLUSIVE, n=500, estimate=new - old, candidate=new, baseline=old)
        for name, (new, old) in figures.items()
    ]
    parts.append(Part(name="d", verdict=Verdict.INCONCLUSIVE, n=3, note="no label is 1"))
    finding = Finding(
        name="slices.accuracy.g",
        kind="slices",
        metric="accuracy",
        verdict=Verdict.INCONCLUSIVE,
        reason="too_few_rows",
        message="undecided",
        parts=tuple(parts),
    )

    text = as_text(Judgement(gate_set="s", verdict=Verdict.INCONCLUSIVE, decision=Decision.HOLD, findings=(finding,)))

    rows = {
        line.split()[0]: line.split()[2:4] for line in text.splitlines() if line.startswith(("  a ", "  b ", "  c "))
    }
    assert rows == {"a": ["0.88900", "-0.01100"], "b": ["0.88980", "+0.00040"], "c": ["0.90000", "0.00000"]}


def test_set_that_checked_nothing_says_so() -> None:
    """No finding at all is spelled out, not an empty page."""
    text = as_text(Judgement(gate_set="s", verdict=Verdict.ERROR, decision=Decision.BLOCK, findings=()))

    assert "checked nothing" in text
