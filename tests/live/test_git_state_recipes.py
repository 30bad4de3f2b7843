"""The commands that the page on shared states shows, typed as they stand there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from seatrial.clock import FixedClock
from seatrial.errors import StateError
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.local_state import LocalState
from tests.support.git_server import run
from tests.support.git_state import STATE, new_clone, new_remote, state_in
from tests.support.instants import INSTANT

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "shared-state-and-cache.md").read_text()
SECTION = PAGE.partition("### Backup, moving in, moving out\n")[2].partition("\n## ")[0]
INDENTED = [
    "\n".join(line[4:] for line in block.splitlines()) for block in re.findall(r"(?:^    .*\n)+", SECTION, re.MULTILINE)
]
[MOVING] = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
BACKUP, RESTORE, REMOVE = (
    block for block in INDENTED if block not in MOVING and "git" in block and "commit=" not in block
)


def typed(text: str, at: Path, *, code: int = 0) -> str:
    """What bash says to some lines."""
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(at.parent), "BACKUP": str(at.parent / "backup.git")}
    done = subprocess.run(["bash", "-c", text], cwd=at, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def weights(folder: Path) -> tuple[Artifact, BlobStore]:
    """An artifact to keep."""
    (folder / "model").mkdir()
    for name in ("weights", "words"):
        (folder / "model" / name).write_bytes(name.encode() * 1000)
    cas = BlobStore(folder / "cas")
    return cas.put_path(folder / "model"), cas


def test_a_local_state_moves_in_byte_for_byte(tmp_path: Path) -> None:
    """Another clone reads the same records and bytes, and goes on where they end."""
    bare = new_remote(tmp_path)
    clone = new_clone(bare, tmp_path / "a")
    local = LocalState(clone / ".git" / "seatrial" / "state", seen=tmp_path / "seen.json", clock=FixedClock(INSTANT))
    artifact, cas = weights(tmp_path)
    local.keep(artifact, cas)
    for number in range(3):
        local.append("models/digits", {"number": number}, expected=number)

    typed(MOVING, clone)

    other = state_in(new_clone(bare, tmp_path / "b"))
    assert other.read("models/digits") == local.read("models/digits")
    assert other.blobs.verify(artifact) == ()
    assert other.append("models/digits", {"new": True}, expected=3).number == 4
    assert run("status", "--porcelain", at=clone) == ""
    typed(MOVING, clone, code=1)  # not over what is newer there


def test_a_backup_brings_back_what_was_removed_and_never_what_is_older(tmp_path: Path) -> None:
    """And a history that was moved back does not reach it."""
    bare = new_remote(tmp_path)
    clone = new_clone(bare, tmp_path / "a")
    state = state_in(clone, home=tmp_path / "home")
    artifact, cas = weights(tmp_path)
    state.keep(artifact, cas)
    entry = state.append("models/digits", {}, expected=0)
    typed(BACKUP, clone)
    state.append("models/digits", {}, expected=1)
    typed(RESTORE, clone, code=1)
    assert len(state.read("models/digits")) == 2

    typed(BACKUP, clone)
    run("update-ref", STATE, f"{STATE}~1", at=bare)
    typed(BACKUP, clone, code=1)
    typed(REMOVE, clone)
    assert "seatrial" not in run("for-each-ref", at=bare) + run("for-each-ref", at=clone)
    with pytest.raises(StateError):
        state_in(clone, home=tmp_path / "home").read("models/digits")

    typed(RESTORE, clone)
    restored = state_in(clone, home=tmp_path / "home")
    assert restored.read("models/digits")[0] == entry
    assert len(restored.read("models/digits")) == 2
    assert state_in(new_clone(bare, tmp_path / "new")).blobs.verify(artifact) == ()
