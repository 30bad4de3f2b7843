"""Reading declared values: one cursor over a `Source` that collects every mistake it meets.

Used by everything that reads a settings file. A `Node` is a value with its place; its methods return
the value in the type asked for, or note a `Problem` and return something harmless, so that one
pass over a file finds all its mistakes. Nothing read this way may be used while `Notes` holds
problems: `Notes.raise_all` is called before anything leaves `config/`. What is subtle: checks
that look across objects ask `Notes.broken` first, so that a mistake in one stage does not
produce follow-up messages about everything that mentions it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct, field

from seatrial.config.later import Later
from seatrial.config.source import KeyPath, Source
from seatrial.errors import ConfigError, Place, Problem
from seatrial.nearest import nearest

MAX_PROBLEMS = 100
"""Shown at once."""
_LONGEST_NUMBER = 40
MAX_NOTED = 1000
"""Kept: a file of a megabyte can hold a mistake in every line."""


class Notes(Struct):
    """All problems of one load, and which declared objects they are in."""

    problems: list[Problem] = field(default_factory=list)
    _marked: set[tuple[str, KeyPath]] = field(default_factory=set)
    _around: set[tuple[str, KeyPath]] = field(default_factory=set)  # what has something marked in it

    def add(self, message: str, place: Place, next_step: str | None) -> None:
        """Notes one problem. The text may quote the file: it is made printable and short."""
        if len(self.problems) < MAX_NOTED:
            step = None if next_step is None else readable(next_step, 400)
            self.problems.append(Problem(message=readable(message, 400), place=place, next_step=step))

    def mark(self, file: str, path: KeyPath) -> None:
        """Notes that the value at `path` cannot be relied on."""
        self._marked.add((file, path))
        self._around.update((file, path[:length]) for length in range(len(path)))

    def broken(self, file: str, path: KeyPath) -> bool:
        """Whether the value at `path`, something in it or something around it has a problem."""
        if not self._marked:
            return False
        if (file, path) in self._around:
            return True
        return any((file, path[:length]) in self._marked for length in range(len(path) + 1))

    def raise_all(self) -> None:
        """Raises ConfigError with all problems, in the order of the files, if there are any."""
        if not self.problems:
            return
        ordered = sorted(dict.fromkeys(self.problems), key=_order)
        kept, more = ordered[:MAX_PROBLEMS], len(ordered) - MAX_PROBLEMS
        if more > 0:
            text = f"and {'more than ' if len(self.problems) >= MAX_NOTED else ''}{more} more problems"
            kept.append(Problem(message=text, next_step="correct these first"))
        raise ConfigError(kept[0].message, problems=tuple(kept))


def _order(problem: Problem) -> tuple[str, int, int]:
    place = problem.place or Place()
    return place.file or "", place.line or 0, place.column or 0


def suggestion(word: str, known: Collection[str], what: str = "known") -> str:
    """The next step after an unknown name: the nearest known one, else all of them."""
    close = nearest(word.lower(), known)
    if close is not None:
        return f"did you mean `{close}`?"
    if not known:
        return f"there are no {what}"
    return f"{what}: {', '.join(sorted(known)[:12])}{', ...' if len(known) > 12 else ''}"


class Node(Struct, frozen=True):
    """One value of a source and where it stands."""

    source: Source
    path: KeyPath
    value: object
    notes: Notes

    @property
    def place(self) -> Place:
        return self.source.place(self.path)

    @property
    def key_place(self) -> Place:
        return self.source.place(self.path, at_key=True)

    @property
    def broken(self) -> bool:
        return self.notes.broken(self.source.file, self.path)

    def complain(self, message: str, next_step: str | None, *, at_key: bool = False) -> None:
        """Notes a problem with this value (or its key)."""
        self.notes.add(message, self.key_place if at_key else self.place, next_step)
        self.notes.mark(self.source.file, self.path)

    def child(self, key: str) -> Node | None:
        """The value under a key; None where the key is absent."""
        if isinstance(self.value, dict) and key in self.value:
            return Node(self.source, (*self.path, key), self.value[key], self.notes)
        return None

    def items(self, what: str) -> Iterator[tuple[str, Node]]:
        """Keys and values of a mapping. `what` says what the mapping holds, for the message."""
        if not isinstance(self.value, dict):
            self._wrong(f"a mapping of {what}")
            return
        for key, value in self.value.items():
            yield key, Node(self.source, (*self.path, key), value, self.notes)

    def entries(self, what: str) -> Iterator[Node]:
        """Entries of a list."""
        if not isinstance(self.value, list):
            self._wrong(f"a list of {what}")
            return
        for index, value in enumerate(self.value):
            yield Node(self.source, (*self.path, index), value, self.notes)

    def fields(self, known: Collection[str], later: Mapping[str, Later] | None = None) -> bool:
        """Whether this is a mapping; notes every key in it that is unknown or of a later release."""
        if not isinstance(self.value, dict):
            self._wrong(f"a mapping with the keys {', '.join(sorted(known))}")
            return False
        for key, child in self.items("keys"):
            if key in known or len(self.notes.problems) >= MAX_NOTED:
                continue
            if later and key in later:
                self.notes.add(f"`{key}` is not supported yet", child.key_place, later[key].next_step)
            else:
                child.complain(f"unknown key `{readable(key)}`", suggestion(key, known, "known keys"), at_key=True)
        return True

    def refused(self, later: Mapping[str, Later]) -> bool:
        """Whether this mapping holds keys of a later release; notes each."""
        found = [(key, child) for key, child in self.items("keys") if key in later]
        for key, child in found:
            child.complain(f"`{key}` is not supported yet", later[key].next_step, at_key=True)
        return bool(found)

    def required(self, key: str, why: str) -> Node | None:
        """The value under a key that must be there."""
        child = self.child(key)
        if child is None and isinstance(self.value, dict):
            misspelt = [name for name, at in self.items("keys") if at.broken and nearest(name.lower(), (key,))]
            if not misspelt:  # that key was noted already, with this one as the suggestion
                self.notes.add(f"`{key}` is missing", self.key_place, why)
            self.notes.mark(self.source.file, (*self.path, key))
        return child

    def at(self, *keys: str) -> Node:
        """The value under several keys, or the deepest one on the way that exists."""
        node = self
        for key in keys:
            child = node.child(key)
            if child is None:
                return node
            node = child
        return node

    def text(self, what: str) -> str:
        """Text that is not empty."""
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        written = self.source.text(self.path)
        if isinstance(self.value, str) or written == "":
            self.complain(f"{what} is empty", "write a value, or remove the key")
        elif written is not None and not isinstance(self.value, dict | list):
            self.complain(f"{what} must be text, and {written} is {kind(self.value)}", f"write '{written}' in quotes")
        else:
            self.complain(f"{what} must be text, not {kind(self.value)}", "write one value")
        return ""

    def texts(self, what: str) -> tuple[str, ...]:
        """A list of text, no two alike."""
        found: list[str] = []
        seen: set[str] = set()
        for entry in self.entries(what):
            text = entry.text(f"one of the {what}")
            if text and text in seen:
                entry.complain(f"`{readable(text)}` stands twice", "keep one of the two")
            seen.add(text)
            found.append(text)
        return tuple(found)

    def choice(self, options: Collection[str], what: str) -> str | None:
        """One of a few words."""
        if isinstance(self.value, str) and self.value in options:
            return self.value
        listed = ", ".join(options)
        if isinstance(self.value, str):
            self.complain(f"{what} cannot be `{readable(self.value)}`", suggestion(self.value, options, "one of"))
        else:
            self.complain(f"{what} cannot be {kind(self.value)}", f"write one of {listed}")
        return None

    def number(self, what: str) -> float:
        """A number; true and false are none."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return float(self.value)
        self.complain(f"{what} must be a number, not {kind(self.value)}", _plain_number(self.value))
        return 0.0

    def _wrong(self, wanted: str) -> None:
        if self.value is None:
            step = "remove the key, or write something under it"
        elif isinstance(self.value, dict | list):
            step = "look at the indentation, and at `- ` in front of entries"
        elif wanted.startswith("a list"):
            step = f"write it in brackets: [{self.source.text(self.path) or self.value}]"
        else:
            step = "write `key: value` pairs, indented under it"
        self.complain(f"{wanted} was expected here, not {kind(self.value)}", step)


def _plain_number(value: object) -> str:
    """How to write the number that a text means: `95%` is 0.95, and `"0.9"` one in quotes."""
    text = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_NUMBER else ""
    share = text.removesuffix("%").strip()
    try:
        meant = float(share)
    except ValueError:
        return "write a number such as 0.9"
    if not math.isfinite(meant):
        return "write a number such as 0.9"
    return "write it without quotes" if share == text else f"write {meant / 100:.12g}"


def kind(value: object) -> str:
    """The type of a value, for people."""
    match value:
        case None:
            return "an empty value"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def readable(text: str, limit: int = 60) -> str:
    """Text from a file, fit for a message: nothing that a terminal obeys, and not too long."""
    printable = text if text.isprintable() else ascii(text)[1:-1]
    return printable if len(printable) <= limit else printable[: limit - 3] + "..."
