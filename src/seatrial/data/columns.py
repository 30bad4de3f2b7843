"""What a column of a dataset is, once nested data is laid flat.

The ground of `data/`: readers make these records, profiles and rules are made of them. A nested column
is looked at by its leaves: a struct field `address.city`, the elements of a list `tags[]`, and the
lengths of a list `tags[#]`. A list of fixed size is a vector (an embedding) and stays whole.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """How a column is measured; a storage type belongs to exactly one kind."""

    NUMBER = "number"  # whole numbers, floats, decimals, durations (as seconds)
    FLAG = "flag"
    TEXT = "text"
    TIME = "time"  # dates and datetimes, with or without a zone; times of day
    VECTOR = "vector"
    BYTES = "bytes"
    NOTHING = "nothing"  # every value is null, so nothing is known


class Part(StrEnum):
    """What of the stored column a leaf is."""

    VALUES = "values"
    ELEMENTS = "elements"
    LENGTHS = "lengths"


class Column(Struct, frozen=True, kw_only=True):
    """One leaf.

    `source` names the column of a batch it is read from (structs are laid flat there, lists are not).
    `dtype` is the storage type as polars writes it, `Int64` or `Datetime(time_unit='us', time_zone='UTC')`.
    `dims` is the width of a vector.
    """

    name: str
    source: str
    dtype: str
    kind: Kind
    part: Part = Part.VALUES
    dims: int | None = None

    @property
    def stored(self) -> str:
        """The storage type as people read it."""
        return type_in_words(self.dtype)


_UNITS = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_TIMES = re.compile(r"(Datetime|Duration)\(time_unit='(\w+)'(?:, time_zone=(?:None|'([^']*)'))?\)")
_DECIMAL = re.compile(r"Decimal\(precision=(\w+), scale=(\d+)\)")
_SHAPE = re.compile(r", shape=\((\d+(?:, \d+)*),?\)\)")
_CATEGORIES = re.compile(r"Enum\(categories=\[.*\]\)", re.DOTALL)


def type_in_words(dtype: str) -> str:
    """A storage type as people read it: `Datetime (microseconds, UTC)`, `Decimal(10, 2)`, `Array(Float32, 3)`. What an
    Enum may hold is left out: these are values, and a type is shown of sensitive columns too."""
    dtype = _TIMES.sub(_time_in_words, _CATEGORIES.sub("Enum", dtype))
    dtype = _DECIMAL.sub(r"Decimal(\1, \2)", dtype)
    return _SHAPE.sub(lambda found: f", {found[1].replace(', ', ' x ')})", dtype)


def _time_in_words(found: re.Match[str]) -> str:
    name, unit, zone = found.groups()
    return f"{name} ({_UNITS[unit]}{f', {zone}' if zone else ''})"
