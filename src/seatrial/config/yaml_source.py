"""Strict YAML: the 1.2 core schema over libyaml's event stream, and nothing that can surprise.

Called by `load` and `gates` for every YAML file of a project, of any commit. The parser of
PyYAML follows YAML 1.1 only in how it resolves plain scalars, so this module reads events and
resolves scalars itself: `no` and `on` are text, `1e-3` is a number. Refused, each with its line
and column: anchors and aliases (a few lines can expand to gigabytes), merge keys, tags, several
documents, duplicate keys, keys that are not text, NaN and infinities. Reading events rather than
composing nodes is deliberate: depth is checked before anything nests, and aliases never expand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

import yaml
from msgspec import Struct, field
from yaml import events

from seatrial.config.scalars import clip, resolve
from seatrial.config.source import KeyPath, Position, Source, shown
from seatrial.errors import ConfigError, Place, Problem

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_PROBLEMS = 100
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOWHERE: KeyPath = ("?",)  # the path of everything under a refused key

_Loaders: TypeAlias = type[yaml.CLoader] | type[yaml.Loader]
FASTEST: _Loaders = getattr(yaml, "CLoader", yaml.Loader)
"""libyaml's parser; the one in Python only where PyYAML was built without it."""


def parse_yaml(data: bytes, file: str, *, parser: _Loaders = FASTEST) -> Source:
    """The values and positions of one YAML document; an empty file is None.

    Raises ConfigError with all problems that do not stop the parser, or the one that does.
    """
    text = decode(data, file)
    builder = _Builder(file)
    loader = parser(text)
    try:
        builder.document(_events(loader))
    except yaml.YAMLError as error:
        builder.fail(*_syntax(error, text))
    finally:
        loader.dispose()
    builder.refuse()
    return Source(file=file, value=builder.value, positions=builder.positions)


def decode(data: bytes, file: str) -> str:
    """The text of a configuration file. A byte order mark and Windows line ends are fine.

    Raises ConfigError when it is too large or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"{file} has {len(data):,} bytes; configuration files end at {MAX_BYTES:,}",
            place=Place(file=file),
            next_step="keep data in data files, and only settings here",
        )
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8").removeprefix("\ufeff").split("\n")
        raise ConfigError(
            f"byte 0x{data[error.start]:02x} is not valid UTF-8",
            place=Place(file=file, line=len(good), column=len(good[-1]) + 1),
            next_step="save the file as UTF-8",
        ) from None
    if odd := _NOT_TEXT.search(text):
        before = text[: odd.start()].split("\n")
        raise ConfigError(
            f"the character {odd.group()!a} cannot stand in a configuration file",
            place=Place(file=file, line=len(before), column=len(before[-1]) + 1),
            next_step="remove it",
        )
    return text


def _events(loader: yaml.CLoader | yaml.Loader) -> Iterator[events.Event]:
    while loader.check_event():
        event = loader.get_event()
        if event is not None:
            yield event


def _syntax(error: yaml.YAMLError, text: str) -> tuple[str, tuple[int, int], str]:
    """The parser's complaint in plain words, its line and column, and what to do."""
    mark = (error.problem_mark or error.context_mark) if isinstance(error, yaml.MarkedYAMLError) else None
    if mark is None or not isinstance(error, yaml.MarkedYAMLError):
        return f"broken YAML: {error}", (1, 1), "look at the file's first lines"
    at = (mark.line + 1, mark.column + 1)
    problem = error.problem or "something is wrong here"
    lines = text.splitlines()
    character = lines[mark.line][mark.column : mark.column + 1] if mark.line < len(lines) else ""
    if character == "\t":
        return "broken YAML: a tab cannot stand here", at, "indent with spaces"
    if "cannot start any token" in problem:
        return f"broken YAML: a value cannot start with `{character}`", at, "put the value in quotes"
    if "simple key" in problem or "mapping values" in problem:
        advice = "write one `key: value` a line, with quotes around a value that holds `: `"
        return "broken YAML: a `key: value` pair was expected", at, advice
    context = f" {error.context}" if error.context else ""
    return f"broken YAML{context}: {problem}", at, "look at this line and the one before it"


class _Frame(Struct):
    """A mapping or list being filled."""

    path: KeyPath
    into: dict[str, object] | list[object]
    key: str | None = None
    key_at: tuple[int, int] | None = None
    skip_value: bool = False  # the key was refused: read its value and throw it away
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


class _Builder(Struct):
    """Turns events into values, positions and problems."""

    file: str
    value: object = None
    positions: dict[KeyPath, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Frame] = field(default_factory=list)
    documents: int = 0

    def add(self, message: str, at: tuple[int, int], key: KeyPath = (), next_step: str | None = None) -> None:
        place = Place(file=self.file, line=at[0], column=at[1], key=shown(key) or None)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(message=message, place=place, next_step=next_step))

    def fail(self, message: str, at: tuple[int, int], next_step: str | None = None) -> None:
        """A problem after which nothing more can be read."""
        self.add(message, at, (), next_step)
        self.refuse()

    def refuse(self) -> None:
        if self.problems:
            raise ConfigError(self.problems[0].message, problems=tuple(self.problems))

    def document(self, stream: Iterator[events.Event]) -> None:
        for event in stream:
            mark = event.start_mark
            at = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
            match event:
                case events.DocumentStartEvent():
                    self._start(event, at)
                case events.AliasEvent():
                    self.add("aliases (`*name`) are not supported", at, self._here(), "repeat the value")
                    self._scalar(None, at, None)
                case events.ScalarEvent():
                    self._refuse_marks(event, at)
                    self._plain_or_text(event, at)
                case events.MappingStartEvent():
                    self._refuse_marks(event, at)
                    self._open({}, at)
                case events.SequenceStartEvent():
                    self._refuse_marks(event, at)
                    self._open([], at)
                case events.MappingEndEvent() | events.SequenceEndEvent():
                    self._close()
                case _:
                    pass

    def _start(self, event: events.DocumentStartEvent, at: tuple[int, int]) -> None:
        self.documents += 1
        if self.documents > 1:
            self.fail("a second document starts here; one file is one document", at, "remove the `---`")
        if event.version is not None and tuple(event.version) != (1, 2):
            self.add("the file asks for another YAML version; Seatrial reads 1.2", at, (), "remove the %YAML line")
        if event.tags:
            self.add("%TAG lines are not supported", at, (), "remove the line")

    def _refuse_marks(self, event: events.ScalarEvent | events.CollectionStartEvent, at: tuple[int, int]) -> None:
        if event.anchor is not None:
            self.add(f"anchors (`&{clip(event.anchor)}`) are not supported", at, self._here(), "write the value out")
        if event.tag is not None:
            tag = clip(str(event.tag).replace("tag:yaml.org,2002:", "!!"))
            self.add(f"tags (`{tag}`) are not supported", at, self._here(), "remove the tag; quotes make a value text")

    def _here(self) -> KeyPath:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if isinstance(frame.into, list):
            return (*frame.path, len(frame.into))
        return frame.path if frame.key is None else (*frame.path, frame.key)

    def _wants_key(self) -> bool:
        frame = self.stack[-1] if self.stack else None
        return frame is not None and isinstance(frame.into, dict) and frame.key is None and not frame.skip_value

    def _plain_or_text(self, event: events.ScalarEvent, at: tuple[int, int]) -> None:
        plain = not event.style
        value: object = event.value
        if plain:
            try:
                value = resolve(event.value)
            except ValueError as error:
                self.add(str(error), at, self._here(), "write an ordinary number; in quotes it is text")
                value = 0
        if self._wants_key():
            self._key(value, event.value, at, plain=plain)
        else:
            self._scalar(value, at, event.value if plain else None)

    def _key(self, value: object, text: str, at: tuple[int, int], *, plain: bool) -> None:
        frame = self.stack[-1]
        if plain and text == "<<":
            self.add("merge keys (`<<`) are not supported", at, frame.path, "write the keys out")
        elif not isinstance(value, str):
            self.add(f"the key {text or 'null'} is not text", at, frame.path, f"write '{clip(text)}' in quotes")
        elif value in frame.seen:
            line, column = frame.seen[value]
            self.add(
                f"this key stands twice; first at {line}:{column}", at, (*frame.path, value), "keep one of the two"
            )
        else:
            frame.key, frame.key_at = value, at
            frame.seen[value] = at
            return
        frame.skip_value = True

    def _scalar(self, value: object, at: tuple[int, int], text: str | None) -> None:
        if self._wants_key():  # an alias where a key belongs
            self.stack[-1].skip_value = True
        else:
            self._put(value, Position(None, at, text))

    def _put(self, value: object, position: Position) -> None:
        """Stores a finished or just opened value under the current key or index."""
        if not self.stack:
            self.value = value
            self.positions[()] = position
            return
        frame = self.stack[-1]
        path = self._here()
        if isinstance(frame.into, list):
            frame.into.append(value)
        elif frame.skip_value:
            frame.skip_value = False
            return
        elif frame.key is not None:
            frame.into[frame.key] = value
            position = Position(frame.key_at, position.value, position.text)
            frame.key = frame.key_at = None
        self.positions[path] = position

    def _open(self, value: dict[str, object] | list[object], at: tuple[int, int]) -> None:
        path = self._here()
        if len(self.stack) >= MAX_DEPTH:
            self.fail(f"values nest deeper than {MAX_DEPTH} levels", at, "keep settings flat")
        if self._wants_key():
            self.add("a list or mapping cannot be a key", at, path, "use text as the key")
            self.stack[-1].skip_value = True
            path = _NOWHERE
        elif self.stack and self.stack[-1].skip_value:
            self.stack[-1].skip_value = False
            path = _NOWHERE
        else:
            self._put(value, Position(None, at))
        self.stack.append(_Frame(path, value))

    def _close(self) -> None:
        self.stack.pop()
