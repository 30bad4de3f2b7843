"""Gates on predictions that are read in pieces: the findings of a table, and what is said where they cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from msgspec import Struct
from msgspec.structs import asdict

from seatrial.cli.main import run_app
from seatrial.config.gates import load_gates
from seatrial.evidence import large_rows
from seatrial.evidence.case_records import Cases
from seatrial.evidence.records import LargePredictions, Predictions
from seatrial.flows.diffing import Side, compare
from seatrial.gates import differences
from seatrial.gates.behavioral.given import Given, Unusable, answers_to
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Evidence, LeftOut, Present
from seatrial.gates.judge import judge
from seatrial.verdict import Finding, Verdict
from tests.support.large_models import as_table, frames, in_pieces, shuffled

_N = 200_000
_GATES = b"""
promote:
  performance:
    accuracy: {min: 0.5, confidence: 0.95}
    f1: {min: 0.3}
    log_loss: {max: 1, confidence: 0.99}
    v: {min: 1000}
    roc_auc: {min: 0.6, confidence: 0.95}
  regression: {max_degradation: {accuracy: 0.01, f1: 2%, log_loss: 0.01, mcc: 0.02, brier: 0.01, roc_auc: 0.005}}
  slices: {by: [region, [region, size]], metrics: [accuracy, log_loss], max_degradation: 0.05}
  fairness: {protected_attributes: [region], max_disparity: 0.2, max_increase: 0.05}
  calibration: {max_gap: 0.2, by: [size]}
  lower_is_better: []
"""


def _judged(
    mine: Predictions | LargePredictions, theirs: Predictions | LargePredictions, gates: bytes = _GATES
) -> dict[str, Finding]:
    (gate_set,) = load_gates(gates, "gates.yaml").values()
    baseline = Present(evidence=Evidence(predictions=theirs), label="production")
    return {each.name: each for each in judge(gate_set, Evidence(predictions=mine), baseline)}


def test_findings_are_those_of_a_table(tmp_path: Path) -> None:
    """Every gate on the same 200,000 rows, in another order, says the same to the twelfth decimal; but AUC, which is
    close and says how it was found."""
    ours, theirs = frames(_N)
    a, b = tmp_path / "a.parquet", tmp_path / "b.parquet"
    other = shuffled(theirs)
    expected = _judged(as_table(a, ours), as_table(b, other))

    found = _judged(
        in_pieces(a, ours, piece_rows=33_333, part_rows=50_000),
        in_pieces(b, other, piece_rows=33_333, part_rows=50_000),
    )

    assert list(found) == list(expected)
    assert {each.verdict for each in found.values()} >= {Verdict.PASS}
    for name, finding in found.items():
        if "roc_auc" in name:
            _close(finding, expected[name])
        else:
            assert _rounded(finding) == _rounded(expected[name])


def _close(found: Finding, expected: Finding) -> None:
    assert (found.verdict, found.reason, found.n) == (expected.verdict, expected.reason, expected.n)
    assert found.candidate == pytest.approx(expected.candidate, abs=1e-5)
    assert found.interval == pytest.approx(expected.interval, abs=1e-5)
    note = "AUC from 65,536 bins of scores, at most "
    assert note in found.message
    assert f"; {note}" in (found.method or "")
    assert found.message.partition(" (AUC from")[0][:20] == expected.message[:20]


def _rounded(finding: Finding) -> object:
    """A finding to the tenth digit of its figures: sums in another order differ in the sixteenth."""

    def shorter(value: object) -> object:
        if isinstance(value, float):
            return float(f"{value:.10g}") if abs(value) > 1e-9 else 0.0
        if isinstance(value, Struct):
            return {key: shorter(one) for key, one in asdict(value).items()}
        return [shorter(one) for one in value] if isinstance(value, tuple) else value

    return shorter(finding)


def test_what_needs_all_rows_is_an_error_with_its_reason(tmp_path: Path) -> None:
    """Never a sample, and never a pass."""
    ours, theirs = frames(3_000)
    gates = b"""
    performance: {average_precision: {min: 0.1}}
    regression: {max_degradation: 0.01, metrics: [average_precision]}
    calibration: {max_error: 0.1}
    """
    found = _judged(in_pieces(tmp_path / "a.parquet", ours), in_pieces(tmp_path / "b.parquet", theirs), gates)

    assert [(each.verdict, each.reason) for each in found.values()] == [(Verdict.ERROR, Reason.TOO_MANY_ROWS)] * 3


def test_rows_that_cannot_be_paired_are_an_error(tmp_path: Path) -> None:
    """With the reason of tables."""
    ours, theirs = frames(3_000)
    mine = in_pieces(tmp_path / "a.parquet", ours)
    fewer = _judged(mine, in_pieces(tmp_path / "b.parquet", theirs.head(2_900)))
    relabelled = _judged(mine, in_pieces(tmp_path / "c.parquet", theirs.with_columns(y=1 - pl.col("y"))))

    assert fewer["regression.accuracy"].reason == Reason.UNMATCHED_ROWS
    assert "100 of 3000 ids are not in b.parquet: '8700', '8703'" in fewer["regression.accuracy"].message
    assert relabelled["regression.accuracy"].reason == Reason.LABEL_MISMATCH
    assert fewer["performance.f1.min"].verdict is Verdict.PASS


def test_a_first_model_is_judged_alone(tmp_path: Path) -> None:
    """Against limits, without a baseline."""
    (gate_set,) = load_gates(_GATES, "gates.yaml").values()
    rows = in_pieces(tmp_path / "a.parquet", frames(3_000)[0])

    found = judge(gate_set, Evidence(predictions=rows), LeftOut())

    assert {each.verdict for each in found if each.kind == "performance"} == {Verdict.PASS}


def test_differences_are_those_of_a_table(tmp_path: Path) -> None:
    """What `diff` shows, in all rows and by group; metrics that need all rows are left out."""
    ours, theirs = frames(5_000)
    tables = as_table(tmp_path / "a.parquet", ours), as_table(tmp_path / "b.parquet", theirs)
    large = in_pieces(tmp_path / "a.parquet", ours), in_pieces(tmp_path / "b.parquet", shuffled(theirs))

    expected, found = (
        {
            (each.metric, each.group): each
            for each in differences.of(Evidence(predictions=mine), Evidence(predictions=other), groupings=["region"])
        }
        for mine, other in (tables, large)
    )

    assert {metric for metric, _ in expected} - {metric for metric, _ in found} == {"average_precision"}
    for key, one in found.items():
        assert one.difference == pytest.approx(expected[key].difference, abs=1e-4 if key[0] == "roc_auc" else 1e-10)
    sides = [Side(label="x", evidence=Evidence(predictions=each)) for each in large]
    assert compare(sides[1], sides[0]).disagreements == int((ours["p"] != theirs["p"]).sum())


def test_the_command_reads_large_files_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`seatrial gate` on Parquet whose footer names many rows: the verdict says that AUC comes from bins."""
    monkeypatch.setattr(large_rows, "rows_of", lambda _path: large_rows.LARGE_FROM)
    ours, theirs = frames(40_000)
    ours.write_parquet(tmp_path / "a.parquet")
    theirs.write_parquet(tmp_path / "b.parquet")
    (tmp_path / "gates.yaml").write_text(
        "performance: {auc: {min: 0.6}}\nslices: {by: [region], max_degradation: 0.9}\n"
    )
    files = ("--candidate", "a.parquet", "--production", "b.parquet", "--gates", "gates.yaml")
    monkeypatch.chdir(tmp_path)

    code = run_app(["gate", *files, "--score", "s", "--json"])

    first, *_ = json.loads(capsys.readouterr().out)["gates"]
    assert (code, first["verdict"]) == (0, "PASS")
    assert "AUC from 40,000 bins of scores" in first["message"]


def test_test_cases_are_not_looked_up_in_a_large_file(tmp_path: Path) -> None:
    """Answers to cases are to be written to a file of their own."""
    given = Given(label="the candidate", predictions=in_pieces(tmp_path / "a.parquet", frames(500)[0]))

    found = answers_to(Cases(cases=(), sources=()), given, repeats=1)

    assert isinstance(found, Unusable)
    assert found.reason is Reason.TOO_MANY_ROWS
