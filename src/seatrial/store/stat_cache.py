"""Digests of files that have not been touched: what makes a run with nothing changed cheap.

A row is believed only if size, modification time, change time and inode all still match and
the file was already quiet when it was hashed (git's "racy" rule): a file modified within the
two seconds before hashing could be changed again without its times moving, so it is hashed
anew next time. Losing the database costs time and nothing else; a damaged one is replaced.

What is learned stays in memory until `save` writes it in one short transaction: a run lasts
hours, and another run in the same work tree must not find the database locked meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from seatrial import digest

_SCHEMA = 1
_QUIET_NS = 2_000_000_000
_PATIENCE_MS = 300  # what a run has learned is not worth a longer wait for another one's writing
_TABLES = (
    "DROP TABLE IF EXISTS file",
    "DROP TABLE IF EXISTS fact",
    "CREATE TABLE file (path BLOB PRIMARY KEY, size INT, mtime INT, ctime INT, inode INT, digest TEXT) WITHOUT ROWID",
    "CREATE TABLE fact (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    f"PRAGMA user_version = {_SCHEMA}",
)

_Stamp = tuple[int, int, int, int]


class StatCache:
    """Digests by path, remembered across runs. Paths are taken as given and must be absolute."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        self._path = database
        self._files: dict[bytes, tuple[_Stamp, str]] = {}
        self._facts: dict[tuple[str, str], str] = {}
        self._connection = self._open()

    def digest(self, path: Path, status: os.stat_result | None = None) -> str:
        """The digest of a file's bytes, from memory when it has not been touched.

        Raises OSError when the file cannot be read.
        """
        found = status or path.stat()
        stamp = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        name = os.fsencode(path)
        known = self._known(name)
        if known is not None and known[0] == stamp:
            return known[1]
        before = time.time_ns()
        value = digest.of_file(path)
        if before - max(found.st_mtime_ns, found.st_ctime_ns) > _QUIET_NS:
            self._files[name] = (stamp, value)
        return value

    def fact(self, kind: str, key: str) -> str | None:
        """A remembered text that depends on `key` alone (a content digest, say)."""
        if (kind, key) in self._facts:
            return self._facts[kind, key]
        row = self._ask("SELECT value FROM fact WHERE kind = ? AND key = ?", kind, key)
        return None if row is None else str(row[0])

    def remember(self, kind: str, key: str, value: str) -> None:
        """Remember a text for `fact`."""
        self._facts[kind, key] = value

    def save(self) -> None:
        """Write what was learned; a database busy with another run keeps its own and loses nothing."""
        files = [(name, *stamp, value) for name, (stamp, value) in self._files.items()]
        facts = [(kind, key, value) for (kind, key), value in self._facts.items()]
        if not files and not facts:
            return
        with contextlib.suppress(sqlite3.DatabaseError), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)", files)
            self._connection.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", facts)
            self._connection.commit()
            self._files.clear()
            self._facts.clear()

    def close(self) -> None:
        self.save()
        self._connection.close()

    def _known(self, name: bytes) -> tuple[_Stamp, str] | None:
        if name in self._files:
            return self._files[name]
        row = self._ask("SELECT size, mtime, ctime, inode, digest FROM file WHERE path = ?", name)
        if row is None or not digest.is_digest(str(row[4])):
            return None
        return (row[0], row[1], row[2], row[3]), str(row[4])

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
            connection.execute("PRAGMA journal_mode=WAL")
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
