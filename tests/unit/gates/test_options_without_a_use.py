"""`seatrial gate` refuses what would change nothing: whoever gave an option meant something by it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from seatrial.cli.main import run_app

_ACCURACY = "promote: {regression: {max_degradation: 0.01}}\n"
_RELATIVE = "promote: {regression: {max_degradation: '1%'}}\n"
_RECALL = "promote: {regression: {max_degradation: 0.01, metrics: [recall]}}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """600 rows of two models, 300 more of both without labels, and three gate sets."""
    for name, wrong in (("candidate", 7), ("production", 9)):
        answers = ["dog" if at % wrong == 0 else "cat" for at in range(600)]
        table = pl.DataFrame(
            {"id": range(600), "y": ["cat"] * 600, "p": answers, "who": [at // 6 for at in range(600)]}
        )
        table.write_csv(tmp_path / f"{name}.csv")
        more = pl.DataFrame(
            {"id": range(1_000, 1_300), "p": ["dog" if at % wrong == 0 else "cat" for at in range(300)]}
        )
        more.write_csv(tmp_path / f"more-{name}.csv")
    for name, gates in (("gates", _ACCURACY), ("relative", _RELATIVE), ("recall", _RECALL)):
        (tmp_path / f"{name}.yaml").write_text(gates)
    return tmp_path


def _gate(files: Path, *more: str) -> int:
    named = [str(files / word) if word.endswith((".csv", ".yaml", ".json")) else word for word in more]
    return run_app(["gate", "--candidate", str(files / "candidate.csv"), *named])


_LABELS = ("--unlabelled-candidate", "more-candidate.csv", "--unlabelled-production", "more-production.csv")
_BOTH = ("--production", "production.csv")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((*_BOTH, "--gates", "gates.yaml", "--disagreement", "0.05"), "--disagreement is for --power"),
        ((*_BOTH, "--gates", "gates.yaml", "--power", "--metrics", "m.json"), "--power judges nothing"),
        ((*_BOTH, "--gates", "gates.yaml", "--power", *_LABELS, "--to-label", "l.csv"), "--power judges nothing"),
        ((*_BOTH, "--gates", "gates.yaml", *_LABELS), "rows without labels are there to be labelled"),
        (
            (*_BOTH, "--gates", "gates.yaml", *_LABELS, "--to-label", "l.csv", "--labelled", "k.csv"),
            "--to-label and --labelled are two steps",
        ),
        ((*_BOTH, "--gates", "gates.yaml", "--anchor", "production.csv"), "the set promote has no anchor"),
        ((*_BOTH, "--gates", "relative.yaml", *_LABELS, "--to-label", "l.csv"), "labels of rows that differ"),
        ((*_BOTH, "--gates", "recall.yaml", *_LABELS, "--to-label", "l.csv"), "labels of rows that differ"),
        (
            (*_BOTH, "--gates", "gates.yaml", "--cluster", "who", *_LABELS, "--to-label", "l.csv"),
            "labels of rows that differ",
        ),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(
    files: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    """Exit code 2, with what was meant and what to do; nothing is judged or written."""
    code = _gate(files, *options)
    heard = capsys.readouterr()

    assert code == 2
    assert said in heard.err
    assert heard.out == ""
    assert not (files / "l.csv").exists()


def test_the_same_options_with_their_use_are_taken(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the refusals say to do instead works."""
    assert _gate(files, *_BOTH, "--gates", "gates.yaml", *_LABELS, "--to-label", "l.csv") == 3
    assert (files / "l.csv").exists()
    assert _gate(files, *_BOTH, "--gates", "gates.yaml", "--power", "--disagreement", "0.05") == 0
    capsys.readouterr()


def test_rows_of_the_test_set_are_not_counted_twice(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows "without labels" that have been judged already are refused, with their ids."""
    again = pl.read_csv(files / "more-candidate.csv").with_columns(id=pl.col("id") - 990)
    again.write_csv(files / "more-candidate.csv")
    again.write_csv(files / "more-production.csv")

    code = _gate(files, *_BOTH, "--gates", "gates.yaml", *_LABELS, "--to-label", "l.csv")

    assert code == 2
    said = capsys.readouterr().err
    assert "300 of its rows are judged already" in said
    assert "'10'" in said


def test_a_threshold_beside_answers_is_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scores cut at a threshold and a column of answers are two sets of answers: neither is silently taken."""
    scored = pl.read_csv(files / "candidate.csv").with_columns(score=pl.lit(0.7))
    scored.write_csv(files / "candidate.csv")
    gates = files / "limit.yaml"
    gates.write_text("promote: {performance: {accuracy: {min: 0.1}}}\n")

    code = _gate(files, "--gates", "limit.yaml", "--score", "score", "--threshold", "0.5", "--positive", "cat")

    assert code == 2
    assert "a threshold would give others" in capsys.readouterr().err
