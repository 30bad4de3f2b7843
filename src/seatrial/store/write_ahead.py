"""SQLite's write-ahead log, switched on once in the life of a database.

Called by whoever opens one. Subtle: of two that switch it on at the same time one is refused at once, whatever
timeout its connection has, because SQLite lets nobody wait where the other might be waiting too. So it is tried
again here.
"""

from __future__ import annotations

import sqlite3
import time

_PATIENCE = 10.0  # seconds
_PAUSE = 0.002


def switch_on(connection: sqlite3.Connection) -> None:
    """Let the database of a connection have a write-ahead log. Raises sqlite3.OperationalError when it stays locked,
    or cannot be written, DatabaseError when it is none."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_PAUSE)
        else:
            return
