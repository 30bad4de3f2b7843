"""What one run gives its commands of the machine: cores and memory counted here, devices and tokens leased.

Called by the scheduler, which decides who comes next (`choose_next.py`) and asks here what is free. Cores
and memory are each run's own account, since the kernel shares them fairly enough; devices and tokens are
leased from the whole machine. A device whose memory somebody uses without a lease counts as taken.

Subtle: memory is looked at before a start, because others use some too. When nothing of this run is left that
could give some back, the command starts all the same and that is said: waiting would never end.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.environment.gpus import NO_DEVICES, VISIBLE, Gpu, Gpus
from seatrial.pipeline.choose_next import Free
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import end_orphans
from seatrial.pipeline.machine import Machine
from seatrial.pipeline.policy import MachineLimits, Resources
from seatrial.pipeline.queue_text import lease_label
from seatrial.process.group import start_time
from seatrial.replacing import replace
from seatrial.store.leases import Holding, Note, Pool, Taken, Turn
from seatrial.store.locks import Busy

ORDER, COUNT = "CUDA_DEVICE_ORDER", "SEATRIAL_GPUS"
_GIB = 1 << 30


class Impossible(Struct, frozen=True, kw_only=True):
    """Why a cell can never run here. `deferred`: on another machine it could."""

    reason: str
    deferred: bool


class Lacking(Struct, frozen=True, kw_only=True):
    """What others hold: `what` (`gpu 0`), by whom and since when where that is known. `attainable`: it will
    be given back to whoever stands in line, so `names` may be waited for."""

    what: str
    held: tuple[Holding, ...] = ()
    why: str = ""
    names: tuple[str, ...] = ()
    attainable: bool = False


class Allotment(Struct, frozen=True, kw_only=True):
    """What one command was given, until it is given back. `warning` is a sentence for people."""

    grant: Grant
    needs: Resources
    leases: Taken | None = None
    warning: str = ""


class Allotter:
    """The account of one run."""

    def __init__(
        self,
        machine: Machine,
        limits: MachineLimits,
        *,
        jobs: int,
        hides_gpus: bool,
        note: Note,
    ) -> None:
        """`hides_gpus`: commands that ask for no device see none. `note` says who leases."""
        self._machine = machine
        self._limits = limits
        self._hides_gpus = hides_gpus
        self._note = note
        self._gpus: Gpus | None = None
        self._mine: list[Allotment] = []
        self._places = jobs
        # More commands than cores were asked for: then there are to be as many cores.
        self._cpus = limits.cpus if limits.cpus is not None else max(machine.cores, float(jobs))
        known = [amount for amount in (limits.memory, machine.memory_total) if amount is not None]
        self._memory = min(known, default=None)

    # -- what could be ----------------------------------------------------------------

    def needs(self, asked: Resources) -> Resources:
        """What is set aside for a cell: no more cores than there are, so that such a cell runs alone."""
        return replace(asked, cpus=min(asked.cpus, self._cpus)) if asked.cpus > self._cpus else asked

    def shortened(self, asked: Resources) -> str:
        """A warning when a cell asks for more cores than there are, else empty."""
        if asked.cpus <= self._cpus:
            return ""
        return f"it asks for {asked.cpus:g} cores; {self._cpus:g} can be used here, so it runs alone"

    def impossible(self, asked: Resources) -> Impossible | None:
        """Why a cell can never run here, None when it can."""
        if asked.memory is not None and self._memory is not None and asked.memory > self._memory:
            said = f"it needs {_size(asked.memory)} of memory; at most {_size(self._memory)} can be used here"
            return Impossible(reason=said, deferred=False)
        for name, count in sorted(asked.tokens.items()):
            there = self._limits.tokens.get(name, 0)
            if count > there:
                said = f"it needs {count} of the token {name}; a machine has {there or 'none'}"
                return Impossible(reason=said, deferred=False)
        if asked.gpus:
            usable, why = self._usable()
            if asked.gpus > len(usable):
                wanted = f"{asked.gpus} GPU{'s' if asked.gpus > 1 else ''}"
                return Impossible(reason=f"it needs {wanted}; {why}", deferred=True)
        return None

    def _usable(self) -> tuple[tuple[Gpu, ...], str]:
        if self._gpus is None:
            self._gpus = self._machine.gpus()
        devices, most = self._gpus.devices, self._limits.gpus
        if most is not None and len(devices) > most:
            return devices[:most], f"the limits of this project allow {most or 'none'} of this machine's {len(devices)}"
        if devices and self._gpus.reason == NO_DEVICES:
            return devices, f"this machine has {len(devices)}"
        return devices, self._gpus.reason

    # -- what is ----------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether this run has nothing under way."""
        return not self._mine

    def free(self) -> Free:
        """What this run itself has not given away."""
        mine = [one.needs for one in self._mine]
        return Free(
            places=self._places - len(mine),
            cpus=self._cpus - sum(needs.cpus for needs in mine),
            memory=None if self._memory is None else self._memory - sum(needs.memory or 0 for needs in mine),
            gpus=len(self._usable()[0]) - sum(needs.gpus for needs in mine) if self._gpus is not None else 0,
            tokens={
                name: count - sum(needs.tokens.get(name, 0) for needs in mine)
                for name, count in self._limits.tokens.items()
            },
        )

    def take(self, cell: str, needs: Resources, *, since: str, turn: Turn | None = None) -> Allotment | Lacking:
        """Give a cell what it needs, if others leave it. What this run counts itself must be free."""
        warning = ""
        if needs.memory is not None:
            there = self._machine.memory_available()
            if there is not None and there < needs.memory:
                short = f"{_size(there)} of memory are left by others"
                if not self.idle:
                    return Lacking(what="memory", why=f"{_size(needs.memory)} are needed and {short}")
                warning = f"it needs {_size(needs.memory)} and {short}; it starts all the same"
        leased: Taken | None = None
        devices: dict[str, Gpu] = {}
        if needs.gpus or needs.tokens:
            pools, devices, busy = self._pools(needs)
            if busy is not None:
                return busy
            found = self._machine.leases.take(pools, {**self._note, "cell": cell, "since": since}, turn)
            if not isinstance(found, Taken):
                return self._lacking(pools, devices, found)
            leased = found
        given = [devices[name] for name in leased.names[0]] if leased is not None and needs.gpus else []
        allotment = Allotment(
            grant=Grant(
                environment=self._environment(given),
                descriptors=leased.descriptors if leased is not None else (),
            ),
            needs=needs,
            leases=leased,
            warning=warning,
        )
        self._mine.append(allotment)
        return allotment

    def give_back(self, allotment: Allotment) -> None:
        """Its command has ended, or was never started."""
        self._mine.remove(allotment)
        if allotment.leases is not None:
            allotment.leases.release()

    def prepare(self) -> None:
        """Make sure that leases can be taken, before anything runs. Raises OutsideError."""
        self._machine.leases.prepare()

    def close(self) -> None:
        """Take everything back, at the end of the run."""
        for allotment in list(self._mine):
            self.give_back(allotment)

    def stand_in_line(self, cell: str, lacking: Lacking, since: str) -> Turn:
        """A turn for what others hold. Raises OutsideError."""
        return self._machine.leases.stand_in_line(lacking.names, {**self._note, "cell": cell, "since": since})

    def _pools(self, needs: Resources) -> tuple[list[Pool], dict[str, Gpu], Lacking | None]:
        """What is leased, devices first, and the devices by the names of their leases."""
        pools: list[Pool] = []
        devices: dict[str, Gpu] = {}
        if needs.gpus:
            self._gpus = self._machine.gpus()  # again: others may use them by now
            usable = self._usable()[0]
            mine = {name for one in self._mine if one.leases is not None for name in one.leases.names[0]}
            devices = {f"gpu {device.uuid}": device for device in usable}
            idle = [name for name, device in devices.items() if not device.taken or name in mine]
            if len(idle) < needs.gpus:
                return [], devices, self._used_by_strangers(usable, needs)
            pools.append(Pool(names=tuple(idle), count=needs.gpus))
        for name, count in sorted(needs.tokens.items()):
            slots = tuple(f"token {name} {number}" for number in range(self._limits.tokens.get(name, 0)))
            pools.append(Pool(names=slots, count=count))
        return pools, devices, None

    def _used_by_strangers(self, usable: tuple[Gpu, ...], needs: Resources) -> Lacking:
        """Devices with used memory: leased ones are named by their holders, the others by what is used."""
        leases = {one.name: one for one in self._machine.leases.look() if not one.waits}
        taken = [device for device in usable if device.taken]
        held = tuple(
            replace(leases[f"gpu {device.uuid}"], name=f"gpu {device.handle}")
            for device in taken
            if f"gpu {device.uuid}" in leases
        )
        strange = [device for device in taken if f"gpu {device.uuid}" not in leases]
        shown = ", ".join(f"gpu {device.handle}" for device in strange)
        used = ", ".join(_size(device.used or 0) for device in strange)
        why = f"{shown}: {used} of its memory is used by somebody without a lease" if strange else ""
        reachable = [device for device in usable if device not in strange]
        return Lacking(
            what=shown or ", ".join(one.name for one in held),
            held=held,
            why=why,
            names=tuple(f"gpu {device.uuid}" for device in reachable),
            attainable=len(reachable) >= needs.gpus,
        )

    def _lacking(self, pools: list[Pool], devices: Mapping[str, Gpu], found: tuple[Holding, ...]) -> Lacking:
        handles = {device.uuid: device.handle for device in devices.values()}
        held = tuple(replace(one, name=lease_label(one.name, handles)) for one in found)
        for one in found:
            pid = one.note.get("pid")
            gone = isinstance(pid, int) and start_time(pid) != one.note.get("pid_start")
            if gone and not one.waits:  # what a killed run left behind is never collected: it is ended, as for paths
                # But by what the kernel says of those who have the file open: its note may be anybody's invention.
                end_orphans(Busy(path=one.name, file=one.file))
        return Lacking(
            what=", ".join(dict.fromkeys(one.name for one in held)),
            held=held,
            names=tuple(name for pool in pools for name in pool.names),
            attainable=True,
        )

    def _environment(self, given: list[Gpu]) -> dict[str, str]:
        if given:
            handles = ",".join(device.handle for device in given)
            # Numbers mean what the driver's own table means by them, not which device is fastest.
            return {VISIBLE: handles, ORDER: "PCI_BUS_ID", COUNT: str(len(given))}
        return {VISIBLE: "", COUNT: "0"} if self._hides_gpus else {}


def _size(amount: int) -> str:
    return f"{amount / _GIB:.1f} GiB" if amount >= _GIB // 10 else f"{amount / (1 << 20):.0f} MiB"
