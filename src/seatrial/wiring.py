"""The composition root: the one file that names concrete adapters.

Called by `cli/`, once a command. Everything below takes what it works with as arguments.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from seatrial.change.git import Git
from seatrial.clock import SystemClock
from seatrial.config.load import load
from seatrial.flows.settled import machine
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.cache import FOLDER, Cache
from seatrial.pipeline.events import Event
from seatrial.store.local_state import LocalState

STATE_FOLDER = "seatrial/state"
"""Where records live below the git folder that all work trees share."""


@contextlib.contextmanager
def open_workspace(folder: Path, *, listener: Callable[[Event], None], jobs: int | None = None) -> Iterator[Workspace]:
    """The workspace around a folder of a git work tree.

    Raises UserError outside of one, OutsideError when git is missing or the cache cannot be written.
    """
    git = Git.find(folder)
    cache = Cache(git.root / FOLDER)
    clock = SystemClock()
    try:
        yield Workspace(
            git=git,
            cache=cache,
            state=LocalState(git.common / STATE_FOLDER, seen=cache.seen, clock=clock),
            clock=clock,
            environ=dict(os.environ),
            machine=machine(),
            jobs=jobs or os.cpu_count() or 1,
            randomness=lambda: os.urandom(10),
            listener=listener,
            load_policy=lambda read: load(read).policy,
        )
    finally:
        cache.close()
