"""The GPUs of a machine as values: read from the driver's table, and cut down to what a caller may use. Pure.

Called by `nvidia`, which asks the driver, and by the pipeline, which leases devices. A device is known by its
UUID, because numbers differ between processes that were given different sets; a command gets the names
that its caller would use for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from seatrial.replacing import replace

UNKNOWN = "?"
"""The capability of a device that nobody could ask."""

FIELDS = ("index", "uuid", "name", "memory.total", "memory.used", "compute_cap")
"""The columns of the table that `parse` reads, as the driver names them."""

NO_DEVICES = "this machine has none"
"""Why there are none, where nothing else is known."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The variable by which a process is shown some of a machine's devices."""

_MIB = 1 << 20
_IDLE = 1024 * _MIB
_HIDE_ALL = ("", "-1", "NoDevFiles")
_MOST_DEVICES = 1024


class Gpu(Struct, frozen=True, kw_only=True):
    """One device. `handle` is how a command must name it; memory is in bytes, `used` None where unknown."""

    index: int
    uuid: str
    handle: str
    name: str = ""
    memory: int | None = None
    used: int | None = None
    capability: str = UNKNOWN

    @property
    def taken(self) -> bool:
        """Whether somebody works on it already: more of its memory is used than an idle device's."""
        return self.used is not None and self.used > _IDLE


class Gpus(Struct, frozen=True, kw_only=True):
    """The devices somebody may use, in their order. `reason` says why there are none, or fewer than the machine has."""

    devices: tuple[Gpu, ...] = ()
    reason: str = NO_DEVICES
    capability: str = UNKNOWN
    """What results of the devices belong to: `sm_90`, or `sm_80+sm_90` where they differ."""


def parse(table: str) -> tuple[Gpu, ...]:
    """The devices in the driver's table, one line each. Raises ValueError for anything else."""
    import csv  # only where there is a driver

    devices: list[Gpu] = []
    for row in csv.reader(table.splitlines(), skipinitialspace=True):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(FIELDS) or not cells[0].isdecimal() or not cells[1].startswith(("GPU-", "MIG-")):
            raise ValueError(f"not a line of devices: {', '.join(cells)[:80]!r}")
        index, uuid, name, memory, used, capability = cells
        devices.append(
            Gpu(
                index=int(index),
                uuid=uuid,
                handle=index,
                name=name,
                memory=_bytes(memory),
                used=_bytes(used),
                capability=_capability(capability),
            )
        )
        if len(devices) > _MOST_DEVICES:
            raise ValueError(f"more than {_MOST_DEVICES} devices")
    if len({device.uuid for device in devices}) != len(devices) or len({d.index for d in devices}) != len(devices):
        raise ValueError("a device is listed twice")
    return tuple(sorted(devices, key=lambda device: device.index))


def seen_through(machine: Iterable[Gpu], setting: str | None, *, why_none: str = "") -> Gpus:
    """What is left of a machine's devices under a given `CUDA_VISIBLE_DEVICES`, in its order.

    It is read as CUDA reads it: numbers or UUIDs (or their first letters), and nothing after the first
    entry that names no device. `why_none` is why the machine itself has none.
    """
    found = tuple(machine)
    every = _together(found)
    if setting is None:
        return Gpus(devices=found, reason=why_none or NO_DEVICES, capability=every)
    chosen: list[Gpu] = []
    for entry in (part.strip() for part in setting.split(",")):
        device = None if entry in _HIDE_ALL else _named(entry, found)
        if device is None:
            break
        if all(device.uuid != other.uuid for other in chosen):
            chosen.append(device)
    reason = (
        f"this machine has {len(found)}, of which CUDA_VISIBLE_DEVICES shows {len(chosen) or 'none'}"
        if found
        else why_none or NO_DEVICES
    )
    # With nothing visible nothing will run; results that were made on this machine's devices are still its own.
    return Gpus(devices=tuple(chosen), reason=reason, capability=_together(chosen) if chosen else every)


def _named(entry: str, machine: tuple[Gpu, ...]) -> Gpu | None:
    if entry.isdecimal():
        return next((replace(device, handle=entry) for device in machine if device.index == int(entry)), None)
    if entry.startswith("MIG-") and machine:
        # Parts of a device are not in the table; what is known of them is what all devices have in common.
        capability = _together(machine)
        return Gpu(index=-1, uuid=entry, handle=entry, name="part of a device", capability=capability)
    matching = [device for device in machine if entry.startswith("GPU-") and device.uuid.startswith(entry)]
    return replace(matching[0], handle=entry) if len(matching) == 1 else None


def _together(devices: Iterable[Gpu]) -> str:
    return "+".join(sorted({device.capability for device in devices})) or UNKNOWN


def _bytes(cell: str) -> int | None:
    return int(cell) * _MIB if cell.isdecimal() else None


def _capability(cell: str) -> str:
    major, _, minor = cell.partition(".")
    return f"sm_{major}{minor}" if major.isdecimal() and minor.isdecimal() else UNKNOWN
