"""A small writer of YAML for workflows: mappings, lists, texts, and comments where a reader wants one.

Called by the renderers. It writes what it is given in that order, always in the same way, and quotes every text that
is not plainly a text: names that a project chose cannot become structure. No reader of YAML is needed to write it, so
starting the command stays cheap, and comments survive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

Yaml: TypeAlias = "str | int | bool | Said | Marked | Lines | Sequence[Yaml] | Mapping[str | Note, Yaml]"

WIDTH = 118
_PLAIN = re.compile(r"""[A-Za-z0-9_./~$-](?:[A-Za-z0-9_./~$ {}()'"=!&|,@+*<>^;%\[\]-]|:(?=[^ ]))*\Z""")
_LOOKS_OTHERWISE = re.compile(
    r"(?:[-+.]?[0-9][0-9_.eExXobA-Fa-f:+-]*|~|-|---|\.\.\.|null|true|false|yes|no|on|off|y|n|\.inf|\.nan|- .*|-)\Z",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"[A-Za-z0-9_./-]+\Z")
_KEY = re.compile(r"[A-Za-z_.][A-Za-z0-9_.-]*\Z")


class Note(Struct, frozen=True):
    """A comment on a line of its own, as a key of a mapping; its value is not looked at."""

    text: str


class Said(Struct, frozen=True):
    """A text with a comment behind it."""

    text: str
    why: str


class Marked(Struct, frozen=True):
    """A mapping with a comment behind its key."""

    below: Mapping[str | Note, Yaml]
    why: str


class Lines(Struct, frozen=True):
    """Commands, each an entry of a list on a line of its own."""

    lines: tuple[str, ...]


def document(value: Mapping[str | Note, Yaml], *, apart: Sequence[str] = ()) -> str:
    """The text of a document. Keys at the top, and those below each of `apart`, have an empty line between them."""
    blocks = []
    for pairs in _with_notes(value):
        if len(pairs) == 1 and isinstance(pairs[0][0], str) and pairs[0][0] in apart:
            inner = pairs[0][1]
            assert isinstance(inner, Mapping)  # noqa: S101 - for the type checker; the callers are ours
            parts = ["\n".join(_mapping(dict(below), 1)) for below in _with_notes(inner)]
            blocks.append(f"{pairs[0][0]}:\n" + "\n\n".join(parts))
        else:
            blocks.append("\n".join(_mapping(dict(pairs), 0)))
    return "\n\n".join(blocks) + "\n"


def scalar(text: str) -> str:
    """A text on one line, quoted where it could be taken for something else."""
    plain = _PLAIN.match(text) and not _LOOKS_OTHERWISE.match(text) and text == text.strip()
    return text if plain else json.dumps(text, ensure_ascii=False)


def _with_notes(value: Mapping[str | Note, Yaml]) -> Iterator[list[tuple[str | Note, Yaml]]]:
    """The pairs of a mapping, each key with the notes before it."""
    waiting: list[tuple[str | Note, Yaml]] = []
    for pair in value.items():
        waiting.append(pair)
        if not isinstance(pair[0], Note):
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _mapping(value: Mapping[str | Note, Yaml], depth: int) -> Iterator[str]:
    margin = "  " * depth
    for key, below in value.items():
        if isinstance(key, Note):
            yield from (f"{margin}# {line}" for line in _wrapped(key.text, WIDTH - len(margin)))
            continue
        plain = key == "on" or (_KEY.match(key) and not _LOOKS_OTHERWISE.match(key))
        name = key if plain else json.dumps(key, ensure_ascii=False)
        yield from _entry(f"{margin}{name}:", below, depth)


def _entry(head: str, value: Yaml, depth: int) -> Iterator[str]:
    match value:
        case Said(text=text, why=why) if "\n" in text:
            yield f"{head} | # {why}"
            yield from _block(text, depth)
        case Said(text=text, why=why):
            yield f"{head} {scalar(text)} # {why}"
        case Marked(below=below, why=why):
            yield f"{head} # {why}"
            yield from _mapping(below, depth + 1)
        case Lines(lines=lines):
            yield head
            yield from (f"{'  ' * (depth + 1)}- {_command(line)}" for line in lines)
        case bool():
            yield f"{head} {'true' if value else 'false'}"
        case int():
            yield f"{head} {value}"
        case str() if "\n" in value.rstrip("\n"):
            yield f"{head} |"
            yield from _block(value, depth)
        case str():
            yield f"{head} {scalar(value.rstrip())}" if value else head
        case Mapping():
            yield head if value else f"{head} {{}}"
            yield from _mapping(value, depth + 1)
        case _:
            yield from _sequence(head, value, depth)


def _command(line: str) -> str:
    """A command on one line; quoted in single quotes, where it has none, so that double ones can be read."""
    shown = scalar(line)
    return f"'{line}'" if shown != line and line.isprintable() and "'" not in line else shown


def _block(text: str, depth: int) -> Iterator[str]:
    margin = "  " * (depth + 1)
    return (f"{margin}{line}" if line else "" for line in text.rstrip("\n").split("\n"))


def _sequence(head: str, value: Sequence[Yaml], depth: int) -> Iterator[str]:
    texts = [one for one in value if isinstance(one, str)]
    if len(texts) == len(value):
        listed = ", ".join(one if _fits_brackets(one) else json.dumps(one, ensure_ascii=False) for one in texts)
        yield f"{head} [{listed}]"
        return
    yield head
    margin = "  " * (depth + 1)
    for one in value:
        assert isinstance(one, Mapping)  # noqa: S101 - for the type checker; lists hold texts or mappings
        lines = list(_mapping(one, depth + 2))
        first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
        yield from (line.replace("  " * (depth + 2), margin, 1) for line in lines[:first])
        yield f"{margin}- {lines[first].lstrip()}"
        yield from lines[first + 1 :]


def _fits_brackets(text: str) -> bool:
    return _IN_BRACKETS.match(text) is not None and not _LOOKS_OTHERWISE.match(text)


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width - 2:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
