"""Two scripts as one stage: training and evaluating, where only figures tell how good the model is.

Called by `proposing`. Pure. A model is judged by the metrics of the stage that makes it, or of the one that makes its
predictions. Where a script of its own writes nothing but metrics, both run as one stage: else the figures would be of
nobody's model. Values reach a shell as variables (`"$SEATRIAL_OUTS_MODEL"`), never as text.
"""

from __future__ import annotations

import re
import shlex

from seatrial.adopt.proposal import Note, ProposedDep, ProposedOut, ProposedStage
from seatrial.adopt.script_stage import ScriptStage, name_of
from seatrial.replacing import replace

_REFERENCE = re.compile(r"\$\{(deps|outs|params)\.([^}]+)\}")
_NOT_IN_VARIABLE = re.compile(r"[^A-Z0-9]")
_WHY = Note(text="one stage: without predictions a model is judged by the figures of the stage that makes it")


def joined(train: ScriptStage, judge: ScriptStage) -> ScriptStage:
    """Both as the stage of the first."""
    first, second = train.stage, judge.stage
    own = {f"{first.name}.{out.name}": out.path for out in first.outs}
    deps, renamed_deps = _together(first.deps or (), second.deps or (), own)
    outs, renamed_outs = _outs(first.outs, second.outs)
    used: list[str] = []
    lines = [*_lines(first, {}, {}, used), *_lines(second, renamed_deps, renamed_outs, used)]
    inside = first.shell != ""
    stage = replace(
        first,
        cmd="",
        shell="".join(f"{line}\n" for line in dict.fromkeys(lines)),
        deps=deps or None,
        outs=outs,
        roots=tuple(dict.fromkeys((*first.roots, *second.roots))) if inside else (train.script.path, judge.script.path),
        params=tuple(dict.fromkeys((*first.params, *second.params, *used))),
        env={**second.env, **first.env},
        pass_env=tuple(dict.fromkeys((*first.pass_env, *second.pass_env))),
        notes=(*first.notes, *second.notes, _WHY),
    )
    writes = {**train.writes, **{renamed_outs.get(name, name): write for name, write in judge.writes.items()}}
    by_name = {out.name: out for out in outs}
    kinds = {**train.outs}
    for kind, made in judge.outs.items():
        own_outs = tuple(by_name[renamed_outs.get(out.name or "", out.name or "")] for out in made)
        kinds[kind] = (*kinds.get(kind, ()), *own_outs)
    return replace(
        train,
        stage=stage,
        outs=kinds,
        writes=writes,
        filled=frozenset(),
        left_out=(*train.left_out, *judge.left_out),
        tracked=(*train.tracked, *judge.tracked),
    )


def _together(
    first: tuple[ProposedDep, ...], second: tuple[ProposedDep, ...], own: dict[str, str]
) -> tuple[tuple[ProposedDep, ...], dict[str, str]]:
    """The deps of both but what one makes for the other, and by which text the second then finds each."""
    deps = {dep.name or "": dep for dep in first}
    texts: dict[str, str] = {}
    for dep in second:
        name = dep.name or ""
        if dep.source in own:
            texts[name] = shlex.quote(own[dep.source])
            continue
        same = next((known for known, one in deps.items() if one.source == dep.source), None)
        kept = same or name_of(name, deps)
        deps[kept] = replace(dep, name=kept)
        texts[name] = _variable("deps", kept)
    return tuple(deps.values()), texts


def _outs(
    first: tuple[ProposedOut, ...], second: tuple[ProposedOut, ...]
) -> tuple[tuple[ProposedOut, ...], dict[str, str]]:
    outs = {out.name or "": out for out in first}
    renamed: dict[str, str] = {}
    for out in second:
        name = name_of(out.name or "", outs)
        renamed[out.name or ""] = name
        outs[name] = replace(out, name=name)
    return tuple(outs.values()), renamed


def _lines(stage: ProposedStage, deps: dict[str, str], outs: dict[str, str], used: list[str]) -> list[str]:
    """The command of a stage as lines of a shell script."""
    if stage.shell:
        return stage.shell.rstrip("\n").split(" && ", 1)

    def spelled(match: re.Match[str]) -> str:
        head, name = match[1], match[2]
        if head == "params":
            used.append(name)
            return _variable(head, name)
        if head == "deps":
            return deps.get(name) or _variable(head, name)
        return _variable(head, outs.get(name, name))

    return [_REFERENCE.sub(spelled, stage.cmd).replace("$${", "${")]


def _variable(head: str, name: str) -> str:
    return f'"$SEATRIAL_{head.upper()}_{_NOT_IN_VARIABLE.sub("_", name.upper())}"'
