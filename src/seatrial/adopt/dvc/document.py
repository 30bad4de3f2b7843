"""`dvc.yaml` as records, as strict as DVC 3 itself: each key with its place, nothing filled in yet.

Called by `project` for each file of the repository. Whatever DVC's schema refuses is refused here too, all mistakes of
a file at once, because converting a file that never ran would be guessing. Pure.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from seatrial.adopt.dvc import grammar
from seatrial.config.node import Node, Notes, kind
from seatrial.config.source import Source
from seatrial.errors import Place

MAX_STAGES = 20_000
_TEXTS = ("template", "x", "y", "x_label", "y_label", "title", "remote", "desc", "type")
_FLAGS = ("cache", "persist", "checkpoint", "push", "header")


class Written(Struct, frozen=True, kw_only=True):
    """A text, and where it stands."""

    text: str
    place: Place


class OutEntry(Struct, frozen=True, kw_only=True):
    """One out of a stage, from whichever of `outs`, `metrics` and `plots`. `extras` are further keys, with places."""

    path: Written
    section: str
    cache: bool = True
    persist: bool = False
    desc: str = ""
    extras: tuple[tuple[str, Place], ...] = ()


class ParamEntry(Struct, frozen=True, kw_only=True):
    """Names in one parameters file; no names mean the whole file, and no file the default one."""

    file: Written | None
    names: tuple[Written, ...]
    place: Place


class VarsEntry(Struct, frozen=True, kw_only=True):
    """A file (with `:names` behind it) or a mapping of values."""

    file: Written | None
    values: Mapping[str, object]
    place: Place


class StageEntry(Struct, frozen=True, kw_only=True):
    """A stage as written; `over` is what follows `foreach:` or `matrix:`, None for a single stage."""

    name: str
    place: Place
    cmd: tuple[Written, ...]
    wdir: Written | None = None
    deps: tuple[Written, ...] = ()
    params: tuple[ParamEntry, ...] = ()
    variables: tuple[VarsEntry, ...] = ()
    outs: tuple[OutEntry, ...] = ()
    frozen: bool = False
    always: bool = False
    desc: str = ""
    meta: Place | None = None
    foreach: object = None
    matrix: object = None
    over: Place | None = None
    keys: Mapping[str, Place] = {}


class ArtifactEntry(Struct, frozen=True, kw_only=True):
    """A named artifact."""

    name: str
    place: Place
    path: Written
    type: str = ""
    desc: str = ""
    extras: tuple[tuple[str, Place], ...] = ()


class DvcFile(Struct, frozen=True, kw_only=True):
    """One `dvc.yaml`. `folder` is where it lies, "" for the top of the repository."""

    path: str
    folder: str
    stages: tuple[StageEntry, ...] = ()
    variables: tuple[VarsEntry, ...] = ()
    metrics: tuple[Written, ...] = ()
    artifacts: tuple[ArtifactEntry, ...] = ()
    left: tuple[tuple[str, Place], ...] = ()
    """Keys at the top, or within them, that have no counterpart."""


def read_document(source: Source) -> DvcFile:
    """The records of one file. Raises ConfigError with all that DVC would refuse in it."""
    notes = Notes()
    root = Node(source, (), {} if source.value is None else source.value, notes)
    folder = posixpath.dirname(source.file)
    if not root.fields(tuple(grammar.TOP_KEYS)):
        notes.raise_all()
    stages = root.child("stages")
    found = DvcFile(
        path=source.file,
        folder=folder,
        stages=() if stages is None or stages.value is None else tuple(_stages(stages)),
        variables=_variables(root.child("vars")),
        metrics=_texts(root.child("metrics"), "paths of metrics"),
        artifacts=tuple(_artifacts(root.child("artifacts"))),
        left=tuple(_left(root)),
    )
    notes.raise_all()
    return found


def _stages(node: Node) -> Iterator[StageEntry]:
    for number, (name, at) in enumerate(node.items("stages")):
        if number >= MAX_STAGES:
            at.complain(f"there are more than {MAX_STAGES:,} stages", "convert it in parts", at_key=True)
            return
        if isinstance(at.value, dict) and at.value.keys() & grammar.GROUP_KEYS.keys():
            yield from _group(name, at)
        elif (stage := _stage(name, at, tuple(grammar.STAGE_KEYS))) is not None:
            yield stage


def _group(name: str, node: Node) -> Iterator[StageEntry]:
    node.fields(tuple(grammar.GROUP_KEYS))
    over, do = node.required("foreach", "say over what"), node.required("do", "write the stage under it")
    if over is None or do is None:
        return
    if not isinstance(over.value, dict | list | str):
        over.complain(f"`foreach` needs a list or a mapping, not {kind(over.value)}", "write e.g. [a, b]")
        return
    stage = _stage(name, do, tuple(key for key in grammar.STAGE_KEYS if key != "matrix"))
    if stage is not None:
        fields = {field: getattr(stage, field) for field in stage.__struct_fields__}
        keys = {**stage.keys, "foreach": over.key_place, "do": do.key_place}
        yield StageEntry(
            **{**fields, "foreach": over.value, "over": over.key_place, "place": node.key_place, "keys": keys}
        )


def _stage(name: str, node: Node, known: Collection[str]) -> StageEntry | None:
    if not node.fields(known):
        return None
    cmd = node.required("cmd", "DVC asks for the command of each stage")
    wdir, meta, matrix = node.child("wdir"), node.child("meta"), node.child("matrix")
    if matrix is not None:
        _check_matrix(matrix)
    return StageEntry(
        name=name,
        place=node.key_place,
        cmd=_commands(cmd),
        wdir=None if wdir is None else _text(wdir, "wdir"),
        deps=_texts(node.child("deps"), "paths"),
        params=tuple(_params(node.child("params"))),
        variables=_variables(node.child("vars")),
        outs=tuple(out for section in ("outs", "metrics", "plots") for out in _outs(node.child(section), section)),
        frozen=_flag(node, "frozen"),
        always=_flag(node, "always_changed"),
        desc="" if (desc := node.child("desc")) is None else _text(desc, "desc").text,
        meta=None if meta is None else meta.key_place,
        matrix=None if matrix is None else matrix.value,
        over=None if matrix is None else matrix.key_place,
        keys={key: at.key_place for key, at in node.items("keys")},
    )


def _check_matrix(node: Node) -> None:
    for _, axis in node.items("axes"):
        if not isinstance(axis.value, str | list):
            axis.complain(f"an axis needs a list, not {kind(axis.value)}", "write e.g. [a, b]")


def _commands(node: Node | None) -> tuple[Written, ...]:
    if node is None:
        return ()
    if not isinstance(node.value, list):
        return (_text(node, "cmd"),)
    found = tuple(_text(entry, "a command") for entry in node.entries("commands"))
    if not found:
        node.complain("the list of commands is empty", "write what the stage runs")
    return found


def _text(node: Node, what: str) -> Written:
    if not isinstance(node.value, str):
        node.complain(f"{what} must be text, not {kind(node.value)}", "DVC asks for text here")
        return Written(text="", place=node.place)
    return Written(text=node.value, place=node.place)


def _texts(node: Node | None, what: str) -> tuple[Written, ...]:
    return () if node is None else tuple(_text(entry, f"one of the {what}") for entry in node.entries(what))


def _flag(node: Node, key: str, default: bool = False) -> bool:
    child = node.child(key)
    if child is None:
        return default
    if isinstance(child.value, bool):
        return child.value
    child.complain(f"`{key}` must be true or false, not {kind(child.value)}", "write `true` or `false`")
    return default


def _variables(node: Node | None) -> tuple[VarsEntry, ...]:
    found = []
    for entry in () if node is None else node.entries("files and mappings"):
        if isinstance(entry.value, dict):
            found.append(VarsEntry(file=None, values=entry.value, place=entry.place))
        else:
            found.append(VarsEntry(file=_text(entry, "an entry of vars"), values={}, place=entry.place))
    return tuple(found)


def _params(node: Node | None) -> Iterator[ParamEntry]:
    for entry in () if node is None else node.entries("parameters"):
        if not isinstance(entry.value, dict):
            yield ParamEntry(file=None, names=(_text(entry, "a parameter"),), place=entry.place)
            continue
        for file, names in entry.items("names by file"):
            at = Written(text=file, place=names.key_place)
            listed = () if names.value is None else _texts(names, "parameters")
            yield ParamEntry(file=at, names=listed, place=names.key_place)


def _outs(node: Node | None, section: str) -> Iterator[OutEntry]:
    for entry in () if node is None else node.entries("paths"):
        if not isinstance(entry.value, dict):
            yield OutEntry(path=_text(entry, "a path"), section=section)
            continue
        for path, at in entry.items("an out's keys by path"):
            for props in at.entries("curves") if section == "plots" and isinstance(at.value, list) else (at,):
                yield _out(path, at, props, section)


def _out(path: str, at: Node, props: Node, section: str) -> OutEntry:
    known = (*grammar.OUT_KEYS, *(grammar.PLOT_KEYS if section == "plots" else ()))
    written = Written(text=path, place=at.key_place)
    if not props.fields(known):
        return OutEntry(path=written, section=section)
    _check_values(props)
    desc = props.child("desc")
    extras = tuple(
        (key, child.key_place) for key, child in props.items("keys") if key not in ("cache", "persist", "desc")
    )
    return OutEntry(
        path=written,
        section=section,
        cache=_flag(props, "cache", True),
        persist=_flag(props, "persist") or _flag(props, "checkpoint"),
        desc=str(desc.value) if desc is not None else "",
        extras=extras,
    )


def _check_values(props: Node) -> None:
    for key, child in props.items("keys"):
        if key in _TEXTS:
            _text(child, key)
        elif key in _FLAGS:
            _flag(props, key)
        elif key == "labels":
            _texts(child, "labels")


def _artifacts(node: Node | None) -> Iterator[ArtifactEntry]:
    for name, at in () if node is None or node.value is None else node.items("artifacts"):
        if not at.fields(tuple(grammar.ARTIFACT_KEYS)):
            continue
        path = at.required("path", "say where it lies")
        _check_values(at)
        if path is not None:
            yield ArtifactEntry(
                name=name,
                place=at.key_place,
                path=_text(path, "path"),
                type=str(at.at("type").value) if at.child("type") else "",
                desc=str(at.at("desc").value) if at.child("desc") else "",
                extras=tuple(
                    (k, c.key_place) for k, c in at.items("keys") if grammar.ARTIFACT_KEYS.get(k) is grammar.Fate.LEFT
                ),
            )


def _left(root: Node) -> Iterator[tuple[str, Place]]:
    for key in ("params", "plots", "datasets"):
        child = root.child(key)
        if child is None or child.value is None:
            continue
        yield key, child.key_place
        if key == "params":
            _texts(child, "paths")
        elif key == "plots":
            yield from _plots(child)


def _plots(node: Node) -> Iterator[tuple[str, Place]]:
    for entry in node.entries("plots"):
        if isinstance(entry.value, str):
            continue
        for _, plot in entry.items("plots"):
            if plot.value is None or not plot.fields(grammar.TOP_PLOT_KEYS):
                continue
            yield from ((f"plots.NAME.{key}", child.key_place) for key, child in plot.items("keys"))
