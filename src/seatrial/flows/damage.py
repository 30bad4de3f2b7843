"""Bytes that were stored and cannot be read any more, told so that somebody can act.

Called by the flows where they read artifacts and evidence. Damage in the cache is mended by running
stages again; what reaches this file is damage that this does not cure, which is nearly always that
of the state's own blobs.
"""

from __future__ import annotations

from seatrial.errors import Place, StateError
from seatrial.flows.workspace import Workspace
from seatrial.store.blobs import CorruptBlobError
from seatrial.store.transfers import RemoteBlobError


def explained(workspace: Workspace, damage: CorruptBlobError) -> StateError:
    """The same, with where to look and what to do."""
    if isinstance(damage, RemoteBlobError):
        return StateError(
            f"the bytes of a model or of its evidence cannot be read: {damage}",
            place=Place(file=damage.place),
            next_step="type the command again; if it says the same, restore this object from a backup "
            "(docs/reference/shared-state-and-cache.md, 'Backup')",
        )
    root = workspace.state.blobs.root
    return StateError(
        f"the bytes of a model or of its evidence cannot be read: {damage}",
        place=Place(file=str(root)),
        next_step=f"type the command again; if it says the same, restore {root} from a backup "
        "(docs/reference/registry.md, 'Backup')",
    )
