"""Which stages a run is about: those of a tier, or those named with all that feed them.

Pure. A tier's parameter overlay is applied here, so that everything behind sees one set of
values; a parameter overlay is part of the keys of the stages that use it, and of no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seatrial.errors import UsageError
from seatrial.flows.policy import ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.nearest import nearest
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.policy import PipelinePolicy, StageSpec
from seatrial.replacing import replace


def find_tier(policy: ProjectPolicy, name: str | None) -> TierPolicy | None:
    """The tier of that name, None for none. Raises UsageError for an unknown one."""
    if name is None:
        return None
    if name not in policy.tiers:
        known = ", ".join(policy.tiers) or "none are declared"
        raise UsageError(f"there is no tier {name}; tiers: {known}", next_step=_nearest(name, policy.tiers, "--tier "))
    return policy.tiers[name]


def select_stages(
    pipeline: PipelinePolicy, tier: TierPolicy | None, names: Iterable[str]
) -> tuple[dict[str, StageSpec], PipelinePolicy]:
    """The stages to run and the pipeline with the tier's overlay applied.

    Without a tier: stages that name no tiers. With names: those stages and their producers.
    Raises UsageError for an unknown stage.
    """
    chosen = {
        name: spec
        for name, spec in pipeline.stages.items()
        if spec.tiers is None or (tier is not None and tier.name in spec.tiers)
    }
    wanted = list(names)
    if wanted:
        chosen = _with_producers(pipeline.stages, wanted)
    if tier is None or not tier.params:
        return chosen, pipeline
    places = {name: tier.place for name in tier.params if tier.place is not None}
    overlaid = replace(
        pipeline, params=overlay(pipeline.params, tier.params), param_places={**pipeline.param_places, **places}
    )
    return chosen, overlaid


def overlay(params: Mapping[str, object], values: Mapping[str, object]) -> Mapping[str, object]:
    """Parameters with some dotted paths replaced; the given mapping stays as it is."""
    result = dict(params)
    for path, value in values.items():
        head, _, rest = path.partition(".")
        below = result.get(head)
        result[head] = overlay(below if isinstance(below, Mapping) else {}, {rest: value}) if rest else value
    return result


def judged_models(policy: ProjectPolicy, stages: Iterable[str]) -> tuple[ModelPolicy, ...]:
    """The models all of whose stages are selected."""
    selected = set(stages)
    return tuple(
        model
        for model in policy.models.values()
        if model.artifact.stage in selected and (model.predictions is None or model.predictions.stage in selected)
    )


def cells_named(cells: Sequence[Cell], names: Iterable[str]) -> tuple[Cell, ...]:
    """The cells that the names mean: all of a stage, or one, its axes in any order. Raises UsageError."""
    chosen: dict[str, Cell] = {}
    for name in names:
        meant = [cell for cell in cells if cell.stage == name or _same_cell(cell.name, name)]
        if not meant:
            stage = name.partition("[")[0]
            known = [cell.name for cell in cells if cell.stage == stage]
            stages = dict.fromkeys(cell.stage for cell in cells)
            raise UsageError(
                f"there is no cell {name}; cells of {stage}: {', '.join(known)}"
                if known
                else f"there is no stage {stage} in this selection; stages: {', '.join(stages)}",
                next_step=_nearest(name, known or stages, ""),
            )
        chosen.update({cell.name: cell for cell in meant})
    return tuple(cell for cell in cells if cell.name in chosen)


def _same_cell(one: str, other: str) -> bool:
    """Whether two names mean the same cell: `train[a=1,b=2]` is `train[b=2,a=1]`."""
    stage, _, axes = one.partition("[")
    named, _, wanted = other.partition("[")
    return stage == named and sorted(axes.rstrip("]").split(",")) == sorted(wanted.rstrip("]").split(","))


def _with_producers(stages: Mapping[str, StageSpec], names: list[str]) -> dict[str, StageSpec]:
    feeding = _feeding(stages)
    wanted: set[str] = set()
    pending = [name.partition("[")[0] for name in names]
    while pending:
        name = pending.pop()
        if name not in stages:
            raise UsageError(
                f"there is no stage {name}; stages: {', '.join(stages)}", next_step=_nearest(name, stages, "")
            )
        if name not in wanted:
            wanted.add(name)
            pending += feeding[name]
    return {name: spec for name, spec in stages.items() if name in wanted}


def _feeding(stages: Mapping[str, StageSpec]) -> dict[str, set[str]]:
    """The stages that each stage waits for. Cells are asked, because only they know every out's path."""
    feeding: dict[str, set[str]] = {name: set() for name in stages}
    cells = expand(stages)
    owner = {cell.name: cell.stage for cell in cells}
    for cell in cells:
        feeding[cell.stage] |= {owner[name] for name in cell.before}
    return feeding


def _nearest(name: str, known: Iterable[str], before: str) -> str:
    close = nearest(name, known)
    return f"did you mean `{before}{close}`?" if close else "seatrial config --show"
