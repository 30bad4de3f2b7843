"""A run on a large folder that is answered from the memo, whatever was done to the folder before.

Large folders are watched as a whole, by one mark for each folder inside, and what the memo's check saw
is handed to the plan that follows it. So after each change the out must hold what is there by then,
told by a listing that the test takes itself.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.calm import settle, was_settled
from tests.support.cli import Repo, new_repo

FILES_EACH = 200
QUIET = 2.1
"""Seconds after which files are watched by their stamps alone; of younger ones the content is compared too."""
CONFIG = """\
project: large
stages:
  sum:
    cmd: python steps/sum.py ${deps.many} ${outs.sum}
    deps: {many: many}
    outs: {sum: sum.txt}
"""
SUM = """\
import os
import sys

many, out = sys.argv[1:]
found = []
for folder, folders, files in os.walk(many, followlinks=True):
    for name in files:
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            found.append(os.path.relpath(path, many) + " " + file.read().decode())
with open(out, "w") as file:
    file.write("|".join(sorted(found)))
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The project; every test finds it in the state that the one before left, which is a working one."""
    repo = new_repo(
        tmp_path_factory.mktemp("large"),
        {"seatrial.yaml": CONFIG, "steps/sum.py": SUM, ".gitignore": "/many\n/many/\n/sum.txt\n__pycache__/\n"},
    )
    _fill(repo.root / "many")
    return repo


def _fill(folder: Path) -> None:
    for below in ("a", "b", "c/deep"):
        (folder / below).mkdir(parents=True)
        for number in range(FILES_EACH):
            (folder / below / f"{number:03d}").write_text(f"{below} {number:03d}")
    time.sleep(QUIET)


def _truth(repo: Repo) -> str:
    many = repo.root / "many"
    found = [
        f"{Path(folder, name).relative_to(many)} {Path(folder, name).read_text()}"
        for folder, _, names in os.walk(many, followlinks=True)
        for name in names
    ]
    return "|".join(sorted(found))


def _edited(path: str, *, times_back: bool) -> Callable[[Repo], None]:
    """Other letters of the same number, in place; perhaps with the modification time put back."""

    def change(repo: Repo) -> None:
        file = repo.root / path
        before = file.stat()
        with file.open("r+b") as opened:
            opened.write(bytes([file.read_bytes()[0] ^ 1]))
        if times_back:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return change


def _renamed_over(repo: Repo) -> None:
    other = repo.root / "other"
    other.write_text("B 005")
    other.replace(repo.root / "many/b/005")


def _linked(repo: Repo) -> None:
    """A link to a file elsewhere: the stage reads that one from now on."""
    target = repo.root.parent / "elsewhere"
    target.write_text(os.urandom(4).hex())
    link = repo.root / "many/a/020"
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _folder_swapped(repo: Repo) -> None:
    """Another folder of the same name with the same names in it, and its times put back."""
    folder = repo.root / "many/c/deep"
    before = folder.stat()
    aside = repo.root / "aside"
    shutil.copytree(folder, aside)
    (aside / "007").write_text(os.urandom(4).hex())
    shutil.rmtree(folder)
    aside.rename(folder)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))


def _whole_swapped(repo: Repo) -> None:
    """The folder itself becomes a link to another one."""
    place = repo.root.parent / f"many-{os.urandom(4).hex()}"
    shutil.copytree(repo.root / "many", place)
    (place / "a/001").write_text(os.urandom(4).hex())
    many = repo.root / "many"
    if many.is_symlink():
        many.unlink()
    else:
        shutil.rmtree(many)
    many.symlink_to(place)


def _exchanged(repo: Repo) -> None:
    """Two files change their names."""
    folder = repo.root / "many/a"
    (folder / "010").rename(folder / "x")
    (folder / "011").rename(folder / "010")
    (folder / "x").rename(folder / "011")


CHANGES: dict[str, Callable[[Repo], object]] = {
    "same size, in place": _edited("many/b/003", times_back=False),
    "same size, in place, time put back": _edited("many/c/deep/150", times_back=True),
    "the first file of the first folder": _edited("many/a/000", times_back=True),
    "the last file of the last folder": _edited("many/c/deep/199", times_back=True),
    "by rename": _renamed_over,
    "a file more, deep inside": lambda repo: repo.write(f"many/c/deep/{os.urandom(4).hex()}", "new"),
    "a file less": lambda repo: next(iter(sorted((repo.root / "many/b").iterdir(), reverse=True))).unlink(),
    "a new name": lambda repo: (repo.root / "many/a/030").rename(repo.root / "many/a/030b"),
    "two names exchanged": _exchanged,
    "a folder more": lambda repo: repo.write(f"many/{os.urandom(4).hex()}/file", "new"),
    "a folder replaced, times put back": _folder_swapped,
    "a file becomes a link": _linked,
    "the whole folder becomes a link": _whole_swapped,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_a_large_folder_is_seen(repo: Repo, name: str) -> None:
    """The stage runs, and makes its out of what is there."""
    if any(path.is_symlink() for path in [repo.root / "many", *(repo.root / "many").rglob("*")]):
        (repo.root / "many").unlink() if (repo.root / "many").is_symlink() else shutil.rmtree(repo.root / "many")
        _fill(repo.root / "many")
    settle(repo)
    CHANGES[name](repo)
    document = repo.run()

    assert not was_settled(repo)
    assert repo.did(document) == {"sum": "ran"}
    assert repo.read("sum.txt") == _truth(repo)


def test_edits_right_after_one_another_are_all_seen(tmp_path: Path) -> None:
    """Before, between and after runs, within the two seconds in which stamps say too little."""
    repo = new_repo(
        tmp_path, {"seatrial.yaml": CONFIG, "steps/sum.py": SUM, ".gitignore": "/many/\n/sum.txt\n__pycache__/\n"}
    )
    _fill(repo.root / "many")
    settle(repo)
    file = repo.root / "many/a/100"
    for number in range(4):
        file.write_text(f"edit {number} a")
        repo.run()
        assert repo.read("sum.txt") == _truth(repo)
        file.write_text(f"edit {number} b")
        os.utime(file, ns=(0, 0))
        repo.run()
        assert repo.read("sum.txt") == _truth(repo)
    for _ in range(2):  # the first one leaves the memo: the run before made all anew
        repo.run()

    assert was_settled(repo)


def test_a_large_folder_that_is_written_while_its_stage_runs_keeps_nothing_settled(tmp_path: Path) -> None:
    """The same bytes written again: what was made is used, and neither stored nor remembered."""
    touching = SUM + "with open(many + '/a/000', 'r+') as file:\n    file.write('a')\n"
    repo = new_repo(
        tmp_path, {"seatrial.yaml": CONFIG, "steps/sum.py": touching, ".gitignore": "/many/\n/sum.txt\n__pycache__/\n"}
    )
    _fill(repo.root / "many")
    for _ in range(2):
        document = repo.run(code=None)

        assert not was_settled(repo)
        assert repo.did(document) != {"sum": "reused"}
