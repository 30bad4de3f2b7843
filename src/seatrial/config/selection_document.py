"""The shape of `selection:` in `seatrial.yaml`: which stages run, and which of them first.

Called by `document`; the stages that it names are looked up by `stage_checks`, once all are read.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config.amounts import duration
from seatrial.config.names import path_fault
from seatrial.config.node import Node, readable
from seatrial.errors import UserError
from seatrial.pipeline.globs import glob_pattern
from seatrial.pipeline.policy import SelectionPolicy

SELECTION_KEYS = ("dear", "irrelevant", "fallback")


def read_selection(node: Node | None) -> SelectionPolicy:
    """What the project says about selecting; mistakes are noted."""
    default = SelectionPolicy()
    if node is None or not node.fields(SELECTION_KEYS):
        return default
    dear, irrelevant, fallback = (node.child(key) for key in SELECTION_KEYS)
    return SelectionPolicy(
        dear=default.dear if dear is None else duration(dear, "dear"),
        irrelevant=default.irrelevant if irrelevant is None else _irrelevant(irrelevant),
        fallback=default.fallback if fallback is None else fallback.texts("stages"),
        places={} if irrelevant is None else {glob: at.key_place for glob, at in irrelevant.items("reasons by glob")},
    )


def _irrelevant(node: Node) -> Mapping[str, str]:
    """Globs of files that reach no stage; each needs a reason, because a report shows it."""
    found: dict[str, str] = {}
    for glob, entry in node.items("reasons by glob"):
        fault = path_fault(glob) or _unreadable(glob)
        if fault is not None:
            entry.complain(
                f"the glob `{readable(glob)}` {fault}", "write e.g. `docs/**: documentation is not run`", at_key=True
            )
        found[glob] = entry.text(f"the reason of {readable(glob)}")
    return found


def _unreadable(glob: str) -> str | None:
    try:
        glob_pattern(glob)
    except UserError:
        return "cannot be read"
    return None
