"""Several that set up one database at once: all of them come to have it, and what cannot be switched is told."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from seatrial.store import write_ahead


def mode(file: Path) -> str:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_database_that_somebody_writes_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses at once, as it does when two switch at the same time."""
    file = tmp_path / "facts.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("CREATE TABLE one (two)")
        writer.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.2, writer.execute, ["COMMIT"])
        with contextlib.closing(sqlite3.connect(file, timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("PRAGMA journal_mode=WAL")
            timer.start()
            write_ahead.switch_on(other)
            timer.join()

    assert mode(file) == "wal"


def test_one_that_stays_locked_is_told_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(write_ahead, "_PATIENCE", 0.1)
    file = tmp_path / "facts.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE one (two)")
        writer.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with (
            contextlib.closing(sqlite3.connect(file, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            write_ahead.switch_on(other)

    assert time.monotonic() - began >= 0.1


def test_what_is_no_database_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting would not make it one."""
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
    file = tmp_path / "facts.db"
    file.write_bytes(b"no database" * 1000)
    with (
        contextlib.closing(sqlite3.connect(file)) as connection,
        pytest.raises(sqlite3.DatabaseError, match="not a database"),
    ):
        write_ahead.switch_on(connection)
