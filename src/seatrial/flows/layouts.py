"""Where a cell's files lie when it does not write to its declared outs: in scratch, inside the tree.

Called by `rescoring` and `twice`. A command can be moved like this only if it takes every out as
`${outs.NAME}` (a shell's text as `$SEATRIAL_OUTS_NAME`); what else it writes, it writes where it always does.
"""

from __future__ import annotations

import os
from pathlib import Path

from seatrial.pipeline.expand import Cell
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.words import taken


def scratch_outs(planned: PlannedCell, scratch: Path, root: Path) -> dict[str, str]:
    """A place below `scratch` for every out, its name kept: some programs go by its suffix."""
    return {
        out.name: os.path.relpath(scratch / "outs" / out.name / Path(out.path).name, root) for out in planned.cell.outs
    }


def takes_all_outs(cell: Cell) -> bool:
    """Whether the command takes every out by its name, so that it can be made to write elsewhere."""
    given = taken(cell.spec, "outs")
    return all(out.named and out.name in given for out in cell.spec.outs)
