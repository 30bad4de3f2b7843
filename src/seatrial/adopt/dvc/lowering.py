"""From the stages of DVC to those of Seatrial, with everything said that is not as it was.

Called by `project` once all files are read. Groups become matrices or are unrolled, names become names that
Seatrial allows, paths start from the top of the repository. The rule where something has no counterpart: a stage that
cannot see all that it depends on runs always, since an old result would be taken for a new one otherwise. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from seatrial.adopt.dvc.circles import refuse_circles
from seatrial.adopt.dvc.command import lower_command
from seatrial.adopt.dvc.document import ArtifactEntry
from seatrial.adopt.dvc.interpolation import Fixed, Live, Pieces, joined, plain
from seatrial.adopt.dvc.matrices import Axes, axes_of
from seatrial.adopt.dvc.paths import OutPaths, lower_deps, lower_outs, written_path
from seatrial.adopt.dvc.records import Conversion, Facts, LoweredModel, LoweredStage
from seatrial.adopt.dvc.saying import Sayings
from seatrial.adopt.dvc.stage_names import allowed, folded, unlike
from seatrial.adopt.dvc.stages import Cell, CellOut, Group
from seatrial.config.document import DATASETS
from seatrial.pipeline.template import show_value


class Unit(Struct, frozen=True, kw_only=True):
    """What becomes one stage: a cell, or all cells of a group with the axes that tell them apart."""

    group: Group
    cell: Cell
    label: str
    name: str
    axes: Axes | None = None
    cells: tuple[Cell, ...] = ()


class _Names(Struct):
    taken: set[str] = field(default_factory=lambda: {DATASETS})

    def take(self, wanted: str, otherwise: str) -> str:
        name = unlike(allowed(wanted, otherwise), self.taken)
        self.taken.add(folded(name))
        return name


def lower(groups: Sequence[Group], facts: Facts, said: Sayings) -> Conversion:
    """Everything that the dvc.yaml files hold. Raises ConfigError where two stages write one path."""
    units = tuple(_units(groups))
    running = [unit for unit in units if not unit.group.entry.frozen]
    outs = OutPaths.of((_dvc_name(unit, cell), cell) for unit in running for cell in unit.cells)
    refuse_circles(
        [(_dvc_name(unit, cell), unit.group.entry.place, cell) for unit in running for cell in unit.cells], outs
    )
    names = frozenset(unit.name for unit in units)
    listed = {_below(group.file.folder, one.text): one for group in groups for one in group.file.metrics}
    for path, metric in listed.items():
        holder = outs.around(path)
        if not holder:
            said.metrics_of_nobody(metric)
        elif tuple(path.split("/")) != outs.paths[holder[0]]:
            said.metrics_inside(metric)
    stages = tuple(_stage(unit, facts, said, outs, names, frozenset(listed)) for unit in units)
    models = tuple(_models(groups, units, stages, said))
    return Conversion(
        files=tuple(dict.fromkeys(group.file.path for group in groups)),
        params=facts.main if _needs_params(stages) else None,
        stages=stages,
        models=models,
        notes=said.all(),
    )


def _below(folder: str, path: str) -> str:
    return written_path((Fixed(folder),) if folder else (), (Fixed(path),))


def _needs_params(stages: Iterable[LoweredStage]) -> bool:
    return any(stage.params or "${params." in stage.command.cmd for stage in stages if not stage.frozen)


def _units(groups: Sequence[Group]) -> Iterable[Unit]:
    """Stages at the top of the repository are named first, and among them those whose names Seatrial allows: they keep
    their names."""
    names = _Names()
    made: dict[int, list[Unit]] = {}
    order = sorted(range(len(groups)), key=lambda index: _precedence(groups[index]))
    for index in order:
        made[index] = list(_of_group(groups[index], names))
    for index in range(len(groups)):
        yield from made[index]


def _precedence(group: Group) -> tuple[bool, bool]:
    return group.file.folder != "", allowed(group.entry.name, "") != group.entry.name


def _of_group(group: Group, names: _Names) -> Iterable[Unit]:
    entry = group.entry
    wanted = entry.name
    if group.file.folder and folded(allowed(wanted, "stage")) in names.taken:
        wanted = f"{group.file.folder}-{wanted}"
    axes = axes_of(group)
    if axes is not None:
        name = names.take(wanted, "stage")
        yield Unit(group=group, cell=group.cells[0], label=entry.name, name=name, axes=axes, cells=group.cells)
        return
    for cell in group.cells:
        label = entry.name if cell.key is None else f"{entry.name}@{cell.key}"
        name = names.take(wanted if cell.key is None else f"{wanted}-{cell.key}", "stage")
        single = _without_axes(cell)
        yield Unit(group=group, cell=single, label=label, name=name, cells=(single,))


def _without_axes(cell: Cell) -> Cell:
    """The cell with the values of its axes written out."""

    def out(text: Pieces) -> Pieces:
        return joined(
            [Fixed(piece.text) if isinstance(piece, Live) and piece.head == "matrix" else piece for piece in text]
        )

    return Cell(
        key=cell.key,
        axes=cell.axes,
        lines=tuple(out(line) for line in cell.lines),
        folder=out(cell.folder),
        deps=tuple((out(path), place) for path, place in cell.deps),
        outs=tuple(CellOut(path=out(made.path), entry=made.entry) for made in cell.outs),
        params=cell.params,
        uses=cell.uses,
    )


def _dvc_name(unit: Unit, cell: Cell) -> str:
    """The stage as `dvc repro` is told it."""
    name = unit.group.entry.name if cell.key is None else f"{unit.group.entry.name}@{cell.key}"
    return f"{unit.group.file.path}:{name}" if unit.group.file.folder else name


def _stage(
    unit: Unit, facts: Facts, said: Sayings, outs: OutPaths, names: frozenset[str], metrics: frozenset[str]
) -> LoweredStage:
    cell, entry = unit.cell, unit.group.entry
    deps = lower_deps(unit.cells, outs, names, facts, said)
    made = lower_outs(unit.cells, facts, metrics, said)
    params = said.params(cell, facts, deps)
    folder = written_path((), cell.folder) if plain(cell.folder) else ""
    folder = "" if folder == "." else folder
    command = lower_command(
        cell.lines,
        folder,
        deps=deps.in_command,
        outs=made.in_command,
        labels={"DVC_STAGE": _addressing(unit), "DVC_ROOT": "$PWD"},
    )
    callback = not entry.deps and not entry.params and not entry.outs
    said.stage(unit.group, cell, unit.label, unit.name, command, unrolled=unit.axes is None and cell.key is not None)
    if callback:
        said.callback(entry)
    return LoweredStage(
        name=unit.name,
        label=unit.label,
        command=command,
        comment=entry.desc,
        deps=deps.written,
        outs=made.written,
        params=tuple(dict.fromkeys((*params, *command.params))),
        axes={} if unit.axes is None else unit.axes.axes,
        include=() if unit.axes is None else unit.axes.include,
        always=entry.always or callback or deps.lost,
        effects=made.lost,
        frozen=entry.frozen,
    )


def _addressing(unit: Unit) -> str:
    """The stage as DVC calls it in `$DVC_STAGE`, fit for double quotes."""
    name = f"{unit.group.file.path}:{unit.label}" if unit.group.file.folder else unit.label
    return re.sub(r'([\\"$`])', r"\\\1", name)


def _models(
    groups: Sequence[Group], units: Sequence[Unit], stages: Sequence[LoweredStage], said: Sayings
) -> Iterable[LoweredModel]:
    """What `artifacts:` calls a model; without any, the one out that is called `model`."""
    written = dict(_written_outs(units, stages))
    names = _Names()
    found: list[LoweredModel] = []
    files = {group.file.path: group.file for group in groups}
    for file in files.values():
        for artifact in file.artifacts:
            reference = written.get(_below(file.folder, artifact.path.text))
            said.artifact(artifact, made=reference is not None, is_model=_is_model(artifact))
            if reference is not None and _is_model(artifact):
                name = names.take(artifact.name, "model")
                found.append(LoweredModel(name=name, artifact=reference, why=f"the artifact `{artifact.name}` of DVC"))
    if not found:
        likely = [ref for path, ref in written.items() if _looks_like_a_model(path)]
        if len(likely) == 1:
            found.append(LoweredModel(name="model", artifact=likely[0], why="a guess from the name of the out"))
    return found


def _is_model(artifact: ArtifactEntry) -> bool:
    return artifact.type.lower() in ("model", "models") or (not artifact.type and "model" in artifact.path.text.lower())


def _looks_like_a_model(path: str) -> bool:
    last = path.rsplit("/", 1)[-1].lower()
    return last.partition(".")[0] in ("model", "clf", "classifier", "regressor")


def _written_outs(units: Sequence[Unit], stages: Sequence[LoweredStage]) -> Iterable[tuple[str, str]]:
    """References by the path that a cell writes, of outs whose bytes are stored."""
    for unit, stage in zip(units, stages, strict=True):
        for out in stage.outs:
            if not out.cache or out.kind or stage.frozen:
                continue
            if unit.axes is None:
                yield out.path, f"{stage.name}.{out.name}"
                continue
            for values in unit.axes.cells:
                shown = {axis: show_value(value) for axis, value in values.items()}
                path = out.path
                for axis, text in shown.items():
                    path = path.replace(f"${{matrix.{axis}}}", text)
                chosen = ",".join(f"{axis}={text}" for axis, text in shown.items())
                yield path, f"{stage.name}[{chosen}].{out.name}"
