"""How many row groups a Parquet file has, and how large the first is: what polars does not tell of a footer.

Called by `batches`, for large files only. The engine decodes whole row groups, and several of them ahead of whoever
takes the rows, so that memory holds only some of a large file if it is read in pieces that begin where groups do.

The footer is Thrift's compact protocol; everything before the list of row groups is skipped, and of the list only the
first is read, since writers make all of them but the last alike. Whatever does not look as it should gives None:
polars then says what is wrong.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

_ROW_GROUPS: Final = 4  # the number of that field in `FileMetaData`
_ROWS: Final = 3  # and of that in `RowGroup`
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST: Final = 16
_LONGEST: Final = 256 << 20


class RowGroups(Struct, frozen=True, kw_only=True):
    """How many there are, and the rows of the first; 0 where there is none."""

    count: int
    first: int


def row_groups(path: Path) -> RowGroups | None:
    """The row groups of a file, None if the footer makes no sense. Raises OSError when the file cannot be read."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 8))
        length = int.from_bytes(file.read(4), "little")
        if length > min(size, _LONGEST):
            return None
        file.seek(size - 8 - length)
        footer = io.BytesIO(file.read(length))
    try:
        return _found(footer)
    except (EOFError, ValueError):
        return None


def _found(footer: IO[bytes]) -> RowGroups | None:
    for field, kind in _fields(footer):
        if field == _ROW_GROUPS:
            count, inner = _list_head(footer) if kind == _LIST else (0, _STRUCT)
            if inner != _STRUCT:
                return None
            return RowGroups(count=count, first=_rows_of_group(footer) if count else 0)
        _skip(footer, kind, 0)
    return None


def _rows_of_group(footer: IO[bytes]) -> int:
    for field, kind in _fields(footer):
        if field == _ROWS and kind == _I64:
            return _zigzag(footer)
        _skip(footer, kind, 0)
    raise ValueError("a row group without a number of rows")


def _fields(footer: IO[bytes]) -> Iterator[tuple[int, int]]:
    """The number and the type of each field of a struct; its value is to be read before the next is asked for."""
    field = 0
    while head := _byte(footer):
        field = field + (head >> 4) if head >> 4 else _zigzag(footer)
        yield field, head & 15


def _skip(footer: IO[bytes], kind: int, depth: int) -> None:
    """Read past a value."""
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if kind in (_I16, _I32, _I64):
        _varint(footer)
    elif kind in (_BYTE, _DOUBLE, _BINARY):
        footer.seek({_BYTE: 1, _DOUBLE: 8}.get(kind) or _varint(footer), io.SEEK_CUR)
    elif kind in (_LIST, _SET):
        size, inner = _list_head(footer)
        for _ in range(size):
            if inner in (_TRUE, _FALSE):
                _byte(footer)
            else:
                _skip(footer, inner, depth + 1)
    elif kind == _STRUCT:
        for _, inner in _fields(footer):
            _skip(footer, inner, depth + 1)
    elif kind not in (_TRUE, _FALSE):
        raise ValueError("no type that a footer has")


def _list_head(footer: IO[bytes]) -> tuple[int, int]:
    head = _byte(footer)
    return (head >> 4 if head >> 4 < 15 else _varint(footer)), head & 15


def _byte(footer: IO[bytes]) -> int:
    read = footer.read(1)
    if not read:
        raise EOFError
    return read[0]


def _varint(footer: IO[bytes]) -> int:
    value = shift = 0
    while (part := _byte(footer)) & 128:
        value |= (part & 127) << shift
        shift += 7
        if shift > 63:
            raise ValueError("no number")
    return value | part << shift


def _zigzag(footer: IO[bytes]) -> int:
    value = _varint(footer)
    return (value >> 1) ^ -(value & 1)
