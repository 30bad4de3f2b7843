"""The machine a run shares with others, as what the scheduler asks it.

Built by `wiring`. Each function looks anew, because others start and stop meanwhile; `gpus` starts a
program and is called only when a cell asks for a device.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from seatrial.clock import Clock
from seatrial.environment.gpus import UNKNOWN, Gpus
from seatrial.store.leases import Leases

GPU_VARIABLE = "SEATRIAL_GPU"
"""On a machine without devices: the capability (`sm_90`) whose stored results may be reused there."""


class Machine(Struct, frozen=True, kw_only=True):
    """What this process may use. `user` is who leases for it; `expected_gpu` is the capability somebody named
    for a machine that has no device of its own."""

    cores: float
    memory_total: int | None
    memory_available: Callable[[], int | None]
    gpus: Callable[[], Gpus]
    leases: Leases
    user: str
    expected_gpu: str = ""

    def capability(self) -> str:
        """What results of this machine's devices belong to."""
        own = self.gpus().capability
        return self.expected_gpu or UNKNOWN if own == UNKNOWN else own


def remembered(ask: Callable[[], Gpus], clock: Clock, *, seconds: float = 2.0) -> Callable[[], Gpus]:
    """`ask`, not more often than every so many seconds: a plan and its first start need one answer."""
    answers: list[tuple[float, Gpus]] = []

    def gpus() -> Gpus:
        now = clock.monotonic()
        if not answers or now - answers[0][0] >= seconds:
            answers[:] = [(now, ask())]
        return answers[0][1]

    return gpus
