"""The demo's commands neither see nor touch the user's own settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import seatrial
from seatrial.demo.prompt import Prompt, demo_environment, typed_program
from seatrial.errors import OutsideError

_SOURCE = str(Path(seatrial.__file__).parents[1])


def _prompt(folder: Path, **changed: str) -> Prompt:
    environ = {**os.environ, "PYTHONPATH": _SOURCE, **changed}
    return Prompt(folder=folder, environ=demo_environment(environ), quiet=True)


def test_commits_ignore_the_users_hooks_identity_and_signing(tmp_path: Path) -> None:
    """A commit succeeds under a global configuration that would refuse it, and carries the demo's own name."""
    home, folder = tmp_path / "home", tmp_path / "project"
    for made in (home, folder):
        made.mkdir()
    hook = home / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = f"[user]\n  name = Somebody\n[core]\n  hooksPath = {hook.parent}\n[commit]\n  gpgSign = true\n"
    (home / ".gitconfig").write_text(settings)
    prompt = _prompt(folder, HOME=str(home), GIT_DIR=str(tmp_path / "elsewhere"))
    (folder / "file").write_text("text")

    ended = [
        prompt.type(words).exit_code
        for words in (["git", "init", "-b", "main"], ["git", "add", "-A"], ["git", "commit", "-m", "first"])
    ]
    author = prompt.type(["git", "log", "-1", "--format=%an"]).output

    assert ended == [0, 0, 0]
    assert author == "Seatrial demo\n"
    assert (home / ".gitconfig").read_text() == settings


def test_seatrial_is_the_one_that_is_running(tmp_path: Path) -> None:
    """PATH is not asked, and a module of the project's own does not shadow one of Seatrial's."""
    (tmp_path / "click.py").write_text("raise SystemExit('shadowed')")

    ended = _prompt(tmp_path, PATH=os.defpath).type(["seatrial", "--help"])

    assert ended.exit_code == 0
    assert "models" in ended.output


def test_runs_progress_is_kept_where_it_would_only_repeat_the_table(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Standard error can be kept alone: what a command prints is still shown as it comes."""
    prompt = Prompt(folder=tmp_path, environ=demo_environment(os.environ), quiet=False)

    ended = prompt.type(["sh", "-c", "echo progress >&2; echo result"], keep_errors=True)
    shown = capfd.readouterr()

    assert ended.output == "progress\n"
    assert (shown.out, shown.err) == ("result\n", "")


@pytest.mark.parametrize(
    ("made", "typed"),
    [((), "{folder}/python -m seatrial"), (("seatrial",), "{folder}/seatrial")],
    ids=["no script", "script outside PATH"],
)
def test_seatrial_that_is_not_in_path_is_named_in_full(tmp_path: Path, made: tuple[str, ...], typed: str) -> None:
    """What the summary suggests to type works in the caller's shell as it stands."""
    for name in made:
        (tmp_path / name).touch(mode=0o755)

    assert typed_program(str(tmp_path / "python"), search="/nowhere") == typed.format(folder=tmp_path)


def test_seatrial_that_is_in_path_is_named_as_such(tmp_path: Path) -> None:
    """The short name is right only if it is the same installation."""
    here, other = tmp_path / "here", tmp_path / "other"
    for folder in (here, other):
        folder.mkdir()
        (folder / "seatrial").touch(mode=0o755)

    assert typed_program(str(here / "python"), search=str(here)) == "seatrial"
    assert typed_program(str(here / "python"), search=str(other)) == f"{here}/seatrial"


def test_relative_search_path_still_leads_to_the_same_folders(tmp_path: Path) -> None:
    """Commands start in another folder; a relative PYTHONPATH would silently point elsewhere."""
    given = {"PYTHONPATH": os.pathsep.join(("src", str(tmp_path)))}

    search = demo_environment(given)["PYTHONPATH"].split(os.pathsep)

    assert search == [str(Path.cwd() / "src"), str(tmp_path)]


def test_question_without_an_answer_is_an_error_with_what_was_said(tmp_path: Path) -> None:
    """A command that fails is never taken for an empty answer."""
    with pytest.raises(OutsideError, match=r"gave no answer: (.|\n)*no command `frobnicate`"):
        _prompt(tmp_path).ask(["seatrial", "frobnicate"])
