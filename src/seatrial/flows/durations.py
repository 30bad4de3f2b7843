"""How long each cell takes, from what it took before. Pure.

Called by `forecasting`. Only rows of commands that really ran count. The nearest kin is asked
first: the same cell under the same tier on a machine like this one. Where that has been seen too
rarely, the other cells of its stage, then other tiers and other machines are asked, and the answer
says so. With fewer than `LEAST` observations of any kind there is no answer: none is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from seatrial.flows.history import Row

OTHER_TIERS = "other tiers"
"""What a basis says that rests on another tier's runs."""

LEAST = 3
"""Observations below which nothing is said: one cold cache would speak for all runs to come."""
_MOST = 30  # the newest; a stage that became faster last month is as fast as it is now


class Duration(Struct, frozen=True, kw_only=True):
    """Seconds of wall time: median, the tenth-worst per cent, and what they rest on, newest first.
    `basis` names in words whose observations these are; empty for the very cell, tier and machine."""

    p50: float
    p90: float
    samples: tuple[float, ...]
    basis: str = ""


def durations(
    cells: Iterable[tuple[str, str]], history: Sequence[Row], *, machine: str, tier: str | None
) -> dict[str, Duration]:
    """The expected duration of each (cell, stage), by cell, from rows that stand oldest first; a cell that
    is not in it has no history."""
    by_cell: dict[str, list[Row]] = {}
    by_stage: dict[str, list[Row]] = {}
    for row in reversed(history):
        if row.ended_well:
            by_cell.setdefault(row.cell, []).append(row)
            by_stage.setdefault(row.stage, []).append(row)
    found: dict[str, Duration] = {}
    kin: dict[tuple[str, str], tuple[float, ...]] = {}  # a stage of a thousand cells is looked through once
    for cell, stage in cells:
        for basis, like in _kinship(machine, tier):
            own = _walls(by_cell.get(cell, ()), like)
            if len(own) >= LEAST:
                found[cell] = _duration(own, basis)
                break
            key = (stage, basis)
            if key not in kin:
                kin[key] = _walls(by_stage.get(stage, ()), like)
            if len(kin[key]) >= LEAST:
                found[cell] = _duration(kin[key], ", ".join(part for part in ("other cells", basis) if part))
                break
    return found


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed. Values must not be empty."""
    ordered = sorted(values)
    rank = -(-len(ordered) * round(share * 100) // 100)  # ceiling, in whole numbers
    return ordered[max(rank, 1) - 1]


def _kinship(machine: str, tier: str | None) -> tuple[tuple[str, Callable[[Row], bool]], ...]:
    """Whose rows serve, nearest first, with the words that say so."""
    return (
        ("", lambda row: row.machine == machine and row.tier == tier),
        (OTHER_TIERS, lambda row: row.machine == machine),
        ("other machines", lambda row: row.tier == tier),
        (f"{OTHER_TIERS} and machines", lambda _row: True),
    )


def _walls(rows: Sequence[Row], like: Callable[[Row], bool]) -> tuple[float, ...]:
    return tuple(row.wall for row in rows if row.wall is not None and like(row))[:_MOST]


def _duration(samples: tuple[float, ...], basis: str) -> Duration:
    return Duration(p50=quantile(samples, 0.5), p90=quantile(samples, 0.9), samples=samples, basis=basis)
