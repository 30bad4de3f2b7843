"""Test results that another job of CI has written: taken where they are of these files, and never run twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Repo, new_repo

CONFIG = """\
project: small
stages:
  unit:
    cmd: python run_tests.py ${outs.junit}
    deps: {data: data}
    outs: {junit: {path: reports/unit.xml, as: junit, taken_from: junit.xml}}
"""
CASES = '<testsuite><testcase name="a"/><testcase name="b">{}</testcase></testsuite>'
FILES = {
    "seatrial.yaml": CONFIG,
    "run_tests.py": f"import sys\n\nopen(sys.argv[1], 'w').write({CASES.format('')!r})\nprint('ran')\n",
    "data/rows.csv": "1\n",
    ".gitignore": "/reports/\n/junit.xml\n__pycache__/\n",
}
ALL_PASS = CASES.format("")
ONE_FAILS = CASES.format('<failure message="no"/>')


@pytest.fixture
def small(tmp_path: Path) -> Repo:
    repo = new_repo(tmp_path / "small", FILES)
    repo.commit()
    return repo


def _written(repo: Repo, text: str, *, since: int = 1) -> None:
    """As a job of CI leaves it after the checkout, `since` nanoseconds after the newest input came to its place."""
    repo.write("junit.xml", text)
    newest = max((repo.root / path).stat().st_ctime_ns for path in (*FILES, "data"))
    os.utime(repo.root / "junit.xml", ns=(newest + since,) * 2)


def _unit(repo: Repo, code: int = 0) -> tuple[str, str]:
    document: Any = repo.seatrial("run", "--json", code=code).json
    (stage,) = document["stages"]
    return stage["action"], stage["reason"]


def _log(repo: Repo) -> str:
    return max((repo.root / ".seatrial/runs").glob("*/logs/unit.log")).read_text()


def test_a_file_that_is_newer_than_all_inputs_stands_for_the_command(small: Repo) -> None:
    """The tests do not run, their results are evidence, and the log says where they are from."""
    _unit(small)
    _written(small, ALL_PASS)

    assert _unit(small) == ("ran", "junit.xml is newer than all inputs, and is taken")
    assert _log(small) == "taken from junit.xml, and not run: 2 passed, 0 failed, 0 skipped\n"
    assert small.read("reports/unit.xml") == ALL_PASS


def test_the_same_file_is_taken_once(small: Repo) -> None:
    """It is an input like any other."""
    _written(small, ALL_PASS)
    _unit(small)

    assert _unit(small)[0] == "reused"


def test_tests_that_failed_elsewhere_fail_the_stage(small: Repo) -> None:
    """As they would have here."""
    _written(small, ONE_FAILS)

    assert _unit(small, code=4)[0] == "failed"
    assert _log(small) == "taken from junit.xml, and not run: 1 passed, 1 failed, 0 skipped\n  b: failure\n"


@pytest.mark.parametrize("text", ["", "<testsuite/>", "<html/>", "<testsuite><testcase", "\udcff"])
def test_what_is_no_file_of_tests_fails_the_stage(small: Repo, text: str) -> None:
    """Nothing was checked, and that is no pass."""
    _written(small, ALL_PASS)
    (small.root / "junit.xml").write_bytes(text.encode("utf-8", "surrogateescape"))

    assert _unit(small, code=4)[0] == "failed"
    assert "junit.xml was written by somebody else, and cannot be taken" in _log(small)


def test_all_tests_skipped_is_no_pass(small: Repo) -> None:
    """Nothing was checked then either."""
    _written(small, '<testsuite><testcase name="a"><skipped/></testcase></testsuite>')

    assert _unit(small, code=4)[0] == "failed"


@pytest.mark.parametrize("path", ["run_tests.py", "data/rows.csv"])
def test_a_file_that_is_older_than_an_input_is_left_alone(small: Repo, path: str) -> None:
    """Those tests cannot have seen what changed since: the command runs."""
    _written(small, ONE_FAILS)
    small.write(path, small.read(path) + "\n")

    assert _unit(small)[0] == "ran"
    assert _log(small) == "ran\n"


def test_a_file_as_old_as_an_input_is_left_alone(small: Repo) -> None:
    """Which of the two came first cannot be told."""
    _written(small, ONE_FAILS, since=0)

    assert _unit(small)[0] == "ran"
    assert _log(small) == "ran\n"


def test_a_file_from_the_future_is_left_alone(small: Repo) -> None:
    """It would be newer than everything that is changed from now on."""
    _written(small, ALL_PASS, since=3_600 * 10**9)
    small.write("run_tests.py", small.read("run_tests.py") + "\n")

    assert _unit(small)[0] == "ran"
    assert _log(small) == "ran\n"


@pytest.mark.parametrize("path", ["run_tests.py", "data/rows.csv"])
def test_an_older_input_that_was_moved_into_place_since_is_newer(small: Repo, path: str) -> None:
    """Its bytes are from before, and the tests saw others."""
    small.write("other", small.read(path) + "\n")
    os.utime(small.root / "other", ns=(10**18, 10**18))
    folder = (small.root / path).parent.stat()
    _written(small, ALL_PASS)
    (small.root / "other").rename(small.root / path)
    os.utime((small.root / path).parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))

    assert _unit(small)[0] == "ran"
    assert _log(small) == "ran\n"


def test_a_result_that_was_taken_does_not_stand_for_the_command(small: Repo) -> None:
    """When the file is gone the tests run, although the inputs are the same."""
    _written(small, ALL_PASS)
    _unit(small)
    (small.root / "junit.xml").unlink()

    assert _unit(small) == ("ran", "junit.xml is gone, or older than an input")
    assert _log(small) == "ran\n"


def test_what_is_taken_twice_says_nothing_of_the_command(small: Repo) -> None:
    """The same file is the same file; whether the tests do the same again it does not tell."""
    _written(small, ALL_PASS)
    said = small.seatrial("run", "--twice", "unit", code=2)
    (small.root / "junit.xml").unlink()

    assert "takes its results from junit.xml, so its command would not run" in said.err
    assert "equal" in small.seatrial("run", "--twice", "unit").out


def test_a_link_or_a_folder_is_not_taken(small: Repo) -> None:
    """A link leads to files of another time and place."""
    _written(small, ALL_PASS)
    (small.root / "junit.xml").rename(small.root / "reports.xml")
    (small.root / "junit.xml").symlink_to("reports.xml")

    assert _unit(small)[0] == "ran"
    assert _log(small) == "ran\n"


def test_a_file_that_git_would_track_is_not_held_against_itself(small: Repo) -> None:
    """A stage without roots or deps depends on the whole tree, and so on the file."""
    small.write(".gitignore", "/reports/\n__pycache__/\n")
    small.write(
        "seatrial.yaml",
        CONFIG.replace("cmd: python run_tests.py", "shell: exit 9 #")
        .replace("    deps: {data: data}\n", "")
        .replace("${outs.junit}", ""),
    )
    small.commit()
    _written(small, ALL_PASS)

    assert _unit(small)[0] == "ran"
    assert _log(small).startswith("taken from junit.xml")


def test_a_settled_run_does_not_overlook_a_new_file(small: Repo) -> None:
    """Two runs in which nothing happened, then a file: it is taken."""
    _unit(small)
    _unit(small)
    _unit(small)
    _written(small, ONE_FAILS)

    assert _unit(small, code=4)[0] == "failed"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("as: junit, ", "", "only test results can be taken from a file that others write"),
        ("as: junit", "as: metrics", "only test results can be taken from a file that others write"),
        ("taken_from: junit.xml}", "taken_from: junit.xml}, more: more.txt", "can have no other out"),
        ("taken_from: junit.xml", "taken_from: ../junit.xml", "leaves its folder"),
        ("taken_from: junit.xml", "taken_from: reports//unit.xml", "this is where the stage itself writes"),
        ("taken_from: junit.xml", "taken_from: 3", "must be text"),
        ("deps: {data: data}", "deps: {data: other.out}", "reads what another one makes"),
    ],
)
def test_what_cannot_be_taken_is_refused(small: Repo, old: str, new: str, said: str) -> None:
    """At its place in the file."""
    small.write("seatrial.yaml", CONFIG.replace(old, new) + "  other: {cmd: echo x, outs: {out: x.txt}}\n")
    refused = small.seatrial("config", code=2)

    assert said in refused.err
    assert "seatrial.yaml:" in refused.err
