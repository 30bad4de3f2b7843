"""A run with nothing to do is answered from the memo, and what it leaves differs in nothing but time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.calm import events, memos, new_calm_repo, settle, was_settled
from tests.support.cli import Repo


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The project after a run that is answered from the memo."""
    repo = new_calm_repo(tmp_path_factory.mktemp("calm"))
    settle(repo)
    return repo


def _ordinary(repo: Repo, *words: str) -> str:
    """What the ordinary way says."""
    for memo in memos(repo):
        memo.unlink()
    return repo.seatrial("run", *words).out


def _timeless(text: str) -> str:
    text = re.sub(r"[0-9a-hjkmnp-tv-z]{26}", "RUN", text, count=0)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "WHEN", text)
    return re.sub(r'"seconds": ?[\d.e-]+|\b[\d.]+ s in all', "TOOK", text)


def _newest(repo: Repo) -> Path:
    return max((repo.root / ".seatrial" / "runs").iterdir())


@pytest.mark.parametrize("words", [(), ("--json",), ("notes",), ("-j", "1", "--set-param", "words.count=2")], ids=str)
def test_it_says_what_an_ordinary_run_says(repo: Repo, words: tuple[str, ...]) -> None:
    """On standard output, in the report, and as JSON."""
    settle(repo, *[word for word in words if word != "--json"])
    quick = repo.seatrial("run", *words).out
    settled = was_settled(repo)
    files = [(_newest(repo) / name).read_text() for name in ("report.md", "report.json")]
    ordinary = _ordinary(repo, *words)
    others = [(_newest(repo) / name).read_text() for name in ("report.md", "report.json")]

    assert settled
    assert not was_settled(repo)
    assert _timeless(quick) == _timeless(ordinary)
    assert [_timeless(text) for text in files] == [_timeless(text) for text in others]


def test_its_log_tells_the_same_plan_and_the_same_reuse(repo: Repo) -> None:
    """One event for all stages in place of one each; nothing else is missing."""
    settle(repo)
    quick = events(repo)
    _ordinary(repo)
    ordinary = events(repo)

    def plan(log: list[dict[str, Any]]) -> Any:
        return {key: value for key, value in log[0].items() if key not in ("at", "run")}

    assert plan(quick) == plan(ordinary)
    assert quick[1]["cells"] == [
        [event["cell"], event["key"], event["run"], event["saved_wall"], event["saved_cpu"]]
        for event in ordinary
        if event["event"] == "stage_reused"
    ] or sorted(map(str, quick[1]["cells"])) == sorted(
        str([event["cell"], event["key"], event["run"], event["saved_wall"], event["saved_cpu"]])
        for event in ordinary
        if event["event"] == "stage_reused"
    )
    assert [event["event"] for event in quick] == ["run_started", "stages_reused", "run_ended"]
    assert ordinary[-1].keys() == quick[-1].keys()


def test_why_knows_of_it(repo: Repo) -> None:
    """The explanation names the settled run, and the run that made the result."""
    settle(repo)
    run = _newest(repo).name
    (cell,) = repo.seatrial("why", "words", "--json").json["cells"]

    assert cell["past"]["run"] == run
    assert cell["past"]["did"] == "reused"
    assert cell["past"]["reason"] == cell["reason"]
    assert cell["past"]["key"].startswith("b3:")


def test_it_leaves_no_timings_as_no_run_does_in_which_all_was_reused(repo: Repo) -> None:
    """Records are for what was learned; the log and the report are there all the same."""
    settle(repo)
    before = sorted((repo.state / "records" / "runs").iterdir())
    repo.run()
    settled = was_settled(repo)
    _ordinary(repo)

    assert settled
    assert before
    assert sorted((repo.state / "records" / "runs").iterdir()) == before


def test_report_shows_it_again(repo: Repo) -> None:
    """`seatrial report` reads what it left."""
    settle(repo)
    run = _newest(repo).name
    shown = repo.seatrial("report", "--json").json

    assert shown["run"] == run
    assert {stage["action"] for stage in shown["stages"]} == {"reused"}


def test_it_is_answered_in_folders_below_too(repo: Repo) -> None:
    """Where in the repository one stands does not matter."""
    settle(repo)
    said = repo.seatrial("run", folder="steps")

    assert was_settled(repo)
    assert "report: .seatrial/runs/" in said.out


def test_it_has_a_linked_work_tree_of_its_own(repo: Repo, tmp_path: Path) -> None:
    """A second work tree does not take the memo of the first for its own."""
    other = repo.worktree("second")
    other.write("steps/local_settings.py", 'END = "!"\n')
    other.write("raw/x.bin", b"\0")
    first = other.did(other.run())
    settle(other)

    assert set(first.values()) == {"ran"}
    assert other.read("made/words.txt").endswith("!")


@pytest.mark.parametrize("words", [("--jobs", "0"), ("--tier", "none"), ("--wrong",), ("nothing",)], ids=" ".join)
def test_mistakes_are_explained_as_ever(repo: Repo, words: tuple[str, ...]) -> None:
    """Also right after a settled run."""
    settle(repo)
    said = repo.seatrial("run", *words, code=2)

    assert said.err.startswith("error:")


def test_a_reader_that_goes_away_is_no_error(repo: Repo) -> None:
    """`seatrial run | head -1`."""
    settle(repo)
    child = repo.start("run")
    assert child.stdout is not None
    child.stdout.close()
    code = child.wait(timeout=60)
    assert child.stderr is not None
    said = child.stderr.read()
    child.stderr.close()

    assert code == 0
    assert "Traceback" not in said


def test_it_loads_next_to_nothing(repo: Repo) -> None:
    """What makes it quick: no command line, no configuration, no database."""
    settle(repo)
    program = (
        "import sys\nsys.argv = ['seatrial', 'run', '--json']\nfrom seatrial.cli import entry\n"
        "entry._leave = sys.exit\ntry:\n    entry.main()\nfinally:\n    print('LOADED', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repo.root,
        env=repo._environ() | {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stderr.split("LOADED")[1].split())

    assert was_settled(repo)
    assert json.loads(done.stdout)["exit_code"] == 0
    heavy = {"click", "dataclasses", "msgspec", "pathlib", "sqlite3", "subprocess", "yaml", "inspect", "asyncio"}
    assert loaded & heavy == set()
