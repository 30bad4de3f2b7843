"""Where to look for the result of some work: from input digests and cell names to action keys.

Called by the result store. All of it is one file to which lines are only ever appended, because a file a
pointer costs more than most commands. It can be rebuilt by running: a line that is cut short or damaged
is passed over, and costs an explanation.

It grows by two lines for each cell whose result is another than before, and `cache gc` writes it anew; a hundred
thousand lines, a thousand runs in which a hundred cells changed, take some 60 ms to read.

Subtle: others append while we read, so what is known is brought up to the end of the file before each look.
Every append begins a line of its own, or one that a crash had cut short would swallow it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal, TypeAlias

from seatrial import digest
from seatrial.store import atomic

Kind: TypeAlias = Literal["inputs", "cells"]


class Signposts:
    """The pointers of one cache, in the file `path`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        self._file = (0, 0)
        self._read_to = 0
        self._own = b""

    def find(self, kind: Kind, name: str) -> str | None:
        """The action key that `name` (without blanks) was last pointed to."""
        self._catch_up()
        return self._known.get(f"{kind} {name}")

    def put(self, wanted: dict[tuple[Kind, str], str]) -> None:
        """Point each name to its action key. Raises OSError."""
        self._catch_up()
        lines = [
            f"{kind} {name} {action_key}"
            for (kind, name), action_key in wanted.items()
            if self._known.get(f"{kind} {name}") != action_key
        ]
        if not lines:
            return
        data = "\n".join(("", *lines, "")).encode()
        try:
            atomic.append(self._path, data)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)  # noqa: PTH103, PTH120 - paths are texts here
            atomic.append(self._path, data)
        self._own = data

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Forget the pointers to action keys that are not wanted. For one who has the cache alone."""
        self._catch_up()
        kept = "".join(f"{name} {action_key}\n" for name, action_key in self._known.items() if wanted(action_key))
        if self._known:
            atomic.write_atomic(self._path, kept.encode(), durable=False)

    def _catch_up(self) -> None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - asked for every cell
        except OSError:
            self._known, self._file, self._read_to, self._own = {}, (0, 0), 0, b""
            return
        file = status.st_dev, status.st_ino
        if file != self._file or status.st_size < self._read_to:
            self._known, self._file, self._read_to, self._own = {}, file, 0, b""
        if status.st_size > self._read_to:
            ours = status.st_size == self._read_to + len(self._own)  # and nobody else's: it need not be read
            self._take_in(self._own if ours else _read_from(self._path, self._read_to))
        self._own = b""

    def _take_in(self, data: bytes) -> None:
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.decode("ascii", "replace").split("\n"):
            name, _, action_key = line.rpartition(" ")
            if name and digest.is_digest(action_key):
                self._known[name] = action_key


def _read_from(path: str, offset: int) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - paths are texts here
            file.seek(offset)
            return file.readall()
    except OSError:
        return b""
