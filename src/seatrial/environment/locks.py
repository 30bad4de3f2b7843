"""What lock files say should be installed: names and versions, read from their bytes. Pure.

Called where a run must be pinned. Hashed requirements, uv, poetry, PDM and PEP 751 files are read; of pixi
and conda locks only their presence is known, since what they install is not only Python's.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.environment.names import normal
from seatrial.environment.pins import UNREAD, is_requirements, is_toml_lock, read_pins

_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv", "distribute", "pkg-resources"})


class Lock(Struct, frozen=True, kw_only=True):
    """One lock file. `versions` has every version it allows, by normalised name; None where it is not read."""

    path: str
    versions: Mapping[str, frozenset[str]] | None


class Mismatch(Struct, frozen=True, kw_only=True):
    """How an environment differs from its locks: what has another version, and what no lock knows."""

    other: Mapping[str, str] = field(default_factory=dict)
    unlocked: tuple[str, ...] = ()


def may_be_lock(path: str) -> bool:
    """Whether a file's name is that of a lock, or of requirements that may be hashed."""
    return is_toml_lock(path) or is_requirements(path) or posixpath.basename(path) in UNREAD


def read_lock(path: str, data: bytes) -> Lock | None:
    """The lock in a file, None for requirements without hashes and for what cannot be read as a lock."""
    if posixpath.basename(path) in UNREAD:
        return Lock(path=path, versions=None)
    pins = read_pins(path, data)
    if pins is None or not pins.versions or (is_requirements(path) and not pins.hashed):
        return None
    return Lock(path=path, versions=pins.versions)


def mismatch(installed: Mapping[str, str], locks: tuple[Lock, ...], *, own: frozenset[str]) -> Mismatch:
    """How what is installed differs from what all locks say together; `own` are the project's own names.

    What a lock names and nobody installed is no difference: locks are for several platforms and extras.
    """
    allowed: dict[str, frozenset[str]] = {}
    for lock in locks:
        for name, versions in (lock.versions or {}).items():
            allowed[name] = allowed.get(name, frozenset()) | versions
    if not allowed:
        return Mismatch()
    skipped = _INSTALLERS | {normal(name) for name in own}
    asked = {normal(name): version for name, version in installed.items() if normal(name) not in skipped}
    return Mismatch(
        other={
            name: version
            for name, version in asked.items()
            if name in allowed and not {version, version.partition("+")[0]} & allowed[name]
        },
        unlocked=tuple(name for name in asked if name not in allowed) if all(lock.versions for lock in locks) else (),
    )
