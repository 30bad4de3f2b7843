"""What a lock file says, as values. Pure.

Made by the readers of each format, compared by `pins`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial import digest


class Pin(Struct, frozen=True, kw_only=True):
    """One pin of a distribution. `text` is what people read (`1.26.4`, or a whole address), `version` the exact one it
    allows, `mark` all else that decides what is installed: hashes, marker, source. `line` is where it stands."""

    text: str
    version: str | None = None
    mark: str = ""
    line: int | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return self.text, self.mark


class Pins(Struct, frozen=True, kw_only=True):
    """One lock file. `pins` has all pins of a distribution by normalised name, `graph` what each of them needs (None
    where the file does not tell of all), `rest` what counts and is no pin of a name, `includes` the files it names.

    A file that is not read has only its `digest`. `native` says that more than Python's packages is pinned.
    """

    path: str
    pins: Mapping[str, tuple[Pin, ...]] = field(default_factory=dict)
    graph: Mapping[str, frozenset[str]] | None = None
    rest: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    hashed: bool = False
    native: bool = False
    digest: str = ""

    @property
    def versions(self) -> Mapping[str, frozenset[str]]:
        """The exact versions that are allowed, by normalised name."""
        found = {name: frozenset(pin.version for pin in pins if pin.version) for name, pins in self.pins.items()}
        return {name: versions for name, versions in found.items() if versions}


def unread(path: str, data: bytes) -> Pins:
    """A lock of which only its bytes are known."""
    return Pins(path=path, digest=digest.of_bytes(data))
