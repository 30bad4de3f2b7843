"""Bytes appear whole or not at all, and of several writers of one new file exactly one wins."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from seatrial.store.atomic import append, is_temporary, put_if_absent, temporary_beside, write_atomic


def test_a_reader_sees_the_old_bytes_or_the_new_ones(tmp_path: Path) -> None:
    """Never a part, however often it looks while somebody writes."""
    target = tmp_path / "file"
    versions = [letter * 200_000 for letter in (b"a", b"b")]
    write_atomic(target, versions[0], durable=False)
    done = threading.Event()

    def write() -> None:
        for number in range(200):
            write_atomic(target, versions[number % 2], durable=False)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(target.read_bytes())
    writer.join()

    assert seen <= set(versions)


def test_exactly_one_of_several_writers_wins(tmp_path: Path) -> None:
    """The others are told, and the winner's bytes stay."""
    for number in range(20):
        target = tmp_path / str(number)
        barrier = threading.Barrier(4)
        won: list[bytes] = []

        def put(
            data: bytes, target: Path = target, barrier: threading.Barrier = barrier, won: list[bytes] = won
        ) -> None:
            barrier.wait()
            if put_if_absent(target, data, durable=False):
                won.append(data)

        threads = [threading.Thread(target=put, args=(bytes([writer]),)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert won == [target.read_bytes()]


@pytest.mark.parametrize("durable", [True, False])
def test_nothing_is_left_beside_the_target(tmp_path: Path, durable: bool) -> None:
    """Neither after a success nor after a refusal; folders above are made."""
    target = tmp_path / "deep" / "file"
    write_atomic(target, b"1", durable=durable)
    refused = put_if_absent(target, b"2", durable=durable)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomic(tmp_path / "folder", b"3", durable=durable)

    assert not refused
    assert target.read_bytes() == b"1"
    assert not [path for path in tmp_path.rglob("*") if is_temporary(path.name)]


def test_a_temporary_name_is_recognised_and_fresh(tmp_path: Path) -> None:
    """In the same folder as the target."""
    names = {temporary_beside(tmp_path / "file") for _ in range(100)}

    assert len(names) == 100
    assert all(is_temporary(path.name) and path.parent == tmp_path for path in names)
    assert not is_temporary("file.tmp-1")


def test_what_is_appended_comes_after_what_is_there(tmp_path: Path) -> None:
    """A file that is not there begins with it; its folder must be there."""
    target = tmp_path / "lines"
    append(str(target), b"one\n")
    append(str(target), b"two\n")
    with pytest.raises(FileNotFoundError):
        append(str(tmp_path / "none" / "lines"), b"one\n")

    assert target.read_bytes() == b"one\ntwo\n"


def test_an_append_that_is_cut_short_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk may take the first half and say so: that is no success. What was there stays, and nothing is left open."""
    target = tmp_path / "lines"
    append(str(target), b"one\n")
    used, write = [], os.write

    def half(descriptor: int, data: bytes) -> int:
        used.append(descriptor)
        return write(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", half)
        with pytest.raises(OSError, match="lines") as caught:
            append(str(target), b"two\n")

    assert caught.value.errno == errno.ENOSPC
    assert target.read_bytes() == b"one\ntw"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(used[0])
    append(str(target), b"\nthree\n")
    assert target.read_bytes() == b"one\ntw\nthree\n"
