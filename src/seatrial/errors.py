"""Every way Seatrial can refuse, drawn as one tree.

    SeatrialError
    ├── UserError              the user must fix something            exit 2
    │   ├── ConfigError        seatrial.yaml, gates.yaml, params
    │   ├── EvidenceError      metrics, predictions, curves, JUnit
    │   ├── UsageError         a reference or an option that cannot be meant
    │   └── MissingExtraError       an optional package is not installed
    ├── StageError             a user's command failed                exit 4
    ├── OutsideError           git, a disk or another system failed   exit 5
    │   └── StateError         the state store is missing or damaged
    └── ConflictError          the state changed under us             exit 6

Raised anywhere, turned into text and an exit code only in `cli/`. An error carries
one or more `Problem`s, so that all mistakes of one file are shown at once, and each
problem may say where it is and what to type next. Below the tree stand the few wordings
that many messages share.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from msgspec import Struct

EXHAUSTED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""System errors that say nothing about what was asked for: the disk or the machine has no more to give.

They are nobody's mistake in a stage or a file, so whoever meets one lets it pass; `cli/` tells it.
"""


class Place(Struct, frozen=True, kw_only=True):
    """Where a problem is. Lines and columns count from 1; `key` is a path such as `stages.train.cmd`."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return " ".join(part for part in (where, self.key) if part)


class Problem(Struct, frozen=True, kw_only=True):
    """One mistake, in one sentence, with its place and the next step (a command or an edit)."""

    message: str
    place: Place | None = None
    next_step: str | None = None

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place is not None and str(self.place) else ""
        return f"{where}{self.message}"


class SeatrialError(Exception):
    """The root. `problems` is never empty."""

    def __init__(
        self,
        message: str,
        *,
        place: Place | None = None,
        next_step: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        self.problems = problems or (Problem(message=message, place=place, next_step=next_step),)
        super().__init__(message)

    @property
    def next_step(self) -> str | None:
        """The first next step that any problem names."""
        return next((problem.next_step for problem in self.problems if problem.next_step), None)


class UserError(SeatrialError):
    """The user must fix input, configuration or the call."""


class ConfigError(UserError):
    """The configuration cannot be used as it is written."""


class EvidenceError(UserError):
    """A file that a stage wrote as evidence cannot be read as what it claims to be."""


class UsageError(UserError):
    """The command line names something that does not exist or cannot be meant."""


class MissingExtraError(UserError):
    """A feature needs an optional package; the next step is the command that installs it."""


class StageError(SeatrialError):
    """A stage's command failed, timed out, was killed or did not write what it declares."""


class OutsideError(SeatrialError):
    """Something outside Seatrial failed: git, the file system, another service."""


class StateError(OutsideError):
    """Records are missing, damaged or unreadable where they must exist."""


class ConflictError(SeatrialError):
    """Somebody else changed the state between our reading and our writing."""


def not_understood(shown: str, why: str) -> StateError:
    """The error for a record that is whole and that this version cannot read."""
    return StateError(
        f"{shown} cannot be read: {why}; it was probably written by a newer Seatrial",
        place=Place(file=shown),
        next_step="upgrade Seatrial",
    )


def some_of(names: Sequence[str], *, most: int = 3) -> str:
    """The first of many names, and how many there are besides: `a, b, c and 4 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
