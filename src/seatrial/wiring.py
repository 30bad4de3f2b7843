"""The composition root: the one file that names concrete adapters.

Called by `cli/`, once a command. Everything below takes what it works with as arguments.
"""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from seatrial.change.git import Git
from seatrial.clock import SystemClock
from seatrial.config.load import load
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.addresses import Addresses
from seatrial.pipeline.cache import FOLDER, Cache
from seatrial.pipeline.events import Event
from seatrial.store.addresses import open_objects
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
            machine=_machine(),
            jobs=jobs or os.cpu_count() or 1,
            randomness=lambda: secrets.token_bytes(10),
            listener=listener,
            addresses=Addresses(
                lambda bucket: open_objects(f"s3://{bucket}", "stages", os.environ),
                os.environ,
                lambda: secrets.token_bytes(10),
            ),
            load_policy=lambda read: load(read).policy,
        )
    finally:
        cache.close()


def _machine() -> str:
    """`linux x86_64, 2 cores`: enough to judge a timing, nothing that identifies a person."""
    return f"{platform.system().lower()} {platform.machine()}, {os.cpu_count() or 1} cores"
