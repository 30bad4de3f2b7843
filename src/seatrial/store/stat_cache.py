"""Digests of files that have not been touched: what makes a run with nothing changed cheap.

A row is believed only if size, modification time, change time and inode all still match and
the file was already quiet when it was hashed (git's "racy" rule): a file modified within the
two seconds before hashing could be changed again without its times moving, so it is hashed
anew next time. Losing the database costs time and nothing else; a damaged one is replaced.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from seatrial import digest

_SCHEMA = 1
_QUIET_NS = 2_000_000_000


class StatCache:
    """Digests by path, remembered across runs. Paths are taken as given and must be absolute."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        self._path = database
        self._connection = self._open()

    def digest(self, path: Path, status: os.stat_result | None = None) -> str:
        """The digest of a file's bytes, from memory when it has not been touched.

        Raises OSError when the file cannot be read.
        """
        found = status or path.stat()
        stamp = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        name = os.fsencode(path)
        row = self._connection.execute(
            "SELECT size, mtime, ctime, inode, digest FROM file WHERE path = ?", (name,)
        ).fetchone()
        if row is not None and row[:4] == stamp:
            return str(row[4])
        before = time.time_ns()
        value = digest.of_file(path)
        if before - max(found.st_mtime_ns, found.st_ctime_ns) > _QUIET_NS:
            self._connection.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)", (name, *stamp, value))
        return value

    def fact(self, kind: str, key: str) -> str | None:
        """A remembered text that depends on `key` alone (a content digest, say)."""
        row = self._connection.execute("SELECT value FROM fact WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, kind: str, key: str, value: str) -> None:
        """Remember a text for `fact`."""
        self._connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", (kind, key, value))

    def save(self) -> None:
        """Write what was learned; a database busy with another run keeps its own and loses nothing."""
        with contextlib.suppress(sqlite3.OperationalError):
            self._connection.commit()

    def close(self) -> None:
        self.save()
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            if connection.execute("PRAGMA user_version").fetchone()[0] != _SCHEMA:
                connection.executescript(
                    f"""
                    DROP TABLE IF EXISTS file;
                    DROP TABLE IF EXISTS fact;
                    CREATE TABLE file (path BLOB PRIMARY KEY, size INT, mtime INT, ctime INT, inode INT, digest TEXT)
                        WITHOUT ROWID;
                    CREATE TABLE fact (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
                    PRAGMA user_version = {_SCHEMA};
                    """
                )
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection
