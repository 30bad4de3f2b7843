"""When a memo holds, told on a repository of one file, with stamps that say nothing has changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from seatrial import digest
from seatrial.change import git_process
from seatrial.flows import settled
from seatrial.store import stamps

ENVIRON = {"PATH": "/bin", "FLAVOUR": "sour"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "file").write_text("content")
    return tmp_path


def _memo(top: Path, **changes: Any) -> settled.Memo:
    """A memo of the repository as it is, some of its facts replaced."""
    file = str(top / "file")
    status = git_process.ask(git_process.STATUS, str(top)).out
    header: dict[str, Any] = {
        "root": str(top),
        "environ": settled.surroundings(ENVIRON),
        "machine": settled.machine(),
        "status": digest.of_bytes(settled.standing(status)),
        "followed": [file],
        "plain": [file],
        "no_file": [],
        "nothing": [],
        "restless": {file: stamps.content(file)},
        "folders": {},
        **changes,
    }
    return settled.Memo(
        str(top / "memo-of-this"), header, stamps.take([file], os.stat), stamps.take([file], os.lstat), {}
    )


def test_it_holds_while_nothing_has_changed(root: Path) -> None:
    """Variables that no plan consults do not count."""
    memo = _memo(root)

    assert settled.holds(memo, str(root), ENVIRON)
    assert settled.holds(memo, str(root), {**ENVIRON, "FLAVOUR": "sweet"})


def test_a_young_file_is_read_although_its_stamp_says_nothing(root: Path) -> None:
    """Two writes within one tick of the clock leave the same times."""
    file = str(root / "file")

    assert not settled.holds(_memo(root, restless={file: digest.of_bytes(b"other")}), str(root), ENVIRON)


@pytest.mark.parametrize(
    "changes",
    [
        {"root": "/elsewhere"},
        {"environ": {"PATH": "/usr/bin"}},
        {"machine": "another machine"},
        {"status": digest.of_bytes(b"other")},
        {"no_file": ["file"]},
        {"nothing": ["file"]},
        {"nothing": [".git"]},
    ],
    ids=str,
)
def test_each_fact_of_it_counts(root: Path, changes: dict[str, Any]) -> None:
    """Whatever differs, it does not hold; a folder may be where no file may be."""
    there = {
        key: [str(root / name) for name in value] if isinstance(value, list) else value
        for key, value in changes.items()
    }

    assert not settled.holds(_memo(root, **there), str(root), ENVIRON)
    assert settled.holds(_memo(root, no_file=[str(root / ".git"), "/gone"], nothing=["/gone"]), str(root), ENVIRON)


def test_a_young_file_is_settled_once_it_has_been_quiet(root: Path) -> None:
    """It is read until two seconds have passed since its last change, and then its stamp is enough."""
    memo = _memo(root)
    changed = (root / "file").stat().st_ctime_ns
    settled.calm(memo, changed + 1)
    soon = Path(memo.file).exists()
    settled.calm(memo, changed + 3_000_000_000)
    later = settled.recall(memo.file)

    assert not soon
    assert later is not None
    assert later.header["restless"] == {}
    assert (later.followed, later.plain) == (memo.followed, memo.plain)


def test_where_git_cannot_answer_it_does_not_hold(root: Path) -> None:
    """Also when the repository is gone."""
    memo = _memo(root)
    (root / ".git" / "HEAD").unlink()

    assert not settled.holds(memo, str(root), ENVIRON)
