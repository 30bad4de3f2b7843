"""The baseline of one run: which one its tier asks for, and how that is evaluated again if need be.

Called by `run_judging`, once a model. `baselines` says what a baseline is and when its stored rows
serve; here is what a run brings along for it: its plan, its cells, its folder.
"""

from __future__ import annotations

from seatrial.flows.baselines import Baseline, compared_with_version, no_anchor, nobody_holds, of_alias
from seatrial.flows.dossier import Dossier
from seatrial.flows.main_branch import main_baseline
from seatrial.flows.own_code import OwnCode, evaluation_data
from seatrial.flows.policy import MAIN, Code, ModelPolicy, TierPolicy
from seatrial.flows.rescoring import Rescoring
from seatrial.flows.under_way import Run
from seatrial.gates.policy import GateSet
from seatrial.pipeline.outcome import RunOutcome

_DEFAULT_ALIAS = "production"


def baseline_name(tier: TierPolicy | None) -> str:
    """What a tier is compared with: `main`, or an alias."""
    return tier.baseline if tier else _DEFAULT_ALIAS


def anchor_of(
    run: Run, model: ModelPolicy, gate_set: GateSet, dossier: Dossier, outcome: RunOutcome
) -> Baseline | None:
    """The older model that a gate set holds against too; None where it names none."""
    alias = gate_set.anchor_alias
    if alias is None:
        return None
    version = of_alias(run.workspace, model.name, alias)
    if version is None:
        return nobody_holds(run.workspace) if run.workspace.stranger else no_anchor(model.name, alias)
    return compared_with_version(run.workspace, dossier, version, alias, _rescoring(run, model, outcome))


def baseline_of(run: Run, model: ModelPolicy, dossier: Dossier, outcome: RunOutcome) -> Baseline:
    """What a run's model is compared with. Raises StateError when records are lost or damaged."""
    name = baseline_name(run.tier)
    rescore = _rescoring(run, model, outcome)
    if name == MAIN:
        return main_baseline(
            run.workspace,
            run.policy,
            dossier,
            tier=run.tier.name if run.tier else None,
            dirty=run.dirty,
            rescore=rescore,
            run=run.id,
            folder=run.folder,
        )
    version = of_alias(run.workspace, model.name, name)
    if version is None:
        return nobody_holds(run.workspace)
    if model.code is Code.OWN and model.input is not None and version.commit is not None:
        own = OwnCode(
            workspace=run.workspace,
            commit=version.commit,
            tier=version.tier,
            candidate=dossier,
            data=evaluation_data(run.workspace, model, run.prepared, outcome.cells),
            run=run.id,
            folder=run.folder,
        )
        return compared_with_version(run.workspace, dossier, version, name, own, same_code=False)
    return compared_with_version(run.workspace, dossier, version, name, rescore)


def _rescoring(run: Run, model: ModelPolicy, outcome: RunOutcome) -> Rescoring | None:
    if model.input is None:
        return None
    return Rescoring(
        workspace=run.workspace,
        model=model,
        prepared=run.prepared,
        cells=outcome.cells,
        run=run.id,
        folder=run.folder,
    )
