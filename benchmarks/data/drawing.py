"""Rows that exist once: every sample of a source is cut out of the same endless table.

A row has a number. Sample `part` of a source takes numbers that no other part takes, so two samples share no row
and no id, yet both come from the same distribution: a tool that alarms between them is wrong. Ids are the numbers,
mixed by a function that can be undone; so they are unique over all samples, and no sample lies in a range of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
PART = 1 << 21
"""Rows a part may have at most; 32 bits of row numbers are enough for 2,047 parts."""
SPARE = 2046
"""The part of which no sample is cut: rows that an accident makes get their ids from it."""
DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The randomness of one sample. `rng` is its own; `source` is the same for all samples of a source."""

    n: int
    rng: np.random.Generator
    source: np.random.Generator
    numbers: Whole


def draw(n: int, *, source: int, part: int) -> Draw:
    """Sample `part` of source `source`, with `n` rows. Part 0 is the reference by custom."""
    if not 0 <= part < SPARE or not 0 < n <= PART:
        raise ValueError(f"part {part} with {n} rows: there are {SPARE:,} parts of at most {PART} rows")
    return Draw(
        n=n,
        rng=np.random.default_rng([source, part, 1]),
        source=np.random.default_rng([source, 0]),
        numbers=_numbers(part, n),
    )


def spare(n: int) -> Whole:
    """Numbers of `n` rows that no sample has."""
    return _numbers(SPARE, n)


def _numbers(part: int, n: int) -> Whole:
    return np.arange(part * PART, part * PART + n, dtype=np.int64)


def mixed(numbers: Whole) -> Whole:
    """Numbers below 2^32 as other numbers below 2^32, one to one (the finish of MurmurHash3)."""
    value = numbers.astype(np.uint32)
    value ^= value >> np.uint32(16)
    value *= np.uint32(0x85EBCA6B)
    value ^= value >> np.uint32(13)
    value *= np.uint32(0xC2B2AE35)
    value ^= value >> np.uint32(16)
    return value.astype(np.int64)


def zipf_shares(count: int, power: float = 1.0) -> Floats:
    """Shares of `count` words, the k-th in proportion to 1 / k^power."""
    weights = 1.0 / np.arange(1, count + 1) ** power
    return np.asarray(weights / weights.sum())


def picked(rng: np.random.Generator, words: Sequence[str], n: int, shares: Floats | None = None) -> list[str]:
    """`n` words, each with its share."""
    places = rng.choice(len(words), size=n, p=shares)
    return [words[place] for place in places.tolist()]


def codes_of(rng: np.random.Generator, count: int, letters: int) -> list[str]:
    """`count` different codes such as `KQX-4711`."""
    made: dict[str, None] = {}
    while len(made) < count:
        stem = "".join(chr(65 + letter) for letter in rng.integers(0, 26, letters).tolist())
        made[f"{stem}-{int(rng.integers(1000, 9999))}"] = None
    return list(made)


def logistic(values: Floats) -> Floats:
    """The logistic function."""
    return np.asarray(1.0 / (1.0 + np.exp(-values)))


def moments(draw: Draw, *, days: int, hours: Floats, start: int) -> Whole:
    """Times in microseconds over `days` days from `start`: weekdays are busier, hours have the given shares."""
    weekly = np.array([1.1, 1.1, 1.1, 1.1, 1.0, 0.7, 0.6])[np.arange(days) % 7]
    day = draw.rng.choice(days, size=draw.n, p=weekly / weekly.sum())
    hour = draw.rng.choice(24, size=draw.n, p=hours / hours.sum())
    within = draw.rng.integers(0, 3_600_000_000, draw.n)
    return np.asarray(start + day * DAY + hour * 3_600_000_000 + within, dtype=np.int64)
