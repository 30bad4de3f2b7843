"""What every flow works with, opened once by `wiring`: repository, cache, records, clock.

Frozen data: flows take their surroundings from here and from their arguments, never from the
process they happen to run in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial.change.git import Git
from seatrial.clock import Clock
from seatrial.flows.policy import ProjectPolicy
from seatrial.pipeline.addresses import Addresses
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.events import Event
from seatrial.pipeline.machine import Machine
from seatrial.store.state import StateStore
from seatrial.store.ulid import after_all, ulid

if TYPE_CHECKING:
    from seatrial.evidence.cases import Placed


class Workspace(Struct, frozen=True, kw_only=True):
    """One work tree and everything around it.

    `environ` is the environment of the user's shell, `machine` a line for people, `hardware` what that
    machine has and shares, `jobs` how many commands may run at once, `randomness` gives ten random
    bytes, `listener` sees every event, `addresses` looks up what lies outside of the repository.
    `load_policy` reads a configuration from any tree, given a function that reads its files, `parse_yaml` a file
    of YAML that is evidence. `settle` is told
    the configuration of the work tree, which says where the state and the shared cache are. `stranger`: the code that
    is run belongs to nobody who may write to the repository, so its records are of no account and it gets no secret.
    """

    git: Git
    cache: Cache
    state: StateStore
    clock: Clock
    environ: Mapping[str, str]
    machine: str
    hardware: Machine
    jobs: int
    randomness: Callable[[], bytes]
    listener: Callable[[Event], None]
    addresses: Addresses
    load_policy: Callable[[Callable[[str], bytes | None]], ProjectPolicy]
    parse_yaml: Callable[[bytes, str], Placed]
    settle: Callable[[ProjectPolicy], None]
    stranger: bool = False

    def new_run(self) -> str:
        """A fresh run identifier, later than those of all runs here."""
        try:
            others = os.listdir(self.cache.runs)
        except FileNotFoundError:
            others = []
        return after_all(ulid(self.clock.now(), self.randomness()), others)
