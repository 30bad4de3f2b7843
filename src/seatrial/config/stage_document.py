"""The shape of one stage in `seatrial.yaml`, sugar included.

Called by `document`. Here a stage is looked at alone: types, keys, names. What its text refers
to (other stages, datasets, parameters) is looked up afterwards, by `references` and
`stage_checks`; until then every dep is a `PathSource` holding the text as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seatrial.config import later
from seatrial.config.names import NAME_RULE, VARIABLE, is_name, seconds
from seatrial.config.node import Node, kind
from seatrial.evidence.policy import Columns, OutKind
from seatrial.pipeline.policy import DepSpec, OutSpec, PathSource, Scalar, StageSpec
from seatrial.pipeline.template import show_value

STAGE_KEYS = (
    "cmd", "needs", "deps", "outs", "roots", "params", "env", "pass_env", "matrix", "timeout", "tiers",
)  # fmt: skip
OUT_KEYS = ("path", "as")
COLUMN_KEYS = ("id", "label", "prediction", "score", "groups")
MAX_CELLS = 4096
MAX_COMMAND = 1 << 16
_OWN_VARIABLES = "SEATRIAL_"
_AXIS_BREAKERS = frozenset(",[]=")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDraft:
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
    outs = _outs(node.child("outs"))
    spec = StageSpec(
        name=name,
        cmd=_cmd(node),
        needs=_texts(node, "needs", "stage names"),
        deps=None if deps is None else tuple(dep for dep, _ in deps),
        outs=tuple(out for out, _ in outs),
        roots=_texts(node, "roots", "paths"),
        params=_texts(node, "params", "parameter names"),
        env=_env(node.child("env")),
        pass_env=_pass_env(node),
        matrix=_matrix(node.child("matrix")),
        timeout=_timeout(node.child("timeout")),
        tiers=_texts(node, "tiers", "tier names") if node.child("tiers") is not None else None,
        place=node.key_place,
    )
    return StageDraft(
        spec=spec,
        node=node,
        dep_nodes=tuple(at for _, at in deps or ()),
        out_nodes=tuple(at for _, at in outs),
        sound=not node.broken,
    )


def _cmd(node: Node) -> str:
    if any(node.child(key) is not None for key in ("shell", "uses")):
        node.notes.mark(node.source.file, node.path)  # already refused by name
        return ""
    found = node.required("cmd", "write what the stage runs, e.g. `cmd: python -m package.train`")
    if found is not None and isinstance(found.value, list):
        found.complain("cmd must be one line of text, not a list", "write it as you would type it")
        return ""
    text = "" if found is None else found.text("cmd")
    if found is not None and len(text) > MAX_COMMAND:
        found.complain(f"cmd has {len(text):,} characters; at most {MAX_COMMAND:,} are allowed", "write a script")
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


def _outs(node: Node | None) -> list[tuple[OutSpec, Node]]:
    if node is None:
        return []
    if isinstance(node.value, list):
        entries = [(entry, "") for entry in node.entries("outs")]
    else:
        entries = [(entry, name) for name, entry in node.items("outs (or a list of paths)")]
    found: list[tuple[OutSpec, Node]] = []
    for entry, name in entries:
        if name and not is_name(name):
            entry.complain(f"`{name}` cannot name an out", NAME_RULE, at_key=True)
        if not isinstance(entry.value, dict):
            path = entry.text("an out's path")
            found.append((OutSpec(name=name or path, named=bool(name), path=path, place=entry.place), entry))
            continue
        spec, at = _out_mapping(name, entry)
        found.append((spec, at))
    return found


def _out_mapping(name: str, entry: Node) -> tuple[OutSpec, Node]:
    """`{path: ..., as: predictions, id: ..., label: ..., ...}`."""
    entry.fields((*OUT_KEYS, *COLUMN_KEYS), later.OUT)
    at = entry.required("path", "write where the stage puts it, e.g. `path: outputs/metrics.json`")
    path = "" if at is None else at.text("an out's path")
    written_as = entry.child("as")
    word = None if written_as is None else written_as.choice(tuple(OutKind), "`as`")
    out_kind = None if word is None else OutKind(word)
    columns = None
    if out_kind is OutKind.PREDICTIONS:
        columns = _columns(entry)
    else:
        for key in COLUMN_KEYS:
            stray = entry.child(key)
            if stray is not None and (written_as is None or out_kind is not None):
                stray.complain(f"`{key}` names a column of predictions", "add `as: predictions`", at_key=True)
    place = (at or entry).place
    spec = OutSpec(name=name or path, named=bool(name), path=path, kind=out_kind, columns=columns, place=place)
    return spec, at or entry


def _columns(entry: Node) -> Columns:
    default = Columns()
    given = {key: child.text(f"the column `{key}`") for key in COLUMN_KEYS[:4] if (child := entry.child(key))}
    groups = entry.child("groups")
    columns = Columns(
        id=given.get("id", default.id),
        label=given.get("label", default.label),
        prediction=given.get("prediction", default.prediction),
        score=given.get("score", default.score),
        groups=default.groups if groups is None else groups.texts("column names"),
    )
    if len({columns.id, columns.label, columns.prediction}) < 3 and not entry.broken:
        entry.complain("id, label and prediction must be three columns", "name each of them", at_key=True)
    return columns


def _env(node: Node | None) -> Mapping[str, str]:
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


def _pass_env(node: Node) -> tuple[str, ...]:
    child = node.child("pass_env")
    if child is None:
        return ()
    names = child.texts("variable names")
    env = node.child("env")
    for entry in child.entries("variable names"):
        if isinstance(entry.value, str) and entry.value:
            _variable(entry.value, entry)
            if env is not None and env.child(entry.value) is not None:
                entry.complain(f"{entry.value} stands in `env:` too", "keep one of the two")
    return names


def _variable(name: str, entry: Node) -> None:
    if not VARIABLE.match(name):
        entry.complain(
            f"`{name}` cannot name an environment variable", "use letters, digits and `_`, not starting with a digit"
        )
    elif name.startswith(_OWN_VARIABLES):
        entry.complain(f"names starting with {_OWN_VARIABLES} are Seatrial's own", "choose another name")


def _matrix(node: Node | None) -> Mapping[str, tuple[Scalar, ...]]:
    found: dict[str, tuple[Scalar, ...]] = {}
    if node is None:
        return found
    cells = 1
    for axis, entry in node.items("axes"):
        if not is_name(axis):
            entry.complain(f"`{axis}` cannot name an axis", NAME_RULE, at_key=True)
        values = _axis(axis, entry)
        found[axis] = values
        cells *= max(1, len(values))
    if isinstance(node.value, dict) and not found:
        node.complain("the matrix has no axes", "remove it, or write e.g. `matrix: {seed: [0, 1, 2]}`", at_key=True)
    if cells > MAX_CELLS:
        node.complain(
            f"the matrix has {cells:,} cells; at most {MAX_CELLS:,} are allowed", "use fewer values", at_key=True
        )
        return {}  # nobody should count through them to find the next mistake
    return found


def _axis(axis: str, node: Node) -> tuple[Scalar, ...]:
    values: list[Scalar] = []
    seen: set[str] = set()
    for entry in node.entries("values"):
        value = entry.value
        if not (value is None or isinstance(value, bool | int | float | str)):
            entry.complain(
                f"a value of axis {axis} must be text, a number, true or false, not {kind(value)}",
                "write e.g. [0, 1, 2]",
            )
            continue
        text = show_value(value)
        if not text or not text.isprintable() or _AXIS_BREAKERS & set(text):
            entry.complain(
                f"{text!a} cannot be a value of an axis", "leave out `,`, `=`, `[`, `]` and control characters"
            )
        elif text in seen:
            entry.complain(f"the value {text} stands twice on axis {axis}", "keep one of the two")
        seen.add(text)
        values.append(value)
    if node.value == []:
        node.complain(f"axis {axis} has no values", "list them, e.g. [0, 1, 2]", at_key=True)
    return tuple(values)


def _timeout(node: Node | None) -> float | None:
    if node is None:
        return None
    found = seconds(node.value)
    if found is None:
        node.complain("timeout must be a positive time", "write seconds, or `90s`, `10m`, `2h`, `1d`")
    return found
