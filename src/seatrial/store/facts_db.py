"""The database behind the stat cache: rows about folders, and facts, in one SQLite file.

Called by `stat_cache.py` only. Everything in it can be learned again, so a damaged one is replaced,
one that another version wrote is emptied, and one that is busy is not waited for long.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from seatrial.store import write_ahead

_SCHEMA = 2
_PATIENCE_MS = 300  # what a run has learned is not worth a longer wait for another one's writing
_AT_ONCE = 500  # keys in one question; SQLite bounds them
_TABLES = (
    "DROP TABLE IF EXISTS file",
    "DROP TABLE IF EXISTS folder",
    "DROP TABLE IF EXISTS fact",
    # The entries come last, so that SQLite leaves their pages unread when only the rest is asked for.
    "CREATE TABLE folder (path BLOB PRIMARY KEY, stamp BLOB, listing TEXT, size INT, files INT, entries BLOB)",
    "CREATE TABLE fact (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    f"PRAGMA user_version = {_SCHEMA}",
)


class FolderRow(Struct, frozen=True):
    """What is known of one folder.

    `stamp` is what a look at it saw (empty when nothing can be believed of the whole), and `listing`,
    `size` and `files` what the folder was when it looked so. `entries` are its files, packed.
    """

    stamp: bytes
    listing: str
    size: int
    files: int
    entries: bytes


class FactsDatabase:
    """One database file, kept open."""

    def __init__(self, database: Path) -> None:
        """Raises OSError when it can neither be opened nor made."""
        database.parent.mkdir(parents=True, exist_ok=True)
        self._path = database
        self._connection = self._open()

    def folder(self, path: bytes) -> tuple[bytes, str, int, int] | None:
        """Stamp, listing, size and number of files of a folder."""
        row = self._ask("SELECT stamp, listing, size, files FROM folder WHERE path = ?", path)
        return None if row is None else (bytes(row[0] or b""), str(row[1]), int(row[2]), int(row[3]))

    def entries(self, path: bytes) -> bytes:
        """The packed files of a folder; empty when nothing is known."""
        row = self._ask("SELECT entries FROM folder WHERE path = ?", path)
        return b"" if row is None else bytes(row[0] or b"")

    def fact(self, kind: str, key: str) -> str | None:
        """A remembered text."""
        row = self._ask("SELECT value FROM fact WHERE kind = ? AND key = ?", kind, key)
        return None if row is None else str(row[0])

    def facts(self, kind: str, keys: Sequence[str]) -> dict[str, str]:
        """The remembered texts among many keys."""
        found: dict[str, str] = {}
        try:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, value FROM fact WHERE kind = ? AND key IN ({marks})"
                found.update(self._connection.execute(query, (kind, *some)))
        except sqlite3.DatabaseError:
            return found  # busy or damaged: what is missing is learned again
        return found

    def write(self, folders: dict[bytes, FolderRow], facts: dict[tuple[str, str], str]) -> bool:
        """Write in one short transaction; False when the database was busy or would not take it."""
        rows = [(path, row.stamp, row.listing, row.size, row.files, row.entries) for path, row in folders.items()]
        with contextlib.suppress(sqlite3.DatabaseError), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._connection.executemany(
                "INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", [(*key, value) for key, value in facts.items()]
            )
            self._connection.commit()
            return True
        return False

    def forget_missing(self) -> int:
        """Drop the rows of folders that are gone; how many there were."""
        try:
            paths = [bytes(row[0]) for row in self._connection.execute("SELECT path FROM folder")]
            gone = [(path,) for path in paths if not os.path.lexists(path)]
            with self._connection:
                self._connection.executemany("DELETE FROM folder WHERE path = ?", gone)
        except sqlite3.DatabaseError:
            return 0
        return len(gone)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, query: str, *values: str | bytes) -> tuple[Any, ...] | None:
        """One row. A database that turns out to be damaged is replaced, and then knows nothing."""
        try:
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        except sqlite3.OperationalError:
            return None  # busy, or just being set up by another run
        except sqlite3.DatabaseError:
            self._connection.close()
            self._connection = self._replace()
            return None
        return row

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.OperationalError as error:
            raise OSError(errno.EBUSY, str(error)) from error  # busy or not writable: not ours to throw away
        except sqlite3.DatabaseError:
            return self._replace()

    def _replace(self) -> sqlite3.Connection:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            write_ahead.switch_on(connection)
            connection.execute("PRAGMA synchronous=NORMAL")
            if _version(connection) != _SCHEMA:
                connection.execute("BEGIN IMMEDIATE")
                if _version(connection) != _SCHEMA:  # nobody else has set it up while we waited
                    for statement in _TABLES:
                        connection.execute(statement)
                connection.commit()
            connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
