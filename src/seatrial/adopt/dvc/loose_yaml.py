"""YAML as DVC reads it: anchors, aliases and merge keys included, each value with its place.

Called by `project` for `dvc.yaml`, `.dvc` files and what `vars:` names. Seatrial's own reader refuses aliases, since
a few lines can expand to gigabytes; files of DVC use them, so here they are followed, within a budget: every
value counts each time that it is reached. What comes out is the same `Source` that `config/` works on, so
mistakes carry file, line and column. Subtle: plain words follow YAML 1.2, as DVC's parser does (`no` is text),
and a key that is no text becomes the text that DVC would make of it (`1`, `true`).
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import yaml
from msgspec import Struct, field
from yaml import events, nodes

from seatrial.config.scalars import resolve
from seatrial.config.source import KeyPath, Position, Source, shown
from seatrial.config.yaml_source import FASTEST, MAX_DEPTH, decode
from seatrial.errors import ConfigError, Place

MAX_VALUES = 500_000
_MERGE = "<<"
_Value: TypeAlias = bool | int | float | str | dict[str, object] | list[object] | None


class _Mark(Protocol):
    """A place in the text, of either parser of PyYAML."""

    line: int
    column: int


def parse_loose(data: bytes, file: str) -> Source:
    """The values and positions of one document. Raises ConfigError for what DVC's parser would refuse as well, and for
    a text that expands to more than `MAX_VALUES` values or nests too deep."""
    text = decode(data, file)
    try:
        _check_depth(text, file)
        loader = FASTEST(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise _fault(file, f"broken YAML: {error.problem or error.context}", at, ()) from None
    except yaml.YAMLError as error:
        raise _fault(file, f"broken YAML: {error}", (1, 1), ()) from None
    if root is None:
        return Source(file=file, value=None, positions={(): Position(None, (1, 1))})
    reader = _Reader(file=file)
    value = reader.value(root, ())
    return Source(file=file, value=value, positions=reader.positions)


def _check_depth(text: str, file: str) -> None:
    """Before nodes are composed, which recurses."""
    loader = FASTEST(text)
    depth = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, events.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise _fault(file, f"values nest deeper than {MAX_DEPTH} levels", _at(event.start_mark), ())
            elif isinstance(event, events.CollectionEndEvent):
                depth -= 1
    finally:
        loader.dispose()


def _at(mark: _Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _fault(file: str, message: str, at: tuple[int, int], path: KeyPath) -> ConfigError:
    place = Place(file=file, line=at[0], column=at[1], key=shown(path) or None)
    return ConfigError(message, place=place, next_step="DVC cannot read this either; correct it first")


class _Reader(Struct):
    """Turns composed nodes into values. `open` holds the nodes being read, so that one that holds itself is noticed."""

    file: str
    positions: dict[KeyPath, Position] = field(default_factory=dict)
    count: int = 0
    open: set[int] = field(default_factory=set)

    def value(self, node: nodes.Node, path: KeyPath, key_at: tuple[int, int] | None = None) -> _Value:
        at = _at(node.start_mark)
        self.count += 1
        if self.count > MAX_VALUES:
            raise _fault(self.file, f"the file expands to more than {MAX_VALUES:,} values", at, path)
        if len(path) > MAX_DEPTH:
            raise _fault(self.file, f"values nest deeper than {MAX_DEPTH} levels", at, path)
        if isinstance(node, nodes.ScalarNode):
            plain = not node.style and not _is_text(node)
            self.positions[path] = Position(key_at, at, node.value if plain else None)
            return self._scalar(node, at, path) if plain else str(node.value)
        if id(node) in self.open:
            raise _fault(self.file, "an alias stands inside of what it names", at, path)
        self.positions[path] = Position(key_at, at)
        self.open.add(id(node))
        try:
            if isinstance(node, nodes.SequenceNode):
                return [self.value(entry, (*path, index)) for index, entry in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self.open.discard(id(node))

    def _scalar(self, node: nodes.ScalarNode, at: tuple[int, int], path: KeyPath) -> _Value:
        text = str(node.value)
        try:
            return resolve(text)
        except ValueError:
            pass
        try:
            return int(text, 10)  # beyond 64 bits, which Python does not mind
        except ValueError:
            pass
        try:
            return float(text.replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            raise _fault(self.file, f"`{text[:60]}` cannot be read", at, path) from None

    def _mapping(self, node: nodes.Node, path: KeyPath) -> dict[str, object]:
        own: dict[str, object] = {}
        merged: list[nodes.Node] = []
        for key_node, value_node in node.value:
            at = _at(key_node.start_mark)
            if not isinstance(key_node, nodes.ScalarNode):
                raise _fault(self.file, "a list or mapping cannot be a key", at, path)
            if key_node.value == _MERGE and not key_node.style:
                merged += value_node.value if isinstance(value_node, nodes.SequenceNode) else [value_node]
                continue
            key = self._key(key_node, at, path)
            if key in own:
                raise _fault(self.file, "this key stands twice", at, (*path, key))
            own[key] = self.value(value_node, (*path, key), at)
        for other in merged:
            if not isinstance(other, nodes.MappingNode):
                raise _fault(self.file, "only mappings can be merged with `<<`", _at(other.start_mark), path)
            if id(other) in self.open:
                raise _fault(self.file, "an alias stands inside of what it names", _at(other.start_mark), path)
            self._merge(other, own, path)
        return own

    def _merge(self, other: nodes.MappingNode, own: dict[str, object], path: KeyPath) -> None:
        """What stands in the mapping itself wins over what is merged into it, and the first merged one over others."""
        self.open.add(id(other))
        before = dict(self.positions)
        try:
            found = self._mapping(other, path)
        finally:
            self.open.discard(id(other))
        for key, value in found.items():
            if key not in own:
                own[key] = value
        self.positions.update(before)  # what stood there already keeps its place

    def _key(self, node: nodes.ScalarNode, at: tuple[int, int], path: KeyPath) -> str:
        if node.style or _is_text(node):
            return str(node.value)
        value = self._scalar(node, at, path)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


def _is_text(node: nodes.ScalarNode) -> bool:
    """Whether a scalar is text by its tag (`!!str 1`)."""
    return str(node.tag).endswith(":str") and not node.style and _explicit(node)


def _explicit(node: nodes.ScalarNode) -> bool:
    """PyYAML resolves plain words itself, under YAML 1.1: only where that says text and 1.2 does not was it written."""
    start, end = node.start_mark, node.end_mark
    if start is None or end is None:
        return False
    return bool(end.index - start.index > len(node.value) + 1)
