"""Run identifiers that sort by time: ULIDs, 26 characters of Crockford's base 32, in lower case.

Pure: the caller hands in the instant and ten random bytes. Lower case, because the
identifier is also a folder name and must obey the rule for names that become paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26


def ulid(instant: datetime, randomness: bytes) -> str:
    """The ULID of an instant (48 bits of milliseconds) and 80 random bits.

    Raises ValueError unless `randomness` has ten bytes.
    """
    return ulid_at(int(instant.timestamp() * 1000), randomness)


def ulid_at(milliseconds: int, randomness: bytes) -> str:
    """The same for an instant that is counted from 1970."""
    if len(randomness) != 10:
        raise ValueError("a ULID takes exactly ten random bytes")
    number = (milliseconds << 80) | int.from_bytes(randomness, "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def is_ulid(text: str) -> bool:
    """Whether `text` has the form of a run identifier."""
    return len(text) == _LENGTH and all(character in _ALPHABET for character in text)


def seconds_of(text: str) -> float:
    """When a run identifier was made, in seconds since 1970. Raises ValueError for anything else."""
    if not is_ulid(text):
        raise ValueError(f"{text} is not a run identifier")
    number = 0
    for character in text:
        number = number << 5 | _ALPHABET.index(character)
    return (number >> 80) / 1000
