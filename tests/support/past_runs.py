"""Rows of history as tests of forecasts need them: one cell, some seconds, everything else plain."""

from __future__ import annotations

from seatrial.flows.history import Row

MACHINE = "linux x86_64, 2 cores"


def rows(
    cell: str, *walls: float, did: str = "ran", machine: str = MACHINE, tier: str | None = None
) -> tuple[Row, ...]:
    """One row for each of some durations, oldest first."""
    return tuple(
        Row(run="", at="2026-11-21T08:00:00.000Z", machine=machine, tier=tier, cell=cell, did=did, wall=wall)
        for wall in walls
    )
