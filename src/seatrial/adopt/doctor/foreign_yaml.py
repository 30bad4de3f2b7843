"""YAML that others wrote, read without trust: anchors, aliases, merge keys and several documents are all allowed.

Called by `ci_files.py` and `tree_look.py`, with bytes. Seatrial's own files are read by `config/yaml_source.py`, which
refuses aliases; workflows of others use them. Pure, like that module.

Subtle: an alias is the very node of its anchor, so nothing is expanded here, and the weight of a file as a walker sees
it is counted meanwhile: a few lines that would expand to gigabytes are refused before anybody walks them. All scalars
stay text, because `on` and `3.10` are not what YAML 1.1 makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec import Struct
from yaml import events

from seatrial.config.yaml_source import FASTEST

MAX_BYTES = 512 << 10
MAX_DEPTH = 64
MAX_WEIGHT = 200_000
"""Nodes of a file, those behind aliases counted each time."""


class UnreadableError(Exception):
    """Why a file cannot be looked at, in words."""


class Yaml(Struct):
    """One node: a text, a list or a mapping, and its line. `weight` counts it with all below it; `block` tells a text
    whose own lines follow the line it begins on."""

    value: str | list[Yaml] | dict[str, Yaml]
    line: int
    weight: int = 1
    block: bool = False

    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    def items(self) -> list[Yaml]:
        """The entries of a list; a single text counts as a list of one, as CI systems have it."""
        if isinstance(self.value, list):
            return self.value
        return [self] if isinstance(self.value, str) and self.value else []

    def keys(self) -> dict[str, Yaml]:
        return self.value if isinstance(self.value, dict) else {}

    def get(self, *names: str) -> Yaml:
        """What stands below some names; an empty text where nothing does."""
        node = self
        for name in names:
            node = node.keys().get(name, NOTHING)
        return node

    def __bool__(self) -> bool:
        return bool(self.value)


NOTHING = Yaml("", 0)


def read_documents(data: bytes) -> list[Yaml]:
    """The documents of a file. Raises UnreadableError."""
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it has {len(data):,} bytes; files of up to {MAX_BYTES:,} are looked at")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None
    try:
        return _Composer().documents(yaml.parse(text, Loader=FASTEST))
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f" at line {mark.line + 1}" if mark is not None else ""
        raise UnreadableError(f"it is broken YAML{where}") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is broken YAML ({type(error).__name__})") from None


class _Open(Struct):
    """A list or mapping being filled."""

    node: Yaml
    anchor: str | None
    key: str | None = None


class _Composer:
    def __init__(self) -> None:
        self._roots: list[Yaml] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Yaml] = {}

    def documents(self, stream: Iterator[events.Event]) -> list[Yaml]:
        for event in stream:
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            match event:
                case events.DocumentStartEvent():
                    self._anchors = {}
                case events.AliasEvent():
                    known = self._anchors.get(str(event.anchor))
                    # An anchor that is still open would contain itself.
                    self._add(known if known is not None else Yaml("", line))
                case events.ScalarEvent():
                    node = Yaml(event.value, line, block=event.style in ("|", ">"))
                    self._name(event.anchor, node)
                    self._add(node)
                case events.MappingStartEvent():
                    self._begin(Yaml({}, line), event.anchor)
                case events.SequenceStartEvent():
                    self._begin(Yaml([], line), event.anchor)
                case events.MappingEndEvent() | events.SequenceEndEvent():
                    done = self._open.pop()
                    self._name(done.anchor, done.node)
                    self._add(done.node)
                case _:
                    pass
        return self._roots

    def _begin(self, node: Yaml, anchor: str | None) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableError(f"its values nest deeper than {MAX_DEPTH} levels")
        self._open.append(_Open(node, anchor))

    def _name(self, anchor: str | None, node: Yaml) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _add(self, node: Yaml) -> None:
        """A finished node goes into the innermost open one."""
        if not self._open:
            self._roots.append(node)
            return
        frame = self._open[-1]
        into = frame.node
        into.weight += node.weight
        if into.weight > MAX_WEIGHT:
            raise UnreadableError(f"its aliases stand for more than {MAX_WEIGHT:,} values")
        if isinstance(into.value, list):
            into.value.append(node)
        elif isinstance(into.value, dict):
            if frame.key is None:
                frame.key = node.text()
            elif frame.key == "<<":
                _merge(into.value, node)
                frame.key = None
            else:
                into.value[frame.key] = node
                frame.key = None


def _merge(into: dict[str, Yaml], node: Yaml) -> None:
    """`<<: *base`: keys of the base that are not there yet. What stands later in the mapping wins by being set."""
    for source in node.value if isinstance(node.value, list) else [node]:
        for name, value in source.keys().items():
            into.setdefault(name, value)
