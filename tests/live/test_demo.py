"""The demo, played whole: real models, real commits, the commands a user types."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import seatrial
from seatrial.demo.example import copy_example

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None, reason="scikit-learn is missing: pip install 'seatrial[demo]'"
)

_ENVIRON = {**os.environ, "PYTHONPATH": str(Path(seatrial.__file__).parents[1])}
_PATIENCE = 300.0
_ROOT = Path(__file__).parents[2]


def _seatrial(*words: str, folder: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seatrial", *words],
        cwd=folder,
        env={**_ENVIRON, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def _git(story: dict[str, Any], *words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=story["folder"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _git_that_fails_to(folder: Path, command: str) -> dict[str, str]:
    """A PATH whose git fails at one command and is the real one for all others."""
    real = shutil.which("git")
    folder.mkdir()
    script = folder / "git"
    script.write_text(f'#!/bin/sh\n[ "$1" = {command} ] && {{ echo "disk quota exceeded" >&2; exit 128; }}\n')
    with script.open("a") as file:
        file.write(f'exec {real} "$@"\n')
    script.chmod(0o755)
    return {"PATH": os.pathsep.join((str(folder), os.environ["PATH"]))}


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
    assert (story["as_told"], story["difference"]) == (True, None)


def test_changed_comment_trains_again_and_scores_nothing_again(story: dict[str, Any]) -> None:
    """Equal bytes out of training stop the chain there."""
    stages = story["steps"][1]["stages"]

    assert stages == {
        "data": "reused",
        "train[seed=0]": "ran",
        "train[seed=1]": "ran",
        "train[seed=2]": "ran",
        "evaluate": "reused",
    }


def test_production_is_scored_again_only_on_the_new_test_set(story: dict[str, Any]) -> None:
    """Stored rows serve as long as they fit; for other rows production's own model is run again."""
    rescored = [reason is not None for reason in _column(story, "rescored")]

    assert rescored == [False, False, False, False, True, False]


def test_inconclusive_names_more_rows_than_there_were(story: dict[str, Any]) -> None:
    """The number of rows that would decide is larger than the test set that could not."""
    rows = Path(story["folder"], "data", "test.csv").read_text().count("\n") - 1

    assert story["steps"][4]["rows_needed"] > rows


def test_each_step_is_a_commit_of_its_own_and_the_rollback_is_none(story: dict[str, Any]) -> None:
    """Steps name real commits in the order of history; only the revert has no step for itself."""
    commits = _column(story, "commit")
    log = _git(story, "log", "--reverse", "--format=%h %s")

    assert [line for line in log if line.split()[0] not in commits] == [log[4]]
    assert "Revert" in log[4]
    assert [line.split()[0] for line in log if line.split()[0] in commits] == commits[:5]
    assert commits[5] == commits[4]


def test_ledger_has_every_move_and_who_made_it(story: dict[str, Any]) -> None:
    """First, promotion, rollback; each by the demo's own identity and not the machine's user."""
    moves = [(move["previous"], move["version"], move["how"]) for move in story["ledger"]]

    assert moves == [(None, 1, "first"), (1, 2, "promote"), (2, 1, "rollback")]
    assert {move["actor"] for move in story["ledger"]} == {"Seatrial demo <demo@seatrial.invalid>"}


def test_folder_is_kept_as_a_clean_repository_with_its_report(story: dict[str, Any]) -> None:
    """Afterwards one can look around: nothing left uncommitted, the report of the last run to read."""
    assert _git(story, "status", "--porcelain") == []
    assert Path(story["report"]).parent.name == story["steps"][4]["run"]
    assert "INCONCLUSIVE" in Path(story["report"]).read_text()


def test_summary_says_what_the_commands_say_afterwards(story: dict[str, Any]) -> None:
    """Verdicts and production of the summary are those of the records, asked once more."""
    folder = Path(story["folder"])
    runs = [step["run"] for step in story["steps"] if step["run"]]
    told = [json.loads(_seatrial("report", "--run", run, "--json", folder=folder).stdout) for run in runs]
    (model,) = json.loads(_seatrial("models", "list", "--json", folder=folder).stdout)["models"]

    assert [one["models"][0]["verdict"] for one in told] == _column(story, "verdict")[:5]
    assert model["aliases"] == {"production": story["steps"][-1]["production"]}
    assert [version["number"] for version in model["versions"]] == [1, 2]


def test_readme_shows_what_the_demo_comes_to(story: dict[str, Any]) -> None:
    """The excerpt on the front page has the steps, verdicts, exit codes and production of the story."""
    lines = (_ROOT / "README.md").read_text().splitlines()
    shown = [tuple(line.rsplit(maxsplit=4)) for line in lines if re.match(r"\([a-f]\) .* \d  digits@\d$", line)]

    assert [(title, verdict, int(code), holder) for title, _, verdict, code, holder in shown] == [
        (f"({step['step']}) {step['title']}", step["verdict"] or "-", step["exit_code"], f"digits@{step['production']}")
        for step in story["steps"]
    ]


def test_readme_of_the_example_tells_the_story(story: dict[str, Any]) -> None:
    """Its table has the titles, verdicts and exit codes of the story."""
    lines = (_ROOT / "examples" / "digits" / "README.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| (")]

    assert [(row[0], row[-2], row[-1]) for row in rows] == [
        (f"({step['step']}) {step['title']}", step["verdict"] or "-", str(step["exit_code"])) for step in story["steps"]
    ]


def test_user_can_go_on_in_the_folder_of_the_demo(story: dict[str, Any], tmp_path: Path) -> None:
    """The interpreter is written down, so a later command finds scikit-learn and the cache."""
    folder = tmp_path / "continued"
    shutil.copytree(story["folder"], folder, symlinks=True)

    done = _seatrial("run", "--json", folder=folder)

    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert {stage["action"] for stage in json.loads(done.stdout)["stages"]} == {"reused"}


def test_story_that_goes_differently_is_told_as_such(tmp_path: Path) -> None:
    """The demo never claims what did not happen: it names the step, the command and its last words, and fails."""
    environ = _git_that_fails_to(tmp_path / "bin", "commit")

    text = _seatrial("demo", "--into", "text", folder=tmp_path, environ=environ)
    asked = _seatrial("demo", "--into", "asked", "--json", folder=tmp_path, environ=environ)
    answer = json.loads(asked.stdout)

    assert (text.returncode, asked.returncode) == (70, 70)
    assert "the story went differently. step (a) The first model: `git commit" in text.stderr
    assert "ended with exit code 128, and 0 was expected" in text.stderr
    assert "$ seatrial run" not in text.stdout.splitlines()
    assert answer["as_told"] is False
    assert "disk quota exceeded" in answer["difference"]
    assert (answer["steps"], answer["ledger"], answer["report"]) == ([], [], None)


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
        timeout=_PATIENCE,
        check=False,
    )

    assert done.returncode == 0, done.stdout
