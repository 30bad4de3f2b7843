"""Run identifiers that sort by time: ULIDs, 26 characters of Crockford's base 32, in lower case.

Pure: the caller hands in the instant and ten random bytes. Lower case, because the
identifier is also a folder name and must obey the rule for names that become paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
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
    return _text((milliseconds << 80) | int.from_bytes(randomness, "big"))


def _text(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def after_all(name: str, others: Iterable[str]) -> str:
    """A run identifier that sorts after all others: `name` itself, unless the clock was set back meanwhile.

    Whoever asks for the newest run would otherwise be given an older one until the clock gets there again.
    """
    latest = max((other for other in others if is_ulid(other)), default="")
    if name > latest:
        return name
    number, random = _number(latest), _number(name) & ((1 << 80) - 1)
    return _text(((number >> 80) + 1) << 80 | random)


def is_ulid(text: str) -> bool:
    """Whether `text` has the form of a run identifier."""
    return len(text) == _LENGTH and all(character in _ALPHABET for character in text)


def seconds_of(text: str) -> float:
    """When a run identifier was made, in seconds since 1970. Raises ValueError for anything else."""
    if not is_ulid(text):
        raise ValueError(f"{text} is not a run identifier")
    return (_number(text) >> 80) / 1000


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | _ALPHABET.index(character)
    return number
