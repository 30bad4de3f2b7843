"""A parsed file that still knows where each value stood.

`yaml_source` and `json_source` make one; everything later in `config/` asks it for places, so
that each mistake is shown with file, line and column. A value is addressed by its key path: a
tuple of mapping keys and list indices. What is subtle: a scalar also keeps the text it was
written as, because `3.10` in a file is the number 3.1, and the user must be told which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct, field

from seatrial.errors import Place

KeyPath: TypeAlias = tuple[str | int, ...]
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_./*-]+\Z")


class Position(Struct, frozen=True):
    """Where one value stands: (line, column) of its key, if it has one, and of itself, from 1.

    `text` is what a plain (unquoted) scalar was written as, None for anything else.
    """

    key: tuple[int, int] | None
    value: tuple[int, int]
    text: str | None = None

    @property
    def first(self) -> tuple[int, int]:
        """Where a reader starts: at the key, or at the entry of a list."""
        return self.key or self.value


class Source(Struct, frozen=True, kw_only=True):
    """One file as plain values (dict, list, str, bool, int, float, None) and their positions.

    Formats without positions leave the table empty; places then name only file and key.
    """

    file: str
    value: object
    positions: Mapping[KeyPath, Position] = field(default_factory=dict)

    def place(self, path: KeyPath, *, at_key: bool = False) -> Place:
        """The place of a value, or of its key."""
        position = self.positions.get(path)
        if position is None:
            return Place(file=self.file, key=shown(path) or None)
        line, column = position.first if at_key else position.value
        return Place(file=self.file, line=line, column=column, key=shown(path) or None)

    def where(self, path: KeyPath) -> str:
        """The place as `seatrial.yaml:12:5`, without the key."""
        position = self.positions.get(path)
        return self.file if position is None else ":".join(map(str, (self.file, *position.first)))

    def text(self, path: KeyPath) -> str | None:
        """What a plain scalar was written as."""
        position = self.positions.get(path)
        return None if position is None else position.text


def shown(path: KeyPath) -> str:
    """A key path for people: `stages.train.deps[0]`. Unusual keys are quoted and made printable."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _PLAIN_KEY.match(part) else ascii(part)[:60])
    return text if len(text) <= 200 else text[:197] + "..."
