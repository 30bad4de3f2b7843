"""Long rows of figures as short texts, and back; called by `serial` for what nobody reads one by one in a file.

Bytes are laid so that what is alike stands together (all first bytes, then all second ones; ascending numbers as
differences), packed by zlib and written in base64. Values and their counts are sorted by value: the numbers of a grid,
which is what measurements of few decimals are, then differ by one step mostly, and their counts but little. Every
way gives back exactly what was put in, which `counted` sees for itself before it is used.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Counts = Sequence[tuple[str, int]]

_MOST_UNPACKED: Final = 64 << 20
_LEVEL: Final = 9
_MEMORY: Final = 9
_WAYS: Final = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)
"""Registers of sketches and counts repeat nothing, and are shorter where zlib looks for less that repeats."""
_SHOWN_FLOATS: Final = 16
_SHOWN_COUNTS: Final = 32
_MOST_DECIMALS: Final = 9
_MOST_STEPS: Final = 1 << 53


def packed(data: bytes) -> str:
    """Bytes as a text."""
    return base64.b64encode(min((_zlib(data, way) for way in _WAYS), key=len)).decode()


def _zlib(data: bytes, way: int) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY, way)
    return packer.compress(data) + packer.flush()


def unpacked(text: str) -> bytes:
    """The bytes of a text. Raises ValueError or zlib.error for what is no such text."""
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(base64.b64decode(text, validate=True), _MOST_UNPACKED)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("packed figures are cut off or too many")
    return data


def floats(values: Sequence[float]) -> list[float] | str:
    """Few floats as they are, many packed: their digits would be half of the file."""
    if len(values) <= _SHOWN_FLOATS:
        return list(values)
    return packed(turned(np.asarray(values, dtype="<f8").tobytes(), 8))


def from_floats(values: object) -> object:
    """What `floats` was given."""
    return np.frombuffer(turned_back(unpacked(values), 8), "<f8").tolist() if isinstance(values, str) else values


def wholes(values: Sequence[int]) -> list[int] | str:
    """Few whole numbers as they are, many packed."""
    if len(values) <= _SHOWN_FLOATS:
        return list(values)
    return packed(turned(np.asarray(values, dtype="<i8").tobytes(), 8))


def from_wholes(values: object) -> object:
    """What `wholes` was given."""
    return np.frombuffer(turned_back(unpacked(values), 8), "<i8").tolist() if isinstance(values, str) else values


def deltas(hashes: Sequence[int]) -> bytes:
    """Ascending numbers as differences, all first bytes first: what the numbers have in common packs well."""
    values = np.asarray(hashes, dtype=np.uint64)
    return turned(np.diff(values, prepend=np.uint64(0)).astype(">u8").tobytes(), 8)


def from_deltas(data: bytes) -> list[int]:
    """What `deltas` was given."""
    values = np.frombuffer(turned_back(data, 8), dtype=">u8").astype(np.uint64)
    hashes: list[int] = np.cumsum(values, dtype=np.uint64).tolist()
    return hashes


def turned(rows: bytes, width: int) -> bytes:
    """A matrix of bytes, column by column."""
    return np.frombuffer(rows, dtype=np.uint8).reshape(-1, width).T.tobytes() if width else b""


def turned_back(data: bytes, width: int) -> bytes:
    """What `turned` was given."""
    return np.frombuffer(data, dtype=np.uint8).reshape(width, -1).T.tobytes() if width else b""


# -- values and how often they occur ----------------------------------------------------


def counted(counts: Counts) -> list[tuple[str, int]] | dict[str, object]:
    """Few values with their counts as they are, many packed."""
    plain = [(name, count) for name, count in counts]
    if len(plain) <= _SHOWN_COUNTS or plain != _ordered(plain):
        return plain
    decimals, steps = _grid([name for name, _ in plain])
    if steps is None:
        plain.sort()
        names: dict[str, object] = {"names": packed(msgspec.json.encode([name for name, _ in plain]))}
    else:
        order = np.argsort(steps)
        plain = [plain[place] for place in order.tolist()]
        ascending = steps[order]
        names = {"decimals": decimals, "first": int(ascending[0]), "steps": packed(deltas(ascending - ascending[0]))}
    return {**names, "counts": packed(turned(np.asarray([count for _, count in plain], "<i8").tobytes(), 8))}


def from_counted(value: object) -> object:
    """What `counted` was given. Raises ValueError or KeyError for what it did not write."""
    if not isinstance(value, dict):
        return value
    if value.keys() not in ({"names", "counts"}, {"decimals", "first", "steps", "counts"}):
        raise ValueError("packed values have other fields")
    counts = np.frombuffer(turned_back(unpacked(value["counts"]), 8), "<i8").tolist()
    return _ordered(zip(_names(value), counts, strict=True))


def _names(value: Mapping[str, Any]) -> list[str]:
    if "names" in value:
        return msgspec.json.decode(unpacked(value["names"]), type=list[str])
    first, decimals = value["first"], value["decimals"]
    if not (isinstance(first, int) and abs(first) <= _MOST_STEPS and decimals in range(_MOST_DECIMALS + 1)):
        raise ValueError("packed numbers have no beginning")
    steps = np.asarray(from_deltas(unpacked(value["steps"])), dtype=np.uint64).astype(np.int64) + first
    return _written(steps, decimals)


def _grid(names: Sequence[str]) -> tuple[int, NDArray[np.int64] | None]:
    """How many decimals write all values, and the values in units of the last; None where they are no such numbers."""
    decimals = max(len(name.partition(".")[2]) for name in names)
    if decimals > _MOST_DECIMALS:
        return 0, None
    try:
        steps = [int(whole + part.ljust(decimals, "0")) for whole, _, part in (name.partition(".") for name in names)]
    except ValueError:
        return 0, None
    if max(map(abs, steps)) > _MOST_STEPS:
        return 0, None
    grid = np.asarray(steps, dtype=np.int64)
    return (decimals, grid) if _written(grid, decimals) == names else (0, None)


def _written(steps: NDArray[np.int64], decimals: int) -> list[str]:
    """Numbers as `numbers.written` has them: the shortest digits, and no point where nothing follows. A division by a
    power of ten that is exact rounds to the float whose shortest digits these are."""
    return [str(value).removesuffix(".0") for value in (steps / 10.0**decimals).tolist()]


def _ordered(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """The most frequent first, equally frequent ones by name."""
    return sorted(sorted(counts), key=itemgetter(1), reverse=True)
