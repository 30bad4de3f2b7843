"""The n-th write of a whole `run` fails: exit code 5 and what to do, nothing finished is lost, the next run is right.

The n-th step of Seatrial's own process fails once, wherever that is (`tests/support/failing_disk.py`): in the cache, in
the shared one, in the state, in the log, while a command is started. Some steps may fail and cost nothing but
a warning. Every n is for `tests/long`; here some of them are taken, others in every version of the code.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.campaign import Campaign, campaign, fail_at
from tests.support.cli import Repo, new_repo
from tests.support.commanding import Commander, Fault

CODES = (errno.ENOSPC, errno.EIO, errno.EMFILE)
STRIDE = 83


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with campaign(tmp_path_factory.mktemp("disk")) as made:
        yield made


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_a_step_that_fails_ends_the_run_well(made: Campaign, code: int) -> None:
    """Some of the steps of a cold run, one in each of several runs."""
    made.begin("b", "cold")
    steps = made.commander.type(made.repo, "run", "--json", fault=Fault(fail_at=1 << 30)).steps
    codes = {fail_at(made, at, code) for at in range(1 + CODES.index(code) * 27, steps, STRIDE)}

    assert steps > 300
    assert 5 in codes


def test_a_process_out_of_descriptors_is_told(made: Campaign) -> None:
    """A real limit, from one that hardly lets git start to one that is enough."""
    codes = []
    for limit in (8, 12, 16, 20, 24, 32):
        made.begin("c", "cold")
        told = made.strike(Fault(descriptors=limit))
        codes.append(told.code)

        assert told.code in (5, made.cold["c"].code), (limit, told.out, told.err)
        made.recover()
    assert codes[0] == 5
    assert codes[-1] == made.cold["c"].code


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_cache_on_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """A real one, with more and more room: exit code 5 or an ordinary end, and never a wrong one."""
    repo = new_repo(tmp_path)
    right = repo.did(repo.run(code=2))
    outs = {path: (repo.root / path).read_bytes() for path in ("outputs/model.txt", "outputs/rows.csv")}
    (repo.root / ".seatrial").rename(tmp_path / "first-cache")
    (repo.root / ".seatrial").symlink_to(small_disk)
    codes = []
    with Commander() as commander:
        for free in (1, 24, 80, 160, 1800):
            _fill(small_disk, free << 10)
            told = commander.type(repo, "run", "--json")
            codes.append(told.code)

            assert told.code in (5, 2), (free, told.out, told.err)
            if told.code == 2:
                assert told.json.get("error") is None
                assert {path: (repo.root / path).read_bytes() for path in outs} == outs
            else:
                assert "No space left" in told.out + told.err or "full" in told.out + told.err
    (small_disk / "fill").unlink()

    assert codes[0] == 5
    assert codes[-1] == 2
    assert repo.did(repo.run(code=2)).keys() == right.keys()
    assert set(repo.did(repo.run(code=2)).values()) == {"reused"}


def _fill(disk: Path, free: int) -> None:
    """Leave so many bytes."""
    (disk / "fill").unlink(missing_ok=True)
    there = os.statvfs(disk)
    (disk / "fill").write_bytes(bytes(max(0, there.f_bavail * there.f_bsize - free)))


def test_a_state_on_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """Registering fails with exit code 5 and nothing registered; with room again it is done."""
    repo: Repo = new_repo(tmp_path)
    repo.run(code=2)
    if repo.state.exists():
        for path in sorted(repo.state.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        repo.state.rmdir()
    repo.state.parent.mkdir(parents=True, exist_ok=True)
    (small_disk / "state").mkdir()
    repo.state.symlink_to(small_disk / "state")
    (repo.root / ".seatrial" / "seen.json").unlink(missing_ok=True)
    _fill(small_disk, 4 << 10)
    said = repo.seatrial("models", "register", "--json", code=5)
    (small_disk / "fill").unlink()

    assert "No space left" in said.problems[0]["message"]
    assert repo.register() == "tiny@1"
    assert repo.promote("tiny@1", "--first")["moved"]
