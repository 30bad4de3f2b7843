"""Which cells of a tier are to be done, wave after wave, by jobs of their own; and which need none.

Called by `seatrial plan --matrix`, in the job of a workflow that plans. It must leave out exactly what the machine that
begins the run leaves out (`spared`), or a cell would be missing that nobody was told to do. A cell is in no wave if the
change does not reach it and nothing that is done needs it, if the tier puts it off, or if its result lies in a cache of
this machine: then this machine records it, since others may not have it.

What is subtle: whether *this* machine could run a cell does not matter. One without a GPU plans for those that have
some.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.flows.explaining import plan_stages
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.spared import spared
from seatrial.flows.tree_change import plan_tree_change
from seatrial.flows.workflow_wants import MOST_MINUTES, SPARE_MINUTES, runners_of, stage_waves, without_machine
from seatrial.flows.workspace import Workspace
from seatrial.forge.workflows.wanted import Runners
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import StageSpec
from seatrial.pipeline.select import Action

MOST_JOBS = 256
"""Jobs that GitHub makes of one matrix; more cells than that share them."""


class Part(Struct, frozen=True, kw_only=True):
    """What one job does: cells of one kind of machine. `labels` are those of the machine, None for the forge's own."""

    cells: tuple[str, ...]
    labels: tuple[str, ...] | None
    gpus: bool
    minutes: int

    @property
    def name(self) -> str:
        """How people know it."""
        more = len(self.cells) - 1
        return self.cells[0] + (f" and {more} more" if more else "")


class Matrix(Struct, frozen=True, kw_only=True):
    """The parts of each wave, and the cells, producers first, that this machine has the results of."""

    waves: tuple[tuple[Part, ...], ...]
    reuse: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing at all to be done."""
        return not self.reuse and not any(self.waves)


def plan_matrix(workspace: Workspace, policy: ProjectPolicy, tier: str | None, base: str | None) -> Matrix:
    """The matrix of a tier in this work tree. Raises what `plan` raises, and ConfigError for a stage that asks for a
    GPU where no label says which machines have one."""
    planned, left_out = looked_at(workspace, policy, tier, base)
    return matrix_of(planned, left_out, runners_of(policy))


def looked_at(
    workspace: Workspace, policy: ProjectPolicy, tier: str | None, base: str | None
) -> tuple[tuple[PlannedCell, ...], frozenset[str]]:
    """The cells of a tier, producers first, and the names of those that nobody has to do."""
    prepared = plan_stages(workspace, policy, tier, ())
    if base is None:
        return prepared.plan.cells, frozenset()
    change = plan_tree_change(workspace, policy, prepared, base, tier)
    put_off = (cell.planned.cell.name for cell in change.cells if cell.action is Action.DEFER)
    return tuple(cell.planned for cell in change.cells), frozenset((*spared(change.cells), *put_off))


def matrix_of(planned: Sequence[PlannedCell], left_out: frozenset[str], runners: Runners) -> Matrix:
    """Cells by wave. `left_out` are those that nobody has to do."""
    reuse = reused(planned, left_out)
    skipped = left_out | frozenset(reuse)
    cells = [one.cell for one in planned]
    if runners.gpu is None:
        without_machine({cell.stage: cell.spec for cell in cells if cell.name not in skipped})
    stages = {cell.stage: cell.spec for cell in cells}
    of_stage: dict[str, list[Cell]] = {name: [] for name in stages}
    for cell in cells:
        if cell.name not in skipped:
            of_stage[cell.stage].append(cell)
    waves = stage_waves(tuple(cells), stages)
    return Matrix(
        waves=tuple(_parts((of_stage[name] for name in wave), stages, runners) for wave in waves), reuse=reuse
    )


def reused(planned: Iterable[PlannedCell], left_out: frozenset[str]) -> tuple[str, ...]:
    """Cells with a stored result here, all of whose producers have one, or need none: a part is done in order."""
    found: dict[str, None] = {}
    for one in planned:
        name = one.cell.name
        ready = all(before in found or before in left_out for before in one.cell.before)
        if name not in left_out and one.action is Action.REUSE and ready:
            found[name] = None
    return tuple(found)


def _parts(cells: Iterable[Sequence[Cell]], stages: Mapping[str, StageSpec], runners: Runners) -> tuple[Part, ...]:
    every = [cell for of_stage in cells for cell in of_stage]
    size = math.ceil(len(every) / (MOST_JOBS - 1)) or 1  # of either kind of machine the last part may be smaller
    parts: list[Part] = []
    for devices in (True, False):
        alike = [cell for cell in every if bool(cell.spec.resources.gpus) is devices]
        for start in range(0, len(alike), size):
            some = alike[start : start + size]
            parts.append(
                Part(
                    cells=tuple(cell.name for cell in some),
                    labels=runners.gpu if devices else runners.default,
                    gpus=devices,
                    minutes=job_minutes([stages[cell.stage] for cell in some]),
                )
            )
    return tuple(parts)


def job_minutes(cells: Iterable[StageSpec]) -> int:
    """After how long a job is given up that does some cells, one after another."""
    return min(MOST_MINUTES, sum(_minutes(spec) for spec in cells) + SPARE_MINUTES)


def _minutes(spec: StageSpec) -> int:
    """The longest that a cell takes before it is ended."""
    if spec.timeout is None:
        return MOST_MINUTES
    waits = sum(
        min(spec.retries.longest, spec.retries.delay * spec.retries.factor**number)
        for number in range(spec.retries.count)
    )
    return math.ceil((spec.timeout * (1 + spec.retries.count) + waits) / 60)
