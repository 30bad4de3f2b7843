"""The shape of one stage in `seatrial.yaml`, sugar included.

Called by `document`. Here a stage is looked at alone: types, keys, names. What its text refers
to (other stages, datasets, parameters) is looked up afterwards, by `references` and
`stage_checks`; until then every dep is a `PathSource` holding the text as written.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.config import later
from seatrial.config.amounts import duration, flag
from seatrial.config.built_in_document import read_built_in
from seatrial.config.matrix_document import read_matrix
from seatrial.config.names import NAME_RULE, VARIABLE, is_name
from seatrial.config.node import Node
from seatrial.config.out_document import read_outs
from seatrial.config.resources_document import read_resources, read_retries
from seatrial.config.stage_lines import lines_of
from seatrial.pipeline.policy import DepSpec, PathSource, StageSpec

STAGE_KEYS = (
    "cmd", "shell", "needs", "deps", "outs", "roots", "params", "env", "pass_env", "secrets", "matrix", "fail_fast",
    "resources", "retries", "timeout", "always", "effects", "tiers", "uses", "with",
)  # fmt: skip
MAX_COMMAND = 1 << 16
OWN_VARIABLES = "SEATRIAL_"


class StageDraft(Struct, frozen=True, kw_only=True):
    """A stage as written. `dep_nodes` and `out_nodes` stand beside `spec.deps` and `spec.outs`.

    `sound` is False when its shape has a mistake: what refers to it is then not checked further.
    """

    spec: StageSpec
    node: Node
    dep_nodes: tuple[Node, ...] = ()
    out_nodes: tuple[Node, ...] = ()
    sound: bool = False

    @property
    def name(self) -> str:
        return self.spec.name


def read_stage(name: str, node: Node) -> StageDraft:
    """One stage; mistakes are noted."""
    if not node.fields(STAGE_KEYS, later.STAGE):
        return StageDraft(spec=StageSpec(name=name, cmd=""), node=node)
    deps = _deps(node.child("deps"))
    outs = read_outs(node.child("outs"))
    matrix = read_matrix(node.child("matrix"))
    default = StageSpec(name=name)
    spec = StageSpec(
        name=name,
        cmd=_cmd(node),
        shell=_command_text(node.child("shell"), "shell"),
        needs=_texts(node, "needs", "stage names"),
        deps=None if deps is None else tuple(dep for dep, _ in deps),
        outs=tuple(out for out, _ in outs),
        roots=_texts(node, "roots", "paths"),
        params=_texts(node, "params", "parameter names"),
        env=read_env(node.child("env")),
        pass_env=read_variables(node, "pass_env", ("env",)),
        secrets=read_variables(node, "secrets", ("env", "pass_env")),
        matrix=matrix.axes,
        include=matrix.include,
        exclude=matrix.exclude,
        fail_fast=flag(node, "fail_fast", default.fail_fast),
        resources=read_resources(node.child("resources")),
        retries=read_retries(node.child("retries")),
        timeout=None if (timeout := node.child("timeout")) is None else duration(timeout, "timeout"),
        always=flag(node, "always", default.always),
        effects=flag(node, "effects", default.effects),
        tiers=_texts(node, "tiers", "tier names") if node.child("tiers") is not None else None,
        uses=read_built_in(node),
        place=node.key_place,
        lines=lines_of(node),
    )
    return StageDraft(
        spec=spec,
        node=node,
        dep_nodes=tuple(at for _, at in deps or ()),
        out_nodes=tuple(at for _, at in outs),
        sound=not node.broken,
    )


def _cmd(node: Node) -> str:
    shell = node.child("shell")
    if node.child("uses") is not None:
        return ""  # its command is made when its dataset is known
    if shell is not None:
        if (cmd := node.child("cmd")) is not None:
            cmd.complain("a stage has `cmd` or `shell`, not both", "keep one of the two", at_key=True)
        return ""
    found = node.required("cmd", "write what the stage runs, e.g. `cmd: python -m package.train`")
    return _command_text(found, "cmd")


def _command_text(node: Node | None, key: str) -> str:
    if node is not None and isinstance(node.value, list):
        node.complain(
            f"{key} must be {'one line of ' if key == 'cmd' else ''}text, not a list", "write it as you would type it"
        )
        return ""
    text = "" if node is None else node.text(key)
    if node is not None and len(text) > MAX_COMMAND:
        node.complain(f"{key} has {len(text):,} characters; at most {MAX_COMMAND:,} are allowed", "write a script")
        return ""
    return text


def _texts(node: Node, key: str, what: str) -> tuple[str, ...]:
    child = node.child(key)
    return () if child is None else child.texts(what)


def _deps(node: Node | None) -> list[tuple[DepSpec, Node]] | None:
    if node is None:
        return None
    if isinstance(node.value, list):
        entries = [(entry, "") for entry in node.entries("deps")]
    else:
        entries = [(entry, name) for name, entry in node.items("deps (or a list of paths)")]
    found: list[tuple[DepSpec, Node]] = []
    seen: set[str] = set()
    for entry, name in entries:
        if isinstance(entry.value, dict):
            if not entry.refused(later.DEP):
                entry.complain("a dep is a path or a reference such as `stage.out`, not a mapping", "write one text")
            continue
        text = entry.text("a dep")
        if name and not is_name(name):
            entry.complain(f"`{name}` cannot name a dep", NAME_RULE, at_key=True)
        spec = DepSpec(name=name or text, named=bool(name), source=PathSource(path=text), place=entry.place)
        if spec.name in seen:
            entry.complain(f"`{spec.name}` stands twice", "keep one of the two")
        seen.add(spec.name)
        found.append((spec, entry))
    return found


def read_env(node: Node | None) -> Mapping[str, str]:
    """Variables that a command is given, by name."""
    found: dict[str, str] = {}
    if node is None:
        return found
    for name, entry in node.items("environment variables"):
        _variable(name, entry)
        value = entry.value
        if isinstance(value, int) and not isinstance(value, bool) and entry.source.text(entry.path) == str(value):
            found[name] = str(value)  # a plain whole number has only one spelling, so no quotes are needed
        elif value == "" and entry.source.text(entry.path) is None:
            found[name] = ""
        else:
            found[name] = entry.text(f"the value of {name}")
    return found


def read_variables(node: Node, key: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Names of environment variables that no other key of the stage sets as well."""
    child = node.child(key)
    if child is None:
        return ()
    names = child.texts("variable names")
    for entry in child.entries("variable names"):
        if isinstance(entry.value, str) and entry.value:
            _variable(entry.value, entry)
            for other in others:
                if _names(node.child(other), entry.value):
                    entry.complain(f"{entry.value} stands in `{other}:` too", "keep one of the two")
    return names


def _names(node: Node | None, variable: str) -> bool:
    return node is not None and isinstance(node.value, dict | list) and variable in node.value


def _variable(name: str, entry: Node) -> None:
    if not VARIABLE.match(name):
        entry.complain(
            f"`{name}` cannot name an environment variable", "use letters, digits and `_`, not starting with a digit"
        )
    elif name.startswith(OWN_VARIABLES):
        entry.complain(f"names starting with {OWN_VARIABLES} are Seatrial's own", "choose another name")
