"""How people name a version: `digits@17` by number, `digits@production` by alias.

Pure. Called by `registry.py` and by every command that takes a reference.
"""

from __future__ import annotations

import re

from msgspec import Struct

from seatrial.errors import UsageError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,7}\Z")
_RESERVED = {"main"}  # as a baseline it means the main branch


class NumberRef(Struct, frozen=True, kw_only=True):
    """A version by its number."""

    model: str
    number: int

    def __str__(self) -> str:
        return f"{self.model}@{self.number}"


class AliasRef(Struct, frozen=True, kw_only=True):
    """A version by an alias that points at it."""

    model: str
    alias: str

    def __str__(self) -> str:
        return f"{self.model}@{self.alias}"


Ref = NumberRef | AliasRef


def parse_ref(text: str) -> Ref:
    """`NAME@17` or `NAME@ALIAS`. Raises UsageError for anything else."""
    model, found, end = text.partition("@")
    if not found or not _NAME.match(model) or not end:
        raise UsageError(
            f"{text!r} does not name a version",
            next_step="write NAME@NUMBER or NAME@ALIAS, for example digits@17 or digits@production; "
            "`seatrial models list` shows what there is",
        )
    if _NUMBER.match(end):
        return NumberRef(model=model, number=int(end))
    check_alias(end)
    return AliasRef(model=model, alias=end)


def check_alias(alias: str) -> None:
    """Raise UsageError unless `alias` may name an alias: no number, no reserved word."""
    if not _NAME.match(alias) or alias.isdigit():
        raise UsageError(
            f"{alias!r} cannot be an alias",
            next_step="use lower-case letters, digits, '.', '_' and '-', and not digits alone",
        )
    if alias in _RESERVED:
        raise UsageError(
            f"{alias!r} cannot be an alias: as a baseline it means the main branch",
            next_step="use another name, for example production",
        )


def check_model(model: str) -> None:
    """Raise UsageError unless `model` may name a model."""
    if not _NAME.match(model):
        raise UsageError(
            f"{model!r} cannot name a model",
            next_step="use lower-case letters, digits, '.', '_' and '-', starting with a letter or digit",
        )
