"""From an INCONCLUSIVE to labels that decide, and the gate file that is widely passed around, both by command."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from seatrial.cli.main import run_app
from seatrial.errors import EvidenceError
from seatrial.evidence.more_rows import draw, read_labelled, to_csv
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions, read_unlabelled
from seatrial.stats.tango import PairedCounts

DATA = Path(__file__).parents[1] / "data"


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _answers(count: int, first: int, seed: int) -> list[tuple[int, int, int, int]]:
    """(id, truth, candidate, production): both right but for 5 % of their own each."""
    chance = random.Random(seed)
    made = []
    for at in range(first, first + count):
        truth = chance.randrange(2)
        ours, theirs = (1 - truth if chance.random() < 0.05 else truth for _ in range(2))
        made.append((at, truth, ours, theirs))
    return made


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, column in (("candidate", 2), ("production", 3)):
        rows = [{"id": row[0], "y": row[1], "p": row[column]} for row in _answers(600, 0, 1)]
        _write(tmp_path / f"{name}.csv", rows)
        _write(tmp_path / f"more-{name}.csv", [{"id": r[0], "p": r[column]} for r in _answers(9_000, 10_000, 2)])
    return tmp_path


def _gate(files: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Any, str]:
    options = ["--candidate", "candidate.csv", "--production", "production.csv"]
    options += ["--unlabelled-candidate", "more-candidate.csv", "--unlabelled-production", "more-production.csv"]
    named = [str(files / word) if word.endswith(".csv") else word for word in (*options, *more)]
    code = run_app(["gate", "--fail-if-worse-than", "0.01", "--json", *named])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def _labelled(files: Path, rows: list[dict[str, str]]) -> None:
    _write(files / "labelled.csv", [dict(row) for row in rows])


def test_labels_of_the_rows_that_differ_decide(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file holds exactly the rows that are answered differently among those drawn, and with their labels the
    gate counts all rows that were drawn."""
    code, before, said = _gate(files, capsys, "--to-label", "to_label.csv")
    with (files / "to_label.csv").open() as file:
        rows = list(csv.DictReader(file))
    truth = {str(row[0]): row for row in _answers(9_000, 10_000, 2)}
    drawn = int(rows[0]["drawn"])
    gate = before["gates"][0]

    assert (code, gate["verdict"]) == (3, "INCONCLUSIVE")
    assert drawn == gate["n_needed"] - gate["n"]
    assert 0 < len(rows) < drawn / 5
    assert all(row["candidate"] != row["production"] and row["label"] == "" for row in rows)
    assert f"{len(rows):,} rows to label are in" in said

    _labelled(files, [{**row, "label": str(truth[row["id"]][1])} for row in rows])
    code, after, _ = _gate(files, capsys, "--labelled", "labelled.csv")
    gate = after["gates"][0]
    won = sum(truth[row["id"]][2] == truth[row["id"]][1] for row in rows)
    known = [(row[2] == row[1]) - (row[3] == row[1]) for row in _answers(600, 0, 1)]

    assert gate["n"] == 600 + drawn
    assert gate["estimate"] == pytest.approx((sum(known) + 2 * won - len(rows)) / (600 + drawn))
    assert (code, gate["verdict"]) == (0, "PASS")
    assert (
        f"accuracies are of the 600 rows that all have labels, the difference is of all {600 + drawn:,}"
        in (gate["message"])
    )


@pytest.mark.parametrize("other", ["yes", "1.5", "True"])
def test_a_label_that_nothing_known_has_is_refused(files: Path, capsys: pytest.CaptureFixture[str], other: str) -> None:
    """Both models would be wrong on such a row, and so equally good: a worse one would pass."""
    _gate(files, capsys, "--to-label", "to_label.csv")
    with (files / "to_label.csv").open() as file:
        rows = [{**row, "label": "1"} for row in csv.DictReader(file)]
    rows[2]["label"] = other
    _labelled(files, rows)
    options = [str(files / name) for name in ("more-candidate.csv", "more-production.csv", "labelled.csv")]
    code = run_app(
        [
            *("gate", "--candidate", str(files / "candidate.csv"), "--production", str(files / "production.csv")),
            *("--fail-if-worse-than", "0.01", "--unlabelled-candidate", options[0]),
            *("--unlabelled-production", options[1], "--labelled", options[2]),
        ]
    )
    said = capsys.readouterr().err

    assert code == 2
    assert f"labelled.csv:4 label: 1 label is nothing that a label or an answer known so far is: '{other}'" in said
    assert "Write them as the test set does ('0', '1')" in said


def test_a_row_that_stands_twice_is_told_as_such(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Drawing again, the step for rows that nobody drew, would throw the labels away."""
    _gate(files, capsys, "--to-label", "to_label.csv")
    with (files / "to_label.csv").open() as file:
        rows = [{**row, "label": "1"} for row in csv.DictReader(file)]
    _labelled(files, [*rows, rows[0]])
    columns = Columns()
    sides = [read_unlabelled(files / f"more-{name}.csv", columns) for name in ("candidate", "production")]

    with pytest.raises(EvidenceError) as caught:
        read_labelled(files / "labelled.csv", sides[0], sides[1], None)

    (problem,) = caught.value.problems
    assert problem.message == f"1 row stands twice: '{rows[0]['id']}'"
    assert problem.next_step == "Keep each row once."


def test_labels_may_have_spaces_around_them_where_the_test_set_has(tmp_path: Path) -> None:
    """They are filled in as they are known, with their spaces or, where those mean nothing, without."""
    for name, answer in (("candidate", "a "), ("production", "b")):
        _write(tmp_path / f"{name}.csv", [{"id": at, "y": ["a ", "b"][at % 2], "p": answer} for at in range(40)])
        _write(tmp_path / f"more-{name}.csv", [{"id": at, "p": answer} for at in range(100, 130)])
    columns = Columns()
    sides = [read_unlabelled(tmp_path / f"more-{name}.csv", columns) for name in ("candidate", "production")]
    rows = to_csv(draw(sides[0], sides[1], 30)).splitlines()
    filled = [f"{line}{'a ' if at % 3 == 0 else ' b'}" for at, line in enumerate(rows[1:])]
    (tmp_path / "labelled.csv").write_text("\n".join([rows[0], *filled]) + "\n")
    judged = read_predictions(tmp_path / "candidate.csv", columns)

    counts = read_labelled(tmp_path / "labelled.csv", sides[0], sides[1], judged)

    assert counts == PairedCounts(n=30, candidate_only=10, baseline_only=20)


def test_free_text_that_occurs_once_is_a_label_like_any_other(tmp_path: Path) -> None:
    """Answers to open questions are mostly unlike each other, and so is what would have been right."""
    for name, answer in (("candidate", "a{}"), ("production", "b{}")):
        known = [{"id": at, "y": f"a{at}", "p": answer.format(at)} for at in range(40)]
        _write(tmp_path / f"{name}.csv", known)
        _write(tmp_path / f"more-{name}.csv", [{"id": at, "p": answer.format(at)} for at in range(100, 130)])
    columns = Columns()
    sides = [read_unlabelled(tmp_path / f"more-{name}.csv", columns) for name in ("candidate", "production")]
    drawn = draw(sides[0], sides[1], 30)
    (tmp_path / "labelled.csv").write_text(to_csv(drawn).replace(",\n", ",c\n"))
    counts = read_labelled(
        tmp_path / "labelled.csv", sides[0], sides[1], read_predictions(tmp_path / "candidate.csv", columns)
    )

    assert counts == PairedCounts(n=30, candidate_only=0, baseline_only=0)


def test_labels_left_out_are_refused_by_line(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row without a label, a row that is gone and a row that nobody drew are each told."""
    _gate(files, capsys, "--to-label", "to_label.csv")
    with (files / "to_label.csv").open() as file:
        rows = list(csv.DictReader(file))
    rows = [{**row, "label": "1"} for row in rows[1:]]
    rows[3]["label"] = ""
    rows[4]["id"] = "7"
    _labelled(files, rows)
    options = [str(files / name) for name in ("more-candidate.csv", "more-production.csv", "labelled.csv")]
    code = run_app(
        [
            *("gate", "--candidate", str(files / "candidate.csv"), "--production", str(files / "production.csv")),
            *("--fail-if-worse-than", "0.01", "--unlabelled-candidate", options[0]),
            *("--unlabelled-production", options[1], "--labelled", options[2]),
        ]
    )
    said = capsys.readouterr().err

    assert code == 2
    assert "labelled.csv:5 label: 1 row has no label: '" in said
    assert "labelled.csv:6: 1 row is not of those that were drawn, or its answers changed: '7'" in said
    assert "2 of the rows that were drawn are missing" in said


def test_a_verdict_that_is_there_already_wants_no_labels(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [str(files / name) for name in ("candidate.csv", "production.csv", "to_label.csv")]
    more = [str(files / f"more-{name}.csv") for name in ("candidate", "production")]
    code = run_app(
        [
            *("gate", "--candidate", options[0], "--production", options[1], "--fail-if-worse-than", "0.3"),
            *("--unlabelled-candidate", more[0], "--unlabelled-production", more[1], "--to-label", options[2]),
        ]
    )

    assert code == 0
    assert "labels would change nothing" in " ".join(capsys.readouterr().out.split())
    assert not (files / "to_label.csv").exists()


def test_the_gate_file_that_is_passed_around_is_judged_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every key of it is obeyed: each metric has a limit and a comparison, both attributes are looked at, cases name
    rows, latencies are bounded."""
    chance = random.Random(3)
    (tmp_path / "tests").mkdir()
    rows: list[dict[str, Any]] = []
    for at in range(6_000):
        truth = chance.randrange(2)
        score = min(max(chance.gauss(0.15 + 0.7 * truth, 0.12), 0.0), 1.0)
        rows.append(
            {
                "id": at,
                "y": truth,
                "p": int(score > 0.5),
                "score": round(score, 6),
                "gender": chance.choice("fm"),
                "age_group": chance.choice(("18-30", "31-50", "51+")),
            }
        )
    _write(tmp_path / "new.csv", rows)
    _write(tmp_path / "old.csv", [{**row, "p": row["y"] if row["id"] % 50 else row["p"]} for row in rows])
    right = [row for row in rows if row["p"] == row["y"]][:50]
    _write(tmp_path / "tests" / "critical_cases.csv", [{"id": row["id"], "expected": row["y"]} for row in right])
    _write(
        tmp_path / "timings.csv",
        [{"order": at, "ms": round(chance.lognormvariate(1.2, 0.4), 3)} for at in range(2_000)],
    )
    monkeypatch.chdir(tmp_path)
    code = run_app(
        [
            *("gate", "--candidate", "new.csv", "--production", "old.csv", "--gates", str(DATA / "model_gates.yaml")),
            *("--score", "score", "--timings", "timings.csv", "--json"),
        ]
    )
    value = json.loads(capsys.readouterr().out)
    verdicts = {one["name"]: one["verdict"] for one in value["gates"]}

    assert value["gate_set"] == "promote"
    assert list(verdicts) == [
        *("performance.accuracy.min", "performance.f1_score.min", "performance.auc_roc.min"),
        *("regression.accuracy", "regression.f1_score", "regression.auc_roc"),
        *("fairness.equalized_odds.recall.gender", "fairness.equalized_odds.false_positive_rate.gender"),
        *("fairness.equalized_odds.recall.age_group", "fairness.equalized_odds.false_positive_rate.age_group"),
        "behavioral.pass_rate",
        *("latency.failed.max", "latency.p50_ms.max", "latency.p95_ms.max", "latency.p99_ms.max"),
    ]
    assert set(verdicts.values()) == {"PASS"}
    assert code == 0
