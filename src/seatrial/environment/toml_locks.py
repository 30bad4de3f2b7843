"""The lock files that are TOML: uv, Poetry, PDM and PEP 751. Pure.

Called by `pins`. Each has one table a package. What else stands in such a table counts as its mark, with two
exceptions: addresses of files whose hash is there, and what it needs, which is the graph. Under which markers
a package is needed at all counts as its own.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping

from seatrial.environment.names import normal
from seatrial.environment.pin_records import Pin, Pins

_NO_MATTER = frozenset({
    "created-by", "environments", "lock-version", "manifest", "metadata", "options", "package", "packages",
    "requires-python", "resolution-markers", "revision", "version",
})  # fmt: skip
"""Parts of a file that say how it was made: what they lead to are the pins."""

_NEEDS = ("dependencies", "optional-dependencies", "dev-dependencies")
_FILES = ("wheels", "wheel", "sdist", "files", "archive")
_SAYS_NOTHING = frozenset({"description", "name", "version", "metadata", "index", *_NEEDS})
_HEADER = re.compile(r"\s*\[\[\s*packages?\s*\]\]\s*(?:#.*)?\Z")
_VERSION = re.compile(r"\s*version\s*=")


def read_toml(path: str, text: str) -> Pins:
    """The pins of a lock. Raises ValueError when it cannot be read, RecursionError when it is too deep."""
    document = tomllib.loads(text)
    rows = [row for key in ("package", "packages") for row in _rows(document.get(key))]
    lines = _lines(text)
    edges = [(row, list(_edges(row))) for row in rows]
    markers: dict[str, set[str]] = {}
    graph: dict[str, set[str]] = {}
    for row, needed in edges:
        needs = graph.setdefault(normal(str(row["name"])), set())
        for name, marker in needed:
            needs.add(name)
            markers.setdefault(name, set()).add(marker)
    pins: dict[str, list[Pin]] = {}
    for place, row in enumerate(rows):
        name = normal(str(row["name"]))
        under = markers.get(name, set())
        mark = _mark(row, [] if "" in under else sorted(under))
        said = row.get("version")
        version = said if isinstance(said, str) else None
        line = lines[place] if len(lines) == len(rows) else None
        pins.setdefault(name, []).append(
            Pin(text=version or _origin(row) or "any", version=version, mark=mark, line=line)
        )
    tells = "packages" not in document or any("dependencies" in row for row in rows)
    rest = {key: value for key, value in document.items() if key not in _NO_MATTER}
    return Pins(
        path=path,
        pins={name: tuple(found) for name, found in pins.items()},
        graph={name: frozenset(needs) for name, needs in graph.items()} if tells and rows else None,
        rest=tuple(f"{key} {_text(value)}" for key, value in sorted(rest.items())),
    )


def _rows(value: object) -> list[dict[str, object]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(
        isinstance(row, dict) and isinstance(row.get("name"), str) for row in value
    ):
        raise ValueError("its packages are no tables with names")
    return value


def _mark(row: Mapping[str, object], under: list[str]) -> str:
    hashed = False
    kept: dict[str, object] = {}
    for key, value in row.items():
        if key in _FILES:
            files = value if isinstance(value, list) else [value]
            hashes = [_hashes(file) for file in files]
            hashed = hashed or all(hashes)
            kept[key] = sorted(hashes) if all(hashes) else value
        elif key not in _SAYS_NOTHING:
            kept[key] = value
    source = kept.get("source")
    if hashed and isinstance(source, dict) and source.keys() <= {"registry"}:
        del kept["source"]  # a mirror with the same files
    return _text([kept, under])


def _hashes(file: object) -> str:
    if not isinstance(file, dict):
        return ""
    found = file.get("hash") or file.get("hashes")
    return _text(found) if found else ""


def _origin(row: Mapping[str, object]) -> str:
    """Where a package without a version comes from."""
    for key in ("source", "vcs", "archive", "directory"):
        value = row.get(key)
        if isinstance(value, dict):
            return " ".join(str(one) for one in value.values() if isinstance(one, str))
    return ""


def _edges(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What a package needs, whatever asks for it, with the marker under which it does."""
    for key in _NEEDS:
        value = row.get(key)
        grouped = key != "dependencies" and isinstance(value, dict)
        for needs in value.values() if grouped and isinstance(value, dict) else (value,):
            if isinstance(needs, dict):  # Poetry: specifications by name
                for name, said in needs.items():
                    marks = (
                        [one.get("markers") for one in said if isinstance(one, dict)] if isinstance(said, list) else []
                    )
                    marks += [said.get("markers")] if isinstance(said, dict) else []
                    yield from ((normal(name), str(mark or "")) for mark in marks or [None])
            elif isinstance(needs, list):
                for one in needs:
                    if isinstance(one, dict) and isinstance(one.get("name"), str):
                        yield normal(one["name"]), str(one.get("marker") or "")
                    elif isinstance(one, str) and (named := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", one)):
                        yield normal(named.group()), one.partition(";")[2].strip()


def _lines(text: str) -> list[int]:
    """Where each package's version stands, or its table begins."""
    found: list[int] = []
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _HEADER.match(line):
            found.append(number)
            inside = True
        elif line.lstrip().startswith("["):
            inside = False
        elif inside and _VERSION.match(line):
            found[-1] = number
            inside = False
    return found


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
