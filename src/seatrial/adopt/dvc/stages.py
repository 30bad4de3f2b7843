"""The stages of a dvc.yaml with everything filled in: one cell for each stage that `dvc repro` would run.

Called by `project`. `foreach` and `matrix` become cells with their values; each text keeps which of its parts came
from an axis, so that `matrices` can see whether the cells differ in nothing else. Raises ConfigError with the place
in dvc.yaml for whatever DVC could not fill in. Pure.
"""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Iterator, Mapping

from msgspec import Struct

from seatrial.adopt.dvc.document import DvcFile, OutEntry, StageEntry, Written
from seatrial.adopt.dvc.interpolation import (
    Axis,
    Context,
    Fixed,
    InterpolationError,
    Origin,
    Pieces,
    Use,
    expressions,
    fill,
    joined,
    plain,
    shown,
    value_of,
)
from seatrial.adopt.dvc.values import DEFAULT_FILE, Loaded, Reader, add_entries
from seatrial.errors import ConfigError, Place

MAX_CELLS = 20_000
_ITEM, _KEY = "item", "key"


class Params(Struct, frozen=True, kw_only=True):
    """What a stage tracks of one file; no names mean all of it."""

    file: str
    names: tuple[str, ...]
    place: Place


class CellOut(Struct, frozen=True, kw_only=True):
    """An out of one cell."""

    path: Pieces
    entry: OutEntry


class Cell(Struct, frozen=True, kw_only=True):
    """One stage as DVC would run it. `key` is what stands behind the `@` of its name, None for a single stage.

    `folder` is where it runs, from the top of the repository; paths are as written, relative to that folder.
    """

    key: str | None
    axes: Mapping[str, object]
    lines: tuple[Pieces, ...]
    folder: Pieces
    deps: tuple[tuple[Pieces, Place], ...]
    outs: tuple[CellOut, ...]
    params: tuple[Params, ...]
    uses: tuple[Use, ...]


class Group(Struct, frozen=True, kw_only=True):
    """All cells of one entry under `stages:`."""

    file: DvcFile
    entry: StageEntry
    cells: tuple[Cell, ...]


def resolve_stages(file: DvcFile, loaded: Loaded, read: Reader) -> Iterator[Group]:
    """All groups of a file, in its order."""
    count = 0
    for entry in file.stages:
        cells = tuple(_cells(file, entry, loaded, read))
        count += len(cells)
        if count > MAX_CELLS:
            raise ConfigError(
                f"there are more than {MAX_CELLS:,} stages", place=entry.place, next_step="convert it in parts"
            )
        yield Group(file=file, entry=entry, cells=cells)


def _cells(file: DvcFile, entry: StageEntry, loaded: Loaded, read: Reader) -> Iterator[Cell]:
    if entry.over is None:
        yield _cell(file, entry, loaded, read, None, {})
        return
    try:
        choices = _of_matrix(entry, loaded.context) if entry.matrix is not None else _of_foreach(entry, loaded.context)
    except InterpolationError as error:
        raise ConfigError(str(error), place=entry.over, next_step="DVC cannot fill this in; correct it first") from None
    if "" in choices:
        raise ConfigError("the name of a cell is empty", place=entry.over, next_step="DVC refuses this too; name it")
    for key, (values, origins, axes) in choices.items():
        inner = Loaded(loaded.context.with_values(values, origins), loaded.files)
        yield _cell(file, entry, inner, read, key, axes)


_Choice = tuple[Mapping[str, object], Mapping[tuple[str, ...], Origin | Axis], Mapping[str, object]]
"""The values of a cell, where they are from, and its axes."""


def _of_foreach(entry: StageEntry, context: Context) -> dict[str, _Choice]:
    over = _filled(entry.foreach, context)
    if isinstance(over, dict):
        return {
            str(key): _choice({_ITEM: value, _KEY: str(key)}, {(_KEY,): Axis((_KEY,))}, {_KEY: str(key)})
            for key, value in over.items()
        }
    if not isinstance(over, list):
        raise InterpolationError("`foreach` needs a list or a mapping")
    if any(isinstance(value, dict | list) for value in over):
        return {str(index): _choice({_ITEM: _bare(value)}, {}, {}) for index, value in enumerate(over)}
    return {_key_of(value): _choice({_ITEM: _bare(value)}, {}, {}) for value in over}


def _choice(
    values: Mapping[str, object], origins: Mapping[tuple[str, ...], Origin | Axis], axes: Mapping[str, object]
) -> _Choice:
    item = values[_ITEM]
    found: dict[tuple[str, ...], Origin | Axis] = dict(origins)
    named = dict(axes)
    for path, value in _scalars(item, ()):
        name = ".".join(path) or _ITEM
        name = f"{_ITEM}.{name}" if path and name in (_ITEM, _KEY) else name
        found[(_ITEM, *path)] = Axis((name,))
        named[name] = value
    return values, found, named


def _scalars(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _scalars(inner, (*path, key))
    elif not isinstance(value, list):
        yield path, value


def _of_matrix(entry: StageEntry, context: Context) -> dict[str, _Choice]:
    axes: dict[str, list[object]] = {}
    cells = 1
    for name, over in entry.matrix.items() if isinstance(entry.matrix, dict) else ():
        values = _filled(over, context)
        if isinstance(values, dict):
            values = list(values)  # DVC goes over the keys
        if not isinstance(values, list):
            raise InterpolationError(f"the axis `{name[:60]}` needs a list")
        axes[name] = values
        cells *= len(values)
    if cells > MAX_CELLS:
        raise InterpolationError(f"the matrix has {cells:,} cells, and {MAX_CELLS:,} is the most")
    found: dict[str, _Choice] = {}
    for combination in itertools.product(*(list(enumerate(values)) for values in axes.values())):
        item = {name: _bare(value) for name, (_, value) in zip(axes, combination, strict=True)}
        composite = any(isinstance(value, dict | list | _Taken) for _, value in combination)
        key = "-".join(
            f"{name}{index}" if isinstance(value, dict | list) else _key_of(value)
            for name, (index, value) in zip(axes, combination, strict=True)
        )
        origins: dict[tuple[str, ...], Origin | Axis] = {} if composite else {(_KEY,): Axis(tuple(axes))}
        found[key] = _choice({_ITEM: item, _KEY: key}, origins, {})
    return found


class _Taken(Struct, frozen=True):
    """`true` or `false` from an expression: DVC writes it `True` in the name of a cell, and `true` elsewhere."""

    value: bool


def _bare(value: object) -> object:
    return value.value if isinstance(value, _Taken) else value


def _key_of(value: object) -> str:
    """A value in the name of a cell."""
    return str(value.value) if isinstance(value, _Taken) else shown(value)


def _filled(value: object, context: Context) -> object:
    """A list or mapping with its texts filled in."""
    if isinstance(value, str):
        found, _ = value_of(value, context, [])
        if isinstance(found, list):
            return [_Taken(inner) if isinstance(inner, bool) else inner for inner in found]
        return _Taken(found) if isinstance(found, bool) else found
    if isinstance(value, list):
        return [_filled(inner, context) for inner in value]
    if isinstance(value, dict):
        return {key: _bare(_filled(inner, context)) for key, inner in value.items()}
    return value


def _cell(
    file: DvcFile, entry: StageEntry, loaded: Loaded, read: Reader, key: str | None, axes: Mapping[str, object]
) -> Cell:
    uses: list[Use] = []
    folder = _folder(file, entry.wdir, loaded.context, uses)
    if entry.variables:
        loaded = add_entries(loaded.copy(), entry.variables, plain(folder), read)
    context = loaded.context
    deps = tuple((_one(dep, context, uses), dep.place) for dep in entry.deps)
    outs = tuple(CellOut(path=_one(out.path, context, uses), entry=out) for out in entry.outs)
    lines = tuple(_one(line, context, uses, command=True) for line in entry.cmd)
    if not any(plain(line).strip() for line in lines):
        raise ConfigError("the command is empty", place=entry.place, next_step="write what the stage runs")
    return Cell(
        key=key,
        axes=axes,
        lines=lines,
        folder=folder,
        deps=deps,
        outs=outs,
        params=tuple(_params(entry, plain(folder), context, uses)),
        uses=tuple(dict.fromkeys(uses)),
    )


def _folder(file: DvcFile, wdir: Written | None, context: Context, uses: list[Use]) -> Pieces:
    inner = () if wdir is None else _one(wdir, context, uses)
    text = "" if wdir is None else plain(inner)
    if posixpath.isabs(text):
        raise ConfigError("the folder is absolute", place=wdir.place if wdir else None, next_step="name it from here")
    return path_below(file.folder, inner)


def path_below(folder: str, inner: Pieces) -> Pieces:
    """A path of pieces with a folder in front."""
    return joined([Fixed(f"{folder}/"), *inner]) if folder else inner


def _one(written: Written, context: Context, uses: list[Use], *, command: bool = False) -> Pieces:
    try:
        return fill(written.text, context, uses, command=command)
    except InterpolationError as error:
        raise ConfigError(str(error), place=written.place, next_step=_next_step(written.text)) from None


def _next_step(text: str) -> str:
    if any("${" in inner for inner in expressions(text)):
        return "DVC fills no expression inside of another; name the value itself"
    return "DVC cannot fill this in either; correct it, or write `\\${` for a literal `${`"


def _params(entry: StageEntry, folder: str, context: Context, uses: list[Use]) -> Iterator[Params]:
    """By file, as DVC merges them: a file that is named without names counts as a whole."""
    names: dict[str, list[str]] = {}
    places: dict[str, Place] = {}
    whole: set[str] = set()
    for written in entry.params:
        file = DEFAULT_FILE if written.file is None else plain(_one(written.file, context, uses))
        path = posixpath.normpath(posixpath.join(folder, file))
        places.setdefault(path, written.place)
        names.setdefault(path, []).extend(plain(_one(name, context, uses)) for name in written.names)
        if not written.names:
            whole.add(path)
    for path, listed in names.items():
        yield Params(file=path, names=() if path in whole else tuple(dict.fromkeys(listed)), place=places[path])
