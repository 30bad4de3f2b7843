"""Checks of stages against everything else: paths, templates, references, circles, clashing outs.

Called by `load` once all shapes are read. Each check notes its mistakes and goes on; a stage
that is already known to be broken is left alone, so that one mistake gives one message.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping

from seatrial.config.built_in_document import lowered_check
from seatrial.config.document import Document
from seatrial.config.names import normal, out_fault, path_fault
from seatrial.config.node import Node, suggestion
from seatrial.config.params import Parameters
from seatrial.config.references import source_of_dep
from seatrial.config.stage_document import StageDraft
from seatrial.config.templates import (
    IN_COMMANDS,
    IN_PATHS,
    KnownNames,
    check_command,
    check_shell,
    check_text,
    known_names,
)
from seatrial.config.trial_document import trial_command, trial_outs
from seatrial.errors import UserError
from seatrial.pipeline import template
from seatrial.pipeline.expand import cell_name, combinations
from seatrial.pipeline.policy import OutSource, PathSource, Scalar, StageSpec
from seatrial.replacing import replace

_GLOB = frozenset("*?[")


def resolved_stages(document: Document) -> Mapping[str, StageDraft]:
    """The stages with what each dep means filled in; references that mean nothing are noted."""
    return {name: _resolved(draft, document) for name, draft in document.stages.items()}


def _resolved(draft: StageDraft, document: Document) -> StageDraft:
    if draft.spec.uses is not None and draft.spec.uses.trial is None:
        made = lowered_check(draft.name, draft.spec.uses, draft.node, document.datasets)
        if made is None:
            return draft
        spec = replace(
            draft.spec, cmd=made.cmd, deps=made.deps, outs=made.outs, always=draft.spec.always or made.always
        )
        at = draft.node.at("with", "dataset")
        return replace(draft, spec=spec, dep_nodes=(at,) * len(made.deps), out_nodes=(draft.node,) * len(made.outs))
    if draft.spec.uses is not None:
        return _tried(draft, document)
    return _with_deps(draft, document)


def _tried(draft: StageDraft, document: Document) -> StageDraft:
    """A stage that tries a training on one batch: it depends on its `deps:`, and on what its target imports."""
    found = _with_deps(draft, document)
    deps = found.spec.deps or ()
    trial = found.spec.uses.trial if found.spec.uses is not None else None
    if trial is None:
        return found
    outs = trial_outs(draft.name, draft.node.key_place)
    spec = replace(found.spec, cmd=trial_command(trial, deps), deps=deps, outs=outs)
    return replace(found, spec=spec, out_nodes=(draft.node,) * len(outs))


def _with_deps(draft: StageDraft, document: Document) -> StageDraft:
    """The stage with what each dep means."""
    if draft.spec.deps is None:
        return draft
    deps = []
    for dep, node in zip(draft.spec.deps, draft.dep_nodes, strict=True):
        if isinstance(dep.source, PathSource) and dep.source.path:
            source = source_of_dep(dep.source.path, node, document.stages, document.datasets)
            dep = replace(dep, source=source)
        deps.append(dep)
    return replace(draft, spec=replace(draft.spec, deps=tuple(deps)))


def check_stages(
    document: Document, stages: Mapping[str, StageDraft], parameters: Parameters, own_files: frozenset[str]
) -> None:
    """Notes every mistake of the stages. `own_files` are the files of the configuration itself."""
    for draft in stages.values():
        _check_words(draft, document, parameters)
        _check_tokens(draft, document)
    _check_fallback(document)
    known = {name: known_names(draft, parameters) for name, draft in stages.items()}
    for name, draft in stages.items():
        _check_templates(draft, parameters, known[name])
        _check_inputs(draft, known[name])
        _check_taken(draft, known[name])
    _check_outs(stages, known, own_files)
    _check_circle(stages)


def _check_words(draft: StageDraft, document: Document, parameters: Parameters) -> None:
    """`needs:`, `tiers:` and `params:` name things that exist."""
    for node in _entries(draft, "needs"):
        if node.value == draft.name:
            node.complain("a stage cannot need itself", "remove it")
        elif isinstance(node.value, str) and node.value not in document.stages:
            step = suggestion(node.value, document.stages, "stages")
            node.complain(f"there is no stage `{node.value}`", step)
    for node in _entries(draft, "tiers"):
        if isinstance(node.value, str) and node.value not in document.tiers:
            step = suggestion(node.value, document.tiers, "tiers")
            node.complain(f"there is no tier `{node.value}`", step)
    names = parameters.names
    for node in _entries(draft, "params") if parameters.usable else ():
        if isinstance(node.value, str) and node.value not in names:
            step = suggestion(node.value, names, "parameters")
            node.complain(f"there is no parameter `{node.value}`", step)


def _check_fallback(document: Document) -> None:
    """`selection.fallback` names stages that exist."""
    node = document.root.at("selection").child("fallback")
    for entry in node.entries("stages") if node is not None and isinstance(node.value, list) else ():
        if isinstance(entry.value, str) and entry.value not in document.stages and not entry.broken:
            step = suggestion(entry.value, document.stages, "stages")
            entry.complain(f"there is no stage `{entry.value}`", step)


def _check_tokens(draft: StageDraft, document: Document) -> None:
    """A stage can only ask for tokens that the project says its machines have."""
    known = document.machine.tokens
    asked = draft.node.at("resources", "tokens")
    for name, wanted in draft.spec.resources.tokens.items():
        at = asked.child(name)
        if at is None or at.broken:
            continue
        if name not in known:
            step = (
                suggestion(name, known, "tokens") if known else f"say how many: `resources: {{tokens: {{{name}: 1}}}}`"
            )
            at.complain(f"the project's `resources:` has no token `{name}`", step, at_key=True)
        elif wanted > known[name]:
            at.complain(f"{wanted} of token {name} are asked for, and a machine has {known[name]}", "ask for fewer")


def _entries(draft: StageDraft, key: str) -> Iterator[Node]:
    child = draft.node.child(key)
    if child is not None and isinstance(child.value, list):
        yield from (entry for entry in child.entries(key) if not entry.broken)


def _check_templates(draft: StageDraft, parameters: Parameters, known: KnownNames) -> None:
    cmd = draft.node.child("cmd")
    if cmd is not None:
        check_command(draft.spec.cmd, cmd, known)
    shell = draft.node.child("shell")
    if shell is not None and draft.sound and parameters.usable:
        check_shell(draft.spec, shell, parameters)
    env = draft.node.child("env")
    for name, value in draft.spec.env.items():
        if env is not None:
            check_text(value, env.at(name), IN_COMMANDS, known)


def _check_inputs(draft: StageDraft, known: KnownNames) -> None:
    """Paths of deps and roots stay in the repository and hold only `${matrix.AXIS}`."""
    for dep, node in zip(draft.spec.deps or (), draft.dep_nodes, strict=True):
        match dep.source:
            case PathSource(path=path) if not node.broken:
                _check_path(path, node, known, draft.spec)
            case _:
                pass
    for node in _entries(draft, "roots"):
        if isinstance(node.value, str) and node.value:
            _check_path(node.value, node, known, draft.spec)


def _check_taken(draft: StageDraft, known: KnownNames) -> None:
    """What is taken from a file that others write is all that the stage makes, and made of sources alone."""
    for out, at in zip(draft.spec.outs, draft.out_nodes, strict=True):
        if out.taken_from is None:
            continue
        node = draft.node.at("outs", out.name, "taken_from") if out.named else at
        _check_path(out.taken_from, node, known, draft.spec)
        if len(draft.spec.outs) > 1:
            node.complain(
                "a stage whose out is taken from elsewhere can have no other out, since nothing would make it",
                "move the others to a stage of their own",
                at_key=True,
            )
        elif any(isinstance(dep.source, OutSource) for dep in draft.spec.deps or ()):
            node.complain(
                "a stage that reads what another one makes cannot take its out from elsewhere",
                "remove `taken_from:`, or the dep",
                at_key=True,
            )
        elif normal(out.taken_from) == normal(out.path):
            node.complain("this is where the stage itself writes", "name the file that others write", at_key=True)


def _check_path(text: str, node: Node, known: KnownNames, spec: StageSpec) -> None:
    if not check_text(text, node, IN_PATHS, known):
        return
    for values in combinations(spec):
        path = _filled(text, values)
        fault = path_fault(path) if path is not None else None
        if fault is not None:
            node.complain(f"`{path}` {fault}", "name a path inside this repository, relative to its root")
            return


def _filled(text: str, values: Mapping[str, Scalar]) -> str | None:
    """A path with the matrix values of one cell; None for a template noted elsewhere."""
    try:
        return template.fill(template.parse(text), lambda part: template.show_value(values[part.name]))
    except (UserError, KeyError):
        return None


def _check_outs(stages: Mapping[str, StageDraft], names: Mapping[str, KnownNames], own_files: frozenset[str]) -> None:
    """Outs stay inside, are no globs, spare the configuration, and no two cells write one path."""
    written: list[tuple[tuple[str, ...], str, Node]] = []
    for draft in stages.values():
        known = names[draft.name]
        if "matrix" not in known:
            continue
        cells = combinations(draft.spec)
        for out, node in zip(draft.spec.outs, draft.out_nodes, strict=True):
            if not out.path or not check_text(out.path, node, IN_PATHS, known):
                continue
            paths = {cell_name(draft.name, values): _filled(out.path, values) for values in cells}
            if not _sound(list(paths.values()), node, own_files):
                continue
            if len(cells) > 1 and len(set(paths.values())) < len(cells):
                node.complain(
                    f"{len(cells)} cells of stage {draft.name} would write {len(set(paths.values()))} paths",
                    "use every axis in the path, e.g. ${matrix." + next(iter(draft.spec.matrix)) + "}",
                )
                continue
            written += [(tuple(normal(path).split("/")), cell, node) for cell, path in paths.items() if path]
    _check_clashes(written)


def _sound(paths: list[str | None], node: Node, own_files: frozenset[str]) -> bool:
    for path in paths:
        fault = out_fault(path) if path else "is empty"
        if fault is None and path and _GLOB & set(path):
            fault = "is a glob, and an out is one path"
        if fault is None and path and any(f"{file}/".startswith(f"{normal(path)}/") for file in own_files):
            fault = "holds this project's configuration, which a stage may not write"
        if fault is not None:
            node.complain(f"the out `{path or ''}` {fault}", "write to a path of its own, e.g. under outputs/")
            return False
    return True


def _check_clashes(written: list[tuple[tuple[str, ...], str, Node]]) -> None:
    """Sorted by parts, a path comes directly before all that lie inside it."""
    above: tuple[tuple[str, ...], str, Node] | None = None
    reported: set[tuple[object, object]] = set()
    for entry in sorted(written, key=lambda item: item[0]):
        parts, cell, node = entry
        if above is None or parts[: len(above[0])] != above[0]:
            above = entry
            continue
        outer, other, other_node = above
        if (pair := (node.path, other_node.path)) in reported:
            continue
        reported.add(pair)
        path = "/".join(parts)
        what = f"both write {path}" if parts == outer else f"write {'/'.join(outer)} and, inside it, {path}"
        node.complain(f"{other} and {cell} {what}", f"give each its own path; the other is at {other_node.place}")


def _check_circle(stages: Mapping[str, StageDraft]) -> None:
    graph = {name: list(_before(draft.spec, stages)) for name, draft in stages.items()}
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        first = stages[circle[0]].node
        first.complain(
            f"stages depend on each other in a circle: {' -> '.join(reversed(circle))}",
            "break the circle at one of them",
            at_key=True,
        )


def _before(spec: StageSpec, stages: Mapping[str, StageDraft]) -> Iterator[str]:
    """The stages this one waits for, by `needs` or by a reference."""
    found = dict.fromkeys(name for name in spec.needs if name != spec.name)  # noted already
    found.update((dep.source.stage, None) for dep in spec.deps or () if isinstance(dep.source, OutSource))
    return (name for name in found if name in stages)
