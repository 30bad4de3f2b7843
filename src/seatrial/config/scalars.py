"""Plain scalars under the YAML 1.2 core schema: what an unquoted word in a file means.

Pure. Used by `yaml_source` for every plain scalar, for `--set-param NAME=VALUE`, and for the
values in `train[seed=0].model`, so that one rule says what `1e-3`, `no` and `3.10` are.
"""

from __future__ import annotations

import re

Scalar = bool | int | float | str | None

_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGERS = range(-(1 << 63), 1 << 64)
_INFINITY = float("inf")


def resolve(text: str) -> Scalar:
    """The value of a plain scalar under the YAML 1.2 core schema.

    Raises ValueError, in words for the user, for NaN, infinities and integers beyond 64 bits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.match(text):
        return _integer(text, 10)
    if _OCTAL.match(text):
        return _integer(text[2:], 8)
    if _HEX.match(text):
        return _integer(text[2:], 16)
    if _FLOAT.match(text):
        number = float(text)
        if abs(number) == _INFINITY:
            raise ValueError(f"{clip(text)} is larger than any floating-point number")
        return number
    if _NOT_FINITE.match(text):
        raise ValueError(f"{text} is not a finite number")
    return text


def _integer(digits: str, base: int) -> int:
    if len(digits) > 64 or (number := int(digits, base)) not in _INTEGERS:
        raise ValueError(f"{clip(digits)} does not fit into 64 bits")
    return number


def clip(text: str) -> str:
    """A text short enough for a message."""
    return text if len(text) <= 24 else text[:20] + "..."
