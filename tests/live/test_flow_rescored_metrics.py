"""What stands beside the candidate in the table was measured on the candidate's rows."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import CONFIG, EVALUATE, FEW, UNSURE, new_repo

MEASURING = EVALUATE.replace("model, test, out = sys.argv[1:]", "model, test, out, measured = sys.argv[1:]") + (
    "with open(measured, 'w') as file:\n    file.write('{\"rows\": %d}' % sum(1 for _ in common_rows.read(test)))\n"
)
WITH_METRICS = CONFIG.replace(
    "${deps.model} ${deps.test} ${outs.rows}", "${deps.model} ${deps.test} ${outs.rows} ${outs.measured}"
).replace(
    "    outs: {rows: {path: outputs/rows.csv, as: predictions, id: id, label: y, prediction: p}}",
    "    outs:\n"
    "      rows: {path: outputs/rows.csv, as: predictions, id: id, label: y, prediction: p}\n"
    "      measured: {path: outputs/test.json, as: metrics}",
)


def test_a_baseline_that_was_scored_again_shows_the_metrics_of_that_scoring(tmp_path: Path) -> None:
    """Production was measured on 1,200 rows once; beside a candidate on 60 rows it is measured on 60."""
    repo = new_repo(tmp_path, {"seatrial.yaml": WITH_METRICS, "steps/evaluate.py": MEASURING})
    repo.seatrial("run", "--json", code=2)
    repo.promote(repo.register(), "--first")
    repo.set_params(*UNSURE)
    (model,) = repo.seatrial("run", "--json", code=None).json["models"]
    metrics = {metric["name"]: (metric["candidate"], metric["baseline"]) for metric in model["metrics"]}

    assert FEW[1] == "  rows: 60\n"
    assert metrics["rows"] == (60.0, 60.0)
    assert metrics["size"] == (10.0, 10.0), "what training measured is not measured again"


def test_an_out_that_git_does_not_ignore_is_a_warning(tmp_path: Path) -> None:
    """Else the first `git add -A` makes every later run an error."""
    repo = new_repo(tmp_path)
    repo.write(".gitignore", "/data/\n")
    repo.commit()
    warnings = repo.seatrial("run", "--json", code=2).json["warnings"]

    assert any("git does not ignore outputs/" in warning for warning in warnings)


def test_registering_says_when_a_version_can_never_be_promoted(tmp_path: Path) -> None:
    """And does not send the user to a command that must refuse."""
    repo = new_repo(tmp_path)
    repo.write("notes.txt", "uncommitted")
    repo.seatrial("run", "--json", code=2)
    said = repo.seatrial("models", "register").out

    assert "it cannot be promoted: tiny@1 was made from a work tree with uncommitted changes" in said
    assert "models promote" not in said
