"""One command, ready to start: arguments filled in, environment built from an allow-list.

Called by the executor. A stage sees the few variables listed here, its own `env:`, and what it
asks for in `pass_env:` or `secrets:`; nothing else of the user's environment reaches it. A shell
gets the names of its stage as variables, because nothing is ever filled into its text. `PYTHONHASHSEED` is
fixed, because a stage whose bytes depend on it would never be reused downstream; `env:` can
say otherwise.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from seatrial.errors import StageError
from seatrial.pipeline import shell, template, words
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.parameters import look_up, used_parameters
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.taken import PROGRAM
from seatrial.store import atomic

_ALLOWED = ("HOME", "LANG", "LANGUAGE", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ", "USER", "XDG_CACHE_HOME")
_ALLOWED_PREFIX = "LC_"
_LONGEST = 128_000  # Linux takes 131,072 bytes, with the name
_OWN_FOLDER = str(Path(__file__).parents[2])
"""Where the package of this Seatrial lies: built-in stages run it, whatever the project's sources are."""
GUEST = str(Path(_OWN_FOLDER, "seatrial", "process", "guest.py"))
"""What runs in the project's interpreter in place of a command, to try the project's own code."""
_FIXED = {"PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"}


class Layout(Struct, frozen=True, kw_only=True):
    """Where a cell's deps are and where its outs go, as paths a command can use from the tree's root.

    In an ordinary run these are the declared paths; a baseline is scored again with other ones.
    """

    deps: Mapping[str, tuple[str, ...]]
    outs: Mapping[str, str]


class Host(Struct, frozen=True, kw_only=True):
    """Where commands run: the tree, the interpreter, the environment they may inherit from."""

    root: Path
    python: Path
    environ: Mapping[str, str]
    policy: PipelinePolicy


def command_line(cell: Cell, layout: Layout, host: Host, taken: Mapping[str, str] | None = None) -> list[str]:
    """The arguments of a cell's command. Argument 0 `python` means the project's interpreter. `taken` is a file by
    the name of an out, where one of somebody else's stands for the command.

    Raises StageError when a shell is wanted and there is no bash.
    """
    for name, file in (taken or {}).items():
        return [sys.executable, "-P", "-m", PROGRAM, file, layout.outs[name]]
    if cell.spec.shell:
        bash = shutil.which("bash", path=_search_path(host))
        if bash is None:
            raise StageError("`shell:` needs bash, and PATH has none: install it, or write the stage as `cmd:`")
        return [bash, "-e", "-o", "pipefail", "-c", cell.spec.shell]

    def lookup(reference: template.Reference) -> str:
        return _value(reference, cell, layout, host.policy)

    arguments = template.fill_command(template.split(cell.spec.cmd), lookup, layout.deps)
    if cell.spec.uses is not None and cell.spec.uses.trial is not None:
        return [str(host.python), GUEST, *arguments]
    if cell.spec.apart:
        # By the Seatrial that runs this. `-P`: what lies in the tree and is called `polars` is not imported.
        return [sys.executable, "-P", "-m", *arguments]
    if arguments[0] == "python":
        arguments[0] = str(host.python)
    return arguments


def command_environment(
    cell: Cell, layout: Layout, host: Host, params_file: str, secrets: Mapping[str, str], *, ours: bool = False
) -> dict[str, str]:
    """The environment of a cell's command. A secret reaches it through `secrets` and in no other way. `ours`: a program
    of Seatrial's own runs in place of the command.

    Raises StageError when a value cannot be a variable of a shell.
    """
    declared = {
        name: template.fill(template.parse(text), lambda found: _value(found, cell, layout, host.policy))
        for name, text in cell.spec.env.items()
    }
    return {
        **surrounding(host, cell.spec.pass_env),
        **_FIXED,
        **({"PYTHONPATH": _OWN_FOLDER} if cell.spec.apart or ours else {}),
        "SEATRIAL_PARAMS": params_file,
        "SEATRIAL_STAGE": cell.name,
        **(_shell_values(cell, layout, host.policy) if cell.spec.shell else {}),
        **declared,
        **secrets,
    }


def surrounding(host: Host, pass_env: Collection[str]) -> dict[str, str]:
    """What any command of the project sees of the user's environment, secrets of stages never among it, and where it
    finds programs and the project's modules."""
    hidden = host.policy.secrets
    inherited = {
        name: value
        for name, value in host.environ.items()
        if (name in _ALLOWED or name.startswith(_ALLOWED_PREFIX) or name in pass_env) and name not in hidden
    }
    return {**inherited, "PATH": _search_path(host), "PYTHONPATH": _sources(host.root, host.policy.sources)}


@functools.cache
def _sources(root: Path, sources: tuple[str, ...]) -> str:
    """PYTHONPATH, the same for all cells of a tree."""
    return os.pathsep.join(str((root / source).resolve()) for source in sources)


def write_parameters(cell: Cell, policy: PipelinePolicy, path: str) -> None:
    """Write the parameters a cell uses, and only those, as nested JSON (which is also YAML 1.2)."""
    nested: dict[str, Any] = {}
    if not used_parameters(cell) and os.path.exists(path):  # noqa: PTH110 - asked for every cell
        return
    for name in used_parameters(cell):
        *above, last = name.split(".")
        place = nested
        for key in above:
            place = place.setdefault(key, {})
        place[last] = look_up(policy.params, name)
    atomic.write_atomic(path, json.dumps(nested, indent=2).encode(), durable=False)


def _search_path(host: Host) -> str:
    return os.pathsep.join((str(host.python.parent), host.environ.get("PATH", os.defpath)))


def _shell_values(cell: Cell, layout: Layout, policy: PipelinePolicy) -> dict[str, str]:
    """The variables in which names reach a shell."""
    leaves: dict[str, object] = {}
    for name in used_parameters(cell):
        leaves.update(words.leaves(name, look_up(policy.params, name)))
    faults = shell.shell_faults(cell.spec, leaves)
    if faults:
        raise StageError("; ".join(f"{fault.message}: {fault.next_step}" for fault in faults))
    values: dict[str, str] = {}
    for variable, reference in shell.shell_variables(cell.spec, leaves).items():
        match reference.head:
            case "params":
                leaf = leaves[reference.name]
                values[variable] = json.dumps(leaf) if isinstance(leaf, list | dict) else template.show_value(leaf)
            case "deps":
                values[variable] = _lines(variable, layout.deps[reference.name])
            case _:
                values[variable] = _value(reference, cell, layout, policy)
        if len(os.fsencode(values[variable])) > _LONGEST:
            raise StageError(
                f"${variable} would be longer than a variable can be: depend on a folder, not on its files"
            )
    return values


def _lines(variable: str, paths: tuple[str, ...]) -> str:
    if len(paths) > 1 and any("\n" in path for path in paths):
        raise StageError(f"${variable} has one path a line, and one of them holds a line break: rename that file")
    return "\n".join(paths)


def _value(reference: template.Reference, cell: Cell, layout: Layout, policy: PipelinePolicy) -> str:
    match reference.head:
        case "params":
            return template.show_value(look_up(policy.params, reference.name))
        case "matrix":
            return template.show_value(cell.values[reference.name])
        case "deps":
            return " ".join(layout.deps[reference.name])
        case _:
            return layout.outs[reference.name]
