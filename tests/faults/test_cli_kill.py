"""Seatrial itself is killed, stopped or asked to end while a stage runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.cli import TRAIN, Repo, all_is_well, copy_of, template, wait_for, with_production

SLOW = TRAIN.replace(
    "    file.write(f",
    """    file.write("half")
    file.flush()
    import os
    import pathlib
    import time
    home = pathlib.Path(os.environ["HOME"])
    (home / "pid.new").write_text(str(os.getpid()))
    (home / "pid.new").rename(home / "pid")
    while (home / "hold").exists():
        time.sleep(0.01)
    file.seek(0)
    file.truncate()
    file.write(f""",
    1,
)
"""Writes half of its out, and then waits while somebody outside holds it."""


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A model in production, and a training that can be held in the middle."""

    def build(folder: Path) -> Repo:
        return with_production(folder, {"steps/train.py": SLOW})

    made = copy_of(template(tmp_path_factory, "slow", build), tmp_path)
    made.environ["HOME"] = str(tmp_path)
    return made


def _interrupted(repo: Repo, number: signal.Signals) -> tuple[int, str, int]:
    """Start a run, send a signal once the training is in the middle; exit code, its last words, the stage's pid."""
    home = Path(repo.environ["HOME"])
    (home / "hold").touch()
    repo.edit("params.yaml", ("  salt: a\n", "  salt: b\n"))
    repo.commit()
    child = repo.start("run")
    wait_for((home / "pid").exists, "the training is in the middle")
    os.kill(child.pid, number)
    _, err = child.communicate(timeout=60)
    return child.returncode, err, int((home / "pid").read_text())


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _release(repo: Repo) -> None:
    (Path(repo.environ["HOME"]) / "hold").unlink()


def test_killed_run_is_finished_by_the_next_one(repo: Repo) -> None:
    """`kill -9` in the middle of a stage: half an out is never taken for a result, what was done is reused."""
    code, _, pid = _interrupted(repo, signal.SIGKILL)
    assert repo.read("outputs/model.txt") == "half"
    assert _alive(pid)
    _release(repo)

    document = repo.run(code=None)

    assert code == -signal.SIGKILL
    assert repo.did(document) == {"data": "reused", "train": "ran", "evaluate": "ran"}
    assert repo.read("outputs/model.txt") == "0.9 b\n"
    assert not _alive(pid)


def test_stage_left_behind_is_ended_before_its_paths_are_used(repo: Repo) -> None:
    """The orphan still holds its out: the next run ends it instead of waiting for ever or writing beside it."""
    _, _, pid = _interrupted(repo, signal.SIGKILL)
    home = Path(repo.environ["HOME"])
    (home / "pid").unlink()
    second = repo.start("run")
    wait_for((home / "pid").exists, "the training runs again")
    gone = not _alive(pid)
    _release(repo)
    _, err = second.communicate(timeout=60)

    assert gone
    assert "left behind" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_asked_to_stop_it_stops_its_stages_too(repo: Repo, number: signal.Signals, code: int) -> None:
    """A person or a cancelled CI job: nothing goes on in the background, and nothing half done is stored."""
    ended, err, pid = _interrupted(repo, number)
    alive = _alive(pid)
    _release(repo)

    assert ended == code
    assert err.endswith("stopped\nnext:  type the same again: what was done is kept\n")
    assert not alive
    assert repo.did(repo.run(code=None))["train"] == "ran"


def test_records_and_cache_survive_a_kill(repo: Repo) -> None:
    """Production is where it was, and what was stored before is still a hit."""
    _interrupted(repo, signal.SIGKILL)
    _release(repo)
    repo.git("reset", "-q", "--hard", "HEAD~1")

    all_is_well(repo)
