"""Who is using a cache folder: every command shares it, and whoever removes things has it alone.

Called by `Cache`. A run must never lose what it stored a moment ago, or what its plan counts on, and
nobody can know from outside what that is. So whatever removes stored things waits until nobody works,
and whoever begins to work waits the seconds that removing takes. The kernel holds the locks: after a
kill nothing is left to clear away.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Usage:
    """One process's share in a folder, held until `close`."""

    def __init__(self, file: Path) -> None:
        """Waits while somebody removes things there. Raises OSError."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def alone(self) -> bool:
        """Have the folder alone from now on; False, and shared as before, while anybody else uses it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)  # the failed attempt gave up our share
            return False
        return True

    def shared(self) -> None:
        """Let others in again."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        os.close(self._descriptor)
