"""From what was found to what is proposed: stages that run, tiers, a model, gates, and what was left out.

Called by `cli/init`. Pure. Each group of scripts makes one model; of several, stages carry the name of their folder
(`spam-train`). The order within a group is that of the parts: prepare, train, evaluate, predict; what one writes the
next takes by reference. Whatever could not be decided is said in a comment or under `left_out`, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.adopt import check_stages, roles, snippets
from seatrial.adopt.found import DataFile, Found, Group, Kind, Script
from seatrial.adopt.joined import joined
from seatrial.adopt.parts import Parts
from seatrial.adopt.proposal import (
    LeftOut,
    Note,
    Proposal,
    ProposedDataset,
    ProposedModel,
    ProposedStage,
)
from seatrial.adopt.proposed_gates import gate_sets, gates_file
from seatrial.adopt.roles import Role
from seatrial.adopt.script_stage import ScriptStage, name_of, script_stage
from seatrial.adopt.surroundings import key_notes, leave_out, said, tiers_of
from seatrial.adopt.tiny_overlay import Overlay, overlay_of
from seatrial.replacing import replace

_DEAR = frozenset({"torch", "transformers", "tensorflow", "keras", "jax", "lightning", "pytorch_lightning"})
_EVERYDAY = ("pr", "nightly", "release")


def propose(found: Found) -> Proposal:
    """What to write for a repository. Without anything that could be a stage, `stages` is empty."""
    parts = Parts(found)
    _datasets(parts)
    for made in (*check_stages.tool_stages(found, _EVERYDAY), check_stages.unit_stage(found, _EVERYDAY)):
        _take(parts, made)
    train_data = next((f"datasets.{one.name}" for one in parts.datasets if one.role is None), None)
    _take(parts, check_stages.one_batch_stage(found, _EVERYDAY, train_data))
    several = len(found.groups) > 1
    for group in found.groups:
        _group(parts, group, name_of(group.folder) if several else "")
    _entry_points(parts)
    leave_out(parts)
    return Proposal(
        project=name_of(found.name),
        main=found.tree.main,
        python=found.interpreter.path,
        sources=_sources(found),
        params=_params(parts),
        tiers=tiers_of(parts),
        datasets=tuple(parts.datasets),
        stages=tuple(parts.stages),
        models=tuple(parts.models),
        gates=parts.gates,
        notes=(
            Note(
                text="Written by `seatrial init`. Each guess is commented with where it was seen: change what is wrong."
            ),
        ),
        key_notes=key_notes(parts),
        left_out=tuple(parts.left_out),
        snippets=tuple(parts.shown),
    )


def _take(parts: Parts, made: ProposedStage | LeftOut | None) -> None:
    if isinstance(made, LeftOut):
        parts.left_out.append(made)
    elif made is not None:
        parts.stages.append(made)
        parts.made.outs |= {out.path: f"{made.name}.{out.name}" for out in made.outs}


def _datasets(parts: Parts) -> None:
    """Data that a script reads and nothing here writes."""
    written = {write.path for group in parts.found.groups for script in group.scripts for write in script.writes}
    reads = [read for group in parts.found.groups for script in group.scripts for read in script.reads]
    for read in sorted({one.path for one in reads if not one.model}):
        data = parts.found.data.get(read)
        if data is None or read in written or not _is_data(data):
            continue
        name = name_of(read, {one.name for one in parts.datasets})
        held = "test" in name or "valid" in name
        notes = (Note(text=f"{said(data)}{'; held back by its name' if held else ''}", seen=read),)
        parts.made.datasets[read] = f"datasets.{name}"
        parts.datasets.append(
            ProposedDataset(name=name, path=read, role="test" if "test" in name else None, notes=notes)
        )


def _is_data(data: DataFile) -> bool:
    return data.path.lower().endswith((".csv", ".tsv", ".parquet", ".jsonl", ".ndjson"))


def _group(parts: Parts, group: Group, prefix: str) -> None:
    """The stages of one model, and the model."""
    stages: dict[Role, ScriptStage] = {}
    for role in Role:
        script, others = roles.chosen(group.scripts, role)
        if script is None:
            continue
        name = f"{prefix}-{role.value}" if prefix else role.value
        command = _given_command(parts.found, script)
        made = script_stage(name, role, script, group, parts.found, parts.made, command=command)
        if isinstance(made, LeftOut):
            parts.left_out.append(made)
            continue
        parts.left_out += made.left_out
        stages[role] = made
        for other in others:
            why = f"{script.path} was taken for `{name}` ({roles.RULE})"
            parts.left_out.append(LeftOut(what=f"a stage for {other.path}", why=why, seen=other.path))
    _join(stages)
    _rescorable(parts, stages)
    ordered = [stages[role] for role in Role if role in stages]
    parts.scripts += ordered
    overlay = overlay_of(parts.found, ordered)
    predictions = any(Kind.PREDICTIONS in stage.outs for stage in ordered)
    if overlay.dear and not predictions:
        overlay = overlay.without()
    parts.overlay |= overlay.params
    parts.shown += overlay.shown
    tiny = Note(text="a tier's parameters make it small for a pull request") if overlay.params else None
    for stage in ordered:
        notes = (*stage.stage.notes, *((tiny,) if tiny and stage.script.imports & _DEAR else ()))
        parts.stages.append(_renoted(stage.stage, notes))
    if Role.TRAIN in stages:
        _model(parts, group, prefix or name_of(parts.found.name), stages, ordered, overlay=overlay)


def _join(stages: dict[Role, ScriptStage]) -> None:
    """Make training and evaluating one stage where only the figures of the second tell how good the first is."""
    train, judge = stages.get(Role.TRAIN), stages.get(Role.EVALUATE)
    if train is None or judge is None or Kind.METRICS not in judge.outs or Kind.METRICS in train.outs:
        return
    if not any(Kind.PREDICTIONS in stage.outs for stage in stages.values()):
        stages[Role.TRAIN] = joined(train, judge)
        del stages[Role.EVALUATE]


def _rescorable(parts: Parts, stages: dict[Role, ScriptStage]) -> None:
    """Let a stage that takes the model and writes predictions by options have no out but those that are options.

    Only so can it be run again with another model, which is how a model is compared with another row by row.
    """
    role = next((role for role in (Role.PREDICT, Role.EVALUATE) if role in stages and _scores(stages[role])), None)
    if role is None:
        return
    judge = stages[role]
    kept = tuple(out for out in judge.stage.outs if out.name in judge.filled)
    for out in judge.stage.outs:
        if out not in kept:
            why = "its path is no option of the script, so that another model could not be scored by the same command"
            parts.left_out.append(
                LeftOut(what=f"an out {out.path}", why=why, seen=out.notes[0].seen if out.notes else None)
            )
    outs = {kind: left for kind, made in judge.outs.items() if (left := tuple(out for out in made if out in kept))}
    stages[role] = replace(judge, stage=replace(judge.stage, outs=kept), outs=outs)


def _scores(stage: ScriptStage) -> bool:
    """Whether the stage takes a model and writes predictions where the command says."""
    rows = stage.outs.get(Kind.PREDICTIONS, ())
    return stage.model_filled and any(out.name in stage.filled for out in rows)


def _renoted(stage: ProposedStage, notes: tuple[Note, ...]) -> ProposedStage:
    return replace(stage, notes=notes)


def _given_command(found: Found, script: Script) -> str | None:
    """The command by which an MLproject runs this script, with its defaults."""
    for point in found.entry_points:
        if point.why is None and script.path in point.command.split():
            return point.command.replace("${", "$${")
    return None


def _entry_points(parts: Parts) -> None:
    """Entry points that no part was found for become stages of their own."""
    commands = " ".join(stage.cmd for stage in parts.stages)
    for point in parts.found.entry_points:
        if point.why is not None:
            parts.left_out.append(LeftOut(what=f"the entry point `{point.name}`", why=point.why, seen=point.seen))
        elif point.command not in commands:
            name = name_of(point.name, {stage.name for stage in parts.stages})
            note = Note(text=f"the entry point `{point.name}`, with its defaults", seen=point.seen)
            parts.stages.append(ProposedStage(name=name, cmd=point.command.replace("${", "$${"), notes=(note,)))


def _model(
    parts: Parts,
    group: Group,
    name: str,
    stages: Mapping[Role, ScriptStage],
    ordered: list[ScriptStage],
    *,
    overlay: Overlay,
) -> None:
    train = stages[Role.TRAIN]
    models = train.outs.get(Kind.MODEL, ())
    if not models and any(write.kind is Kind.MODEL for write in train.tracked):
        return  # that has been said, with the way out
    if not models:
        why = "no call in it saves a model to a path that the code tells (joblib.dump, torch.save, save_pretrained)"
        parts.left_out.append(LeftOut(what="a model", why=why, seen=train.script.path))
        return
    artifact = next((out for out in models if out.name == "model"), models[0])
    judged = next((stage for stage in reversed(ordered) if Kind.PREDICTIONS in stage.outs), None)
    if judged is None:
        asked, _ = roles.chosen(group.scripts, Role.EVALUATE)
        parts.shown.append(snippets.predictions_snippet(asked or train.script))
    through = judged is not None and judged is not train and _scores(judged)
    if judged is not None and not through:
        why = (
            f"{judged.script.path} must take the model and the file of predictions as options (`--model`, "
            "`--predictions`), so that another model can be scored on the same rows"
        )
        parts.left_out.append(LeftOut(what=f"a comparison of {name} with main, row by row", why=why))
    sets = gate_sets(parts.found, ordered, predictions=judged is not None, compared=through, overlay=overlay)
    file = gates_file(parts.found, name, several=len(parts.found.groups) > 1)
    if sets:
        parts.gates[file] = sets
    else:
        why = "no figure and no predictions are written that a limit could be put to, so nothing is judged yet"
        parts.left_out.append(LeftOut(what=f"gates for the model {name}", why=why, seen=train.script.path))
    write = train.writes[artifact.name or ""]
    parts.models.append(
        ProposedModel(
            name=name,
            artifact=f"{train.stage.name}.{artifact.name}",
            predictions=None if judged is None else f"{judged.stage.name}.{judged.outs[Kind.PREDICTIONS][0].name}",
            input=f"{judged.stage.name}.deps.{judged.model_dep}" if judged is not None and through else None,
            gates=file if sets else None,
            notes=(Note(text="the model is what this line saves", seen=f"{train.script.path}:{write.line}"),),
        )
    )


def _sources(found: Found) -> tuple[str, ...]:
    return ("src", ".") if "src" in found.packages.values() else ()


def _params(parts: Parts) -> str | None:
    """The file of parameters, if a stage uses one of them."""
    if parts.found.params is None:
        return None
    used = any(stage.params or "${params." in stage.cmd for stage in parts.stages)
    return parts.found.params[0] if used else None
