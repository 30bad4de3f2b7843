"""When a remembered digest is believed, and when the file is read again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.store.fingerprint import fingerprint
from seatrial.store.folder_entries import Entries
from seatrial.store.hashing import pack_status
from seatrial.store.stat_cache import StatCache

HOUR = 3_600_000_000_000


def later() -> int:
    """A clock that is an hour ahead: whatever was written just now is quiet."""
    return time.time_ns() + HOUR


def earlier() -> int:
    """A clock that was set back by an hour: whatever was written just now lies in the future."""
    return time.time_ns() - HOUR


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    return path


def lie(cache: StatCache, file: Path, *, status: os.stat_result | None = None) -> None:
    """Make the memory hold a wrong digest for a file as it looks now: what it answers then tells whether it read."""
    stamp = pack_status(status or file.stat())
    cache.learn(str(file.parent), Entries([file.name], stamp, bytes(32)), None)


LIE = "b3:" + "0" * 64


def test_a_quiet_file_is_read_once(tmp_path: Path, file: Path) -> None:
    """Its digest is learned, and from then on the memory answers."""
    cache = StatCache(tmp_path / "db", now=later)

    assert cache.digest(file) == digest.of_bytes(b"one")
    assert cache.entries(str(tmp_path)).get("file", pack_status(file.stat())) == digest.of_bytes(b"one")
    lie(cache, file)
    assert cache.digest(file) == LIE
    cache.close()


@pytest.mark.parametrize("now", [time.time_ns, earlier])
def test_a_file_written_just_now_or_in_the_future_is_read_every_time(
    tmp_path: Path, file: Path, now: Callable[[], int]
) -> None:
    """It could change again within the resolution of its times, or when the clock gets there again."""
    cache = StatCache(tmp_path / "db", now=now)
    cache.digest(file)
    fingerprint(tmp_path, cache)

    assert cache.entries(str(tmp_path)).get("file", pack_status(file.stat())) is None
    cache.close()


def test_any_other_stamp_is_not_believed(tmp_path: Path, file: Path) -> None:
    """Size, modification time, and, where those were put back, the change time."""
    cache = StatCache(tmp_path / "db", now=later)
    before = file.stat()
    lie(cache, file)
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert cache.digest(file) == digest.of_bytes(b"two")
    cache.close()


def test_a_file_put_in_its_place_is_not_believed(tmp_path: Path, file: Path) -> None:
    """The inode counts."""
    cache = StatCache(tmp_path / "db", now=later)
    lie(cache, file)
    (tmp_path / "other").write_text("two")
    os.utime(tmp_path / "other", ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    (tmp_path / "other").rename(file)

    assert cache.digest(file) == digest.of_bytes(b"two")
    cache.close()


def test_what_was_learned_outlives_the_process(tmp_path: Path, file: Path) -> None:
    """Saved at close; facts too."""
    first = StatCache(tmp_path / "db")
    lie(first, file)
    first.remember("kind", "key", "value")
    first.close()
    second = StatCache(tmp_path / "db")

    assert second.digest(file) == LIE
    assert second.fact("kind", "key") == "value"
    assert second.fact("kind", "other") is second.fact("other", "key") is None
    second.close()


def test_distrust_reads_everything_anew_but_only_once(tmp_path: Path, file: Path) -> None:
    """What earlier processes noted is not believed; what this one read itself is."""
    first = StatCache(tmp_path / "db")
    lie(first, file)
    first.close()
    second = StatCache(tmp_path / "db", now=later)
    second.distrust()

    assert second.digest(file) == digest.of_bytes(b"one")
    assert fingerprint(file, second).digest == digest.of_bytes(b"one")
    assert second.entries(str(tmp_path)).get("file", pack_status(file.stat())) is not None
    second.close()


def test_a_file_name_that_is_no_text_can_be_remembered(tmp_path: Path) -> None:
    """Paths are bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n"))
    path.write_text("one")
    cache = StatCache(tmp_path / "db", now=later)
    cache.digest(path)
    cache.close()
    again = StatCache(tmp_path / "db")

    assert again.entries(str(tmp_path)).get(path.name, pack_status(path.stat())) == digest.of_bytes(b"one")
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
