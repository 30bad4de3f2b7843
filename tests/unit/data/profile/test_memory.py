"""Profiles that are remembered: what was put, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial import digest
from seatrial.data.profile.memory import ProfileMemory

KEY = digest.of_bytes(b"key")
OTHER = digest.of_bytes(b"other")


@pytest.fixture
def memory(tmp_path: Path) -> ProfileMemory:
    return ProfileMemory(tmp_path / "profiles")


def test_what_was_put_is_got(memory: ProfileMemory) -> None:
    """Under its own key only; the last content counts."""
    memory.put(KEY, b"one")
    memory.put(KEY, b"two\n")

    assert memory.get(KEY) == b"two\n"
    assert memory.get(OTHER) is None


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 200])
def test_a_damaged_entry_is_none(memory: ProfileMemory, tmp_path: Path, damage: bytes) -> None:
    """Cut off, overwritten or edited: it is made again."""
    memory.put(KEY, b"content")
    (entry,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    for changed in (damage, entry.read_bytes()[:-1], entry.read_bytes() + b"more"):
        entry.write_bytes(changed)
        assert memory.get(KEY) is None
        memory.put(KEY, b"content")
        assert memory.get(KEY) == b"content"


def test_a_folder_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    """The check goes on without a memory."""
    (tmp_path / "file").write_bytes(b"")
    memory = ProfileMemory(tmp_path / "file")
    memory.put(KEY, b"content")

    assert memory.get(KEY) is None
