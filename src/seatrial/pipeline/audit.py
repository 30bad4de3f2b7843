"""Checking a selection by doing what it left out: which cells are drawn, and what their runs say. Pure.

Called by `flows/auditing.py`, which runs them. A cell was left out rightly when it comes to the same at the base and at
the head. Where it does not make the same from the same, only its end counts: whether it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from seatrial.digest import PREFIX, of_record

_DIGITS = 13


class AuditOutcome(StrEnum):
    """What an audit says of one cell that was left out."""

    AGREED = "agreed"
    MISSED = "missed"
    NOT_JUDGED = "not_judged"


class Compared(StrEnum):
    """What an audit could compare."""

    OUTS = "outs"
    END = "end"
    """Only whether it passes: it does not make the same from the same, or has no outs."""


class Made(Struct, frozen=True, kw_only=True):
    """What one run of a cell came to. `outs` are the digests of what it made, None when it failed; `trouble` says why
    it could not be run at all."""

    outs: Mapping[str, str] | None = None
    trouble: str | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """What runs of a cell in both trees say."""

    outcome: AuditOutcome
    reason: str
    compared: Compared | None = None


def draw(cells: Iterable[str], *, share: float, seed: int) -> tuple[str, ...]:
    """A random share of some cells, at least one, in the order given. A larger share of the same seed has all of a
    smaller one."""
    lots = {cell: _lot(cell, seed) for cell in cells}
    if not lots:
        return ()
    least = min(lots.values())
    return tuple(cell for cell, lot in lots.items() if lot < share or lot == least)


def judge(base: Sequence[Made], head: Sequence[Made]) -> Judged:
    """What some runs at the base and at the head say; the more there are, the less is put down to chance."""
    for made in (*base, *head):
        if made.trouble is not None:
            return Judged(outcome=AuditOutcome.NOT_JUDGED, reason=made.trouble)
    if any(made.outs is None for made in base):
        return Judged(outcome=AuditOutcome.NOT_JUDGED, reason="it fails at the base too")
    failed = [made.outs is None for made in head]
    if all(failed):
        return Judged(outcome=AuditOutcome.MISSED, reason="it passes at the base and fails now", compared=Compared.END)
    if any(failed):
        return Judged(outcome=AuditOutcome.NOT_JUDGED, reason="it does not come to the same end each time")
    before, after = _kinds(base), _kinds(head)
    if len(before) > 1 or len(after) > 1:
        said = "it passes in both; what it makes is not the same each time"
        return Judged(outcome=AuditOutcome.AGREED, reason=said, compared=Compared.END)
    if before == after:
        if not before[0]:
            return Judged(outcome=AuditOutcome.AGREED, reason="it passes in both", compared=Compared.END)
        return Judged(outcome=AuditOutcome.AGREED, reason="it makes the same in both", compared=Compared.OUTS)
    differing = [name for name in before[0] if before[0][name] != after[0].get(name)]
    said = f"{', '.join(differing) or 'what it makes'} differs from what it makes at the base"
    return Judged(outcome=AuditOutcome.MISSED, reason=said, compared=Compared.OUTS)


def narrowed(paths: Sequence[str], matters: Callable[[tuple[str, ...]], bool], *, most: int = 16) -> tuple[str, ...]:
    """The paths, of some that matter together, that matter alone: halved as long as one half does, in at most so many
    tries."""
    left = tuple(paths)
    while len(left) > 1:
        middle = len(left) // 2
        for half in (left[:middle], left[middle:]):
            if most <= 0:
                return left
            most -= 1
            if matters(half):
                left = half
                break
        else:
            return left
    return left


def _kinds(runs: Sequence[Made]) -> list[Mapping[str, str]]:
    """The different things that were made."""
    found: list[Mapping[str, str]] = []
    for made in runs:
        if made.outs is not None and made.outs not in found:
            found.append(made.outs)
    return found


def _lot(cell: str, seed: int) -> float:
    """A number from 0 up to 1 that a cell draws."""
    text = of_record("audit-draw/1", [seed, cell]).removeprefix(PREFIX)
    return int(text[:_DIGITS], 16) / float(1 << 4 * _DIGITS)
