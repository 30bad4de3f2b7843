"""A dataset to its profile and the counts of its contract's rules: every partition once, partitions side by side.

Called by `checking`. A partition is read in batches; each batch goes to the profile and to the rules, so neither costs a
second pass. Partitions are worked on in threads, because decoding, sorting and hashing happen outside of Python's lock,
and added in the order of their names, so how many threads there were cannot be seen in the result.

With a memory, a partition that was seen before is not read again, except for its digest: its profile is found by what it
depends on (bytes, keys of the path, types of the columns, binning), its counts by the rules as well. What lies in memory is
bounded by the number of partitions at work, never by the size of the dataset.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from seatrial import __version__, digest
from seatrial.data.contract.rules import RuleCounter
from seatrial.data.contract.tallies import Tallies, added
from seatrial.data.policy import Contract
from seatrial.data.profile.memory import ProfileMemory
from seatrial.data.profile.merging import merged
from seatrial.data.profile.records import SCHEMA, Binning, Profile
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.data.profile.taking import Taker
from seatrial.data.reading.batches import batches
from seatrial.data.reading.identity import identity
from seatrial.data.reading.records import Dataset, Partition
from seatrial.errors import SeatrialError

Say = Callable[[str], None]

MOST_AT_ONCE = 4
"""Partitions read at once where nobody says how many: each holds some batches in memory."""


class Profiled(Struct, frozen=True, kw_only=True):
    """What one pass over a dataset gives. `remembered` counts partitions that were not read again."""

    profile: Profile
    tallies: Tallies | None
    remembered: int


class Plan(Struct, frozen=True, kw_only=True):
    """What is asked of every partition, and where answers are remembered. `rules` is False where the contract's
    rules are not counted, as for a reference."""

    dataset: Dataset
    binning: Binning
    contract: Contract
    rules: bool = True
    cache: Path | None = None
    jobs: int | None = None


def identities(dataset: Dataset, jobs: int | None, say: Say) -> tuple[str, ...]:
    """The digests of all files, in their order."""
    say(f"{dataset.shown}: reading digests")
    with ThreadPoolExecutor(max_workers=_at_once(jobs, len(dataset.partitions))) as pool:
        return tuple(pool.map(identity, dataset.partitions))


def profiled(plan: Plan, known: Sequence[str], say: Say) -> Profiled:
    """The profile of all partitions; `known` are their identities.

    Raises EvidenceError for a file that cannot be read.
    """
    memory = None if plan.cache is None else ProfileMemory(plan.cache)
    parts = plan.dataset.partitions
    profile: Profile | None = None
    tallies: Tallies | None = None
    remembered = 0
    for done, part in enumerate(_each(plan, known, memory), 1):
        profile = part.profile if profile is None else merged((profile, part.profile))
        if part.tallies is not None:
            tallies = part.tallies if tallies is None else added(tallies, part.tallies)
        remembered += part.remembered
        say(f"{plan.dataset.shown}: {done:,} of {len(parts):,} files, {profile.rows:,} rows")
    if profile is None:  # no partition at all: opening has refused it
        profile = _taker(plan).finish(())
    return Profiled(profile=profile, tallies=tallies, remembered=remembered)


def _each(plan: Plan, known: Sequence[str], memory: ProfileMemory | None) -> Iterator[Profiled]:
    """The partitions in order. No more wait in memory than work at once: a result is taken before the next begins."""
    at_once = _at_once(plan.jobs, len(plan.dataset.partitions))
    work = zip(plan.dataset.partitions, known, strict=True)
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


def _at_once(jobs: int | None, partitions: int) -> int:
    return max(1, min(jobs or min(MOST_AT_ONCE, len(os.sched_getaffinity(0))), partitions))


def _partition(plan: Plan, partition: Partition, name: str, memory: ProfileMemory | None) -> Profiled:
    """One partition, from memory if that knows all that is asked."""
    profile_key, rules_key = _keys(plan, partition, name)
    profile = _remembered_profile(memory, profile_key, partition)
    tallies = _remembered_tallies(memory, rules_key) if plan.rules else None
    if profile is not None and (tallies is not None or not plan.rules):
        return Profiled(profile=profile, tallies=tallies, remembered=1)
    taker = _taker(plan) if profile is None else None
    counter = RuleCounter(plan.contract, plan.dataset.columns) if plan.rules and tallies is None else None
    rows = 0
    for frame in batches(plan.dataset, partition):
        rows += frame.height
        if taker is not None:
            taker.add(frame)
        if counter is not None:
            counter.add(frame)
    if taker is not None:
        profile = taker.finish(((name, rows),))
        if memory is not None:
            memory.put(profile_key, write_profile(profile))
    if counter is not None:
        tallies = counter.tallies
        if memory is not None:
            memory.put(rules_key, msgspec.json.encode(tallies))
    assert profile is not None  # it was remembered, or taken above
    return Profiled(profile=profile, tallies=tallies, remembered=0)


def _taker(plan: Plan) -> Taker:
    """A profile in the making. Columns that the contract names and the data lacks are told elsewhere."""
    there = {column.name for column in plan.dataset.columns}

    def known(name: str | None) -> str | None:
        return name if name in there else None

    contract = plan.contract
    return Taker(
        plan.dataset.columns,
        plan.binning,
        cluster=known(contract.cluster),
        label=known(contract.label),
        prediction=known(contract.prediction),
    )


def _keys(plan: Plan, partition: Partition, name: str) -> tuple[str, str]:
    """What a profile and the counts of rules are remembered under: all that they depend on."""
    contract = plan.contract
    about: dict[str, digest.Json] = {
        "by": __version__,
        "schema": SCHEMA,
        "identity": name,
        "format": partition.format.value,
        "separator": plan.dataset.separator,
        "keys": [list(pair) for pair in partition.keys],
        "columns": [[column.name, column.dtype, column.part.value, column.dims] for column in plan.dataset.columns],
        "stored": [[stored.name, str(stored.dtype), stored.layout] for stored in plan.dataset.stored],
    }
    profile = {
        **about,
        "binning": plan.binning.digest,
        "roles": [contract.cluster, contract.label, contract.prediction],
    }
    rules = {**about, "contract": contract_digest(contract)}
    return digest.of_record("data-profile/1", profile), digest.of_record("data-rules/1", rules)


def contract_digest(contract: Contract) -> str:
    """What a contract demands, wherever it is written."""
    return digest.of_record("data-contract/1", msgspec.json.decode(msgspec.json.encode(contract)))


def _remembered_profile(memory: ProfileMemory | None, key: str, partition: Partition) -> Profile | None:
    data = None if memory is None else memory.get(key)
    if data is None:
        return None
    try:
        return read_profile(data, file=partition.shown)
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
