"""The demo, played whole: real models, real commits, the commands a user types."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import seatrial
from seatrial.demo.example import copy_example

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn is missing: pip install 'seatrial[demo]'"
)

_ENVIRON = {**os.environ, "PYTHONPATH": str(Path(seatrial.__file__).parents[1])}


def _seatrial(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seatrial", *words],
        cwd=folder,
        env=_ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The summary of one play."""
    folder: Path = tmp_path_factory.mktemp("demo")
    done = _seatrial("demo", "--into", "played", "--json", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _column(story: dict[str, Any], key: str) -> list[Any]:
    return [step[key] for step in story["steps"]]


def test_story_goes_from_a_first_model_to_a_rollback(story: dict[str, Any]) -> None:
    """Every verdict takes place, and only a pass or a person's word moves production."""
    assert _column(story, "step") == ["a", "b", "c", "d", "e", "f"]
    assert _column(story, "verdict") == ["ERROR", "PASS", "PASS", "FAIL", "INCONCLUSIVE", None]
    assert _column(story, "decision") == ["block", "allow", "allow", "block", "hold", None]
    assert _column(story, "exit_code") == [2, 0, 0, 1, 3, 0]
    assert _column(story, "production") == [1, 1, 2, 2, 2, 1]
    assert story["as_told"] is True


def test_changed_comment_trains_again_and_scores_nothing_again(story: dict[str, Any]) -> None:
    """Equal bytes out of training stop the chain there."""
    stages = story["steps"][1]["stages"]

    assert stages["train[seed=0]"] == "ran"
    assert stages["data"] == "reused"
    assert stages["evaluate"] == "reused"


def test_production_is_scored_again_only_on_the_new_test_set(story: dict[str, Any]) -> None:
    """Stored rows serve as long as they fit; for other rows production's own model is run again."""
    rescored = [reason is not None for reason in _column(story, "rescored")]

    assert rescored == [False, False, False, False, True, False]


def test_inconclusive_names_more_rows_than_there_were(story: dict[str, Any]) -> None:
    """The number of rows that would decide is larger than the test set that could not."""
    assert story["steps"][4]["rows_needed"] > 150


def test_ledger_has_every_move_and_who_made_it(story: dict[str, Any]) -> None:
    """First, promotion, rollback; each by the demo's own identity and not the machine's user."""
    moves = [(move["previous"], move["version"], move["how"]) for move in story["ledger"]]

    assert moves == [(None, 1, "first"), (1, 2, "promote"), (2, 1, "rollback")]
    assert {move["actor"] for move in story["ledger"]} == {"Seatrial demo <demo@seatrial.invalid>"}


def test_folder_is_kept_as_a_clean_repository_with_its_report(story: dict[str, Any]) -> None:
    """Afterwards one can look around: commits for every change, nothing left uncommitted, a report to read."""
    folder = Path(story["folder"])
    log = subprocess.run(["git", "log", "--format=%s"], cwd=folder, capture_output=True, text=True, check=True)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True)

    assert len(log.stdout.splitlines()) == 6
    assert status.stdout == ""
    assert "INCONCLUSIVE" in Path(story["report"]).read_text()


def test_user_can_go_on_in_the_folder_of_the_demo(story: dict[str, Any]) -> None:
    """The interpreter is written down, so a later command finds scikit-learn and the cache."""
    done = _seatrial("run", "--json", folder=Path(story["folder"]))

    assert done.returncode == 3, done.stdout + done.stderr


def test_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    """The demo overwrites nothing; the error says what to type instead."""
    (tmp_path / "thesis.txt").write_text("mine")

    done = _seatrial("demo", "--into", str(tmp_path), folder=tmp_path)

    assert done.returncode == 2
    assert "not an empty folder" in done.stderr
    assert "--into" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_example_passes_its_own_tests(tmp_path: Path) -> None:
    """What a user copies is a project that works by itself."""
    copy_example(tmp_path / "digits", sys.executable)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "digits",
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
