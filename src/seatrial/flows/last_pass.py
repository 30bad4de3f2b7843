"""Between which two commits a stage began to fail, as far as the records know. Pure.

Called by `flows/suspects.py`. A run counts for a commit if it used nothing else: results of uncommitted files say
nothing about any commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.flows.history import Row
from seatrial.pipeline.outcome import Did

_PASSED = frozenset({Did.RAN.value, Did.REUSED.value})


class RunOfStage(Struct, frozen=True, kw_only=True):
    """What a stage (all of its cells that are asked about) came to in one run."""

    run: str
    commit: str
    tier: str | None
    passed: bool
    at: str


def runs_of(rows: Iterable[Row], cells: Iterable[str], *, tier: str | None = None) -> tuple[RunOfStage, ...]:
    """The runs in which a stage passed or failed at a commit, oldest first. `cells` are names of stages or cells."""
    wanted = frozenset(cells)
    by_run: dict[str, list[Row]] = {}
    for row in rows:
        mine = row.cell in wanted or row.stage in wanted
        if mine and row.commit is not None and not row.dirty and (tier is None or row.tier == tier):
            by_run.setdefault(row.run, []).append(row)
    found = []
    for run, some in by_run.items():
        failed = any(row.did == Did.FAILED.value for row in some)
        if failed or all(row.did in _PASSED for row in some):
            first = some[0]
            found.append(
                RunOfStage(run=run, commit=first.commit or "", tier=first.tier, passed=not failed, at=first.at)
            )
    return tuple(found)


def last_failure(runs: Sequence[RunOfStage]) -> RunOfStage | None:
    """The newest run in which the stage failed, None when it has passed since. A pass under another tier is none."""
    passed = set()
    for run in reversed(runs):
        if run.passed:
            passed.add(run.tier)
        elif run.tier not in passed:
            return run
    return None


def nearest_pass(runs: Sequence[RunOfStage], line: Mapping[str, int]) -> RunOfStage | None:
    """The pass that lies nearest on a line of commits, given with their distance; the newest run of that commit."""
    passes = [run for run in runs if run.passed and run.commit in line]
    return min(reversed(passes), key=lambda run: line[run.commit], default=None)
