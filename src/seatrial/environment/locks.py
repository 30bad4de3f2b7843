"""What lock files say should be installed: names and versions, read from their bytes. Pure.

Called where a run must be pinned. Hashed requirements, uv, poetry, PDM and PEP 751 files are read; of pixi
and conda locks only their presence is known, since what they install is not only Python's.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.environment.names import normal

_TOML = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_UNREAD = ("pixi.lock", "conda-lock.yml", "conda-lock.yaml")
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*===?\s*([^\s;\\,]+)", re.MULTILINE)
_HASHED = "--hash="
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
    name = posixpath.basename(path)
    folder = posixpath.basename(posixpath.dirname(path))
    plain = name.endswith(".txt") and (name.startswith("requirements") or folder == "requirements")
    return name in _TOML or name in _UNREAD or plain or (name.startswith("pylock.") and name.endswith(".toml"))


def read_lock(path: str, data: bytes) -> Lock | None:
    """The lock in a file, None for requirements without hashes and for what cannot be read as a lock."""
    name = posixpath.basename(path)
    if name in _UNREAD:
        return Lock(path=path, versions=None)
    text = data.decode(errors="replace")
    if name.endswith(".txt"):
        pairs = _PINNED.findall(text) if _HASHED in text else []
    else:
        try:
            pairs = _packages(tomllib.loads(text))
        except tomllib.TOMLDecodeError:
            return None
    if not pairs:
        return None
    versions: dict[str, frozenset[str]] = {}
    for package, version in pairs:
        versions[normal(package)] = versions.get(normal(package), frozenset()) | {version}
    return Lock(path=path, versions=versions)


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


def _packages(document: Mapping[str, object]) -> list[tuple[str, str]]:
    tables = [rows for key in ("package", "packages") if isinstance(rows := document.get(key), list)]
    return [
        (str(row["name"]), str(row["version"]))
        for rows in tables
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("version"), str)
    ]
