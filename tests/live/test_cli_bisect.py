"""`seatrial bisect` from outside: a bad commit among a dozen, found by running the stage at few of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.broken_history import AFTER, SHAPE, broken, harmless, started
from tests.support.cli import Repo, copy_of, template


@pytest.fixture
def history(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A dozen commits after a pass, one of them bad."""
    return copy_of(template(tmp_path_factory, "broken", lambda folder: broken(folder)[0]), tmp_path)


@pytest.fixture
def passed(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """One commit, at which the training passed."""
    return copy_of(template(tmp_path_factory, "started", started), tmp_path)


def bisect(repo: Repo, *words: str, code: int = 0) -> Any:
    """The document of a search for what broke the training."""
    return repo.seatrial("bisect", "train", "--json", *words, code=code).json


def subjects(document: Any) -> list[str]:
    return [one["subject"] for one in document["blamed"]]


def test_the_first_bad_commit_is_found_with_the_way_to_it(history: Repo) -> None:
    """Author, date, subject and the chain from the stage to what it changed; both ends and the middle were tested."""
    found = bisect(history)

    assert found["ended"] == "found"
    assert subjects(found) == ["shape it anew"]
    assert found["blamed"][0]["commit"] == history.git("rev-parse", f"HEAD~{AFTER}")
    assert found["blamed"][0]["author"] == "A. Tester"
    assert [hop["path"] for hop in found["blamed"][0]["chain"]] == ["steps/train.py", "steps/shaping.py"]
    assert found["suspects"] == 5
    assert found["confirmed"] == 1
    assert [one["seen"] for one in found["tested"][:2]] == ["passed", "failed"]


def test_what_is_printed_names_the_commit_and_the_end_of_its_log(history: Repo) -> None:
    """And progress tells each test, on standard error."""
    said = history.seatrial("bisect", "train")

    assert "the first bad commit, seen 2 times:" in said.out
    assert "shape it anew (symbol)" in said.out
    assert "no shape fits" in said.out
    assert "tested" in said.err
    assert "suspects are left" in said.err


def test_a_second_search_runs_nothing(history: Repo) -> None:
    """Passes are in the cache, failures are remembered with the tree they were seen in."""
    first = bisect(history, "--confirm", "0")
    second = bisect(history, "--confirm", "0")

    assert [one["commit"] for one in second["tested"]] == [one["commit"] for one in first["tested"]]
    assert all(one["known"] for one in second["tested"])
    assert subjects(second) == ["shape it anew"]


def test_the_work_tree_is_not_touched(history: Repo) -> None:
    """Neither its files, nor its commit, nor the outs of its last run."""
    history.write("steps/shaping.py", "half written")
    before = history.git("status", "--porcelain"), history.git("rev-parse", "HEAD"), history.read("outputs/model.txt")
    bisect(history)

    assert (history.git("status", "--porcelain"), history.git("rev-parse", "HEAD")) == before[:2]
    assert history.read("outputs/model.txt") == before[2]


def test_commits_that_cannot_be_tested_are_passed_over(passed: Repo) -> None:
    """What feeds the stage fails there; the bad one behind them is still found between its neighbours."""
    data = passed.read("steps/data.py")
    harmless(passed, 0)
    passed.write("steps/data.py", data + "raise SystemExit(9)\n")
    passed.commit("data fails")
    passed.write("steps/data.py", data)
    passed.commit("data works")
    passed.write("steps/shaping.py", SHAPE.replace("return size", "return size / 0"))
    passed.commit("bad")
    harmless(passed, 3)

    found = bisect(passed)

    assert subjects(found) == ["bad"]


def test_what_cannot_be_told_apart_is_a_range(passed: Repo) -> None:
    """The change that broke the stage came while what feeds it was broken: exit code 3."""
    data = passed.read("steps/data.py")
    harmless(passed, 0)
    passed.write("steps/data.py", data + "raise SystemExit(9)\n")
    passed.commit("data fails")
    passed.write("steps/shaping.py", SHAPE.replace("return size", "return size / 0"))
    passed.commit("bad")
    passed.write("steps/data.py", data)
    passed.commit("data works")

    found = bisect(passed, code=3)

    assert found["ended"] == "range"
    assert subjects(found) == ["data fails", "bad", "data works"]
    assert "not testable" in passed.seatrial("bisect", "train", code=3).out


def test_a_configuration_that_cannot_be_read_is_passed_over(passed: Repo) -> None:
    """As is a commit that has no such stage."""
    config = passed.read("seatrial.yaml")
    harmless(passed, 0)
    passed.write("seatrial.yaml", "stages: [\n")
    passed.commit("unreadable")
    passed.write("seatrial.yaml", config)
    passed.commit("readable")
    passed.write("steps/shaping.py", SHAPE.replace("return size", "return size / 0"))
    passed.commit("bad")

    assert subjects(bisect(passed)) == ["bad"]


def test_so_many_steps_and_no_more(history: Repo) -> None:
    """What is left then is a range."""
    found = bisect(history, "--steps", "1", code=3)

    assert found["ended"] == "range"
    assert "shape it anew" in subjects(found)
    assert len(found["blamed"]) > 1
    assert len(found["tested"]) == 3


def test_no_commit_is_blamed_for_what_fails_at_the_good_one_too(history: Repo) -> None:
    """Something outside has changed since: a machine, a service, data that nobody declared. Exit code 4."""
    history.git("checkout", "-q", "main")

    found = bisect(history, "--good", "HEAD~4", code=4)

    assert (found["ended"], found["blamed"]) == ("fails_at_good", [])


def test_no_commit_is_blamed_where_it_passes_at_the_last_suspect(passed: Repo) -> None:
    """It is flaky, or what made it fail is not in the tree: exit code 3."""
    harmless(passed, 0)
    harmless(passed, 1)

    found = bisect(passed, code=3)

    assert found["ended"] == "passes_at_bad"


def test_nothing_is_run_where_no_commit_reaches_the_stage(passed: Repo) -> None:
    """The answer is known before anything is tried."""
    harmless(passed, 1)
    harmless(passed, 2)

    found = bisect(passed, code=3)

    assert (found["ended"], found["tested"], found["run"]) == ("no_suspect", [], None)


def test_a_stage_that_fails_by_chance_is_not_blamed_on_a_commit(passed: Repo, tmp_path: Path) -> None:
    """Asked again, it does otherwise."""
    flag = tmp_path / "fail once"
    shape = f"import os\n\ndef shape(size):\n    if os.path.exists({str(flag)!r}):\n        os.remove({str(flag)!r})\n"
    passed.write("steps/shaping.py", shape + "        raise SystemExit(1)\n    return size\n")
    passed.commit("flaky")
    flag.touch()

    found = bisect(passed, code=3)

    assert found["ended"] == "unsure"
    assert subjects(found) == ["flaky"]


def test_a_stage_with_effects_is_not_run_at_old_commits(passed: Repo) -> None:
    """Exit code 2, and it is not done."""
    passed.edit("seatrial.yaml", ("  train:\n    cmd", "  train:\n    effects: true\n    cmd"))
    passed.edit("steps/wording.py", ("trained on", "trained for"))
    passed.commit("effects")

    (problem,) = passed.seatrial("bisect", "train", "--json", code=2).problems

    assert "acts on the world outside" in problem["message"]
