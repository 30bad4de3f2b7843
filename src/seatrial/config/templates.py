"""Checks of `${...}` where it stands: which heads may appear there, and which names exist.

Called by `stage_checks`. Splitting and filling live in `pipeline.template`; here nothing is
filled in. A name that does not exist is found when the file is read, not when the stage runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TypeAlias

from seatrial.config.node import Node, kind, suggestion
from seatrial.config.params import Parameters
from seatrial.config.stage_document import StageDraft
from seatrial.errors import UserError
from seatrial.pipeline import shell, template, words
from seatrial.pipeline.policy import StageSpec

KnownNames: TypeAlias = Mapping[str, Mapping[str, object]]
"""For each head, the names that a stage can refer to."""

IN_COMMANDS = ("params", "matrix", "deps", "outs")
IN_PATHS = ("matrix",)
_OPERATORS = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>", "2>&1", "&>"})


def check_command(text: str, node: Node, known: KnownNames) -> None:
    """Notes a command that is empty, cannot be split, wants a shell, or refers to nothing."""
    if not text:
        return  # already noted
    try:
        arguments = template.split(text)
    except UserError as error:
        node.complain(str(error), error.next_step)
        return
    operator = _operator(text)
    if operator is not None:
        node.complain(
            f"`{operator}` would reach the program as an argument: commands run without a shell",
            f"make it two stages or a script of its own; to mean the character, quote it: '{operator}'",
        )
    for argument in arguments:
        _check_references(argument, node, IN_COMMANDS, known)


def check_shell(spec: StageSpec, node: Node, parameters: Parameters) -> None:
    """Notes names that a shell cannot tell apart, and variables in its text that nothing would set."""
    try:
        used = words.used_parameters(spec)
    except UserError:
        return  # noted where the value of `env:` was checked
    leaves = [
        name
        for name, value in parameters.names.items()
        if not (isinstance(value, dict) and value)
        and any(name == wanted or name.startswith(f"{wanted}.") for wanted in used)
    ]
    for fault in shell.shell_faults(spec, leaves):
        node.complain(fault.message, fault.next_step)


def check_text(text: str, node: Node, heads: tuple[str, ...], known: KnownNames) -> bool:
    """Whether a path or value is a template that can be filled in; notes why not."""
    try:
        parts = template.parse(text)
    except UserError as error:
        node.complain(str(error), error.next_step)
        return False
    return _check_references(parts, node, heads, known)


def known_names(draft: StageDraft, parameters: Parameters) -> KnownNames:
    """For each head, the names a stage can refer to. A head that could not be read is left out."""
    spec, node = draft.spec, draft.node
    known: dict[str, Mapping[str, object]] = {}
    if parameters.usable:
        known["params"] = parameters.names
    lists: Mapping[str, Mapping[str, object]] = {
        "matrix": spec.matrix,
        "deps": {dep.name: "" for dep in spec.deps or () if dep.named},
        "outs": {out.name: "" for out in spec.outs if out.named},
    }
    for head, names in lists.items():
        child = node.child(head)
        if child is None or not child.broken:
            known[head] = names
    return known


def used_parameters(draft: StageDraft) -> frozenset[str]:
    """The parameters, or subtrees, that a stage names in `params:` or in a template."""
    texts = (draft.spec.cmd, *draft.spec.env.values(), *(out.path for out in draft.spec.outs))
    used = set(draft.spec.params)
    for text in texts:
        try:
            used.update(template.references((template.parse(text),), "params"))
        except UserError:
            continue  # noted where the text was checked
    return frozenset(used)


def _check_references(parts: template.Template, node: Node, heads: tuple[str, ...], known: KnownNames) -> bool:
    good = True
    for part in parts:
        if not isinstance(part, template.Reference):
            continue
        if part.head not in heads:
            allowed = " and ".join(f"${{{head}.NAME}}" for head in heads)
            node.complain(f"`{part}` cannot stand here", f"here only {allowed} can; `$${{` is a literal `${{`")
        elif part.head not in known:
            continue
        elif part.name not in known[part.head]:
            step = suggestion(part.name, known[part.head], f"names under {part.head}")
            node.complain(f"`{part}` refers to nothing", _unnamed(part, step))
        elif part.head == "params" and isinstance(value := known["params"][part.name], dict | list):
            node.complain(f"`{part}` is {kind(value)}, and only one value fits here", "name a single value")
        else:
            continue
        good = False
    return good


def _unnamed(part: template.Reference, step: str) -> str:
    if part.head in ("deps", "outs") and step.startswith("there are none"):
        return f"give it a name: `{part.head}: {{{part.name}: ...}}`"
    return step


def _operator(text: str) -> str | None:
    """The first shell operator that stands unquoted as a word of its own."""
    if not any(operator in text for operator in _OPERATORS):
        return None
    try:
        words = shlex.split(text, posix=False)  # keeps the quotes, so that a quoted `|` is told apart
    except ValueError:
        return None
    return next((word for word in words if word in _OPERATORS), None)
