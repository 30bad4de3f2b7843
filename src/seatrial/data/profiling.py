"""A dataset to its profile and the counts of its contract's rules: every partition once, partitions side by side.

Called by `checking`. A partition is read in batches; each batch goes to the profile and to the rules, so
neither costs a second pass. Partitions are worked on in threads, because decoding, sorting and hashing happen
outside of Python's lock, and added in the order of their names, so how many threads there were cannot be seen
in the result.

With a memory, a partition that was seen before is not read again, except for its digest: its profile is found
by what it depends on (bytes, keys of the path, types of the columns, binning), its counts by the rules as well.
What lies in memory is bounded by the number of partitions at work, never by the size of the dataset.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec
from msgspec import Struct

from seatrial import __version__, digest
from seatrial.data.asked import Asked
from seatrial.data.contract.rules import RuleCounter
from seatrial.data.contract.tallies import Tallies, added
from seatrial.data.profile.freezing import refrozen
from seatrial.data.profile.limits import LEAST_THINNING
from seatrial.data.profile.memory import ProfileMemory
from seatrial.data.profile.merging import merged
from seatrial.data.profile.records import SCHEMA, Binning, Profile
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.data.profile.taking import Taker
from seatrial.data.reading.batches import batches
from seatrial.data.reading.records import Partition
from seatrial.data.seen import Known, Say, contract_digest
from seatrial.errors import SeatrialError
from seatrial.replacing import replace

_CLOSELY = 16 << 20
"""Bytes of a dataset below which every row is looked at closely: it has none to spare, and costs little anyhow. As many
times more where a large reference asks for so many times fewer rows."""


class Profiled(Struct, frozen=True, kw_only=True):
    """What one pass over a dataset gives. `remembered` counts partitions that were not read again."""

    profile: Profile
    tallies: Tallies | None
    remembered: int


class Plan(Struct, frozen=True, kw_only=True):
    """What is asked of every partition. `rules` is False where the contract's rules are not counted, as for a
    reference."""

    it: Known
    binning: Binning
    asked: Asked
    rules: bool = True


def profiled(plan: Plan, say: Say) -> Profiled:
    """The profile of all partitions. Raises EvidenceError for a file that cannot be read."""
    memory = None if plan.asked.cache is None else ProfileMemory(plan.asked.cache)
    dataset = plan.it.dataset
    profile: Profile | None = None
    tallies: Tallies | None = None
    remembered = 0
    for done, part in enumerate(_each(plan, memory), 1):
        profile = part.profile if profile is None else merged((profile, part.profile))
        if part.tallies is not None:
            tallies = part.tallies if tallies is None else added(tallies, part.tallies)
        remembered += part.remembered
        say(f"{dataset.shown}: {done:,} of {len(dataset.partitions):,} files, {profile.rows:,} rows")
    if profile is None:  # no partition at all: opening has refused it
        profile = _taker(plan).finish(())
    return Profiled(profile=profile, tallies=tallies, remembered=remembered)


def _each(plan: Plan, memory: ProfileMemory | None) -> Iterator[Profiled]:
    """The partitions in order. No more wait in memory than work at once: a result is taken before the next begins."""
    at_once = plan.asked.at_once(len(plan.it.files))
    work = zip(plan.it.dataset.partitions, plan.it.files, strict=True)
    if at_once == 1:
        for partition, name in work:
            yield _partition(plan, partition, name, memory)
        return
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        waiting: list[Future[Profiled]] = []
        try:
            for partition, name in work:
                waiting.append(pool.submit(_partition, plan, partition, name, memory))
                if len(waiting) > at_once:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:  # one failed: those that have not begun need not
                future.cancel()


def _partition(plan: Plan, partition: Partition, name: str, memory: ProfileMemory | None) -> Profiled:
    """One partition, read only for what is not remembered of it."""
    profile_key, rules_key = _keys(plan, partition, name)
    profile = _remembered_profile(memory, profile_key, partition, plan.binning)
    tallies = _remembered_tallies(memory, rules_key) if plan.rules else None
    taker = _taker(plan) if profile is None else None
    counter = RuleCounter(plan.asked.contract, plan.it.dataset.columns) if plan.rules and tallies is None else None
    if taker is None and counter is None and profile is not None:
        return Profiled(profile=profile, tallies=tallies, remembered=1)
    rows = 0
    for frame in batches(plan.it.dataset, partition):
        rows += frame.height
        if taker is not None:
            taker.add(frame)
        if counter is not None:
            counter.add(frame)
    if counter is not None:
        tallies = counter.tallies
        if memory is not None:
            memory.put(rules_key, msgspec.json.encode(tallies))
    if profile is None:
        profile = (taker or _taker(plan)).finish(((name, rows),))
        if memory is not None:
            memory.put(profile_key, write_profile(replace(profile, binning=refrozen(plan.binning, profile.columns))))
    return Profiled(profile=profile, tallies=tallies, remembered=0)


def _taker(plan: Plan) -> Taker:
    """A profile in the making. Columns that the contract names and the data lacks are told elsewhere."""
    there = {column.name for column in plan.it.dataset.columns}

    def known(name: str | None) -> str | None:
        return name if name in there else None

    contract = plan.asked.contract
    return Taker(
        plan.it.dataset.columns,
        plan.binning,
        cluster=known(contract.cluster),
        label=known(contract.label),
        prediction=known(contract.prediction),
        closely=_closely(plan),
    )


def _closely(plan: Plan) -> bool:
    thinnings = (column.thinning for column in plan.binning.columns.values())
    rarer = max(1, max(thinnings, default=1) // LEAST_THINNING)
    return sum(partition.size for partition in plan.it.dataset.partitions) < _CLOSELY * rarer


def _keys(plan: Plan, partition: Partition, name: str) -> tuple[str, str]:
    """What a profile and the counts of rules are remembered under: all that they depend on."""
    contract = plan.asked.contract
    about: dict[str, digest.Json] = {
        "by": __version__,
        "schema": SCHEMA,
        "identity": name,
        "format": partition.format.value,
        "separator": plan.it.dataset.separator,
        "keys": [list(pair) for pair in partition.keys],
        "columns": [[column.name, column.dtype, column.part.value, column.dims] for column in plan.it.dataset.columns],
        "stored": [[stored.name, str(stored.dtype), stored.layout] for stored in plan.it.dataset.stored],
    }
    profile = {
        **about,
        "binning": refrozen(plan.binning, [column.name for column in plan.it.dataset.columns]).digest,
        "roles": [contract.cluster, contract.label, contract.prediction],
        "closely": _closely(plan),
    }
    rules = {**about, "contract": contract_digest(contract)}
    return digest.of_record("data-profile/1", profile), digest.of_record("data-rules/1", rules)


def _remembered_profile(
    memory: ProfileMemory | None, key: str, partition: Partition, binning: Binning
) -> Profile | None:
    data = None if memory is None else memory.get(key)
    if data is None:
        return None
    try:
        return replace(read_profile(data, file=partition.shown), binning=binning)
    except SeatrialError:  # what cannot be read is made again
        return None


def _remembered_tallies(memory: ProfileMemory | None, key: str) -> Tallies | None:
    data = None if memory is None else memory.get(key)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=Tallies)
    except msgspec.DecodeError:
        return None
