"""The composition root: the one file that names concrete adapters.

Called by `cli/`, once a command. Everything below takes what it works with as arguments.
"""

from __future__ import annotations

import contextlib
import os
import platform
import pwd
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seatrial.change.git import Git
from seatrial.clock import Clock, SystemClock
from seatrial.config.load import load
from seatrial.environment import nvidia
from seatrial.environment.capacity import cores, memory_available, memory_total
from seatrial.environment.gpus import VISIBLE, Gpus, seen_through
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.cache import FOLDER, Cache
from seatrial.pipeline.events import Event
from seatrial.pipeline.machine import GPU_VARIABLE, Machine, remembered
from seatrial.store.lease_folder import lease_folder
from seatrial.store.leases import Leases
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
            hardware=_hardware(os.environ, clock),
            jobs=jobs or max(1, int(cores())),
            randomness=lambda: secrets.token_bytes(10),
            listener=listener,
            load_policy=lambda read: load(read).policy,
        )
    finally:
        cache.close()


def _hardware(environ: Mapping[str, str], clock: Clock) -> Machine:
    """What commands may use of this machine, and how it is shared with other users."""

    def gpus() -> Gpus:
        found, why = nvidia.ask(environ)
        return seen_through(found, environ.get(VISIBLE), why_none=why)

    return Machine(
        cores=cores(),
        memory_total=memory_total(),
        memory_available=memory_available,
        gpus=remembered(gpus, clock),
        leases=Leases(lease_folder(environ)),
        user=_user(),
        expected_gpu=environ.get(GPU_VARIABLE, ""),
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container, often
        return f"user {os.getuid()}"


def _machine() -> str:
    """`linux x86_64, 2 cores`: enough to judge a timing, nothing that identifies a person."""
    return f"{platform.system().lower()} {platform.machine()}, {os.cpu_count() or 1} cores"
