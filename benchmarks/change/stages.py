"""The stages of a tree, as Seatrial reads them and as the campaign runs them by hand.

One record serves both, so what is planned and what is run cannot drift apart.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_REFERENCE = re.compile(r"\$\{(deps|outs|params)\.([a-z0-9_.-]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage. `command` may name `${deps.X}` and `${outs.X}`; a dep is a path, a glob or `STAGE.OUT`.

    `entry` are the files that its command begins with, for methods that start from files.
    """

    name: str
    command: str
    entry: tuple[str, ...]
    deps: Mapping[str, str] = field(default_factory=dict)
    watches: tuple[str, ...] = ()
    """Globs it depends on without naming them in its command."""
    outs: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cell_of: str = ""
    """The stage that it is a cell of, when its own name is another."""
    dear: bool = False
    by_hand: tuple[str, ...] = ()
    """The path prefixes that a careful person would list for it."""

    @property
    def known_as(self) -> str:
        """The name under which it is planned."""
        return self.cell_of or self.name

    def words(self, stages: Mapping[str, Stage], params: Callable[[str], str] = str) -> list[str]:
        """The command line with every path and parameter filled in."""

        def path(match: re.Match[str]) -> str:
            head, name = match.groups()
            if head == "outs":
                return self.outs[name]
            if head == "params":
                return params(name)
            return dep_path(self.deps[name], stages)

        return [_REFERENCE.sub(path, word) for word in shlex.split(self.command)]

    def producers(self, stages: Mapping[str, Stage]) -> list[str]:
        """The stages whose outs it reads."""
        return [dep.partition(".")[0] for dep in self.deps.values() if dep.partition(".")[0] in stages]


def dep_path(dep: str, stages: Mapping[str, Stage]) -> str:
    """The path of a dep: an out of a stage, or itself."""
    producer, dot, out = dep.partition(".")
    if dot and producer in stages:
        return stages[producer].outs[out]
    return dep


def configuration(project: str, stages: Sequence[Stage]) -> str:
    """`seatrial.yaml`. JSON is YAML, and needs no writer of its own."""
    lines = [f"project: {project}", "main: main", "sources: [src]", "stages:"]
    for stage in stages:
        lines += [f"  {stage.name}:", f"    cmd: {json.dumps(stage.command)}"]
        if stage.watches:
            lines.append(f"    deps: {json.dumps(list(stage.watches))}")
        elif stage.deps:
            lines.append(f"    deps: {json.dumps(dict(stage.deps))}")
        if stage.outs:
            lines.append(f"    outs: {json.dumps(dict(stage.outs))}")
        if stage.roots:
            lines.append(f"    roots: {json.dumps(list(stage.roots))}")
        if stage.dear:
            lines.append("    resources: {gpus: 1}")
    return "\n".join(lines) + "\n"
