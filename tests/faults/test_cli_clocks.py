"""The clock is set back an hour, and files come from the future: changes are seen, and the newest run is the newest."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calm import memos, new_calm_repo, settle
from tests.support.cli import BETTER, Repo, copy_of, template, with_production
from tests.support.commanding import Commander, Fault

HOUR = 3600.0
BACK = Fault(behind=HOUR)


@pytest.fixture(scope="module")
def commander() -> Iterator[Commander]:
    with Commander() as commander:
        yield commander


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def test_after_the_clock_was_set_back_changes_are_seen(repo: Repo, commander: Commander) -> None:
    """A code file and an out change to other bytes of the same length, right after they were looked at."""
    repo.run()
    assert commander.type(repo, "run", "--json", fault=BACK).code == 0
    repo.edit("steps/train.py", ("round(1 -", "round(2 -"))
    first = commander.type(repo, "run", "--json", fault=BACK)
    repo.edit("steps/train.py", ("round(2 -", "round(3 -"))
    second = commander.type(repo, "run", "--json", fault=BACK)
    (repo.root / "outputs/model.txt").write_text("0.9 b\n")
    third = commander.type(repo, "run", "--json", fault=BACK)

    assert [repo.did(told.json)["train"] for told in (first, second, third)] == ["ran", "ran", "reused"]
    assert repo.read("outputs/model.txt") == "0.9 a\n"


def test_the_newest_run_is_the_one_that_was_last(repo: Repo, commander: Commander) -> None:
    """What is registered, reported and explained after the clock was set back is of the run that was made then."""
    repo.run()
    repo.set_params(BETTER)
    told = commander.type(repo, "run", "--json", fault=BACK)
    registered = commander.type(repo, "models", "register", "--json", fault=BACK)
    shown = repo.seatrial("report", "--json").json
    again = repo.run()

    assert shown["run"] == told.json["run"]
    assert registered.json["version"]["params"]["train.skill"] == 0.95
    assert registered.json["version"]["run"] == told.json["run"]
    assert again["run"] > told.json["run"]


def test_records_go_on_after_the_clock_was_set_back(repo: Repo, commander: Commander) -> None:
    """Their order is that of their numbers, whatever times they name."""
    repo.set_params(BETTER)
    repo.run()
    ref = repo.register()
    promoted = commander.type(repo, "models", "promote", ref, "--to", "production", "--json", fault=BACK)

    assert promoted.code == 0
    assert repo.aliases() == {"production": 2}
    repo.seatrial("models", "rollback", "tiny")
    assert repo.aliases() == {"production": 1}


@pytest.mark.parametrize("path", ["steps/train.py", "outputs/model.txt", "params.yaml", "data"])
def test_files_from_the_future_are_read_anew(repo: Repo, path: str) -> None:
    """Modified two hours from now, again and again with the same time and length."""
    future = time.time() + 2 * HOUR
    target = repo.root / path
    os.utime(target, (future, future))
    repo.run()
    repo.run()
    edits = {
        "steps/train.py": ("round(1 -", "round(2 -"),
        "params.yaml": ("salt: a", "salt: b"),
    }
    if path in edits:
        repo.edit(path, edits[path])
    elif target.is_dir():
        (target / "test.csv").write_text((target / "test.csv").read_text().replace("1", "2"))
    else:
        target.write_text("0.1 z\n")
    os.utime(target, (future, future))
    did = repo.did(repo.run(code=None))

    assert did["train"] == ("ran" if path in edits else "reused")
    if path not in edits:
        assert repo.read("outputs/model.txt") == "0.9 a\n"
        assert "1" in repo.read("data/test.csv")


def test_a_settled_run_in_the_past_is_believed_only_for_what_it_knows(tmp_path: Path, commander: Commander) -> None:
    """The memo of a run that nothing has changed since, and a change after it, while the clock is behind."""
    repo = new_calm_repo(tmp_path)
    settle(repo)
    before = len(memos(repo))
    quiet = commander.type(repo, "run", "--json", fault=BACK)
    repo.write("data/text.txt", repo.read("data/text.txt").swapcase())
    changed = commander.type(repo, "run", "--json", fault=BACK)

    assert before
    assert set(repo.did(quiet.json).values()) == {"reused"}
    assert repo.did(changed.json)["words"] == "ran"
    assert changed.json["run"] > quiet.json["run"]
