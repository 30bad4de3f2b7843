"""What stands around the stages of a dvc.yaml: checks of the code, tiers, and gates where figures are known.

Called by `cli/init` for `--from dvc`, with what `finding` saw and what `dvc` converted. Pure. DVC's stages are left as
they are: a check whose name or out one of them has, or whose tool one of them runs, is not proposed again. A model is
judged by the figures of the stage that makes it; where another stage writes them, it is said what is missing.
"""

from __future__ import annotations

from seatrial.adopt import check_stages
from seatrial.adopt.found import Found
from seatrial.adopt.proposal import LeftOut, Note, Proposal, ProposedGates, ProposedModel, ProposedStage, ProposedTier
from seatrial.adopt.proposed_gates import gates_file, sets_of_known
from seatrial.adopt.script_stage import overlap
from seatrial.evidence.policy import OutKind
from seatrial.replacing import replace

_TIERS = ("pr", "nightly", "release")
_UNJUDGED = Note(text="to have it judged, let a stage write predictions, and add `gates:`")


def with_surroundings(found: Found, proposal: Proposal) -> Proposal:
    """The proposal with checks, tiers and gates."""
    checks, left_out = _checks(found, proposal.stages)
    gates: dict[str, tuple[ProposedGates, ...]] = {}
    models: list[ProposedModel] = []
    for model in proposal.models:
        judged, sets, lacking = _judged(found, proposal, model)
        if sets:
            file = gates_file(found, model.name, several=len(proposal.models) > 1)
            gates[file] = sets
            judged = replace(judged, gates=file)
        else:
            judged = replace(model, notes=(*model.notes, _UNJUDGED))
            left_out += [lacking] if lacking is not None else []
        models.append(judged)
    return replace(
        proposal,
        main=found.tree.main,
        tiers=_tiers(proposal.tiers, judged=bool(gates)),
        stages=(*checks, *proposal.stages),
        models=tuple(models),
        gates=gates,
        left_out=(*left_out, *proposal.left_out),
        key_notes={"main": (Note(text="the branch that pull requests go into"),), **proposal.key_notes},
    )


def _checks(found: Found, stages: tuple[ProposedStage, ...]) -> tuple[list[ProposedStage], list[LeftOut]]:
    checks: list[ProposedStage] = []
    left_out: list[LeftOut] = []
    names = {stage.name for stage in stages}
    outs = [out.path for stage in stages for out in stage.outs]
    words = {word for stage in stages for word in f"{stage.cmd} {stage.shell}".split()}
    for made in (*check_stages.tool_stages(found, _TIERS), check_stages.unit_stage(found, _TIERS)):
        if isinstance(made, LeftOut):
            left_out.append(made)
        elif (
            made.name not in names
            and not words & {"pytest", "unittest", "ruff", "flake8", "mypy", "pyright"} & set(made.cmd.split())
            and not any(overlap(out.path, other) for out in made.outs for other in outs)
        ):
            checks.append(made)
    return checks, left_out


def _judged(
    found: Found, proposal: Proposal, model: ProposedModel
) -> tuple[ProposedModel, tuple[ProposedGates, ...], LeftOut | None]:
    """The model, the sets for it, and what is said where there are figures that are not its own."""
    own = model.artifact.partition(".")[0]
    others = None
    for stage in proposal.stages:
        paths = [out.path for out in stage.outs if out.kind is OutKind.METRICS and not stage.matrix]
        known = next((one for one in found.metrics if one.path in paths), None)
        if known is not None and stage.name == own and (sets := sets_of_known(known)):
            why = Note(text="judged by the figures of the stage that makes it")
            return replace(model, notes=(*model.notes, why)), sets, None
        if paths and stage.name != own:
            others = stage.name, paths[0]
    if others is None:
        return model, (), None
    why_not = (
        f"{others[1]} is written by `{others[0]}` and the model by `{own}`: figures alone judge a model only of the "
        f"same stage. Let `{others[0]}` write a row for each example too (`as: predictions`), or run both as one stage"
    )
    return model, (), LeftOut(what=f"gates for the model {model.name}", why=why_not)


def _tiers(tiers: tuple[ProposedTier, ...], *, judged: bool) -> tuple[ProposedTier, ...]:
    smoke, promote = ("smoke", "promote") if judged else (None, None)
    nightly = "every night, in full" + ("; a model that passes is registered" if judged else "")
    return (
        *(replace(tier, gates=smoke) for tier in tiers),
        ProposedTier(
            name="nightly", gates=promote, on_pass="register" if judged else None, notes=(Note(text=nightly),)
        ),
        ProposedTier(
            name="release",
            gates=promote,
            notes=(Note(text="before a release; `on_pass: {promote: staging}` would promote"),),
        ),
    )
