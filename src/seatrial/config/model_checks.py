"""Checks of models and tiers against stages, parameters and gate sets.

Called by `load` after the stages are checked. What is subtle: `input` is what lets a baseline be
measured again on today's rows, by running its stage with another model in that one dep. That is
only sound when the stage takes the model through `${deps.NAME}`, writes only where `${outs.NAME}`
says, and its dep is the very artifact that the model names; all of it is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config.document import Document, ModelDraft, flatten
from seatrial.config.node import Node, suggestion
from seatrial.config.params import Parameters, check_overlay
from seatrial.config.references import Stages, resolve_out
from seatrial.config.stage_document import StageDraft
from seatrial.config.templates import used_parameters
from seatrial.errors import ConfigError, UserError
from seatrial.evidence.policy import OF_MODELS, OutKind
from seatrial.flows.policy import InputRef, ModelPolicy, TierPolicy
from seatrial.gates.choice import choose
from seatrial.gates.policy import GateSet
from seatrial.pipeline import template
from seatrial.pipeline.policy import OutSource, PathSource


def check_model(draft: ModelDraft, stages: Stages, gates: Mapping[str, GateSet]) -> ModelPolicy | None:
    """The model with its references resolved; None after noting what is wrong with it."""
    node = draft.node
    artifact = _one_out(node, "artifact", draft.artifact, stages)
    predictions = _one_out(node, "predictions", draft.predictions, stages)
    if artifact is not None and stages[artifact.stage].sound:
        _check_stored(artifact, node.at("artifact"), stages[artifact.stage])
    if predictions is not None and stages[predictions.stage].sound:
        _check_kind(predictions, node.at("predictions"), stages[predictions.stage])
    evidence = _evidence(node.child("evidence"), draft, stages)
    recipe = _recipe(node.child("recipe"), draft.recipe, stages)
    reference = None
    if draft.input:
        reference = _input(draft, node.at("input"), stages, predictions, artifact)
    elif artifact is not None and predictions is not None and not _comes_from(predictions, artifact, stages):
        node.at("predictions").complain(
            f"{predictions} is not made from {artifact}, so the rows would not be the artifact's",
            f"let stage {predictions.stage} depend on {artifact}, or correct `artifact`",
        )
    if artifact is None or node.broken:
        return None
    return ModelPolicy(
        name=draft.name,
        artifact=artifact,
        predictions=predictions,
        input=reference,
        code=draft.code,
        gates=gates,
        gates_file=draft.gates_file,
        evidence=evidence,
        recipe=recipe,
        serving=draft.serving,
        approvals=draft.approvals,
        place=draft.place,
    )


def _recipe(node: Node | None, text: str | None, stages: Stages) -> OutSource | None:
    """The same out of all cells of a matrix: one for each seed."""
    if node is None or not text:
        return None
    source = resolve_out(text, node, stages)
    if source is None:
        return None
    made = {out.name: out for out in stages[source.stage].spec.outs}.get(source.out)
    if not source.every:
        node.complain("a recipe is judged over all cells of a matrix", f"write `{source.stage}[*].{source.out}`")
    elif made is None or made.kind not in (OutKind.METRICS, OutKind.PREDICTIONS):
        node.complain(
            f"{source} holds neither metrics nor predictions", "declare it `as: metrics` or `as: predictions`"
        )
    return source


def _evidence(node: Node | None, draft: ModelDraft, stages: Stages) -> tuple[OutSource, ...]:
    """Further outs that the model is judged by, at most one of each kind."""
    if node is None:
        return ()
    found: dict[OutKind, OutSource] = {}
    for entry, text in zip(node.entries("outs"), draft.evidence, strict=False):
        source = resolve_out(text, entry, stages) if text else None
        if source is None:
            continue
        if source.every:
            entry.complain(
                "evidence is one out of one cell, and `[*]` takes all", "name one cell: `stage[key=value].out`"
            )
            continue
        made = {out.name: out for out in stages[source.stage].spec.outs}.get(source.out)
        kind = None if made is None else made.kind
        if kind not in OF_MODELS:
            known = ", ".join(OF_MODELS)
            entry.complain(f"{source} is no evidence of a model", f"declare it `as:` one of {known}")
        elif kind in found:
            entry.complain(f"{source} and {found[kind]} are both {kind}", "keep one of the two")
        elif kind is not None:
            found[kind] = source
    return tuple(found.values())


def _comes_from(predictions: OutSource, artifact: OutSource, stages: Stages) -> bool:
    """Whether the rows' stage made the artifact, or reads it, itself or through other stages."""
    if (predictions.stage, predictions.cell) == (artifact.stage, artifact.cell):
        return True
    by_path = {PathSource(path=out.path) for out in stages[artifact.stage].spec.outs if out.name == artifact.out}
    seen: set[str] = set()
    pending = [predictions.stage]
    while pending:
        name = pending.pop()
        if name in seen or name not in stages:
            continue
        seen.add(name)
        sources = [dep.source for dep in stages[name].spec.deps or ()]
        if any(source == artifact or source in by_path for source in sources):
            return True
        pending += [source.stage for source in sources if isinstance(source, OutSource)]
    return False


def _one_out(node: Node, key: str, text: str | None, stages: Stages) -> OutSource | None:
    at = node.child(key)
    if at is None or not text:
        return None
    found = resolve_out(text, at, stages)
    if found is not None and found.every:
        at.complain(f"{key} is one out of one cell, and `[*]` takes all", "name one cell: `stage[key=value].out`")
        return None
    return found


def _check_stored(out: OutSource, node: Node, draft: StageDraft) -> None:
    """A version owns its bytes, so there must be bytes to register."""
    if any(made.name == out.out and not made.cache for made in draft.spec.outs):
        node.complain(
            f"{out} has `cache: false`, and a version that is registered keeps its bytes",
            f"take `cache: false` out of {out}, or let the model be another out",
        )


def _check_kind(out: OutSource, node: Node, draft: StageDraft) -> None:
    kind = next((made.kind for made in draft.spec.outs if made.name == out.out), None)
    if kind is not OutKind.PREDICTIONS:
        node.complain(
            f"{out} is not written `as: predictions`",
            f"declare it so in stage {out.stage}: `{out.out}: {{path: ..., as: predictions}}`",
        )


def _input(
    model: ModelDraft, node: Node, stages: Stages, predictions: OutSource | None, artifact: OutSource | None
) -> InputRef | None:
    """`STAGE.deps.NAME`, checked for everything that measuring a baseline again relies on."""
    text = model.input or ""
    stage, marker, name = text.rpartition(".deps.")
    if not marker or not stage or not name:
        node.complain(f"`{text}` is no dep of a stage", "write `STAGE.deps.NAME`, e.g. `evaluate.deps.model`")
        return None
    draft = stages.get(stage)
    if draft is None:
        node.complain(f"there is no stage `{stage}`", suggestion(stage, stages, "stages"))
        return None
    if not draft.sound:
        return None
    named = {dep.name: dep for dep in draft.spec.deps or () if dep.named}
    if name not in named:
        node.complain(f"stage {stage} has no named dep `{name}`", suggestion(name, named, f"named deps of {stage}"))
        return None
    source = named[name].source
    if draft.node.at("deps", name).broken:
        pass  # noted with the stage
    elif not isinstance(source, OutSource):
        node.complain(f"the dep `{name}` of stage {stage} is a path", "let it refer to an out: `stage.out`")
    elif artifact is not None and source != artifact:
        node.complain(
            f"{text} is {source}, and the artifact is {artifact}: the rows would not be the artifact's",
            "let both name the same out",
        )
    elif model.predictions is None:
        node.complain("`input` without `predictions` has no use", "add `predictions: STAGE.OUT`", at_key=True)
    elif predictions is not None and predictions.stage != stage:
        node.complain(
            f"the predictions are written by stage {predictions.stage}, and `input` names stage {stage}",
            f"name the dep of {predictions.stage} through which it takes the model",
        )
    else:
        _check_command(draft, name, node)
    return InputRef(stage=stage, dep=name)


def _check_command(draft: StageDraft, dep: str, node: Node) -> None:
    """The command must take the model and place every out through the template only."""
    if draft.spec.shell:
        node.complain(
            f"stage {draft.name} is a `shell:` stage, and re-scoring needs to say where its files lie",
            "write its script to a file and run that with `cmd:`",
        )
        return
    try:
        arguments = template.split(draft.spec.cmd)
    except UserError:
        return  # noted with the stage
    if dep not in template.references(arguments, "deps"):
        node.complain(
            f"the command of stage {draft.name} does not take the model as `${{deps.{dep}}}`",
            f"write `${{deps.{dep}}}` in its cmd where the path of the model stands",
        )
    taken = template.references(arguments, "outs")
    for out, at in zip(draft.spec.outs, draft.out_nodes, strict=True):
        if not out.named or out.name not in taken:
            name = out.name if out.named else "NAME"
            at.complain(
                f"stage {draft.name} re-scores models, and its command does not write this out as `${{outs.{name}}}`",
                f"name the out and write `${{outs.{name}}}` in the cmd where its path stands",
            )


def check_tiers(
    document: Document, parameters: Parameters, gates: Mapping[str, tuple[str, Mapping[str, GateSet]]]
) -> None:
    """Notes overlays and gate sets that cannot be meant. `gates` gives each model's file and sets."""
    for name, tier in document.tiers.items():
        section = document.root.at("tiers", name)
        overlay = section.child("params")
        if overlay is not None and not overlay.broken and parameters.usable:
            check_overlay(flatten(overlay), parameters, _consumed(name, document), name)
        _check_gate_set(tier, section, gates)


def _consumed(tier: str, document: Document) -> frozenset[str]:
    """The parameters that the stages of a tier use."""
    chosen = [
        draft for draft in document.stages.values() if draft.spec.tiers is None or tier in draft.spec.tiers
    ]  # a broken stage counts too: better one follow-up too few
    return frozenset().union(*(used_parameters(draft) for draft in chosen))


def _check_gate_set(tier: TierPolicy, node: Node, gates: Mapping[str, tuple[str, Mapping[str, GateSet]]]) -> None:
    at = node.child("gates")
    if at is not None and at.broken:
        return
    if tier.gates is not None and at is not None and not gates:
        at.complain(f"there is no gate set `{tier.gates}`: no model has `gates:`", "add `gates: gates.yaml` to a model")
    for file, sets in gates.values():
        try:
            choose(sets, tier.gates, file)
        except ConfigError as error:
            (at or node).complain(f"{error} ({file})", error.next_step, at_key=at is None)
