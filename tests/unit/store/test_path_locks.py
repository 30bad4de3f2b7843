"""Locks on paths: all or none, shared or alone, gone with their holder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.store.locks import Busy, Held, PathLocks

HOLD = """
import sys
from pathlib import Path
from seatrial.store.locks import Held, PathLocks
paths = {"exclusive": [], "shared": []} | {sys.argv[2]: [sys.argv[3]]}
held = PathLocks(Path(sys.argv[1])).try_acquire(**paths)
assert isinstance(held, Held)
held.note({"run": "other"})
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("theirs", "ours", "free"),
    [
        ("exclusive", "exclusive", False),
        ("exclusive", "shared", False),
        ("shared", "exclusive", False),
        ("shared", "shared", True),
    ],
)
def test_another_process_is_kept_out_until_it_dies(tmp_path: Path, theirs: str, ours: str, free: bool) -> None:
    """Readers share; a kill releases without anybody's help."""
    locks = PathLocks(tmp_path)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), theirs, "p"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": "src"},
        cwd=Path(__file__).parents[3],
    )
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == b"held\n"
    exclusive, shared = (["p"], []) if ours == "exclusive" else ([], ["p"])
    during = locks.try_acquire(exclusive=exclusive, shared=shared)
    other.kill()
    other.wait()
    other.stdout.close()
    other.stdin.close()
    if isinstance(during, Held):
        during.release()
    after = locks.try_acquire(exclusive=["p"])

    assert isinstance(during, Held) is free
    if isinstance(during, Busy) and theirs == "exclusive":
        assert (during.path, during.owner) == ("p", {"run": "other"})
    assert isinstance(after, Held)
    after.release()


def test_all_are_taken_or_none(tmp_path: Path) -> None:
    """A path that comes before the busy one is free again at once."""
    locks = PathLocks(tmp_path)
    one = locks.try_acquire(exclusive=["b"])
    two = locks.try_acquire(exclusive=["a", "b"])
    three = locks.try_acquire(exclusive=["a"])

    assert isinstance(two, Busy)
    assert two.path == "b"
    assert isinstance(one, Held)
    assert isinstance(three, Held)
    one.release()
    three.release()


def test_a_path_wanted_both_ways_is_taken_alone(tmp_path: Path) -> None:
    """A stage does not wait for itself."""
    locks = PathLocks(tmp_path)
    one = locks.try_acquire(exclusive=["a"], shared=["a"])

    assert isinstance(one, Held)
    assert isinstance(locks.try_acquire(exclusive=[], shared=["a"]), Busy)
    one.release()


def test_a_note_that_is_cut_short_is_no_note(tmp_path: Path) -> None:
    """The path is busy all the same."""
    locks = PathLocks(tmp_path)
    one = locks.try_acquire(exclusive=["a"])
    (file,) = tmp_path.iterdir()
    file.write_text('{"run": "x')
    two = locks.try_acquire(exclusive=["a"])

    assert isinstance(one, Held)
    assert isinstance(two, Busy)
    assert two.owner == {}
    one.release()
