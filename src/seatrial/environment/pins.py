"""The pins of one lock file, read from its bytes, and how two of them differ. Pure.

Called where two trees are compared: a lock that changed reaches what needs a package whose pin changed (`pin_needs`).
Requirement files, the TOML locks and plain conda environments are read; of others only their digest is known. Whatever
cannot be told apart pin by pin is None, and then everything may have changed.
"""

from __future__ import annotations

import posixpath

from msgspec import Struct

from seatrial.environment.pin_records import Pin, Pins, unread
from seatrial.environment.requirement_files import read_conda, read_requirements
from seatrial.environment.toml_locks import read_toml

TOML = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
UNREAD = ("pixi.lock", "conda-lock.yml", "conda-lock.yaml")
_OTHERS = ("Pipfile.lock",)
_CONDA = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
_MOST = 32 << 20


class PinChange(Struct, frozen=True, kw_only=True):
    """One distribution whose pins differ. None where it has none; `line` is in the newer file."""

    name: str
    old: str | None
    new: str | None
    line: int | None = None


def read_pins(path: str, data: bytes) -> Pins | None:
    """What a file pins; None when its name is not that of a lock. One that cannot be read has only its digest."""
    read = None
    if is_toml_lock(path):
        read = read_toml
    elif is_requirements(path):
        read = read_requirements
    elif posixpath.basename(path) in _CONDA:
        read = read_conda
    elif posixpath.basename(path) not in (*UNREAD, *_OTHERS):
        return None
    if read is None or len(data) > _MOST:
        return unread(path, data)
    try:
        return read(path, data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return unread(path, data)


def is_toml_lock(path: str) -> bool:
    """Whether a file's name is that of a lock in TOML."""
    name = posixpath.basename(path)
    return name in TOML or (name.startswith("pylock.") and name.endswith(".toml"))


def is_requirements(path: str) -> bool:
    """Whether a file's name is that of requirements or constraints."""
    name, folder = posixpath.basename(path), posixpath.basename(posixpath.dirname(path))
    return name.endswith(".txt") and (name.startswith(("requirements", "constraints")) or folder == "requirements")


def pin_changes(base: Pins | None, head: Pins | None) -> tuple[PinChange, ...] | None:
    """The pins that differ between two states of one file, None when that cannot be told: it came or went, is not read,
    or something else in it changed than the pins of names."""
    if base is None or head is None:
        return () if base is head else None
    if base.digest or head.digest:
        return () if base.digest == head.digest else None
    if (base.rest, base.includes) != (head.rest, head.includes):
        return None
    changed = (_change(name, base, head) for name in sorted(base.pins.keys() | head.pins.keys()))
    return tuple(change for change in changed if change is not None)


def changed_pins(base: Pins | None, head: Pins | None) -> frozenset[str] | None:
    """The names of `pin_changes`."""
    changes = pin_changes(base, head)
    return None if changes is None else frozenset(change.name for change in changes)


def _change(name: str, base: Pins, head: Pins) -> PinChange | None:
    before, now = base.pins.get(name, ()), head.pins.get(name, ())
    known = {pin.identity for pin in before}
    if sorted(known) == sorted({pin.identity for pin in now}):
        return None
    old, new = _shown(before), _shown(now)
    if old == new:
        new = f"{new} (other files, source or marker)"
    lines = [pin.line for pin in now if pin.identity not in known] or [pin.line for pin in now]
    return PinChange(name=name, old=old, new=new, line=next(iter(lines), None))


def _shown(pins: tuple[Pin, ...]) -> str | None:
    return ", ".join(sorted({pin.text for pin in pins})) or None
