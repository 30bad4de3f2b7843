"""From what was found to what is proposed: stages that run, tiers, a model, gates, and what was left out.

Called by `cli/init`. Pure. Each group of scripts makes one model; of several, stages carry the name of their folder
(`spam-train`). The order within a group is that of the parts: prepare, train, evaluate, predict; what one writes the
next takes by reference. Whatever could not be decided is said in a comment or under `left_out`, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.adopt import check_stages, roles, snippets
from seatrial.adopt.found import DataFile, Found, Group, Kind, Script
from seatrial.adopt.proposal import (
    LeftOut,
    Note,
    Proposal,
    ProposedDataset,
    ProposedGates,
    ProposedModel,
    ProposedStage,
    ProposedTier,
    Snippet,
    Value,
)
from seatrial.adopt.proposed_gates import gate_sets
from seatrial.adopt.roles import Role
from seatrial.adopt.script_stage import Made, ScriptStage, name_of, script_stage
from seatrial.adopt.tiny_overlay import overlay_of

GATES = "gates.yaml"
_OTHER_GATES = "seatrial-gates.yaml"
_DEAR = frozenset({"torch", "transformers", "tensorflow", "keras", "jax", "lightning", "pytorch_lightning"})
_EVERYDAY = ("pr", "nightly", "release")


class _Parts(Struct):
    """The proposal under way."""

    found: Found
    made: Made = field(default_factory=Made)
    datasets: list[ProposedDataset] = field(default_factory=list)
    stages: list[ProposedStage] = field(default_factory=list)
    models: list[ProposedModel] = field(default_factory=list)
    gates: dict[str, tuple[ProposedGates, ...]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    shown: list[Snippet] = field(default_factory=list)
    overlay: dict[str, Value] = field(default_factory=dict)
    scripts: list[ScriptStage] = field(default_factory=list)


def propose(found: Found) -> Proposal:
    """What to write for a repository. Without anything that could be a stage, `stages` is empty."""
    parts = _Parts(found)
    _datasets(parts)
    for made in (*check_stages.tool_stages(found, _EVERYDAY), check_stages.unit_stage(found, _EVERYDAY)):
        _take(parts, made)
    train_data = next((f"datasets.{one.name}" for one in parts.datasets if one.role is None), None)
    _take(parts, check_stages.one_batch_stage(found, _EVERYDAY, train_data))
    several = len(found.groups) > 1
    for group in found.groups:
        _group(parts, group, name_of(group.folder) if several else "")
    _entry_points(parts)
    _unused(parts)
    return Proposal(
        project=name_of(found.name),
        main=found.tree.main,
        python=found.interpreter.path,
        sources=_sources(found),
        params=_params(parts),
        tiers=_tiers(parts),
        datasets=tuple(parts.datasets),
        stages=tuple(parts.stages),
        models=tuple(parts.models),
        gates=parts.gates,
        notes=(
            Note(
                text="Written by `seatrial init`. Every guess has a comment that says where it was seen: change what is wrong."
            ),
        ),
        key_notes=_key_notes(parts),
        left_out=tuple(parts.left_out),
        snippets=tuple(parts.shown),
    )


def _take(parts: _Parts, made: ProposedStage | LeftOut | None) -> None:
    if isinstance(made, LeftOut):
        parts.left_out.append(made)
    elif made is not None:
        parts.stages.append(made)


def _datasets(parts: _Parts) -> None:
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


def said(data: DataFile) -> str:
    """A file of data in words."""
    size = (
        f"{data.size / 1e9:.1f} GB"
        if data.size >= 1e9
        else f"{data.size / 1e6:.1f} MB"
        if data.size >= 1e6
        else f"{data.size / 1e3:.1f} kB"
    )
    rows = f"{data.rows:,} rows, " if data.rows is not None else ""
    return f"{rows}{size}{f'; {data.why}' if data.why else ''}"


def _group(parts: _Parts, group: Group, prefix: str) -> None:
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
        _model(parts, prefix or name_of(parts.found.name), stages, ordered, bool(overlay.params))


def _renoted(stage: ProposedStage, notes: tuple[Note, ...]) -> ProposedStage:
    from seatrial.replacing import replace

    return replace(stage, notes=notes)


def _given_command(found: Found, script: Script) -> str | None:
    """The command by which an MLproject runs this script, with its defaults."""
    for point in found.entry_points:
        if point.why is None and script.path in point.command.split():
            return point.command.replace("${", "$${")
    return None


def _entry_points(parts: _Parts) -> None:
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
    parts: _Parts, name: str, stages: Mapping[Role, ScriptStage], ordered: list[ScriptStage], overlay: bool
) -> None:
    train = stages[Role.TRAIN]
    models = train.outs.get(Kind.MODEL, ())
    if not models:
        why = "no call was found in it that saves a model to a path the code tells (joblib.dump, torch.save, save_pretrained)"
        parts.left_out.append(LeftOut(what="a model", why=why, seen=train.script.path))
        return
    artifact = next((out for out in models if out.name == "model"), models[0])
    judged = next((stage for stage in reversed(ordered) if Kind.PREDICTIONS in stage.outs), None)
    if judged is None:
        asked = stages.get(Role.EVALUATE, train)
        parts.shown.append(snippets.predictions_snippet(asked.script))
    sets = gate_sets(parts.found, ordered, predictions=judged is not None, overlay=overlay)
    file = GATES if GATES not in parts.found.tree.files else _OTHER_GATES
    if len(parts.found.groups) > 1:
        file = f"{file.removesuffix('.yaml')}-{name}.yaml"
    if sets:
        parts.gates[file] = sets
    else:
        why = "no figure and no predictions are written that a limit could be put to, so nothing is judged yet"
        parts.left_out.append(LeftOut(what=f"gates for the model {name}", why=why, seen=train.script.path))
    write = train.writes[artifact.name or ""]
    through = judged is not None and judged.filled and judged.model_dep is not None and judged is not train
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


def _params(parts: _Parts) -> str | None:
    """The file of parameters, if a stage uses one of them."""
    if parts.found.params is None:
        return None
    used = any(stage.params or "${params." in stage.cmd for stage in parts.stages)
    return parts.found.params[0] if used else None


def _tiers(parts: _Parts) -> tuple[ProposedTier, ...]:
    if not parts.stages:
        return ()
    judged = bool(parts.gates)
    compared = any(model.predictions for model in parts.models)
    base = "main" if compared and parts.found.tree.main else None
    smoke, promote = ("smoke", "promote") if judged else (None, None)
    small = ": the parameters below make training small enough for a CPU" if parts.overlay else ""
    tiers = [
        ProposedTier(
            name="pr",
            params=parts.overlay,
            gates=smoke,
            baseline=base,
            budget="5m",
            notes=(Note(text=f"pull requests{small}; what will not fit into five minutes is put off, and owed"),),
        )
    ]
    if any(stage.script.imports & _DEAR for stage in parts.scripts):
        note = Note(text="pull requests whose training is dear: in full, on request")
        tiers.append(ProposedTier(name="slow", gates=promote, baseline=base, notes=(note,)))
    tiers.append(
        ProposedTier(
            name="nightly",
            gates=promote,
            on_pass="register" if judged else None,
            notes=(Note(text="every night, in full; a model that passes is registered"),)
            if judged
            else (Note(text="every night, in full"),),
        )
    )
    tiers.append(
        ProposedTier(
            name="release",
            gates=promote,
            notes=(Note(text="before a release; `on_pass: {promote: staging}` would promote"),),
        )
    )
    return tuple(tiers)


def _key_notes(parts: _Parts) -> Mapping[str, tuple[Note, ...]]:
    found = parts.found
    notes: dict[str, tuple[Note, ...]] = {}
    if found.tree.main is not None:
        notes["main"] = (Note(text="the branch that pull requests go into"),)
    if found.interpreter.path is not None:
        text = f"stages run in this environment{f'; Python {found.interpreter.version}' if found.interpreter.version else ''}"
        notes["python"] = (Note(text=text, seen=found.interpreter.seen),)
    if parts.left_out:
        lines = "\n".join(
            f"  - {one.what}: {one.why}{f' [{one.seen}]' if one.seen else ''}" for one in parts.left_out[:20]
        )
        notes["stages"] = (Note(text=f"Left out:\n{lines}"),)
    return notes


def _unused(parts: _Parts) -> None:
    """What was found and has no key, each with why."""
    found, out = parts.found, parts.left_out
    if found.dvc is not None:
        out.append(
            LeftOut(
                what="the stages of dvc.yaml", why="`seatrial init --from dvc` turns them into stages", seen=found.dvc
            )
        )
    if found.notebooks:
        why = f"{len(found.notebooks)} of them: a notebook is no stage until it is run by a command (`jupyter nbconvert --to script`)"
        out.append(LeftOut(what="notebooks", why=why, seen=found.notebooks[0]))
    for one in found.unreadable[:10]:
        out.append(LeftOut(what=one.path, why=one.why))
    if found.targets:
        out.append(
            LeftOut(
                what=f"targets of the Makefile ({', '.join(found.targets[:8])})",
                why="they were not looked into",
                seen="Makefile",
            )
        )
    for large in found.large[:10]:
        if large.path in found.tree.tracked:
            out.append(
                LeftOut(what=large.path, why=f"{said(large)}: not read; data of this size belongs into a bucket or DVC")
            )
