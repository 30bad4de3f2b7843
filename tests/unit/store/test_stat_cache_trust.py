"""When a remembered digest is believed, and when the file is read again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.store.stat_cache import StatCache

OLD = time.time_ns() - 3_600_000_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    return path


def quiet(status: os.stat_result) -> os.stat_result:
    """The same status as if the file had last changed an hour ago (a change time cannot be set)."""
    names = ("st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_size", "st_mode")
    values = {name: getattr(status, name) for name in names}
    return FakeStatus(**values | {"st_mtime_ns": OLD, "st_ctime_ns": OLD})  # type: ignore[return-value]


class FakeStatus:
    """Only what the cache looks at."""

    def __init__(self, **values: int) -> None:
        self.__dict__.update(values)


def test_a_quiet_file_is_read_once(tmp_path: Path, file: Path) -> None:
    """Proved by changing the bytes behind unchanged times: the memory answers."""
    cache = StatCache(tmp_path / "db")
    before = cache.digest(file, quiet(file.stat()))
    file.write_text("two")
    after = cache.digest(file, quiet(file.stat()))
    cache.close()

    assert before == after == digest.of_bytes(b"one")


def test_a_file_written_just_now_is_read_every_time(tmp_path: Path, file: Path) -> None:
    """It could change again within the resolution of its times."""
    cache = StatCache(tmp_path / "db")
    status = file.stat()
    cache.digest(file, status)
    file.write_text("two")

    assert cache.digest(file, status) == digest.of_bytes(b"two")
    cache.close()


@pytest.mark.parametrize("field", ["st_size", "st_mtime_ns", "st_ctime_ns", "st_ino"])
def test_any_other_stamp_is_not_believed(tmp_path: Path, file: Path, field: str) -> None:
    """Size, both times and the inode all have to match."""
    cache = StatCache(tmp_path / "db")
    status = quiet(file.stat())
    cache.digest(file, status)
    file.write_text("two")
    setattr(status, field, getattr(status, field) - 1)

    assert cache.digest(file, status) == digest.of_bytes(b"two")
    cache.close()


def test_what_was_learned_outlives_the_process(tmp_path: Path, file: Path) -> None:
    """Saved at close; facts too."""
    first = StatCache(tmp_path / "db")
    first.digest(file, quiet(file.stat()))
    first.remember("kind", "key", "value")
    first.close()
    file.write_text("two")
    second = StatCache(tmp_path / "db")

    assert second.digest(file, quiet(file.stat())) == digest.of_bytes(b"one")
    assert second.fact("kind", "key") == "value"
    assert second.fact("kind", "other") is second.fact("other", "key") is None
    second.close()


def test_a_file_name_that_is_no_text_can_be_remembered(tmp_path: Path) -> None:
    """Paths are bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n"))
    path.write_text("one")
    cache = StatCache(tmp_path / "db")
    cache.digest(path, quiet(path.stat()))
    cache.close()
    again = StatCache(tmp_path / "db")

    assert again.digest(path) == digest.of_bytes(b"one")
    again.close()


def test_a_database_of_another_schema_is_emptied(tmp_path: Path, file: Path) -> None:
    """A newer or older Seatrial had it last."""
    import sqlite3

    cache = StatCache(tmp_path / "db")
    cache.remember("kind", "key", "value")
    cache.close()
    with sqlite3.connect(tmp_path / "db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    cache = StatCache(tmp_path / "db")

    assert cache.fact("kind", "key") is None
    assert cache.digest(file) == digest.of_bytes(b"one")
    cache.close()


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """The memory never answers for it."""
    cache = StatCache(tmp_path / "db")
    with pytest.raises(FileNotFoundError):
        cache.digest(tmp_path / "none")
    cache.close()
