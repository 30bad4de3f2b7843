"""How much a profile may hold. What depends on the width of a table is a function of its number of columns only,
so two profiles that may be added have the same limits.
"""

from __future__ import annotations

from typing import Final

BLOCK: Final = 65_536
"""Rows that are worked on at once: a column of them fits the processor's cache."""
BLOCK_NUMBERS: Final = 1 << 22
"""Coordinates of vectors that are worked on at once."""
GEMM_ROWS: Final = 16_384
"""Scores are at most 32, so a sum over so many products stays below 2^24, where float32 is still exact."""
PAIR_COLUMNS: Final = 64
CODED_COLUMNS: Final = 512
"""Columns of the sample of rows."""
SHOWN: Final = 256
"""Characters kept of one value."""
FREQUENT: Final = 0.005
"""Once a column has too many different values, only those with more than this share are found reliably."""
SHAPES: Final = 64
"""Forms of texts that are kept, the most frequent ones."""
SHAPES_HELD: Final = 8192
"""Forms that are held while a partition is read."""
LENGTH_BINS: Final = 24
GAP_BINS: Final = 64
PROJECTIONS: Final = 8
NEAR_KEYS: Final = 8_192
"""Keys kept of a column of texts or vectors, to find near-equal ones."""
NEAR_KEYS_IN_ALL: Final = 16_384
"""Of all such columns of a table: at most 90 KB of a file."""
GROUPS: Final = 64
"""Groups that clusters are spread over, by the digest of the cluster."""
GROUP_BINS: Final = 17
"""Pooled bins of a group; the last counts nulls."""
LOOKED_AT: Final = 60_000
"""Rows that are enough for dear looks: a mark that one row in a thousand has is seen sixty times."""
LEAST_THINNING: Final = 8
MOST_THINNING: Final = 128
"""Never fewer than one row in so many is looked at closely: rows are chosen by digest, equal rows together, and of rows
that come in copies some thousand different ones are to be left."""
NULL_CODE: Final = 255
LAST_CODE: Final = 254


def item_limit(columns: int) -> int:
    """How many different values of one column are counted exactly."""
    return 4096 if columns <= 64 else max(32, 4096 * 64 // columns)


def thinned(rows: int) -> int:
    """One row in how many is looked at closely in a large dataset of so many: a power of two."""
    spare = max(1, rows // (LEAST_THINNING * LOOKED_AT))
    return min(LEAST_THINNING << (spare.bit_length() - 1), MOST_THINNING)


def kept_limit(columns: int) -> int:
    """How many values are kept of a column that has more different ones than `item_limit`."""
    return 64 if columns <= 64 else max(4, 64 * 64 // columns)


def sketch_bits(columns: int) -> int:
    """The binary logarithm of the number of registers for distinct values (standard error 1.04 / sqrt(registers))."""
    return 11 if columns <= 64 else 9 if columns <= 512 else 6
