"""`seatrial gate` where production is missing, or what is named of it is not what the gate needs: never a pass, and the
option that names what is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatrial.cli.main import run_app

_CASES = 600


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _gate(capsys: pytest.CaptureFixture[str], gates: str, *options: str) -> tuple[int, str]:
    Path("gates.yaml").write_text(gates, encoding="utf-8")
    code = run_app(["gate", "--gates", "gates.yaml", *options])
    said = capsys.readouterr()
    return code, " ".join((said.out + said.err).split())


def _behavioral() -> str:
    """600 cases named 0, 1, 2, ... that expect `a`; every other answer of the candidate is right. Rows of a test set
    have the same ids by chance."""
    rows = range(_CASES)
    Path("cases.csv").write_text("id,expected\n" + "".join(f"{at},a\n" for at in rows), encoding="utf-8")
    answers = (json.dumps({"id": str(at), "answer": "a" if at % 2 else "b"}) + "\n" for at in rows)
    Path("answers.jsonl").write_text("".join(answers), encoding="utf-8")
    Path("rows.csv").write_text("id,y,p\n" + "".join(f"{at},a,{at % 2}\n" for at in rows), encoding="utf-8")
    return "behavioral: {test_cases: cases.csv, min_pass_rate: 0.4, max_degradation: 0.1}\n"


def test_predictions_are_no_answers_to_the_cases_that_the_other_model_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whose rows have the ids of cases was never asked these."""
    gates = _behavioral()

    theirs = _gate(capsys, gates, "--answers", "answers.jsonl", "--production", "rows.csv")
    Path("rows.csv").write_text("id,y,p\n" + "".join(f"{at},a,a\n" for at in range(_CASES)), encoding="utf-8")
    ours = _gate(capsys, gates, "--candidate", "rows.csv", "--production-answers", "answers.jsonl")

    assert theirs[0] == 2
    assert "(cases_unanswered) there are no answers of production to the cases that the candidate answers" in theirs[1]
    assert "--production-answers" in theirs[1]
    assert ours[0] == 2
    assert "above production" not in theirs[1] + ours[1]


def test_answers_of_both_are_compared_and_predictions_of_both_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where there are predictions beside answers."""
    gates = _behavioral()
    answers = ("--answers", "answers.jsonl", "--production-answers", "answers.jsonl", "--production", "rows.csv")
    text = Path("rows.csv").read_text(encoding="utf-8")
    Path("right.csv").write_text(text.replace(",1\n", ",a\n"), encoding="utf-8")

    asked, looked_up = (
        _gate(capsys, gates, *answers),
        _gate(capsys, gates, "--candidate", "right.csv", "--production", "right.csv"),
    )

    assert (asked[0], looked_up[0]) == (0, 0)
    assert "the same as production" in asked[1]
    assert "the same as production" in looked_up[1]


@pytest.mark.parametrize(
    ("gates", "options", "step"),
    [
        ("size: {max_increase: 10%}", ("--artifact", "model.bin"), "--production-artifact"),
        ("preference: {margin: 0.1}", ("--artifact", "model.bin"), "--preferences"),
        (
            "behavioral: {test_cases: cases.csv, min_pass_rate: 0.4, max_degradation: 0.1}",
            ("--answers", "answers.jsonl"),
            "--production-answers",
        ),
        ("memory: {max_increase: 10%}", ("--artifact", "model.bin"), "measure both models, and name the record with"),
        ("latency: {p50_ms: {max: 50}, max_increase: {p50: 10%}}", ("--artifact", "model.bin"), "--timings"),
        ("recipe: {metric: accuracy, max_degradation: 0.1}", ("--seed-run", "rows.csv"), "--production-seed-run"),
        ("regression: {max_degradation: 0.1}", ("--candidate", "rows.csv"), "--production"),
    ],
)
def test_a_missing_baseline_names_the_file_that_this_gate_needs(
    capsys: pytest.CaptureFixture[str], gates: str, options: tuple[str, ...], step: str
) -> None:
    """Predictions of production give nothing to a gate on size."""
    _behavioral()
    Path("model.bin").write_bytes(b"weights")

    code, said = _gate(capsys, gates + "\n", *options)

    assert code == 2
    assert "(no_baseline)" in said
    assert step in said
    assert ("predictions with --production" in said) == gates.startswith("regression")


def test_a_measurement_of_both_models_is_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    """The step that a missing one names is enough by itself."""
    model = {"peak_rss_bytes": [1_000_000, 1_000_000, 1_000_000]}
    record = {"schema_version": 1, "candidate": model, "baseline": model}
    Path("measurement.json").write_text(json.dumps(record), encoding="utf-8")

    code, said = _gate(capsys, "memory: {max_increase: 10%}\n", "--measurement", "measurement.json")

    assert "no_baseline" not in said
    assert code == 0
