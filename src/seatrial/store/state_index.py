"""A SQLite index over records, so that listings need not open every file.

Called by `local_state.py` for `browse`, and by nobody else: the files are the truth, and
whoever decides reads them. The index may be deleted at any time; one that is damaged, or that
another version of Seatrial wrote, is thrown away and built anew.

Subtle: a stream is read again when the newest record's number, size, time or inode differ
from those noted, which also covers a state that was restored from a backup.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from seatrial.store import write_ahead
from seatrial.store.state import Entry

_SCHEMA = 1
_NOT_DAMAGE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_TABLES = (
    "DROP TABLE IF EXISTS stream",
    "DROP TABLE IF EXISTS entry",
    "CREATE TABLE stream (stream TEXT PRIMARY KEY, number INT, size INT, modified INT, inode INT) WITHOUT ROWID",
    """CREATE TABLE entry (stream TEXT, number INT, digest TEXT, previous TEXT, at TEXT, body TEXT,
        PRIMARY KEY (stream, number)) WITHOUT ROWID""",
    f"PRAGMA user_version = {_SCHEMA}",
)


class Stamp(Struct, frozen=True, kw_only=True):
    """What a stream's newest record looks like from outside. `modified` is in nanoseconds."""

    number: int
    size: int
    modified: int
    inode: int


class StateIndex:
    """The index in one database file. Nothing stays open between calls."""

    def __init__(self, database: Path) -> None:
        self._path = database

    def browse(
        self, stamps: Mapping[str, Stamp], read: Callable[[str], tuple[Entry, ...]], prefix: str
    ) -> tuple[Entry, ...]:
        """The records of all streams in `stamps` that start with `prefix`; `read` is asked for those that changed.

        Raises what `read` raises, and sqlite3.Error when no database can be kept here at all.
        """
        try:
            return self._browse(stamps, read, prefix)
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode in _NOT_DAMAGE:
                raise
            self.discard()
            return self._browse(stamps, read, prefix)

    def discard(self) -> None:
        """Throw the index away."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _browse(
        self, stamps: Mapping[str, Stamp], read: Callable[[str], tuple[Entry, ...]], prefix: str
    ) -> tuple[Entry, ...]:
        with contextlib.closing(self._connect()) as connection:
            stale = self._stale(connection, stamps)
            if stale:
                _refresh(connection, stale, {stream: read(stream) for stream in stale if stream in stamps}, stamps)
            rows = connection.execute(
                "SELECT stream, number, digest, previous, at, body FROM entry "
                "WHERE substr(stream, 1, length(?1)) = ?1 ORDER BY stream, number",
                (prefix,),
            ).fetchall()
        return tuple(_entry(*row) for row in rows)

    def _stale(self, connection: sqlite3.Connection, stamps: Mapping[str, Stamp]) -> tuple[str, ...]:
        noted = {
            row[0]: Stamp(number=row[1], size=row[2], modified=row[3], inode=row[4])
            for row in connection.execute("SELECT stream, number, size, modified, inode FROM stream")
        }
        return tuple(sorted(name for name in noted.keys() | stamps.keys() if noted.get(name) != stamps.get(name)))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            write_ahead.switch_on(connection)
            connection.execute("PRAGMA synchronous=NORMAL")
            if _version(connection) != _SCHEMA:
                _create(connection)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(connection: sqlite3.Connection) -> None:
    with _transaction(connection):
        if _version(connection) != _SCHEMA:  # nobody created it while we waited for the lock
            for statement in _TABLES:
                connection.execute(statement)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _refresh(
    connection: sqlite3.Connection,
    stale: tuple[str, ...],
    fresh: Mapping[str, tuple[Entry, ...]],
    stamps: Mapping[str, Stamp],
) -> None:
    with _transaction(connection):
        for stream in stale:
            connection.execute("DELETE FROM stream WHERE stream = ?", (stream,))
            connection.execute("DELETE FROM entry WHERE stream = ?", (stream,))
        for stream, entries in fresh.items():
            # More records than the stamp knows, if a racer wrote meanwhile: the next listing looks again.
            stamp = stamps[stream]
            note = (stream, stamp.number, stamp.size, stamp.modified, stamp.inode)
            connection.execute("INSERT INTO stream VALUES (?, ?, ?, ?, ?)", note)
            connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", map(_row, entries))


def _row(entry: Entry) -> tuple[str, int, str, str | None, str, str]:
    body = json.dumps(entry.body)  # in ASCII: paths that are not UTF-8 could not be kept as SQLite text
    return entry.stream, entry.number, entry.digest, entry.previous, entry.at, body


def _entry(stream: str, number: int, name: str, previous: str | None, at: str, body: str) -> Entry:
    return Entry(stream=stream, number=number, digest=name, previous=previous, at=at, body=json.loads(body))
