"""A look at a folder: what is read, what is remembered, what changes how it looks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import StageError, UserError
from seatrial.store.blobs import BlobStore
from seatrial.store.facts_db import FactsDatabase
from seatrial.store.fingerprint import fingerprint, look_at, seen_lately
from seatrial.store.folder_entries import Entries, unpacked
from seatrial.store.hashing import pack_status
from seatrial.store.stat_cache import StatCache


def later() -> int:
    """A clock that is an hour ahead: whatever was written just now is quiet."""
    return time.time_ns() + 3_600_000_000_000


@pytest.fixture
def memory(tmp_path: Path) -> StatCache:
    return StatCache(tmp_path / "facts.db", now=later)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files in two folders."""
    root = tmp_path / "in"
    (root / "sub").mkdir(parents=True)
    (root / "a").write_text("a")
    (root / "b").write_text("b")
    (root / "sub" / "c").write_text("c")
    return root


def again(memory: StatCache, tmp_path: Path) -> StatCache:
    """The same memory in the next process."""
    memory.close()
    return StatCache(tmp_path / "facts.db", now=later)


def test_an_unchanged_folder_is_answered_from_one_row_a_folder(memory: StatCache, folder: Path, tmp_path: Path) -> None:
    """Proved by a row whose listing is wrong: it is believed, so nothing was read or unpacked."""
    fingerprint(folder, memory)
    memory.close()
    database = FactsDatabase(tmp_path / "facts.db")
    key = os.fsencode(folder / "sub")
    row = database.folder(key)
    assert row is not None
    wrong = "b3:" + "0" * 64
    database._connection.execute("UPDATE folder SET listing = ?, entries = x'' WHERE path = ?", (wrong, key))
    database._connection.commit()
    database.close()

    assert fingerprint(folder / "sub", StatCache(tmp_path / "facts.db")).digest == wrong


def test_of_a_changed_folder_only_what_changed_is_read(memory: StatCache, folder: Path, tmp_path: Path) -> None:
    """The others' digests come from memory: they are wrong there, and that is seen."""
    fingerprint(folder, memory)
    stamps = pack_status((folder / "a").stat()) + pack_status((folder / "b").stat())
    memory.learn(str(folder), Entries(["a", "b"], stamps, bytes(64)), None)
    (folder / "b").write_text("B")
    memory = again(memory, tmp_path)
    fingerprint(folder, memory)
    known = memory.entries(str(folder))

    assert known.get("a", pack_status((folder / "a").stat())) == "b3:" + "0" * 64
    assert known.get("b", pack_status((folder / "b").stat())) == digest.of_bytes(b"B")
    memory.close()


@pytest.mark.parametrize("change", ["same size", "mode", "new", "gone", "renamed", "deep", "empty folder"])
def test_every_change_below_changes_the_artifact(memory: StatCache, folder: Path, tmp_path: Path, change: str) -> None:
    """And it is the artifact that a look without any memory finds."""
    before = fingerprint(folder, memory)
    match change:
        case "same size":
            (folder / "a").write_text("A")
        case "mode":
            (folder / "a").chmod(0o755)
        case "new":
            (folder / "new").touch()
        case "gone":
            (folder / "a").unlink()
        case "renamed":
            (folder / "a").rename(folder / "z")
        case "deep":
            (folder / "sub" / "c").write_text("C")
        case "empty folder":
            (folder / "empty").mkdir()
    memory = again(memory, tmp_path)

    assert fingerprint(folder, memory) == fingerprint(folder) != before
    memory.close()


def test_bytes_put_back_look_different_all_the_same(memory: StatCache, folder: Path) -> None:
    """The artifact is equal, how it was seen is not."""
    before = look_at(folder, memory, follow=True)
    (folder / "sub" / "c").write_text("C")
    (folder / "sub" / "c").write_text("c")
    after = look_at(folder, memory, follow=True)

    assert after.artifact == before.artifact
    assert after.seen != before.seen
    assert seen_lately(folder, memory) == after.seen
    memory.close()


def test_a_look_of_seconds_ago_is_taken_again_when_asked_for_a_newer_one(memory: StatCache, folder: Path) -> None:
    """When a command starts it is good enough; when one has ended, only a look since then counts."""
    before = look_at(folder, memory, follow=True)
    (folder / "sub" / "c").write_text("C")

    assert seen_lately(folder, memory) == before.seen
    assert seen_lately(folder, memory, since=time.monotonic()) != before.seen
    memory.close()


def test_a_loop_of_links_is_the_users_to_mend(tmp_path: Path) -> None:
    """Through a folder above, and between two links."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "up").symlink_to("..")
    (tmp_path / "ring").mkdir()
    (tmp_path / "ring" / "a").symlink_to("b")
    (tmp_path / "ring" / "b").symlink_to("a")

    for name in ("in", "ring"):
        with pytest.raises(UserError, match="loop of symbolic links"):
            fingerprint(tmp_path / name, follow=True)
    assert fingerprint(tmp_path / "ring").files == 0


def test_one_folder_linked_twice_is_no_loop(tmp_path: Path) -> None:
    """It counts twice."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("x")
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        (tmp_path / "in" / name).symlink_to(tmp_path / "data")

    assert fingerprint(tmp_path / "in", follow=True).files == 2


def test_a_look_that_follows_links_and_one_that_does_not_are_not_confused(
    memory: StatCache, folder: Path, tmp_path: Path
) -> None:
    """They share a row, and each finds what it would find alone."""
    (folder / "link").symlink_to("a")
    (folder / ".git").mkdir()
    for _ in range(2):
        for follow in (True, False):
            assert fingerprint(folder, memory, follow=follow) == fingerprint(folder, follow=follow)
    assert fingerprint(folder, follow=True) != fingerprint(folder)
    memory.close()


def test_a_link_is_judged_by_the_folder_that_was_asked_for(memory: StatCache, folder: Path) -> None:
    """Inside the whole it stays inside; taken alone, the folder below leads out."""
    (folder / "sub" / "up").symlink_to("../a")
    fingerprint(folder, memory)

    with pytest.raises(StageError, match="outside"):
        fingerprint(folder / "sub", memory)
    memory.close()


def test_a_pipe_in_a_folder_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    """By the look and by the store alike."""
    os.mkfifo(folder / "sub" / "pipe")

    for look in (fingerprint, BlobStore(tmp_path / "cas").put_path):
        with pytest.raises(StageError, match="sub/pipe is neither a file nor a folder"):
            look(folder)


@pytest.mark.parametrize("names", [["A", "a"], ["n\nl", "n l"], ["caf\udce9", "café"]])
def test_names_that_look_alike_are_different_files(memory: StatCache, tmp_path: Path, names: list[str]) -> None:
    """Case, newlines and bytes that are no text."""
    for number, name in enumerate(names):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(str(number))
    first = fingerprint(tmp_path / "in", memory)
    memory = again(memory, tmp_path)

    assert fingerprint(tmp_path / "in", memory) == first
    assert [memory.digest(tmp_path / "in" / name) for name in names] == [digest.of_bytes(b"0"), digest.of_bytes(b"1")]
    memory.close()


@pytest.mark.parametrize("damage", [lambda data: data[:-1] + b"\0", lambda data: data[:20], lambda data: b"\xff" * 40])
def test_a_damaged_row_is_read_as_nothing_known(damage: Callable[[bytes], bytes]) -> None:
    """It only costs time."""
    packed = Entries(["a", "b"], bytes(80), bytes(64)).packed()

    assert unpacked(packed).get("a", bytes(40)) == "b3:" + "0" * 64
    assert unpacked(damage(packed)).get("a", bytes(40)) is None


def test_two_processes_that_write_one_row_lose_nothing_but_time(folder: Path, tmp_path: Path) -> None:
    """The later one wins; what it did not know is read again."""
    one, two = (StatCache(tmp_path / "facts.db", now=later) for _ in range(2))
    one.digest(folder / "a")
    two.digest(folder / "b")
    one.close()
    two.close()
    third = StatCache(tmp_path / "facts.db")

    assert third.digest(folder / "a") == digest.of_bytes(b"a")
    assert third.digest(folder / "b") == digest.of_bytes(b"b")
    assert fingerprint(folder, third) == fingerprint(folder)
    third.close()


def test_what_is_known_of_folders_that_are_gone_can_be_dropped(memory: StatCache, folder: Path) -> None:
    """And of those alone."""
    fingerprint(folder, memory)
    (folder / "sub" / "c").unlink()
    (folder / "sub").rmdir()

    assert memory.forget_missing() == 1
    assert memory.forget_missing() == 0
    memory.close()
