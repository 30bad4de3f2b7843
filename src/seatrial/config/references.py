"""References between objects: `stage.out`, `stage[seed=0].out`, `stage[*].out`, `datasets.test`.

Called by the checks of stages and models, after all shapes are read. The rule for a dep: text with a selector
(`name[key=value].out`, `name[*].out`) is a reference; so is `datasets.NAME`; so is `a.b` when
`a` is a declared stage; all else is a path. A path that would be taken for a reference is
written with `./` in front. What is subtle: names may hold dots, so every split at a dot is
tried, and a text that two stages could mean is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seatrial.config.document import DATASETS
from seatrial.config.names import MAX_PATH, is_name
from seatrial.config.node import Node, suggestion
from seatrial.config.scalars import resolve
from seatrial.config.stage_document import StageDraft
from seatrial.errors import UserError
from seatrial.flows.policy import DatasetPolicy
from seatrial.pipeline import external
from seatrial.pipeline.expand import cell_name, combinations
from seatrial.pipeline.policy import OutSource, PathSource, StageSpec, UrlSource
from seatrial.pipeline.template import show_value

_SELECTED = re.compile(r"(?P<stage>[^\[\]/]+)\[(?P<cell>\*|[^\[\]]*=[^\[\]]*)\]\.(?P<out>.+)\Z")

ADDRESSES = ("s3://", "hf://")
"""What a dep can name outside of the repository."""

Stages = Mapping[str, StageDraft]


def source_of_dep(
    text: str, node: Node, stages: Stages, datasets: Mapping[str, DatasetPolicy]
) -> PathSource | OutSource | UrlSource:
    """What a dep's text means; mistakes are noted and answered with the text as a path."""
    as_path = PathSource(path=text)
    if text.startswith(ADDRESSES):
        _check_address(text, node)
        return UrlSource(url=text)
    head, _, name = text.partition(".")
    if head == DATASETS and name and "/" not in name:
        if name in datasets:
            return PathSource(path=datasets[name].path)
        known = [f"{DATASETS}.{known}" for known in datasets]
        node.complain(f"there is no dataset `{name}`", suggestion(text, known, "datasets"))
        return as_path
    if _SELECTED.match(text) or _splits(text, stages):
        return resolve_out(text, node, stages, or_path=True) or as_path
    return as_path


def _check_address(text: str, node: Node) -> None:
    """Notes an address that cannot be meant; one with `${matrix.AXIS}` in it is looked at when it is filled in."""
    if "${" in text:
        return
    try:
        external.parse(text)
    except UserError as error:
        node.complain(str(error), error.next_step)


def resolve_out(text: str, node: Node, stages: Stages, *, or_path: bool = False) -> OutSource | None:
    """The out a reference names; None after noting why it names none.

    With `or_path` the advice includes how to write a path of the same spelling.
    """
    selected = _SELECTED.match(text)
    if selected:
        stage, out, cell = selected["stage"], selected["out"], selected["cell"]
    else:
        found = _split(text, node, stages)
        if found is None:
            return None
        (stage, out), cell = found, None
    draft = stages.get(stage)
    if draft is None:
        node.complain(f"there is no stage `{stage}`", suggestion(stage, stages, "stages"))
        return None
    if not draft.sound:
        return OutSource(stage=stage, out=out)
    names = [made.name for made in draft.spec.outs]
    if out not in names:
        escape = f"; for the file, write `./{text}`" if or_path and not selected else ""
        step = suggestion(out, names, f"outs of {stage}") + escape
        node.complain(f"stage {stage} has no out `{out}`", step)
        return None
    return _with_cell(stage, out, cell, node, draft)


def _splits(text: str, stages: Stages) -> list[tuple[str, str]]:
    """All ways to read `a.b.c` as a declared stage and something of it, longest stage first."""
    if len(text) > MAX_PATH:
        return []  # no reference is that long, and trying every dot of a megabyte takes minutes
    dots = [at for at, character in enumerate(text) if character == "."]
    pairs = [(text[:at], text[at + 1 :]) for at in reversed(dots)]
    return [(stage, rest) for stage, rest in pairs if stage in stages and rest]


def _split(text: str, node: Node, stages: Stages) -> tuple[str, str] | None:
    splits = _splits(text, stages)
    if not splits:
        stage, dot, out = text.partition(".")
        if not dot or not out or not is_name(stage):
            node.complain(f"`{text}` is no reference", "write `stage.out`, or `stage[key=value].out` with a matrix")
        else:
            node.complain(f"there is no stage `{stage}`", suggestion(stage, stages, "stages"))
        return None
    fitting = [(stage, out) for stage, out in splits if out in (made.name for made in stages[stage].spec.outs)]
    if len(fitting) > 1:
        node.complain(f"`{text}` could mean an out of {' or of '.join(stage for stage, _ in fitting)}", "rename one")
        return None
    return (fitting or splits)[0]


def _with_cell(stage: str, out: str, cell: str | None, node: Node, draft: StageDraft) -> OutSource | None:
    axes = draft.spec.matrix
    if cell is None:
        if not axes:
            return OutSource(stage=stage, out=out)
        cells = combinations(draft.spec)
        example = f"{cell_name(stage, cells[0])}.{out}"
        node.complain(
            f"stage {stage} has a matrix of {len(cells)} cells and `{stage}.{out}` names none of them",
            f"name one, `{example}`, or all, `{stage}[*].{out}`",
        )
        return None
    if not axes:
        node.complain(f"stage {stage} has no matrix and so no cell `[{cell}]`", f"write `{stage}.{out}`")
        return None
    if cell == "*":
        return OutSource(stage=stage, out=out, every=True)
    if "${" in cell:
        node.complain("`${...}` in a selector is not supported yet", f"name a cell, or all: `{stage}[*].{out}`")
        return None
    chosen = _choose(cell, draft.spec)
    if chosen is None:
        known = [cell_name(stage, choice) for choice in combinations(draft.spec)]
        more = ", ..." if len(known) > 8 else ""
        node.complain(f"stage {stage} has no cell `[{cell}]`", f"its cells: {', '.join(known[:8])}{more}")
        return None
    return OutSource(stage=stage, out=out, cell=chosen)


def _choose(selector: str, spec: StageSpec) -> Mapping[str, str] | None:
    """The cell that `seed=0,lr=1e-3` names, as values are shown; None unless it names exactly one there is."""
    wanted: dict[str, str] = {}
    for pair in selector.split(","):
        axis, equals, text = pair.partition("=")
        axis = axis.strip()
        if not equals or axis in wanted:
            return None
        wanted[axis] = text.strip()
    if wanted.keys() != spec.matrix.keys():
        return None
    cells = [{axis: show_value(value) for axis, value in choice.items()} for choice in combinations(spec)]
    for axis, text in wanted.items():
        if text not in {cell[axis] for cell in cells}:
            wanted[axis] = _spelling(text)
    return next((cell for cell in cells if cell == wanted), None)


def _spelling(text: str) -> str:
    """`1e-3` and `0.001` are one value; it is compared as the cell shows it."""
    try:
        return show_value(resolve(text))
    except ValueError:
        return text
