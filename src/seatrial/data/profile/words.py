"""The words of texts as 64-bit hashes, the same in every process and version: what near-equal texts have in common.

Called by `near_texts` for each block of a column, and by `contract/near_texts` for texts that are compared in full.
Case, blanks and punctuation do not matter: a word is a run of letters and digits in lower case, and of scripts that
are written without blanks each character is one. All bytes are looked at in one sweep of numpy: a word's hash is the
sum of the values of its bytes times powers of one odd number, moved to the start of the word (Karp and Rabin 1987,
IBM J. Res. Dev. 31:249), which costs the same however long words are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from seatrial import digest
from seatrial.data.profile.hashing import U64, finished

LONGEST: Final = 4_096
"""Characters of a text that are looked at, the first ones: a cell may hold a megabyte."""
_PIECE: Final = 1 << 16
"""Bytes that are worked on at once: their hashes fit the processor's cache."""
_POWER: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1
_ROOM: Final = _PIECE + 4 * LONGEST + 1
_ASCII: Final = 0x80
_TWO_BYTE_SIGNS: Final = 0xC2
_SIGNS: Final = 0xE2
_UNSPACED: Final = (0xE3, 0xED)
"""First bytes of kana, Han and Hangul, and of what stands between them."""


class Words(Struct, frozen=True):
    """Hashes of all words of some texts, one text after another, and how many each text has."""

    hashes: U64
    counts: NDArray[np.intp]


def words(texts: pl.Series) -> Iterator[Words]:
    """The words of texts (no nulls), some texts at a time, in order."""
    if not len(texts):
        return
    if (texts.str.len_bytes() > LONGEST).any():
        texts = texts.str.slice(0, LONGEST)
    texts = texts.str.to_lowercase()
    ends = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1)
    raw = np.frombuffer(texts.str.join("\n").cast(pl.Binary).item() + b"\n", dtype=np.uint8)
    first, start = 0, 0
    while first < len(ends):
        last = max(first + 1, int(np.searchsorted(ends, start + _PIECE, side="right")))
        stop = int(ends[last - 1])
        yield _of_piece(raw[start:stop], ends[first:last] - start)
        first, start = last, stop


def _of_piece(raw: NDArray[np.uint8], ends: NDArray[np.int64]) -> Words:
    """The words of some bytes; each text ends before one of `ends`, with a line feed."""
    values, powers, back = _tables()
    summed = values.take(raw)
    unspaced = None
    if raw.max() >= _ASCII:
        _blank_signs(raw, summed)
        unspaced = (raw >= _UNSPACED[0]) & (raw <= _UNSPACED[1])
    inside = summed != 0
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    if unspaced is not None:
        begins |= unspaced & inside
    starts = np.flatnonzero(begins)
    counts = np.diff(np.searchsorted(starts, ends), prepend=0)
    if not starts.size:
        return Words(np.zeros(0, dtype=np.uint64), counts)
    summed *= powers[: len(summed)]
    hashes = np.add.reduceat(summed, starts)  # up to the next word; what lies between counts 0
    hashes *= back.take(starts)
    return Words(finished(hashes), counts)


def _blank_signs(raw: NDArray[np.uint8], values: U64) -> None:
    """Punctuation outside of ASCII, by its first byte: no-break spaces and Latin-1 signs, dashes, quotes, arrows."""
    for lead, length in ((_TWO_BYTE_SIGNS, 2), (_SIGNS, 3)):
        places = np.flatnonzero(raw == lead)
        for offset in range(length):
            values[places + offset] = 0


@cache
def _tables() -> tuple[U64, U64, U64]:
    """The value of each byte (0: no part of a word), powers of `_POWER`, and of its inverse modulo 2^64."""
    values = np.frombuffer(b"".join(digest.raw(b"seatrial/byte/%d" % byte)[:8] for byte in range(256)), "<u8").copy()
    values |= np.uint64(1)
    for byte in range(_ASCII):
        if not chr(byte).isalnum():
            values[byte] = 0
    inverse = pow(_POWER, -1, 1 << 64)
    return values, _powers(_POWER), _powers(inverse)


def _powers(base: int) -> U64:
    powers = np.ones(_ROOM, dtype=np.uint64)
    done = 1
    while done < _ROOM:  # doubling: the second half is the first times one power
        more = min(done, _ROOM - done)
        powers[done : done + more] = powers[:more] * np.uint64(pow(base, done, 1 << 64))
        done += more
    return powers
