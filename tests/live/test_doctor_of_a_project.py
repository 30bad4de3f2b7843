"""`seatrial doctor` typed in a project that has lived: what its records prove, and what the command ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.cli import BETTER, WORSE, Repo, with_production


def _points(repo: Repo) -> dict[str, Any]:
    return {one["name"]: one for one in repo.seatrial("doctor", "--json").json["points"]}


def test_a_gate_that_failed_and_a_rollback_are_proven_by_their_records(tmp_path: Path) -> None:
    """A model that was worse, one that was better, and the way back; each names the record that shows it."""
    repo = with_production(tmp_path / "repo")
    before = _points(repo)
    repo.set_params(WORSE)
    failed = repo.run("--tier", "nightly", code=None)
    repo.set_params(BETTER)
    repo.run("--tier", "nightly")
    repo.promote(repo.register())
    promoted = _points(repo)
    repo.seatrial("models", "rollback", "tiny")
    after = _points(repo)

    assert before["quality_gate"]["strength"] == "present"
    assert after["quality_gate"]["strength"] == "proven"
    assert after["quality_gate"]["evidence"][0]["run"] == failed["run"]
    assert [one["rollback"]["strength"] for one in (before, promoted, after)] == ["declared", "present", "proven"]
    assert after["rollback"]["evidence"][0]["record"] == "ledger of tiny, move 3"


def test_records_of_the_state_prove_what_the_work_tree_has_forgotten(tmp_path: Path) -> None:
    """`.seatrial` may be deleted; a stage that failed stands in the records, too."""
    repo = with_production(tmp_path / "repo")
    repo.edit("steps/evaluate.py", ("model, test, out = sys.argv[1:]", "sys.exit(3)"))
    repo.commit()
    repo.seatrial("run", code=4)
    repo.git("clean", "-qfdx", "-e", "venv")
    found = _points(repo)

    assert found["integration_test"]["strength"] == "proven"


def test_the_command_ends_as_its_page_says(tmp_path: Path) -> None:
    """Advice never fails, unless it is asked to; a broken configuration does, and everything else is still shown."""
    repo = with_production(tmp_path / "repo")
    repo.seatrial("doctor", "--strict", "--badge", "badge.svg")
    assert repo.read("badge.svg").startswith("<svg")
    repo.write("requirements.txt", "numpy\n")
    repo.seatrial("doctor")
    repo.seatrial("doctor", "--strict", code=1)
    repo.edit("seatrial.yaml", ("tiers:", "tierss:"))
    said = repo.seatrial("doctor", "--json", code=2).json

    assert said["exit_code"] == 2
    assert said["patterns"][0]["pattern"] == "unpinned_dependency"
    assert "tierss" in said["problems"][0]
    repo.seatrial("doctor", "--badge", "params.yaml/badge.svg", code=5)


def test_a_visit_to_a_project_with_records_leaves_nothing(tmp_path: Path) -> None:
    """Neither in the cache nor in the state: no file, no byte, no time is another."""
    repo = with_production(tmp_path / "repo")

    def everything() -> dict[str, tuple[int, int]]:
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in repo.root.rglob("*")}

    before = everything()
    repo.seatrial("doctor")

    assert everything() == before


def test_a_run_that_is_in_the_work_tree_and_in_the_state_counts_once(tmp_path: Path) -> None:
    """The same run stands in both; the work tree's report says more of it."""
    repo = with_production(tmp_path / "repo")
    told = [one["message"] for one in _points(repo)["integration_test"]["evidence"] if one["run"]]

    assert len(list((repo.root / ".seatrial" / "runs").glob("*/report.json"))) == 1
    assert told == ["the whole pipeline ran once in 90 days, and has never said no"]
