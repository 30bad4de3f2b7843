"""The candidate flow: plan, run, judge, report, register.

Called by `seatrial run`. Nothing else joins the slices: stages know nothing of gates, gates know
nothing of the registry. What a run did is in its event log before anybody acts on it, and every
model that was judged leaves a draft, so that it can be registered later from stored facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seatrial.errors import ConfigError, UsageError
from seatrial.flows.engine import Prepared, prepare, work_tree
from seatrial.flows.finishing import finish
from seatrial.flows.forecasting import Outlook, look_ahead, nothing_ahead, refuse_what_will_not_fit
from seatrial.flows.policy import MAIN, ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.flows.request import Candidate, Request
from seatrial.flows.selection import find_tier, judged_models, select_stages
from seatrial.flows.under_way import Elsewhere, Run
from seatrial.flows.workspace import Workspace
from seatrial.gates.policy import GateSet
from seatrial.pipeline.deferral import Deferral
from seatrial.pipeline.outcome import CellOutcome
from seatrial.replacing import replace
from seatrial.report.facts import ModelFact
from seatrial.store.blobs import CorruptBlobError

if TYPE_CHECKING:
    from seatrial.flows.changed_run import Narrowed  # with what reads git's objects


def run_candidate(workspace: Workspace, policy: ProjectPolicy, request: Request) -> Candidate:
    """Do everything that `seatrial run` does.

    Raises ConfigError and UsageError before anything runs, UserError for a tier whose budget will not do.
    A stage that fails and evidence that cannot be read are part of the result.
    """
    tier = find_tier(policy, request.tier)
    stages, pipeline = select_stages(policy.pipeline, tier, request.stages)
    if not stages:
        raise UsageError("no stage is selected", next_step="seatrial config --show")
    pinned = request.frozen or (tier is not None and tier.refuses_floating)
    if pinned:
        workspace.cache.memory.distrust()  # what is released is read, and not remembered from its times
    prepared = prepare(workspace, stages, pipeline, tree=work_tree(workspace))
    if pinned:
        from seatrial.flows.pins import refuse_unpinned  # reads locks, which few runs ask about

        refuse_unpinned(workspace, policy, request, tier, prepared)
    declared = () if request.stages else judged_models(policy, stages)
    models = tuple(model for model in declared if model.gates)
    gate_sets = _gate_sets(tier, models)
    _refuse_to_judge_nothing(policy, tier, models)
    _look_at_records(workspace, tier, models)
    change = None
    if request.base is not None:
        from seatrial.flows.changed_run import narrow  # reads git's objects, for runs that are about a change

        change = narrow(workspace, policy, prepared, request.base, tier, _spared(workspace, request))
        prepared = replace(prepared, plan=change.plan)
        models = tuple(model for model in models if not change.spares(model, pipeline))
    outlook = (
        look_ahead(
            workspace,
            prepared,
            tier,
            named=bool(request.stages),
            decided=_put_off(workspace, prepared, request, change),
        )
        if request.collect is None
        else nothing_ahead()
    )
    refuse_what_will_not_fit(outlook, tier)
    run = _begin(workspace, policy, request, tier, prepared, models, outlook, change.skipped if change else {})
    run.warnings += prepared.survey.notes
    run.warnings += change.warnings(declared, pipeline) if change is not None else []
    run.warnings += [
        f"model {model.name} has no `gates:`, so it was not judged and cannot be registered"
        for model in declared
        if not model.gates
    ]
    try:
        outcome = run.execute()
        judged: list[ModelFact] = []
        while not outcome.failed and len(judged) < len(models):
            from seatrial.flows.run_judging import judge  # loads gates and registry; without a model nobody needs them

            model = models[len(judged)]
            try:
                judged.append(judge(run, model, gate_sets[model.name].name, outcome))
            except CorruptBlobError as error:
                outcome = run.execute_again(error, outcome)
        return finish(run, outcome, tuple(judged))
    finally:
        run.events.close()


def _put_off(
    workspace: Workspace, prepared: Prepared, request: Request, change: Narrowed | None
) -> Mapping[str, Deferral]:
    """What is put off for a reason that is known before: weak evidence, or code of a stranger."""
    found = {} if change is None else change.put_off
    if not workspace.stranger:
        return found
    from seatrial.flows.vouching import put_off_here  # for runs of pull requests from forks

    return {**found, **put_off_here(workspace, prepared, request)}


def _begin(
    workspace: Workspace,
    policy: ProjectPolicy,
    request: Request,
    tier: TierPolicy | None,
    prepared: Prepared,
    models: tuple[ModelPolicy, ...],
    outlook: Outlook,
    skipped: Mapping[str, CellOutcome],
) -> Run:
    """The run, done here or put together from what other machines did. Raises UsageError, StateError."""
    if request.collect is None:
        return Run(workspace, policy, request, tier, prepared, outlook, skipped=skipped)
    from seatrial.flows.collecting import open_collected  # and with it what only runs of several machines need

    parts = open_collected(workspace, policy, request, tier, prepared, models, run=request.collect)
    elsewhere = Elsewhere(doing=parts, run=parts.begun.id, dirty=parts.dirty)
    return Run(workspace, policy, request, tier, prepared, outlook, elsewhere=elsewhere, skipped=skipped)


def _spared(workspace: Workspace, request: Request) -> tuple[str, ...] | None:
    """The cells that a collected run leaves out, as the machine has said that began it; None for a run done here."""
    if request.collect is None:
        return None
    from seatrial.flows.part_store import PartStore  # only for runs of several machines

    parts = PartStore(workspace, request.collect)
    begun = parts.begun()
    return tuple(cell for cell in begun.spared if not parts.ended(cell)) if begun is not None else ()


def _refuse_to_judge_nothing(policy: ProjectPolicy, tier: TierPolicy | None, models: tuple[ModelPolicy, ...]) -> None:
    """A tier that names gates and runs no model's stages would end green without having judged."""
    if tier is not None and tier.gates is not None and policy.models and not models:
        raise ConfigError(
            f"tier {tier.name} names the gate set {tier.gates}, but the stages of no model belong to it",
            place=tier.place,
            next_step=f"take `gates:` out of tier {tier.name}, or add the tier to `tiers:` of the model's stages",
        )


def _gate_sets(tier: TierPolicy | None, models: tuple[ModelPolicy, ...]) -> dict[str, GateSet]:
    """The gate set that each model is judged by. Raises ConfigError where none can be chosen."""
    if not models:
        return {}
    from seatrial.gates.choice import choose  # brings the gates along, as `judge` does

    return {model.name: choose(model.gates, tier.gates if tier else None, model.gates_file) for model in models}


def _look_at_records(workspace: Workspace, tier: TierPolicy | None, models: tuple[ModelPolicy, ...]) -> None:
    """Lost or damaged records are found before hours of training, not after them. Raises StateError."""
    if not models:
        return
    from seatrial.flows.baselines import of_alias  # brings the registry along, as `judge` does
    from seatrial.flows.run_baseline import baseline_name

    alias = baseline_name(tier)
    for model in models:
        if alias != MAIN:
            of_alias(workspace, model.name, alias)
