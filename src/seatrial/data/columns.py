"""What a column of a dataset is, once nested data is laid flat.

The ground of `data/`: readers make these records, profiles and rules are made of them. A nested column
is looked at by its leaves: a struct field `address.city`, the elements of a list `tags[]`, and the
lengths of a list `tags[#]`. A list of fixed size is a vector (an embedding) and stays whole.
"""

from __future__ import annotations

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
