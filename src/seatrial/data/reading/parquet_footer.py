"""How many row groups a Parquet file has: the one thing in its footer that polars does not tell.

Called by `batches`, for large files only. The engine decodes whole row groups, so a file of few large ones has to be
read in pieces, and one of many small ones must not be, for that costs time.

The footer is Thrift's compact protocol; everything before the list of row groups is skipped, and of the list only the
length is read. Whatever does not look as it should gives None: polars then says what is wrong.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Final

_ROW_GROUPS: Final = 4  # the number of that field in `FileMetaData`
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST: Final = 16
_LONGEST: Final = 256 << 20


def row_groups(path: Path) -> int | None:
    """The number of row groups, None if the footer makes no sense. Raises OSError when the file cannot be read."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 8))
        length = int.from_bytes(file.read(4), "little")
        if length > min(size, _LONGEST):
            return None
        file.seek(size - 8 - length)
        footer = io.BytesIO(file.read(length))
    try:
        return _count(footer)
    except (EOFError, ValueError):
        return None


def _count(footer: IO[bytes]) -> int | None:
    field = 0
    while head := _byte(footer):
        field = field + (head >> 4) if head >> 4 else _zigzag(footer)
        if field == _ROW_GROUPS:
            return _list_head(footer)[0] if head & 15 == _LIST else None
        _skip(footer, head & 15, 0)
    return None


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
        while head := _byte(footer):
            if not head >> 4:
                _varint(footer)
            _skip(footer, head & 15, depth + 1)
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
