"""Deps and outs: DVC's paths, which start from the folder of a stage, as paths from the top of the repository.

Called by `lowering`. What lies outside of the repository, or behind an address that Seatrial does not read, cannot be
declared; the stage is then told to run always (a dep) or to act on the world outside (an out), so that nothing
old passes for new. Pure. Subtle: DVC lets a stage depend on a folder in which others write; Seatrial asks for
the outs themselves and a pattern for the rest, which leaves outs out.
"""

from __future__ import annotations

import bisect
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from seatrial.adopt.dvc.document import OutEntry
from seatrial.adopt.dvc.interpolation import Live, Pieces, plain
from seatrial.adopt.dvc.records import Facts, LoweredOut
from seatrial.adopt.dvc.saying import Sayings
from seatrial.adopt.dvc.stage_names import folded, of_path, unlike
from seatrial.adopt.dvc.stages import Cell
from seatrial.config.document import DATASETS
from seatrial.config.names import normal, out_fault, path_fault
from seatrial.errors import ConfigError, Place, Problem, UserError
from seatrial.pipeline import external

_PATTERN = frozenset("*?[]")


def written_path(folder: Pieces, path: Pieces) -> str:
    """A path from the top of the repository, as `seatrial.yaml` writes it: values of axes stay `${matrix.AXIS}`."""
    return normal(posixpath.join(_written(folder), _written(path)))


def _written(pieces: Pieces) -> str:
    return "".join(
        f"${{{piece.head}.{piece.name}}}" if isinstance(piece, Live) and piece.head == "matrix" else piece.text
        for piece in pieces
    )


def plain_path(cell: Cell, path: Pieces) -> str:
    """The same with every value filled in."""
    return normal(posixpath.join(plain(cell.folder), plain(path)))


class OutPaths(Struct, frozen=True):
    """Every path that a stage writes, in order, with the stage's name in DVC."""

    paths: tuple[tuple[str, ...], ...]
    makers: tuple[str, ...]

    @staticmethod
    def of(cells: Iterable[tuple[str, Cell]]) -> OutPaths:
        """Raises ConfigError where two stages would write one path, or one inside the other's, as DVC does."""
        found: list[tuple[tuple[str, ...], str, Place]] = []
        for label, cell in cells:
            paths = {plain_path(cell, out.path): out.entry.path.place for out in cell.outs}
            found += [(tuple(path.split("/")), label, place) for path, place in paths.items()]
        found.sort(key=lambda entry: entry[0])
        problems = []
        above: tuple[tuple[str, ...], str, Place] | None = None
        for entry in found:
            if above is None or entry[0][: len(above[0])] != above[0]:
                above = entry
                continue
            what = f"{above[1]} and {entry[1]} write {'/'.join(above[0])}"
            what += "" if above[0] == entry[0] else f" and, inside it, {'/'.join(entry[0])}"
            step = f"DVC refuses this too; give each a path of its own (the other stands at {above[2]})"
            problems.append(Problem(message=what, place=entry[2], next_step=step))
        if problems:
            raise ConfigError(problems[0].message, problems=tuple(problems[:100]))
        return OutPaths(tuple(parts for parts, _, _ in found), tuple(label for _, label, _ in found))

    def around(self, path: str) -> tuple[int, ...]:
        """Which of them is the path, or a folder that holds it: at most one."""
        parts = tuple(path.split("/"))
        at = bisect.bisect_right(self.paths, parts) - 1
        return (at,) if at >= 0 and parts[: len(self.paths[at])] == self.paths[at] else ()

    def below(self, path: str) -> tuple[str, ...]:
        """The outs inside of a folder."""
        parts = () if path == "." else tuple(path.split("/"))
        found = []
        for index in range(bisect.bisect_left(self.paths, parts), len(self.paths)):
            if self.paths[index][: len(parts)] != parts:
                break
            if self.paths[index] != parts:
                found.append("/".join(self.paths[index]))
        return tuple(found)


class Deps(Struct):
    """The deps of a stage by name. `in_command` are names by path as the command writes it; `lost` when one could not
    be declared."""

    written: dict[str, str] = field(default_factory=dict)
    in_command: dict[str, str] = field(default_factory=dict)
    lost: bool = False

    def add(self, path: str, names: frozenset[str]) -> str:
        """The name of a path, which is added unless it is there already."""
        text = unmistakable(path, names)
        known = next((name for name, other in self.written.items() if other == text), None)
        if known is not None:
            return known
        name = unlike(of_path(path, "dep"), {folded(other) for other in self.written})
        self.written[name] = text
        return name


def unmistakable(path: str, stages: frozenset[str]) -> str:
    """A path that no stage's name makes a reference of."""
    dots = [at for at, character in enumerate(path) if character == "."]
    if any(path[:at] in stages or path[:at] == DATASETS for at in dots if at) or "[" in path.partition("/")[0]:
        return f"./{path}"
    return path


def lower_deps(cells: Sequence[Cell], outs: OutPaths, names: frozenset[str], facts: Facts, said: Sayings) -> Deps:
    """The deps of one stage; all its cells are alike but for the values of axes."""
    found = Deps()
    for index, (pieces, place) in enumerate(cells[0].deps):
        raw, path = plain(pieces), written_path(cells[0].folder, pieces)
        fault = _dep_fault(raw, [plain_path(cell, cell.deps[index][0]) for cell in cells])
        if fault is not None:
            found.lost = True
            said.lost_dep(raw, fault, place)
            continue
        if raw.startswith("s3://"):
            name = found.add(raw, names)
            found.in_command[raw] = name
            continue
        inside = sorted({out for cell in cells for out in outs.below(plain_path(cell, cell.deps[index][0]))})
        if inside:
            own = {plain_path(cell, out.path) for cell in cells for out in cell.outs}
            if _holds_files(path, facts.files):  # a pattern that matches nothing is a mistake
                found.add("**" if path == "." else f"{path}/**", names)
            for out in inside:
                if out not in own:
                    found.add(out, names)
            continue
        found.in_command[_written(pieces)] = found.add(path, names)
    return found


def _holds_files(folder: str, files: Sequence[str]) -> bool:
    """Whether git knows of a file in a folder; `files` are sorted."""
    inside = "" if folder == "." else f"{folder}/"
    at = bisect.bisect_left(files, inside)
    return at < len(files) and files[at].startswith(inside)


def _dep_fault(raw: str, paths: Sequence[str]) -> str | None:
    if raw.startswith("s3://"):
        try:
            external.parse(raw)
        except UserError as error:
            return f"is refused: {error}"
        return None
    if "://" in raw:
        return f"is behind {raw.partition('://')[0]}://, which Seatrial does not read"
    if posixpath.isabs(raw):
        return "is absolute"
    for path in paths:
        fault = path_fault(path)
        if fault is not None:
            return "lies outside of the repository" if path.startswith("..") else fault
        if _PATTERN & set(path) or "${" in path:
            return "has a `*`, `?`, bracket or `${` in its name, which would be a pattern"
    return None


class Outs(Struct):
    """The outs of a stage, as `Deps` has its deps."""

    written: tuple[LoweredOut, ...] = ()
    in_command: dict[str, str] = field(default_factory=dict)
    lost: bool = False


def lower_outs(cells: Sequence[Cell], facts: Facts, metrics: frozenset[str], said: Sayings) -> Outs:
    """The outs of one stage. `metrics` are paths that the top of a dvc.yaml lists as metrics."""
    found = Outs()
    taken: set[str] = set()
    made: dict[str, LoweredOut] = {}
    for index, out in enumerate(cells[0].outs):
        path = written_path(cells[0].folder, out.path)
        paths = [plain_path(cell, cell.outs[index].path) for cell in cells]
        said.extras(out.entry)
        if path in made:
            continue  # several curves of one file
        fault = _out_fault(plain(out.path), paths, facts)
        if fault is not None:
            found.lost = True
            said.lost_out(plain(out.path), fault, out.entry.path.place)
            continue
        name = unlike(of_path(path, "out"), taken)
        taken.add(folded(name))
        made[path] = _lowered(name, path, paths, out.entry, facts, metrics, said)
        found.in_command[_written(out.path)] = name
        said.tracked(out.entry, [one for one in paths if one in facts.tracked])
    found.written = tuple(made.values())
    return found


def _out_fault(raw: str, paths: Sequence[str], facts: Facts) -> str | None:
    if "://" in raw:
        return "is an address"
    if posixpath.isabs(raw):
        return "is absolute"
    for path in paths:
        fault = out_fault(path)
        if fault is not None:
            return "lies outside of the repository" if path.startswith("..") else fault
        if _PATTERN & set(path) or "${" in path:
            return "has a `*`, `?`, bracket or `${` in its name"
        own = (facts.main, "seatrial.yaml", "gates.yaml")
        if any(file is not None and f"{file}/".startswith(f"{path}/") for file in own):
            return "holds the configuration of Seatrial itself"
    return None


def _lowered(
    name: str,
    path: str,
    paths: Sequence[str],
    entry: OutEntry,
    facts: Facts,
    metrics: frozenset[str],
    said: Sayings,
) -> LoweredOut:
    kind = ""
    is_metrics = entry.section == "metrics" or path in metrics
    faults: Mapping[str, str] = {one: facts.unfit[one] for one in paths if one in facts.unfit}
    why = next(iter(faults.values()), "")
    if is_metrics and path.endswith(".json") and not faults:
        kind = "metrics"
        said.metrics(entry, stored=not entry.cache)
    elif is_metrics:
        said.plain_metrics(entry, why or "only JSON is read as metrics")
    elif (
        entry.section == "plots" and path.endswith(".csv") and not faults and any(one in facts.present for one in paths)
    ):
        kind = "curve"
        said.curve(entry)
    elif entry.section == "plots":
        said.plain_plot(entry, why)
    if not entry.cache and not kind:
        said.not_stored(entry)
    return LoweredOut(
        name=name, path=path, kind=kind, cache=entry.cache or bool(kind), persist=entry.persist, comment=entry.desc
    )
