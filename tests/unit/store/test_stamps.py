"""Stamps tell that a file may have changed, and when they cannot tell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.store import stamps


def test_any_change_of_a_file_changes_its_stamp(tmp_path: Path) -> None:
    """Also one that puts size and modification time back, and one of its mode alone."""
    file = tmp_path / "file"
    file.write_bytes(b"one")
    first = stamps.take([str(file)], os.stat)
    times = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    second = stamps.take([str(file)], os.stat)
    file.chmod(0o700)
    third = stamps.take([str(file)], os.stat)

    assert len({second, third}) == 2
    assert first != second or times.st_ctime_ns == file.stat().st_ctime_ns


def test_the_order_of_paths_counts_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    """Stamps are compared as they stand."""
    paths = [str(tmp_path / name) for name in "ab"]
    for path in paths:
        Path(path).write_text(path)

    assert stamps.take(paths, os.stat) != stamps.take(paths[::-1], os.stat)
    with pytest.raises(FileNotFoundError):
        stamps.take([str(tmp_path / "c")], os.stat)


@pytest.mark.parametrize(("later", "young"), [(0, True), (1_999_999_999, True), (2_000_000_001, False)])
def test_what_was_written_within_two_seconds_is_restless(tmp_path: Path, later: int, young: bool) -> None:
    """Counted from the later of both times; a time to come is restless too."""
    file = tmp_path / "file"
    file.touch()
    os.utime(file, ns=(0, 0))
    changed = file.stat().st_ctime_ns

    assert bool(stamps.restless(stamps.take([str(file)], os.stat), changed + later)) is young


def test_the_content_of_a_folder_is_its_names(tmp_path: Path) -> None:
    """What is in its files is watched by their own stamps."""
    before = stamps.content(str(tmp_path))
    (tmp_path / "a").write_text("1")
    with_one = stamps.content(str(tmp_path))
    (tmp_path / "a").write_text("2")

    assert before != with_one
    assert stamps.content(str(tmp_path)) == with_one


def test_only_a_regular_file_is_one(tmp_path: Path) -> None:
    """Links are followed; what cannot be asked about is none."""
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "link").symlink_to(file)

    assert stamps.is_file(str(file))
    assert stamps.is_file(str(tmp_path / "link"))
    assert not stamps.is_file(str(tmp_path))
    assert not stamps.is_file(str(tmp_path / "nothing"))
    assert not stamps.is_file("with\0nul")
