"""Only the rules of a contract, over whole files: one lazy `select` per partition, partitions side by side.

Called by `seatrial check` where no profile is asked for. polars' streaming engine decodes only the columns that a
rule needs. Rows that break a rule are looked for in a second pass, which reads only the columns in question of the
partitions in which something was broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

from seatrial.data.columns import Column, Part
from seatrial.data.contract.rules import Compiled, RuleCounter, compiled, examples, nothing_yet, tallied, with_examples
from seatrial.data.contract.tallies import Tallies, added
from seatrial.data.policy import Contract
from seatrial.data.reading.batches import batches, scan
from seatrial.data.reading.faults import told
from seatrial.data.reading.records import Dataset, Partition

_AT_ONCE = 2
"""Partitions read side by side; each already uses all cores, so more would only cost memory."""


def scan_rules(dataset: Dataset, contract: Contract, *, at_once: int = _AT_ONCE) -> Tallies:
    """All rules counted over all rows, as `RuleCounter` would count them.

    Raises ConfigError for a pattern the engine refuses, EvidenceError for a file that cannot be read.
    """
    return reduce(
        added, scan_each(dataset, contract, at_once=at_once), nothing_yet(compiled(contract, dataset.columns))
    )


def scan_each(dataset: Dataset, contract: Contract, *, at_once: int = _AT_ONCE) -> Iterator[Tallies]:
    """The same of each partition, in their order."""
    plan = compiled(contract, dataset.columns)
    with ThreadPoolExecutor(max_workers=max(1, at_once)) as pool:
        yield from pool.map(lambda partition: _partition(dataset, partition, contract, plan), dataset.partitions)


def _partition(dataset: Dataset, partition: Partition, contract: Contract, plan: Compiled) -> Tallies:
    if any(_in_lists(leaf) for demand in plan.demands for leaf in (demand.leaf, demand.other) if leaf is not None):
        return _batch_by_batch(dataset, partition, contract)
    needed = set(sources(plan))
    with told(partition):
        rows = scan(dataset, partition, sources=needed or None)
        named = [expression.alias(name) for name, expression in plan.aggregates.items()]
        part = tallied(plan, rows.select(named).collect(engine="streaming").row(0, named=True))
        broken = [demand for demand in plan.demands if part.counts[demand.id].broken]
        return with_examples(part, examples(plan, broken, rows))


def _batch_by_batch(dataset: Dataset, partition: Partition, contract: Contract) -> Tallies:
    """For leaves in lists, which are walked in Python: never a whole column at once."""
    counter = RuleCounter(contract, dataset.columns)
    for frame in batches(dataset, partition, sources=set(sources(counter.compiled)) or None):
        counter.add(frame)
    return counter.tallies


def _in_lists(leaf: Column) -> bool:
    return leaf.part is not Part.VALUES and leaf.name != f"{leaf.source}[#]"


def sources(plan: Compiled) -> Iterator[str]:
    """The columns of a batch that the rules need."""
    for demand in plan.demands:
        yield from (leaf.source for leaf in (demand.leaf, demand.other) if leaf is not None)
