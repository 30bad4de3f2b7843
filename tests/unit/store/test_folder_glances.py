"""A pass over a folder that opens no file: what changes its mark, and how it is handed over."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from seatrial.store import glances
from seatrial.store.facts_db import FactsDatabase
from seatrial.store.fingerprint import fingerprint, look_at, seen_lately, still
from seatrial.store.glances import LinkedError
from seatrial.store.looks import Trace, unchanged
from seatrial.store.stat_cache import StatCache


def _later() -> int:
    return time.time_ns() + 3_600_000_000_000


@pytest.fixture
def memory(tmp_path: Path) -> StatCache:
    """One to which whatever was written just now is quiet."""
    return StatCache(tmp_path / "facts.db", now=_later)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    (root / "sub").mkdir(parents=True)
    for name in ("a", "b", "sub/c"):
        (root / name).write_text(name)
    return root


def test_a_look_leaves_the_marks_that_a_pass_finds(memory: StatCache, folder: Path) -> None:
    """One a folder, whether the files were read or known."""
    for _ in range(2):
        trace = look_at(folder, memory, follow=True).trace

        assert trace is not None
        assert trace.marks == {str(path): glances.take(str(path)).mark for path in (folder / "sub", folder)}
        assert not trace.young
        assert unchanged(trace)
    memory.close()


@pytest.mark.parametrize("change", ["same size", "mode", "new", "gone", "deep", "empty folder", "link", "all gone"])
def test_every_change_below_ends_that(memory: StatCache, folder: Path, change: str) -> None:
    """Times put back hide nothing."""
    trace = look_at(folder, memory, follow=True).trace
    before = (folder / "a").stat()
    match change:
        case "same size":
            (folder / "a").write_text("A")
            os.utime(folder / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
        case "mode":
            (folder / "a").chmod(0o755)
        case "new":
            (folder / "new").touch()
        case "gone":
            (folder / "b").unlink()
        case "deep":
            (folder / "sub" / "c").write_text("Sub/c")
        case "empty folder":
            (folder / "empty").mkdir()
        case "link":
            (folder / "b").unlink()
            (folder / "b").symlink_to("a")
        case _:
            folder.rename(folder.with_name("moved"))

    assert trace is not None
    assert not unchanged(trace)
    memory.close()


def test_a_young_file_is_read_again_although_its_stamp_has_not_moved(folder: Path, tmp_path: Path) -> None:
    """Two writes within one tick of the clock leave the same times."""
    memory = StatCache(tmp_path / "facts.db")
    trace = look_at(folder, memory, follow=True).trace

    assert trace is not None
    assert trace.young.keys() == {str(folder / name) for name in ("a", "b", "sub/c")}
    assert unchanged(trace)
    assert not unchanged(Trace(trace.marks, {**trace.young, str(folder / "a"): "b3:" + "0" * 64}))
    memory.close()


def test_a_folder_with_links_leaves_no_trace(memory: StatCache, folder: Path) -> None:
    """What they lead to changes without the folder looking different."""
    (folder / "sub" / "link").symlink_to("../a")

    assert look_at(folder, memory, follow=True).trace is None
    with pytest.raises(LinkedError):
        glances.take(str(folder / "sub"))
    memory.close()


def test_without_a_memory_nobody_can_say_what_was_young(folder: Path) -> None:
    """So there is no trace."""
    assert look_at(folder, follow=True).trace is None


def test_a_look_is_compared_with_the_one_that_was_asked_about(memory: StatCache, folder: Path) -> None:
    """Another digest or another stamp, or a place nobody looked at: no answer."""
    look = look_at(folder, memory, follow=True)

    assert still(folder, memory, look.artifact.digest, look.seen)
    assert not still(folder, memory, "b3:" + "0" * 64, look.seen)
    assert not still(folder, memory, look.artifact.digest, b"other")
    assert not still(folder / "sub", memory, look.artifact.digest, look.seen)
    memory.close()


def test_what_was_kept_is_taken_over_once_and_tells_the_same(memory: StatCache, folder: Path, tmp_path: Path) -> None:
    """Proved by a change after it was kept: the look that takes it over is one of before, the next one is not."""
    before = fingerprint(folder, memory, follow=True)
    for path in (folder, folder / "sub"):
        glances.take_and_keep(str(path))
    kept_at = time.monotonic()
    (folder / "sub" / "c").write_text("C")
    handed = fingerprint(folder, memory, follow=True)
    lately = memory.look(str(folder), since=kept_at)
    after = fingerprint(folder, memory, follow=True)

    assert handed == before
    assert lately is None  # it counts as a look of when it was kept
    assert after == fingerprint(folder, follow=True) != before
    memory.close()


def test_what_was_kept_is_no_use_where_the_folder_is_not_known(memory: StatCache, folder: Path, tmp_path: Path) -> None:
    """It is looked at anew, read, and left with the marks it has by then."""
    glances.take_and_keep(str(folder))
    glances.take_and_keep(str(folder / "sub"))
    (folder / "a").write_text("A")
    look = look_at(folder, memory, follow=True)

    assert look.artifact == fingerprint(folder, follow=True)
    assert look.trace is not None
    assert unchanged(look.trace)
    memory.close()


def test_once_a_command_starts_nothing_that_was_kept_counts(memory: StatCache, folder: Path) -> None:
    """What is looked at from then on must be looked at then."""
    fingerprint(folder, memory, follow=True)
    glances.take_and_keep(str(folder))
    seen_lately(folder, memory)

    assert glances.handed_over(str(folder)) is None
    memory.close()


def test_who_distrusts_the_memory_reads_anew_whatever_was_kept(memory: StatCache, folder: Path, tmp_path: Path) -> None:
    """Proved by a row whose listing is wrong."""
    fingerprint(folder / "sub", memory, follow=True)
    memory.close()
    database = FactsDatabase(tmp_path / "facts.db")
    database._connection.execute("UPDATE folder SET listing = ?", ("b3:" + "0" * 64,))
    database._connection.commit()
    database.close()
    wary = StatCache(tmp_path / "facts.db")
    wary.distrust()
    glances.take_and_keep(str(folder / "sub"))

    assert fingerprint(folder / "sub", wary, follow=True) == fingerprint(folder / "sub", follow=True)
    wary.close()
