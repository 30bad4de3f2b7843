"""The wrong place to be: no repository, no commit, no configuration, no interpreter, no permission to write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.calm import new_calm_repo, settle, was_settled
from tests.support.cli import CONFIG, PATIENCE, Repo, copy_of, new_repo, template, with_production


def test_outside_of_a_repository_every_command_says_how_to_make_one(tmp_path: Path) -> None:
    """Exit code 2, and nothing is created."""
    outside = Repo(root=tmp_path, python=tmp_path / "venv" / "bin" / "python")
    for words in (("run",), ("plan",), ("models", "list"), ("report",), ("why", "x"), ("config",)):
        said = outside.seatrial(*words, code=2)

        assert f"{tmp_path} is not inside a git work tree" in said.err
        assert "next:  git init" in said.err
    assert list(tmp_path.iterdir()) == []


def test_before_the_first_commit_one_may_run_and_register_but_not_promote(tmp_path: Path) -> None:
    """There is nothing to compare with and nothing to make the model again from."""
    repo = new_repo(tmp_path, commit=False)

    document = repo.run(code=2)
    refused = repo.promote(repo.register(), "--first", code=2)
    branch = repo.run("--tier", "branch", code=2)

    assert (document["commit"], document["dirty"]) == (None, True)
    assert "made without a commit" in refused["reasons"][0]
    finding = next(one for one in branch["models"][0]["findings"] if one["verdict"] == "ERROR")
    assert finding["message"] == "nothing is committed yet; commit, and run it again"


def test_repository_without_configuration_says_what_to_create(tmp_path: Path) -> None:
    """Exit code 2; what needs no configuration works."""
    repo = new_repo(tmp_path)
    (repo.root / "seatrial.yaml").unlink()

    said = repo.seatrial("run", code=2)

    assert "there is no seatrial.yaml" in said.err
    assert "next:  create seatrial.yaml at the root of the repository" in said.err
    assert repo.seatrial("models", "list").out == "no model is registered yet\n"


def test_folder_in_place_of_the_configuration_is_no_configuration(tmp_path: Path) -> None:
    """Told like a missing file, not as a defect."""
    repo = new_repo(tmp_path)
    (repo.root / "seatrial.yaml").unlink()
    (repo.root / "seatrial.yaml").mkdir()

    assert "there is no seatrial.yaml" in repo.seatrial("run", code=2).err


@pytest.mark.parametrize(("python", "code"), [("nowhere/bin/python", 2), ("gates.yaml", 5), ("/bin/true", 5)])
def test_interpreter_that_cannot_be_used_is_named(tmp_path: Path, python: str, code: int) -> None:
    """It does not exist, cannot be started, or is no Python."""
    repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG.replace("main: main\n", f"main: main\npython: {python}\n")})

    said = repo.seatrial("run", code=code)

    assert python in said.err
    assert said.err.startswith("error: ")


def test_cache_folder_that_cannot_be_made_is_an_outside_error(tmp_path: Path) -> None:
    """A file lies where the cache should be: exit code 5, and the file stays."""
    repo = new_repo(tmp_path)
    repo.write(".seatrial", "mine")

    said = repo.seatrial("run", code=5)

    assert f"the cache folder {repo.root / '.seatrial'} cannot be written" in said.err
    assert "next:  " in said.err
    assert repo.read(".seatrial") == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_work_tree_is_an_outside_error(tmp_path: Path) -> None:
    """Somebody else's checkout: exit code 5 and what to do."""
    repo = new_repo(tmp_path)
    repo.root.chmod(0o555)
    try:
        said = repo.seatrial("run", code=5)
    finally:
        repo.root.chmod(0o755)

    assert "make " in said.err
    assert "writable, or work in a clone that is" in said.err


def test_state_that_cannot_be_written_fails_the_registration_alone(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """A file lies where the state's folder should be: exit code 5, and judging nothing as "first" either."""
    repo = copy_of(template(tmp_path_factory, "production", with_production), tmp_path)
    shutil.rmtree(repo.state)
    repo.state.write_text("not a folder")

    said = repo.seatrial("models", "register", code=5)

    assert "error: " in said.err
    assert "next:  " in said.err
    assert repo.state.read_text() == "not a folder"


def test_git_that_is_not_installed_is_an_outside_error(tmp_path: Path) -> None:
    """PATH without git: exit code 5."""
    repo = new_repo(tmp_path)
    repo.environ["PATH"] = str(tmp_path)

    said = repo.seatrial("run", code=5)

    assert "git is not installed or not in PATH" in said.err


def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`seatrial config --show | head -1`: no traceback."""
    repo = new_repo(tmp_path)
    child = repo.start("config", "--show")
    assert child.stdout is not None
    child.stdout.close()

    err = child.stderr.read() if child.stderr else ""
    child.wait(timeout=60)

    assert "Traceback" not in err
    assert child.returncode in (0, 1)
    if child.stderr:
        child.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is /dev/full")
@pytest.mark.parametrize("words", [("config", "--show"), ("run",), ("run", "--json"), ("--help",)], ids=" ".join)
def test_output_that_cannot_be_written_is_no_success(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Whoever reads the file that a disk had no room for must not take the end of it for all of it."""
    repo = new_repo(tmp_path)
    with Path("/dev/full").open("wb") as full:
        child = repo.start(*words, stdout=full)
        _, err = child.communicate(timeout=PATIENCE)

    assert child.returncode == 5, err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("config", "--show"), 0),
        (("plan",), 0),
        (("plan", "--json"), 0),
        (("models", "list"), 0),
        (("no-such-command",), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_output_that_is_closed_changes_no_exit_code(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    """`seatrial plan >&-`, `2>&-`, or both, as some daemons start it: nothing can be said, and nothing goes wrong."""
    repo = new_repo(tmp_path)
    said = [typed_with(closing, repo, *words) for closing in CLOSINGS]

    assert [one.returncode for one in said] == [code] * len(said), said
    if code == 0:
        assert said[0].stdout


def test_a_run_ends_as_ever_when_its_output_is_closed(tmp_path: Path) -> None:
    """Also one that is answered from the memo, and the report of it."""
    repo = new_calm_repo(tmp_path)
    for words in (("run",), ("report",)):
        assert {typed_with(closing, repo, *words).returncode for closing in CLOSINGS} == {0}
    settle(repo)

    assert {typed_with(closing, repo, "run").returncode for closing in CLOSINGS} == {0}
    assert was_settled(repo)


CLOSINGS = ("", ">&-", "2>&-", ">&- 2>&-")


def typed_with(closing: str, repo: Repo, *words: str) -> subprocess.CompletedProcess[str]:
    """A command typed with some of its outputs closed. Nothing else may come of it."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closing}', "sh", sys.executable, "-m", "seatrial", *words],
        cwd=repo.root,
        env=repo.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert ">&-" not in closing.split() or done.stdout == ""
    return done
