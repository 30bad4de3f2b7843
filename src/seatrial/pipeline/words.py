"""What a stage's command says, whether it is written as `cmd:` or as `shell:`.

Pure. Called by whoever asks a command something before it runs: which deps and outs it takes by
name, which parameters it uses, which programs it starts, and what of it counts in a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seatrial.digest import Json
from seatrial.pipeline import shell, template
from seatrial.pipeline.policy import StageSpec
from seatrial.pipeline.shell import Commands


def key_parts(spec: StageSpec) -> dict[str, Json]:
    """The parts of a key that the command is: its arguments with their templates, or the text of its shell.

    The names of its secrets count, their values never.
    """
    parts: dict[str, Json] = {}
    if spec.uses is not None and spec.uses.trial is not None:
        # Its command is made of these and of the deps, which have parts of their own.
        trial = spec.uses.trial
        parts |= {"with.target": trial.target, "with.max_loss": trial.max_loss, "with.steps": trial.steps}
    elif spec.shell:
        parts["shell"] = spec.shell
    else:
        parts["cmd"] = list(template.words(spec.cmd))
    if spec.uses is not None:
        parts["uses"] = f"{spec.uses.kind}, revision {spec.uses.revision}"
    if spec.secrets:
        parts["secrets"] = [*sorted(spec.secrets)]
    return parts


def taken(spec: StageSpec, head: str) -> tuple[str, ...]:
    """The names under a head (`deps`, `outs`, `params`, `matrix`) that the command itself refers to.

    Of a shell's text those whose variable stands in it; `params` are then those that `params:` names.
    """
    if not spec.shell:
        return template.references(template.split(spec.cmd), head)
    if head == "params":
        return spec.params
    named = shell.mentioned(spec.shell)
    variables = shell.shell_variables(spec, ())
    return tuple(found.name for name, found in variables.items() if found.head == head and name in named)


def used_parameters(spec: StageSpec) -> tuple[str, ...]:
    """The parameters a stage declares or refers to, in its command or in `env:`."""
    values = tuple(template.parse(text) for text in spec.env.values())
    return tuple(dict.fromkeys((*spec.params, *taken(spec, "params"), *template.references(values, "params"))))


def commands(spec: StageSpec, lookup: Callable[[template.Reference], str]) -> Commands:
    """The programs a command starts, as words. `lookup` gives what a reference stands for, as far as that is
    known before anything runs, and its own text for others."""
    if spec.uses is not None and spec.uses.trial is not None:
        return Commands(commands=(("python", "-c", spec.uses.trial.code),), unsure=False)
    if not spec.shell:
        words = tuple(template.fill(word, lookup) for word in template.split(spec.cmd))
        return Commands(commands=(words,), unsure=False)
    values: Mapping[str, str] = {
        name: value
        for name, reference in shell.shell_variables(spec, used_parameters(spec)).items()
        if (value := lookup(reference)) != str(reference)
    }
    return shell.commands(spec.shell, values)


def leaves(name: str, value: object) -> dict[str, object]:
    """The single values at and below a dotted path. A list is one value, and so is an empty mapping."""
    if isinstance(value, Mapping) and value:
        return {path: leaf for key, below in value.items() for path, leaf in leaves(f"{name}.{key}", below).items()}
    return {name: value}
