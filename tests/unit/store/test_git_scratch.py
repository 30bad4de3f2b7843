"""What a killed process leaves in a repository is taken away, and what somebody works in is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.store.git_scratch import object_folder, sweep
from seatrial.store.objects import UnreachableError
from tests.support.git_server import run
from tests.support.git_state import new_clone, new_remote, objects_in

PREAMBLE = """\
import os, sys
from pathlib import Path
from seatrial.store.git_scratch import object_folder, sweep
scratch = Path(sys.argv[1])
"""
LONG_AGO = (10**9, 10**9)


def old(folder: Path) -> Path:
    os.utime(folder, LONG_AGO)
    return folder


def elsewhere(program: str, scratch: Path) -> int:
    """Run a program in another process; how it ended."""
    words = [sys.executable, "-c", f"{PREAMBLE}{program}", str(scratch)]
    return subprocess.run(words, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}).returncode


def broken_off(scratch: Path) -> None:
    with object_folder(scratch) as folder:
        (folder / "ab").mkdir()
        raise RuntimeError


def test_a_folder_is_gone_afterwards_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        broken_off(tmp_path / "scratch")

    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_killed_process_leaves_a_folder_that_the_next_one_takes_away(tmp_path: Path) -> None:
    program = "with object_folder(scratch) as folder:\n    (folder / 'pack').touch()\n    os.kill(os.getpid(), 9)\n"
    assert elsewhere(program, tmp_path) == -9
    (left,) = tmp_path.iterdir()
    old(left)

    with object_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_somebody_works_in_stays_however_old_it_is(tmp_path: Path) -> None:
    with object_folder(tmp_path) as folder:
        (folder / "pack").write_bytes(b"x")
        old(folder)

        assert elsewhere("sweep(scratch)", tmp_path) == 0
        sweep(tmp_path)

        assert (folder / "pack").exists()


def test_a_young_folder_and_what_is_not_ours_stay(tmp_path: Path) -> None:
    young = tmp_path / "objects-young"
    young.mkdir()
    (tmp_path / "away").mkdir()
    old(tmp_path / "away")
    (tmp_path / "objects-link").symlink_to(tmp_path / "away")
    os.utime(tmp_path / "objects-link", LONG_AGO, follow_symlinks=False)

    sweep(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"objects-young", "objects-link", "away"}


def test_a_lock_that_a_killed_git_left_is_named(tmp_path: Path) -> None:
    """To look at the network would be no help."""
    bare = new_remote(tmp_path)
    clone = new_clone(bare, tmp_path / "clone")
    assert objects_in(new_clone(bare, tmp_path / "other")).put_if_absent("records/a/1.json", b"{}")
    lock = clone / ".git/refs/seatrial-seen/origin/state.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("")

    with pytest.raises(UnreachableError, match=r"cannot be looked at.*state\.lock") as caught:
        objects_in(clone).get("records/a/1.json")
    assert "delete the .lock file" in (caught.value.next_step or "")
    assert run("status", "--short", at=clone) == ""
