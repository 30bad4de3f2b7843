"""Registry records to JSON and back, strictly.

Called by `registry.py` when it appends and by `history.py` when it reads. The JSON follows the
records field by field; `tests/unit/registry/test_registry_serial.py` pins it, so that a
changed field cannot slip into the format unnoticed.

Subtle: reading refuses what it does not know. A record of a newer schema, with an unknown key
or an unknown word in an enum, may mean something this version would get wrong, so it is a
StateError that asks for an upgrade and never half a version. A missing key takes the field's
default, which is how fields may be added.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct, structs

from seatrial.digest import Json, is_digest
from seatrial.errors import not_understood
from seatrial.registry.records import AliasMove, Approval, Linked, Record, Revoked, Tagged, Version
from seatrial.store.blobs import Artifact

SCHEMA = 1
_KINDS: Mapping[str, type[Record]] = {
    "version": Version,
    "alias": AliasMove,
    "tag": Tagged,
    "link": Linked,
    "approval": Approval,
    "revoked": Revoked,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_UNSAID = frozenset({"voted_against", "rules", "approvals", "installed", "installed_file"})
_NOTHING: tuple[object, ...] = (None, (), {})
"""Fields that are not written while they say nothing, so that a program that does not know them yet reads the rest."""
_Reader = Callable[[Json], Any]
T = TypeVar("T")


class _Unreadable(ValueError):  # noqa: N818  (callers of `decode` know it as a ValueError)
    """What is wrong, and at which key; the path grows on the way out."""

    def __init__(self, why: str, path: str = "") -> None:
        super().__init__(why)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path.lstrip('.') or 'its data'} {self.args[0]}"


def to_body(record: Record) -> dict[str, Json]:
    """The body of the state entry for a record."""
    return {"kind": _NAMES[type(record)], "schema": SCHEMA, "data": encode(record)}


def from_body(body: Mapping[str, Json], *, shown: str) -> Record:
    """The record in an entry's body; `shown` names the entry in errors (`models/digits record 3`).

    Raises StateError.
    """
    kind, schema = body.get("kind"), body.get("schema")
    if schema != SCHEMA or kind not in _KINDS or body.keys() != {"kind", "schema", "data"}:
        raise not_understood(shown, f"it is a {kind!r} of schema {schema!r}")
    try:
        return decode(_KINDS[str(kind)], body["data"])
    except _Unreadable as error:
        raise not_understood(shown, str(error)) from None


def encode(value: object) -> Json:
    """Records, enums, tuples, mappings and plain values as JSON. Raises TypeError for anything else."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Artifact):
        return value.to_json()  # it has one form on disk, here as in stage results
    if isinstance(value, Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: encode(item) for name, item in fields.items() if name not in _UNSAID or item not in _NOTHING}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no place in a record")


def decode(kind: type[T], value: Json) -> T:
    """The inverse of `encode` for a `kind` of record. Raises ValueError for what is not one."""
    wanted: Any = kind  # a type is hashable; the type checker cannot know it of every T
    decoded: T = _reader(wanted)(value)
    return decoded


@cache
def _reader(kind: Any) -> _Reader:
    """A function that reads one type of value; made once per type, since a history has thousands of values."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is object:
        return lambda value: value
    if origin in (types.UnionType, typing.Union):  # the only unions in records are `X | None`
        return _optional(next(part for part in arguments if part is not type(None)))
    if origin is tuple:
        return _tuple_of(arguments)
    if origin is Mapping:
        return _mapping_of(arguments[1])
    if origin is typing.Literal:
        return _word({word: word for word in arguments})
    if issubclass(kind, Struct):
        return _record(kind)
    if issubclass(kind, Enum):
        return _word({member.value: member for member in kind})
    return _plain(kind)


def _plain(kind: type[Any]) -> _Reader:
    def read(value: Json) -> Any:
        if type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        raise _Unreadable(f"is not of type {kind.__name__}")

    return read


def _word(words: Mapping[Any, Any]) -> _Reader:
    def read(value: Json) -> Any:
        if not isinstance(value, str) or value not in words:
            raise _Unreadable(f"is {value!r}")
        return words[value]

    return read


def _optional(kind: Any) -> _Reader:
    inner = _reader(kind)
    return lambda value: None if value is None else inner(value)


def _tuple_of(kinds: tuple[Any, ...]) -> _Reader:
    each = [_reader(kind) for kind in kinds if kind is not Ellipsis]
    any_length = kinds[-1] is Ellipsis

    def read(value: Json) -> Any:
        items = _plain(list)(value)
        readers = each * len(items) if any_length else each
        if len(items) != len(readers):
            raise _Unreadable(f"has {len(items)} items")
        return tuple(_at(f"[{place}]", reader, items[place]) for place, reader in enumerate(readers))

    return read


def _mapping_of(kind: Any) -> _Reader:
    inner = _reader(kind)

    def read(value: Json) -> Any:
        return {key: _at(f".{key}", inner, item) for key, item in _plain(dict)(value).items()}

    return read


def _record(kind: Any) -> _Reader:
    declared = structs.fields(kind)
    readers = {field.name: _reader(field.type) for field in declared}
    required = {field.name for field in declared if field.required}

    def read(value: Json) -> Any:
        items = _plain(dict)(value)
        for name in sorted(items.keys() - readers.keys()):
            raise _Unreadable("is not a key this version knows", f".{name}")
        for name in sorted(required - items.keys()):
            raise _Unreadable("is missing", f".{name}")
        if kind is Artifact and not is_digest(str(items["digest"])):
            raise _Unreadable("is not a digest", ".digest")
        return kind(**{name: _at(f".{name}", readers[name], item) for name, item in items.items()})

    return read


def _at(key: str, reader: _Reader, value: Json) -> Any:
    try:
        return reader(value)
    except _Unreadable as error:
        error.path = key + error.path
        raise
