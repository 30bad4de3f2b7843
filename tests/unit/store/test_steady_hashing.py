"""A digest is that of one state of a file: what changes while it is read is noticed, and nothing kills us."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.store import hashing
from seatrial.store.copying import copy_file
from seatrial.store.glances import stamp_of
from seatrial.store.hashing import UnsteadyError, file_digest, small_digest, steady_digest

LARGE = 40 << 20  # read by a thread of its own


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (32 << 20) + 3, LARGE])
def test_small_and_large_files_have_the_digest_of_their_bytes(tmp_path: Path, size: int) -> None:
    """However they are read."""
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    (tmp_path / "file").write_bytes(data)

    assert file_digest(tmp_path / "file") == digest.of_bytes(data) == digest.of_file(tmp_path / "file")
    assert steady_digest(str(tmp_path / "file"))[0] == digest.of_bytes(data)


def test_a_large_file_truncated_while_it_is_read_kills_nobody(tmp_path: Path) -> None:
    """A mapping would end the process with SIGBUS; here the change is noticed, and the rest is what counts."""
    path = tmp_path / "file"
    path.write_bytes(bytes(LARGE))
    cutter = threading.Timer(0.0, os.truncate, (path, 5))
    cutter.start()
    value, _ = steady_digest(str(path))
    cutter.join()

    assert value in (digest.of_bytes(bytes(5)), digest.of_bytes(bytes(LARGE)))


class Restless:
    """Reads like the real thing, and has the file written each time it did, `times` times."""

    def __init__(self, path: Path, times: int) -> None:
        self.path, self.times, self.real = path, times, hashing.of_descriptor

    def __call__(self, descriptor: int, size: int) -> str:
        value = self.real(descriptor, size)
        if self.times:
            self.times -= 1
            with self.path.open("ab") as file:
                file.write(b"!")
        return value


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest is that of the state it came to rest in."""
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(hashing, "of_descriptor", Restless(tmp_path / "file", times=2))

    assert steady_digest(str(tmp_path / "file"))[0] == digest.of_bytes(b"x!!")


def test_a_file_that_never_rests_is_an_error_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No digest at all is better than one of half and half."""
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(hashing, "of_descriptor", Restless(tmp_path / "file", times=100))

    with pytest.raises(UnsteadyError, match="file changes while it is read"):
        steady_digest(str(tmp_path / "file"))


def test_the_fast_way_refuses_a_file_that_no_longer_looks_as_it_did(tmp_path: Path) -> None:
    """Longer, shorter, or written again with as many bytes."""
    path = tmp_path / "file"
    path.write_text("one")
    seen = stamp_of(path.stat())
    assert small_digest(str(path), seen) == digest.of_bytes(b"one")
    for content in ("longer", "x", "two"):
        path.write_text(content)

        assert small_digest(str(path), seen) is None


def test_a_pipe_put_in_a_files_place_does_not_block(tmp_path: Path) -> None:
    """Nobody will ever write into it."""
    path = tmp_path / "file"
    path.write_text("one")
    seen = stamp_of(path.stat())
    path.unlink()
    os.mkfifo(path)

    assert small_digest(str(path), seen) is None


def test_a_copy_keeps_holes_and_bytes(tmp_path: Path) -> None:
    """A sparse file of a gigabyte takes no gigabyte."""
    with (tmp_path / "in").open("wb") as file:
        file.seek(10 << 20)
        file.write(b"middle")
        file.truncate(1 << 30)
    copy_file(tmp_path / "in", tmp_path / "out", mode=0o444)

    assert file_digest(tmp_path / "out") == file_digest(tmp_path / "in")
    assert (tmp_path / "out").stat().st_blocks <= (tmp_path / "in").stat().st_blocks + 64
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o444
    with pytest.raises(FileExistsError):
        copy_file(tmp_path / "in", tmp_path / "out", mode=0o444)
