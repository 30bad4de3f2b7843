"""`report.html` of real runs: beside the report, with pictures of both models, remembered, and written by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, TRAIN, Repo, copy_of, new_repo, template, with_production
from tests.support.markup import Markup

CURVE = TRAIN + (
    "import os\n"
    "os.makedirs(os.path.dirname(model), exist_ok=True)\n"
    "with open(model.replace('model.txt', 'loss.csv'), 'w') as file:\n"
    "    file.write('step,loss\\n' + ''.join(f'{at},{float(skill) / (at + 1)}\\n' for at in range(30)))\n"
)
WITH_CURVE = {
    "seatrial.yaml": CONFIG.replace(
        "metrics: {path: outputs/metrics.json, as: metrics}",
        "metrics: {path: outputs/metrics.json, as: metrics}\n      loss: {path: outputs/loss.csv, as: curve}",
    ),
    "steps/train.py": CURVE,
}


def _with_curve(folder: Path) -> Repo:
    return with_production(folder, WITH_CURVE)


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production, whose training leaves a curve."""
    return copy_of(template(tmp_path_factory, "production-with-a-curve", _with_curve), tmp_path)


def folder_of(repo: Repo, run: str) -> Path:
    return repo.root / ".seatrial" / "runs" / run


def drawn(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {plot["kind"]: plot for plot in document["plots"]}


def test_a_run_leaves_a_page_with_pictures_of_both_models(repo: Repo) -> None:
    repo.set_params(BETTER)
    document = repo.run()
    page = (folder_of(repo, document["run"]) / "report.html").read_text()
    Markup(page).refuse_foreign()
    plots = drawn(document)

    assert set(plots) == {"confusion", "confusion_difference", "curve"}
    assert sum(map(sum, plots["confusion"]["matrix"]["cells"])) == 1200
    assert [(one["role"], one["name"]) for one in plots["curve"]["lines"]["series"]] == [
        ("candidate", "train"),
        ("baseline", "tiny@1 (production)"),
    ]
    assert page.count("<svg") == 3
    assert "tiny@1 (production)" in page
    assert json.loads((folder_of(repo, document["run"]) / "report.json").read_text())["plots"] == document["plots"]


def test_a_judgement_that_is_remembered_has_its_pictures_still(repo: Repo) -> None:
    """Nothing is judged or counted anew, and the page is the same but for the run."""
    repo.set_params(BETTER)
    first, second = repo.run(), repo.run()

    assert set(repo.did(second).values()) == {"reused"}
    assert second["plots"] == first["plots"]


def test_the_page_is_written_again_and_over_nothing_else(repo: Repo) -> None:
    repo.set_params(BETTER)
    document = repo.run()
    repo.seatrial("report", "--html", "page.html", "--run", document["run"])
    stored = (folder_of(repo, document["run"]) / "report.html").read_text()

    assert repo.read("page.html") == stored
    repo.seatrial("report", "--html", "page.html")
    said = repo.seatrial("report", "--html", "params.yaml", code=2)
    assert "params.yaml exists, is no report of a run, and is not overwritten" in said.err
    assert repo.seatrial("report", "--html", "/dev/stdout").out == stored
    assert "is a folder" in repo.seatrial("report", "--html", ".", code=2).err


def test_a_run_in_which_a_stage_failed_has_a_page_too(tmp_path: Path) -> None:
    repo = new_repo(tmp_path)
    repo.edit("steps/train.py", ("import sys\n", "import sys\nsys.exit('<script>no</script>')\n"))
    document = repo.run(code=4)
    page = (folder_of(repo, document["run"]) / "report.html").read_text()
    Markup(page).refuse_foreign()

    assert "ERROR" in page
    assert document["plots"] == []


def test_a_curve_that_cannot_be_read_is_a_warning_and_no_picture(repo: Repo) -> None:
    """The model has its verdict all the same."""
    repo.edit("steps/train.py", ("step,loss", "step,loss\\nx,y"))
    repo.set_params(BETTER)
    document = repo.run()

    assert document["models"][0]["verdict"] == "PASS"
    assert any("'x' is not a number" in warning for warning in document["warnings"])
    assert "curve" not in drawn(document)
