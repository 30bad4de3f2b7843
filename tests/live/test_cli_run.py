"""`seatrial run` from outside: exit codes, what goes to which stream, and the report afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import BETTER, OTHER, UNSURE, WORSE, Repo, copy_of, new_repo, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def test_first_run_cannot_be_compared_and_says_how_to_go_on(tmp_path: Path) -> None:
    """Without a baseline the regression gate is an ERROR, never a pass; the next command is named."""
    said = new_repo(tmp_path).seatrial("run", code=2)

    assert said.out.startswith("ERROR: there is no baseline")
    assert "Decision: block" in said.out
    assert "Next: seatrial models register --run " in said.out


@pytest.mark.parametrize(
    ("change", "code", "verdict", "decision"),
    [
        ((BETTER,), 0, "PASS", "allow"),
        ((WORSE,), 1, "FAIL", "block"),
        (UNSURE, 3, "INCONCLUSIVE", "hold"),
    ],
    ids=["better", "worse", "too few rows"],
)
def test_exit_code_is_that_of_the_decision(
    repo: Repo, change: tuple[tuple[str, str], ...], code: int, verdict: str, decision: str
) -> None:
    """0 allowed, 1 blocked by a FAIL, 3 held; with --json the same code stands in the document."""
    repo.set_params(*change)

    document = repo.run(code=code)

    (model,) = document["models"]
    assert (model["verdict"], model["decision"], document["exit_code"]) == (verdict, decision, code)


def test_failed_command_exits_4_and_shows_the_end_of_its_log(repo: Repo) -> None:
    """What the command printed last is nearly always the reason."""
    repo.edit("steps/train.py", ("import sys\n", "import sys\nsys.exit('the disk of the trainer is full')\n"))

    said = repo.seatrial("run", code=4)

    assert "ERROR: stage train failed: exit code 1; 1 stage blocked" in said.out
    assert "  | the disk of the trainer is full" in said.out
    assert "Next: seatrial run train\n" in said.out
    folder = max((repo.root / ".seatrial" / "runs").iterdir())
    for name in ("report.md", "report.html", "report.json"):
        assert "the disk of the trainer is full" in (folder / name).read_text()


def test_progress_goes_to_standard_error_and_the_result_to_standard_output(repo: Repo) -> None:
    """So that `seatrial run > report.txt` holds the result alone."""
    repo.set_params(BETTER)

    said = repo.seatrial("run")

    assert "  run     train: params.train.skill 0.9 -> 0.95" in said.err
    assert "  reuse   data" in said.err
    assert "  reuse " not in said.out
    assert said.out.startswith("PASS: accuracy rose 0.058 [")


def test_named_stage_runs_with_its_producers_and_judges_nothing(tmp_path: Path) -> None:
    """`run train` is for trying a stage out; no verdict is claimed."""
    repo = new_repo(tmp_path)

    document = repo.run("train")

    assert repo.did(document) == {"data": "ran", "train": "ran"}
    assert document["models"] == []


def test_run_works_from_a_folder_below_the_root(repo: Repo) -> None:
    """The project is found from anywhere inside the work tree."""
    document = repo.seatrial("run", "--json", folder="steps").json

    assert set(repo.did(document).values()) == {"reused"}


def test_report_can_be_shown_again(repo: Repo) -> None:
    """`report` renders the stored facts: text, Markdown and JSON tell the same run."""
    repo.set_params(BETTER)
    ran = repo.run()

    text = repo.seatrial("report").out
    markdown = repo.seatrial("report", "--markdown", "--run", ran["run"]).out
    document = repo.seatrial("report", "--json").json

    assert text.startswith("PASS: accuracy rose 0.058 [")
    assert markdown == Path(ran["report"]).read_text()
    assert document["run"] == ran["run"]
    assert document["models"] == ran["models"]


def test_reused_stage_says_what_that_saved(repo: Repo) -> None:
    """Time of a run is recorded per stage, and a hit names the time that it saved."""
    document = repo.run()

    assert all(stage["saved"] > 0 for stage in document["stages"])
    assert all(stage["wall"] is None for stage in document["stages"])


def test_costs_of_a_run_are_in_the_records(repo: Repo) -> None:
    """Wall, CPU, peak memory and machine of every stage are kept beyond the cache."""
    (file,) = (repo.state / "records" / "runs").glob("*/00000001.json")
    body = json.loads(file.read_bytes())["body"]

    assert body["machine"].startswith("linux ")
    stages = {stage["name"]: stage for stage in body["stages"]}
    assert set(stages) == {"data", "train", "evaluate"}
    assert all(stages[name]["wall"] > 0 and stages[name]["peak_memory"] > 0 for name in stages)


def test_overridden_parameter_wins_over_the_file(repo: Repo) -> None:
    """`--set-param` is for one run, and the way to repeat the run names it."""
    document = repo.run("--set-param", "train.skill=0.95")

    assert document["repeat"] == "seatrial run --set-param train.skill=0.95"
    assert document["models"][0]["verdict"] == "PASS"
    assert repo.read("params.yaml").count("0.9\n") == 1


def test_changed_answers_of_equal_skill_are_compared_row_by_row(repo: Repo) -> None:
    """Two models with close accuracies and many disagreements are not taken for the same."""
    repo.set_params(OTHER)

    document = repo.run(code=None)

    (finding,) = [one for one in document["models"][0]["findings"] if one["kind"] == "regression"]
    assert finding["method"] == "Tango score, paired"
    assert finding["n"] == 1200
    assert finding["interval"][1] - finding["interval"][0] > 0.02


def test_model_without_gates_is_run_and_not_judged(tmp_path: Path) -> None:
    """No gates, no verdict: the run is done and says that nothing was judged."""
    repo = new_repo(tmp_path)
    text = repo.read("seatrial.yaml").replace("    gates: gates.yaml\n", "")
    repo.write("seatrial.yaml", "".join(line for line in text.splitlines(True) if "gates:" not in line))

    said = repo.seatrial("run")

    assert said.out.startswith("DONE: 3 ran; no model was judged")
