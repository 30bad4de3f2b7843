"""The index may be lost, damaged or out of date: listings stay right, and decisions never see it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seatrial.errors import StateError
from seatrial.store.local_state import LocalState


def state_in(folder: Path) -> LocalState:
    return LocalState(folder / "state", seen=folder / "seen.json")


@pytest.fixture
def state(tmp_path: Path) -> LocalState:
    """Two streams with two records each, listed once, so that an index is there."""
    state = state_in(tmp_path)
    for stream in ("models/a", "models/b"):
        for number in range(2):
            state.append(stream, {"of": stream, "number": number}, expected=number)
    state.browse()
    assert (state.root / "index.db").exists()
    return state


def listed(state: LocalState) -> list[tuple[str, int]]:
    return [(entry.stream, entry.number) for entry in state.browse()]


ALL = [("models/a", 1), ("models/a", 2), ("models/b", 1), ("models/b", 2)]


def test_a_deleted_index_is_built_anew(state: LocalState) -> None:
    """It holds nothing of its own."""
    (state.root / "index.db").unlink()

    assert listed(state) == ALL
    assert (state.root / "index.db").exists()


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_built_anew(state: LocalState, content: bytes) -> None:
    """It is never an error."""
    (state.root / "index.db").write_bytes(content)

    assert listed(state) == ALL


@pytest.mark.parametrize(
    "harm",
    ["DROP TABLE entry", "UPDATE entry SET body = '{'", "ALTER TABLE entry RENAME COLUMN body TO text",
     "PRAGMA user_version = 99"],
)  # fmt: skip
def test_an_index_of_another_shape_is_built_anew(state: LocalState, harm: str) -> None:
    """Another version's tables, or rows that are not what we write."""
    with closing(sqlite3.connect(state.root / "index.db")) as connection, connection:
        connection.execute(harm)

    assert listed(state) == ALL


def test_an_index_that_cannot_be_kept_is_done_without(state: LocalState) -> None:
    """The files answer instead."""
    (state.root / "index.db").unlink()
    (state.root / "index.db").mkdir()

    assert listed(state) == ALL


def test_an_index_that_lags_behind_is_brought_up(state: LocalState, tmp_path: Path) -> None:
    """Records of others, and whole new streams."""
    state_in(tmp_path).append("models/a", {}, expected=2)
    state_in(tmp_path).append("models/c", {}, expected=0)

    assert listed(state) == [*ALL[:2], ("models/a", 3), *ALL[2:], ("models/c", 1)]


def test_an_index_of_records_that_were_replaced_is_brought_up(tmp_path: Path) -> None:
    """A state restored from a backup is as long as before and yet another."""
    for name in ("one", "two"):
        state_in(tmp_path / name).append("models/a", {"who": name}, expected=0)
    first = state_in(tmp_path / "one")
    assert [entry.body for entry in first.browse()] == [{"who": "one"}]
    shutil.copy(first.root / "index.db", tmp_path / "two" / "state" / "index.db")

    assert [entry.body for entry in state_in(tmp_path / "two").browse()] == [{"who": "two"}]


def test_the_index_never_hides_a_damaged_record(state: LocalState) -> None:
    """A listing may still show it; reading, which decisions use, refuses."""
    file = state.root / "records" / "models" / "a" / "00000001.json"
    file.chmod(0o644)
    file.write_bytes(b"{}")

    assert listed(state) == ALL
    with pytest.raises(StateError):
        state.read("models/a")
