"""Requirement files of pip, with or without hashes, and the packages of a conda environment. Pure.

Called by `pins`. What pip-compile and uv write behind a pin, `# via pandas`, is who needs it; if all pins have it
the file tells the whole graph. Of YAML only the plain form is read that conda writes; the rest raises ValueError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec import Struct, field

from seatrial.environment.names import normal
from seatrial.environment.pin_records import Pin, Pins

_COMMENT = re.compile(r"(?:^|\s)#(.*)$")
_HASH = re.compile(r"--hash[=\s]\s*(\S+)")
_OPTION = re.compile(r"\s--?[a-z].*$")
_REQUIREMENT = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(.*)\Z")
_EXACT = re.compile(r"={2,3}\s*([^\s;,]+)\Z")
_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[=\s]*(.*)\Z")
_EDITABLE = re.compile(r"(?:-e|--editable)[=\s]*(.*)\Z")
_ADDRESS = re.compile(r"(?:[a-z+]+:|\.{0,2}/|[^\s@]+\.(?:whl|zip|tar\.gz)\Z)", re.IGNORECASE)
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_WHEEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._]*)-[^/-]+(?:-[^/-]+){3,4}\.whl")
_CONDA = re.compile(r"(?:[^\s:]+::)?([A-Za-z0-9_][A-Za-z0-9._-]*)\s*([=<>!~ ].*)?\Z")
_FOUNDATIONS = frozenset({
    "bzip2", "expat", "libexpat", "libffi", "libsqlite", "libuuid", "libzlib", "ncurses", "openssl", "pypy", "python",
    "python-abi", "readline", "sqlite", "tk", "tzdata", "xz", "zlib",
})  # fmt: skip
"""What the interpreter and its library stand on: a change of these can reach code that imports nothing else."""


class _Reading(Struct):
    """What was read so far. `needed_by` has who needs a pin, where the file says it."""

    pins: dict[str, list[Pin]] = field(default_factory=dict)
    needed_by: dict[str, set[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    hashed: bool = False
    last: str | None = None
    within: bool = False

    def done(self, path: str, *, native: bool = False) -> Pins:
        graph: dict[str, set[str]] | None = None
        if self.pins and self.needed_by.keys() >= self.pins.keys():
            graph = {name: set() for name in self.pins}
            for name, parents in self.needed_by.items():
                for parent in parents:
                    graph.setdefault(parent, set()).add(name)
        return Pins(
            path=path,
            pins={name: tuple(pins) for name, pins in self.pins.items()},
            graph=None if graph is None else {name: frozenset(needs) for name, needs in graph.items()},
            rest=tuple(sorted(self.rest)),
            includes=tuple(sorted(self.includes)),
            hashed=self.hashed,
            native=native,
        )


def read_requirements(path: str, text: str) -> Pins:
    """The pins of a requirement file."""
    found = _Reading()
    for line, body, comment in _logical(text):
        if body:
            found.last, found.within = _take(found, body, line), False
        _take_comment(found, comment)
    return found.done(path)


def _logical(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Lines as pip joins them: the number of the first, what it says, and its comment."""
    joined, first = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line)
        body = line[: comment.start()] if comment else line
        first = first if joined else number
        joined += (" " if joined else "") + body.rstrip().removesuffix("\\")
        if not body.rstrip().endswith("\\"):
            yield first, joined.strip(), comment.group(1) if comment else None
            joined = ""
    if joined:
        yield first, joined.strip(), None


def _take_comment(found: _Reading, comment: str | None) -> None:
    text = (comment or "").strip()
    if found.last is None or not text:
        found.within = False
    elif text == "via" or text.startswith("via "):
        found.needed_by.setdefault(found.last, set()).update(_parents(text[3:]))
        found.within = text == "via"
    elif found.within and (comment or "").startswith("  "):
        found.needed_by[found.last].update(_parents(text))
    else:
        found.within = False


def _parents(text: str) -> Iterator[str]:
    """Who needs a pin. What was asked for directly (`-r requirements.in`, `project (pyproject.toml)`) is nobody's."""
    for part in text.split(","):
        name = part.strip().partition("[")[0]
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            yield normal(name)


def _take(found: _Reading, body: str, line: int) -> str | None:
    """Take one line; the name it pins."""
    if include := _INCLUDE.match(body):
        found.includes.append(include.group(1).strip())
        return None
    editable = _EDITABLE.match(body)
    if body.startswith("-") and not editable:
        found.rest.append(body)
        return None
    hashes = sorted(_HASH.findall(body))
    found.hashed = found.hashed or bool(hashes)
    body = _OPTION.sub("", editable.group(1) if editable else body).strip()
    if editable or _ADDRESS.match(body):
        named = _EGG.search(body) or _WHEEL.search(body)
        if named is None:
            found.rest.append(body)
            return None
        return _add(found, named.group(1), Pin(text=body, mark=json.dumps(hashes), line=line))
    requirement = _REQUIREMENT.match(body)
    if requirement is None:
        found.rest.append(body)
        return None
    name, extras, tail = requirement.groups()
    said, _, marker = tail.partition(" ;" if tail.startswith("@") else ";")
    exact = _EXACT.match(said.strip())
    mark = json.dumps([sorted(re.split(r"[\s,]+", (extras or "[]")[1:-1])), " ".join(marker.split()), hashes])
    version = exact.group(1) if exact else None
    return _add(found, name, Pin(text=version or said.strip() or "any", version=version, mark=mark, line=line))


def _add(found: _Reading, name: str, pin: Pin) -> str:
    found.pins.setdefault(normal(name), []).append(pin)
    return normal(name)


def read_conda(path: str, text: str) -> Pins:
    """The pins of an `environment.yml`. Raises ValueError for what is written in another way than conda's."""
    found, section, pip = _Reading(), "", -1
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line)
        said = (line[: comment.start()] if comment else line).rstrip()
        body, indent = said.strip(), len(said) - len(said.lstrip())
        if not body or body == "---":
            continue
        top = re.match(r"([A-Za-z_-]+):\s*(.*)\Z", said)
        if top:
            section, pip = top.group(1), -1
            if section == "dependencies" and top.group(2):
                raise ValueError("dependencies are not a list of lines")
            if section not in ("dependencies", "name", "prefix"):
                found.rest.append(body)
        elif section != "dependencies":
            found.rest.append(f"{section} {body}")
        else:
            item = re.match(r"-\s+(.+)\Z", body)
            if item is None:
                raise ValueError(f"line {number} is no item of a list")
            word = item.group(1).strip("\"'")
            if pip >= 0 and indent > pip:
                _take(found, word, number)
            elif word == "pip:":
                pip = indent
            else:
                pip = -1
                _take_conda(found, word, number)
    return found.done(path, native=True)


def _take_conda(found: _Reading, word: str, line: int) -> None:
    named = _CONDA.match(word)
    if named is None:
        raise ValueError(f"line {line} names no package")
    said = (named.group(2) or "").strip()
    exact = re.match(r"={1,2}\s*([^\s=<>!~*|,]+)(?:=\S+)?\Z", said)
    if normal(named.group(1)) in _FOUNDATIONS:
        found.rest.append(word)
    else:
        text = said.lstrip("= ") if exact else said or "any"
        pin = Pin(text=text, version=exact.group(1) if exact else None, mark=word.partition("::")[0], line=line)
        _add(found, named.group(1), pin if "::" in word else Pin(text=text, version=pin.version, line=line))
