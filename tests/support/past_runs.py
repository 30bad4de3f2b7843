"""Rows of history as tests of forecasts need them: one cell, some seconds, everything else plain."""

from __future__ import annotations

from seatrial.flows.history import Stage

MACHINE = "linux x86_64, 2 cores"


def rows(
    cell: str, *walls: float, did: str = "ran", machine: str = MACHINE, tier: str | None = None
) -> tuple[Stage, ...]:
    """One row for each of some durations, newest first."""
    return tuple(
        Stage(
            cell=cell,
            stage=cell.partition("[")[0],
            did=did,
            wall=wall,
            cpu=wall,
            attempts=1,
            machine=machine,
            at="2026-11-21T08:00:00.000Z",
            tier=tier,
        )
        for wall in walls
    )
