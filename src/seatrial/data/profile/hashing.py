"""Digests of values and of rows, as arrays of 64-bit integers.

Rows that are equal in value have equal digests in whatever format they are stored: 1 and 1.0, an Int8 and an Int64,
a Categorical and a String are the same; the order of columns does not matter, their names do. Called by `taking`.

What is subtle: numbers are hashed here (xor-shift and multiplication, the finaliser of Stafford's variants of
MurmurHash3), so that is the same for ever; texts by polars, which is an order of magnitude faster than anything in
Python, but may change between its versions. `stamp` is a digest of known texts: where it differs, digests are not
comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial import digest

U64: TypeAlias = NDArray[np.uint64]
F64: TypeAlias = NDArray[np.float64]

_SEED = 0x5EA71A1
_EXACT = 2.0**53
_NAN = np.uint64(0x7FF8000000000000)
_S8, _S29, _S32, _S33 = np.uint64(8), np.uint64(29), np.uint64(32), np.uint64(33)
_FINAL = np.uint64(0xC4CEB9FE1A85EC53)
_REST = np.uint64(0x9E3779B97F4A7C15)
_KNOWN = ("", "a", "Seatrial", "é", "0123456789 longer than what is kept inline")


@cache
def stamp() -> str:
    """By which two samples of rows know that their digests were made in the same way."""
    hashes = texts(pl.Series(_KNOWN))
    return digest.of_record("data-hashing/1", [int(value) for value in hashes])


def multiplier(name: str) -> np.uint64:
    """The odd number that belongs to a column."""
    raw = digest.raw(b"seatrial/data-column\0" + name.encode("utf-8", "surrogateescape"))
    return np.uint64(int.from_bytes(raw[:8], "little") | 1)


def null_hash(multiply: np.uint64) -> np.uint64:
    """What a null counts as."""
    return np.uint64((int(multiply) * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF)


def floats(values: F64, multiply: np.uint64, *, finite: bool = False) -> U64:
    """Hashes of numbers; -0.0 is 0.0 and every NaN is the same one. `finite`: there is no NaN for sure."""
    plain = values + 0.0
    bits: U64 = plain.view(np.uint64)
    if not finite:
        bits[np.isnan(plain)] = _NAN
    return _mixed(bits, multiply)


def wholes(values: NDArray[Any], near: F64, multiply: np.uint64) -> U64:
    """Hashes of whole numbers of up to 64 bits, equal to those of the same numbers as floats where these are exact.

    `near` are the values as floats.
    """
    hashes = floats(near, multiply, finite=True)
    if near.size and (near.max() >= _EXACT or near.min() <= -_EXACT):
        bits = values.astype(np.int64).view(np.uint64) if values.dtype.kind == "i" else values.astype(np.uint64)
        hashes += (bits - _bits_of_whole(near)) * _REST
    return hashes


def text_columns(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, U64]:
    """Hashes of several columns of texts; asking polars once is cheaper than asking for each."""
    if not names:
        return {}
    hashed = frame.select(pl.col(names).hash(_SEED))
    return {name: hashed[name].to_numpy() for name in names}


def texts(values: pl.Series) -> U64:
    """Hashes of texts; a null's is to be overwritten."""
    hashes: U64 = values.hash(_SEED).to_numpy()
    return hashes


def lists(values: pl.Series, multiply: np.uint64) -> U64:
    """Hashes of lists as a whole; the width of whole numbers in them does not matter."""
    if isinstance(values.dtype, pl.List) and values.dtype.inner.is_numeric():
        values = values.cast(pl.List(pl.Float64))
    hashes = texts(values) * multiply
    if values.null_count():
        hashes[values.is_null().to_numpy()] = null_hash(multiply)
    return hashes


def _bits_of_whole(near: F64) -> U64:
    """Whole floats modulo 2^64, exactly."""
    high = np.floor(near / 2.0**32)
    low = near - high * 2.0**32
    whole: U64 = (high.astype(np.int64).view(np.uint64) << _S32) + low.astype(np.uint64)
    return whole


def _mixed(bits: U64, multiply: np.uint64) -> U64:
    other = bits >> _S32
    other ^= bits
    other *= _FINAL
    np.right_shift(other, _S29, out=bits)
    other ^= bits
    other *= multiply
    return other


def finished(sums: U64) -> U64:
    """64 well mixed bits of sums of hashes."""
    result = sums ^ (sums >> _S33)
    result *= _FINAL
    result ^= result >> _S33
    result *= _REST
    result ^= result >> _S32
    return result


def row_digests(sums: U64) -> U64:
    """Row digests from the sums of the hashes of all columns: 56 bits, which keeps files small."""
    digests = finished(sums)
    digests >>= _S8
    return digests
