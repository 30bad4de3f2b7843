"""What a cell was given of the machine, from the scheduler that leases it to the executor that starts its command.

A grant is held from before a command starts until it has ended. What its leases rest on are open
descriptors: the command inherits them, so that a killed run does not free a device that its command
still uses.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class Grant(Struct, frozen=True, kw_only=True):
    """Leave to start one command. `environment` is added to the command's own (`CUDA_VISIBLE_DEVICES`)."""

    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
