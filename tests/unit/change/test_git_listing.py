"""What git is asked, and how its answers are read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from seatrial.change.git import Git
from seatrial.errors import OutsideError, UserError
from tests.support.project import Project, new_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path, {"a.txt": "a", "dir/b.txt": "b"})


def test_outside_of_a_repository_the_next_step_is_to_make_one(tmp_path: Path) -> None:
    """Not being in a work tree is the user's to fix."""
    with pytest.raises(UserError) as caught:
        Git.find(tmp_path)

    assert "git init" in str(caught.value.next_step)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """And not taken for a missing git."""
    with pytest.raises(UserError, match="is not a folder"):
        Git.find(tmp_path / "none")


def test_the_root_is_found_from_below(project: Project) -> None:
    """With the folder that all work trees share."""
    found = Git.find(project.root / "dir")

    assert (found.root, found.common) == (project.root, project.root / ".git")


def test_a_second_work_tree_shares_the_common_folder(project: Project, tmp_path: Path) -> None:
    """And knows the main one."""
    project.git("worktree", "add", "-q", str(tmp_path / "second"))
    found = Git.find(tmp_path / "second")

    assert (found.root, found.common, found.main_root) == (tmp_path / "second", project.root / ".git", project.root)


def test_any_file_name_is_listed_as_it_is(project: Project) -> None:
    """Newlines, quotes, other encodings."""
    names = ["caf\udce9", "line\nbreak", 'qu"ote', " space ", "tab\t"]
    for name in names:
        project.write(name, "x")
    git = Git.find(project.root)

    assert set(names) <= set(git.files())
    assert set(git.dirty([])) == set(names)
    project.commit()
    assert set(names) <= set(git.files_at("HEAD"))
    assert git.dirty([]) == ()


def test_a_folder_name_with_a_line_separator_is_no_end_of_line(tmp_path: Path) -> None:
    """Only a newline ends a line of git's."""
    project = new_project(tmp_path / "odd\u2028name")

    assert Git.find(project.root).root == project.root


def test_outs_do_not_make_a_tree_dirty(project: Project) -> None:
    """Neither an out nor what lies in it; a name that only begins like one does."""
    for path in ("made/x", "made2", "a.txt"):
        project.write(path, "changed")

    assert set(Git.find(project.root).dirty(["made"])) == {"made2", "a.txt"}


def test_a_hook_of_git_does_not_lead_us_to_its_own_index(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git sets for a hook's own commands is not for ours."""
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    assert "a.txt" in Git.find(project.root).files()


def test_a_commit_is_written_out_without_touching_anything(project: Project, tmp_path: Path) -> None:
    """Index and work tree stay as they are."""
    project.write("a.txt", "changed")
    project.git("add", "a.txt")
    git = Git.find(project.root)
    git.check_out("HEAD", tmp_path / "copy")

    assert (tmp_path / "copy" / "a.txt").read_text() == "a"
    assert git.dirty([]) == ("a.txt",)
    assert sorted(os.listdir(tmp_path)) == ["copy", "tree", "venv"]


def test_names_that_mean_nothing_are_none(project: Project) -> None:
    """A typo, an unset key, an absent file; a command that fails otherwise is an outside failure."""
    git = Git.find(project.root)

    assert git.commit("no-such-branch") is None
    assert git.config("no.such") is None
    assert git.read_at("HEAD", "none") is None
    assert git.commit() is not None
    assert git.read_at("HEAD", "a.txt") == b"a"
    with pytest.raises(OutsideError, match="ls-tree"):
        git.files_at("no-such-branch")


def test_compiled_python_is_no_file_of_the_tree(tmp_path: Path) -> None:
    """Stages write it where they run; a repository that does not ignore it must not become dirty by that."""
    project = new_project(tmp_path, {".gitignore": "out\n", "src/a.py": "x = 1"})
    project.write("src/__pycache__/a.cpython-311.pyc", b"compiled")
    git = Git.find(project.root)

    assert git.files() == (".gitignore", "src/a.py")
    assert git.dirty(()) == ()


def test_every_kind_of_difference_has_its_path(project: Project) -> None:
    """Changed, staged, deleted, renamed, in conflict, unknown: also where names hold blanks and line ends."""
    names = ["changed one", "deleted\none", "moved one", "both"]
    for name in names:
        project.write(name, "first\n")
    project.commit()
    git = Git.find(project.root)
    first = git.commit()
    project.git("checkout", "-q", "-b", "other")
    project.write("both", "theirs\n")
    project.commit()
    project.git("checkout", "-q", first or "")
    project.write("both", "ours\n")
    project.commit()
    here = git.commit()
    subprocess.run(["git", "merge", "-q", "other"], cwd=project.root, check=False, capture_output=True)
    project.write("changed one", "second\n")
    (project.root / "deleted\none").unlink()
    project.git("mv", "moved one", "moved there")
    project.write("new one", "new\n")
    standing = git.standing(["out"])

    assert standing.commit == here
    assert set(standing.dirty) == {"changed one", "deleted\none", "moved one", "moved there", "both", "new one"}


def test_before_the_first_commit_there_is_none(tmp_path: Path) -> None:
    """And everything is uncommitted."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "file").touch()
    standing = Git.find(tmp_path).standing(())

    assert standing.commit is None
    assert standing.dirty == ("file",)


def test_what_is_tracked_is_told_from_what_lies_there(project: Project) -> None:
    """A tracked file that is gone is tracked; an unknown one is not."""
    project.write("gone", "1")
    project.commit()
    (project.root / "gone").unlink()
    project.write("new", "1")
    listed = Git.find(project.root).listed()

    assert "gone" in listed.tracked
    assert "gone" not in listed.files
    assert "new" in listed.files
    assert "new" not in listed.tracked
