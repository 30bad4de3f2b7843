"""The shape of a stage's matrix in `seatrial.yaml`: axes with values, `include` and `exclude`.

Called by `stage_document`. What is subtle: `include` and `exclude` stand beside the axes, as they do
on the forges, so no axis can have these names.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.config.names import NAME_RULE, is_name
from seatrial.config.node import Node, kind, suggestion
from seatrial.pipeline.expand import combinations
from seatrial.pipeline.policy import Scalar, StageSpec
from seatrial.pipeline.template import show_value

MATRIX_KEYS = ("include", "exclude")
MAX_CELLS = 4096
_AXIS_BREAKERS = frozenset(",[]=")


class Matrix(Struct, frozen=True, kw_only=True):
    """The axes of a stage, and the cells that are added to, and taken from, their product."""

    axes: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    include: tuple[Mapping[str, Scalar], ...] = ()
    exclude: tuple[Mapping[str, Scalar], ...] = ()


def read_matrix(node: Node | None) -> Matrix:
    """The matrix of a stage; mistakes are noted."""
    if node is None:
        return Matrix()
    axes = _axes(node)
    include = _cells(node.child("include"), axes, whole=True)
    exclude = _cells(node.child("exclude"), axes, whole=False)
    matrix = Matrix(axes=axes, include=include, exclude=exclude)
    if exclude and axes and not node.broken and not combinations(_alone(matrix)):
        node.complain("`exclude` leaves no cell of the matrix", "take an entry out", at_key=True)
    return matrix


def _alone(matrix: Matrix) -> StageSpec:
    return StageSpec(name="", matrix=matrix.axes, include=matrix.include, exclude=matrix.exclude)


def _axes(node: Node) -> Mapping[str, tuple[Scalar, ...]]:
    found: dict[str, tuple[Scalar, ...]] = {}
    cells = 1
    for axis, entry in node.items("axes"):
        if axis in MATRIX_KEYS:
            continue
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
        if not _is_value(axis, entry):
            continue
        text = show_value(entry.value)
        if text in seen:
            entry.complain(f"the value {text} stands twice on axis {axis}", "keep one of the two")
        seen.add(text)
        values.append(scalar(entry.value))
    if node.value == []:
        node.complain(f"axis {axis} has no values", "list them, e.g. [0, 1, 2]", at_key=True)
    return tuple(values)


def _is_value(axis: str, entry: Node) -> bool:
    """Whether a value can stand on an axis; one that cannot be written in a cell's name is noted and stays."""
    value = entry.value
    if not (value is None or isinstance(value, bool | int | float | str)):
        entry.complain(
            f"a value of axis {axis} must be text, a number, true or false, not {kind(value)}",
            "write e.g. [0, 1, 2]",
        )
        return False
    text = show_value(value)
    if not text or not text.isprintable() or _AXIS_BREAKERS & set(text):
        entry.complain(f"{text!a} cannot be a value of an axis", "leave out `,`, `=`, `[`, `]` and control characters")
    return True


def scalar(value: object) -> Scalar:
    """A value that was found to be one. Raises TypeError for any other."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"not a value of an axis: {value!r}")


def _cells(
    node: Node | None, axes: Mapping[str, tuple[Scalar, ...]], *, whole: bool
) -> tuple[Mapping[str, Scalar], ...]:
    """The entries of `include` (`whole`: each names every axis) or of `exclude` (some axes are enough)."""
    found: list[Mapping[str, Scalar]] = []
    for entry in () if node is None else node.entries("cells"):
        cell: dict[str, Scalar] = {}
        for axis, at in entry.items("axis: value"):
            if axis not in axes:
                at.complain(f"there is no axis `{axis}`", suggestion(axis, axes, "axes"), at_key=True)
            elif _is_value(axis, at):
                cell[axis] = scalar(at.value)
                if not whole and show_value(at.value) not in {show_value(value) for value in axes[axis]}:
                    at.complain(
                        f"axis {axis} has no value {show_value(at.value)}, so nothing is excluded", "correct it"
                    )
        missing = [axis for axis in axes if axis not in cell]
        if isinstance(entry.value, dict) and not entry.broken:
            if not entry.value:
                entry.complain("the cell names no axis", "write e.g. {seed: 0}")
            elif whole and missing:
                entry.complain(
                    f"the cell has no value for {', '.join(missing)}", "give an included cell a value for every axis"
                )
        found.append({axis: cell[axis] for axis in axes if axis in cell})
    return tuple(found)
