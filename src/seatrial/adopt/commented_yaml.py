"""Values with comments as YAML that our own strict reader reads back as the same values.

Used by `proposal_text`. Names and texts come from the repository of a stranger and are hostile: a text is written
without quotes only where no rule of YAML could see anything but that text in it; everything else is quoted, and what
cannot be printed is escaped. A comment never ends its line early, so no text can leave its comment.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.adopt.proposal import Note, Value
from seatrial.config.scalars import resolve

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z0-9_./][\x20-\x7e]*\Z")
_FLOW = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./@+=-]*(?: [A-Za-z0-9_./@+=-]+)*\Z")
_LONGEST_KEY = 1_000
"""YAML wants a key of more than 1,024 characters to be announced; no name of ours is so long."""


class Entry(Struct, frozen=True, kw_only=True):
    """A key with its value and the comments above it. `entries` instead of a value: a mapping whose keys may have
    comments of their own. `items`: the same for a list, whose entries have no key. `spaced`: an empty line stands
    before each entry of the block but the first."""

    key: str = ""
    value: Value = None
    entries: tuple[Entry, ...] | None = None
    items: tuple[Entry, ...] | None = None
    notes: tuple[Note, ...] = ()
    open: bool = False
    spaced: bool = False


def written(entries: Sequence[Entry]) -> str:
    """A whole file."""
    return "\n".join(_block(entries, 0, spaced=False)) + "\n"


def comment(note: Note, indent: int) -> list[str]:
    """A note as comment lines. Nothing in it can break out: what is not printable is escaped."""
    text = note.text if note.seen is None else f"{note.text} [{note.seen}]"
    before = " " * indent + "# "
    lines = []
    for line in text.split("\n"):
        plain = line if line.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)
        if plain.startswith(" "):  # code keeps its indentation, and is not wrapped
            lines.append((before + plain).rstrip())
            continue
        lines += textwrap.wrap(
            plain,
            WIDTH,
            initial_indent=before,
            subsequent_indent=before,
            break_on_hyphens=False,
            break_long_words=False,
        ) or [before.rstrip()]
    return lines


def text(value: str, *, flow: bool) -> str:
    """A text on one line, in quotes where it needs them."""
    if _is_plain(value, flow=flow):
        return value
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(sign) for sign in value) + '"'


def _is_plain(value: str, *, flow: bool) -> bool:
    if not (_FLOW if flow else _PLAIN).match(value) or resolve_or_none(value) != value:
        return False
    return not (": " in value or " #" in value or value.endswith((":", " ")))


def resolve_or_none(value: str) -> object:
    """What an unquoted word means; None where it may not stand at all (an infinity, a number beyond 64 bits)."""
    try:
        return resolve(value)
    except ValueError:
        return None


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign == "\n":
        return "\\n"
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def one_line(value: Value, *, flow: bool = True) -> str:
    """A value in the flow style: `{a: 1, b: [x, y]}`."""
    if isinstance(value, str):
        return text(value, flow=flow)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)}: {one_line(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(one_line(inner) for inner in value) + "]"
    return repr(value)


def _key(name: str) -> str:
    if len(name) > _LONGEST_KEY:
        raise ValueError(f"a key of {len(name):,} characters cannot be written")
    return text(name, flow=True)


def _block(entries: Sequence[Entry], indent: int, *, spaced: bool) -> list[str]:
    lines: list[str] = []
    for index, entry in enumerate(entries):
        if index and (spaced or entry.open):
            lines.append("")
        for note in entry.notes:
            lines += comment(note, indent)
        lines += _one(entry, indent)
    return lines


def _one(entry: Entry, indent: int) -> list[str]:
    head = f"{' ' * indent}{_key(entry.key)}:"
    inner = entry.entries if entry.entries is not None else entry.items
    if inner is not None:
        short = one_line(_value(entry))
        fits = len(head) + 1 + len(short) <= WIDTH and not entry.open and not _noted(inner)
        if not inner or fits:
            return [f"{head} {short}"]
        if entry.entries is not None:
            return [head, *_block(inner, indent + 2, spaced=entry.spaced)]
        return [head, *(line for item in inner for line in _item(item, indent + 2))]
    if isinstance(entry.value, str):
        return _text_lines(head, entry.value, indent + 2)
    return [f"{head} {one_line(entry.value)}"]


def _item(item: Entry, indent: int) -> list[str]:
    lines = [line for note in item.notes for line in comment(note, indent)]
    return [*lines, f"{' ' * indent}- {one_line(_value(item))}"]


def _value(entry: Entry) -> Value:
    if entry.entries is not None:
        return {inner.key: _value(inner) for inner in entry.entries}
    if entry.items is not None:
        return tuple(_value(inner) for inner in entry.items)
    return entry.value


def _noted(entries: Sequence[Entry]) -> bool:
    return any(entry.notes or _noted(entry.entries or ()) or _noted(entry.items or ()) for entry in entries)


def _text_lines(head: str, value: str, indent: int) -> list[str]:
    """A text after its key: on the line, as a script of several lines, or folded where it is long."""
    if "\n" in value:
        lines = value.removesuffix("\n").split("\n")
        if all(line.isprintable() for line in lines) and lines[0][:1].strip() and lines[-1].strip():
            mark = "|" if value.endswith("\n") else "|-"
            return [f"{head} {mark}", *((" " * indent + line) if line else "" for line in lines)]
    short = text(value, flow=False)
    if len(head) + 1 + len(short) <= WIDTH or not value.isprintable() or value.split(" ") != value.split():
        return [f"{head} {short}"]
    space = " " * indent
    return [
        f"{head} >-",
        *textwrap.wrap(
            value,
            WIDTH,
            initial_indent=space,
            subsequent_indent=space,
            break_long_words=False,
            break_on_hyphens=False,
        ),
    ]
