"""Writes of several threads that become one push: whoever comes while a push is under way waits for the next one.

Called by `git_objects.py`. A push costs the same for one object as for ten, and two pushes at a time would only
refuse each other.

Subtle: the thread that does a batch does the writes of others with its own. What fails it, fails all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence


class Write:
    """One write that waits: objects by key, None for one that goes. With `absent`, only if no such key is taken.

    `beside` are written only together with the others. `won` is the answer.
    """

    def __init__(
        self, changes: Mapping[str, bytes | None], *, absent: bool, beside: Mapping[str, bytes] | None = None
    ) -> None:
        self.changes = changes
        self.absent = absent
        self.beside = beside or {}
        self.won = False
        self.done = False
        self.failure: BaseException | None = None


class Batches:
    """Hands writes to `write_all`, which answers by setting `won` in each, one batch at a time."""

    def __init__(self, write_all: Callable[[Sequence[Write]], None], *, turn: threading.RLock, most: int) -> None:
        self._write_all = write_all
        self._turn = turn
        self._most = most
        self._waiting: list[Write] = []
        self._guard = threading.Lock()

    def write(self, mine: Write) -> bool:
        """Wait until a write is done; whether it won. Raises what failed the batch that it was in."""
        with self._guard:
            self._waiting.append(mine)
        while not mine.done:
            with self._turn:
                if not mine.done:
                    self._do_some()
        if mine.failure is not None:
            raise mine.failure
        return mine.won

    def _do_some(self) -> None:
        with self._guard:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._write_all(batch)
        except BaseException as error:
            for one in batch:
                one.failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            for one in batch:
                one.done = True
