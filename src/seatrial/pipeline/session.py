"""What all cells of one run share: where it happens, what it may use, and where it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from seatrial.clock import Clock
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.command import Host, Layout
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.inputs import Survey
from seatrial.process.pump import Carrier
from seatrial.store.blobs import Artifact


class Session(Struct, frozen=True, kw_only=True):
    """What all cells of one run share. `folder` is the run's own."""

    run: str
    folder: Path
    machine: str
    host: Host
    cache: Cache
    survey: Survey
    events: EventLog
    clock: Clock
    bound: Mapping[str, Artifact]
    """Deps (by name) bound to another artifact than their producer's."""
    layouts: Mapping[str, Layout]
    """Layouts by cell that replace the declared paths."""
    in_work_tree: bool
    """Whether results describe the user's work tree; only those become a cell's last result."""
    tracer: str = "audit"
    """What watches the commands: `audit`, in their own interpreters, or `strace`."""
    carrier: Carrier = field(default_factory=Carrier)
    """What carries the output of commands while the loop is busy."""
