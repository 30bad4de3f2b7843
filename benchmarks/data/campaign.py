"""Every tool, every table, every size: ask what has not been answered yet, and score.

The order is tools within tables within sizes, small sizes first, so that a run that is stopped has finished something.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.change.tables import aligned
from benchmarks.data.asking import Asked, ask, progress
from benchmarks.data.cases import Case, Sample, cases_of, recipe, samples_of
from benchmarks.data.keeping import Kept
from benchmarks.data.kinds import Kind
from benchmarks.data.oracle import replicated
from benchmarks.data.roles import Table
from benchmarks.data.scoring import Answer, by_chance, clean_of, scores_of
from benchmarks.data.shown import Scored

DRAWN = 5_000
"""Rows of the largest samples that the ideal test is carried out on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is asked. Answers are kept in `keep`; tools named in `only_kept` are asked nothing more."""

    kinds: tuple[Kind, ...]
    sizes: tuple[int, ...]
    clean: int
    repeats: int
    keep: Path
    only_kept: frozenset[str] = frozenset()


def run(tools: Sequence[Asked], tables: Sequence[Table], extent: Extent) -> Iterator[Scored]:
    """One score for each size, table and tool."""
    made = recipe()
    for n in sorted({n for table in tables for n in table.sizes if n in extent.sizes or len(table.sizes) == 1}):
        for table in tables:
            if n not in table.sizes:
                continue
            cases = cases_of(table, extent.kinds, n)
            for tool in tools:
                scored = _scored(tool, table, n, cases, extent, made)
                if scored is not None:
                    yield scored


def _scored(tool: Asked, table: Table, n: int, cases: Sequence[Case], extent: Extent, made: str) -> Scored | None:
    """None where nothing is kept of a tool that is not to be asked."""
    begun = time.monotonic()
    kept = Kept(extent.keep, f"{tool.name}-{table.name}-{n}".replace(" ", "-"), f"{made} {tool.made_with()}")
    answers: dict[Sample, Answer] = {}
    for _, samples in samples_of(cases, clean=extent.clean, repeats=extent.repeats):
        missing = [sample for sample in samples if sample.key not in kept.answers]
        for sample, answer in ask(tool, table, n, [] if tool.name in extent.only_kept else missing):
            kept.add(sample.key, answer)
        answers |= _judged(kept.answers, samples)
    if not answers:
        return None
    taken = time.monotonic() - begun
    cpu = sum(answer.cpu for answer in answers.values()) / max(1, len(answers))
    progress(f"{tool.name}, {table.name}, {n:,} rows: {len(answers)} files, {taken:.0f} s")
    return Scored(
        tool=tool.name, table=table.name, n=n, scores=scores_of(answers), clean=clean_of(answers),
        chance=by_chance(answers), cpu=cpu,
    )  # fmt: skip


def _judged(answers: Mapping[str, Answer], samples: Sequence[Sample]) -> dict[Sample, Answer]:
    """What is known of samples; damage of which the undamaged side is unknown is not judged."""
    known = {sample: answers[sample.key] for sample in samples if sample.key in answers}
    whole = {(sample.source, sample.part) for sample in known if sample.is_control}
    return {one: said for one, said in known.items() if one.case is None or (one.source, one.part) in whole}


def power_table(tables: Sequence[Table], kinds: Sequence[Kind], replicates: int) -> str:
    """How large each accident is on the declared scale, and with which chance the ideal test would show it; with
    replicates, behind a slash, in how many of so many drawn samples of up to 5,000 rows it does."""
    rows: list[tuple[str, ...]] = [("table", "accident", "effect", "floor", "power 500", "5,000", "500,000")]
    for table in tables:
        of_sizes = {n: cases_of(table, kinds, n) for n in table.sizes}
        for place, case in enumerate(of_sizes[table.sizes[0]]):
            powers = [_power(table, of_sizes[n][place], n, replicates) for n in table.sizes]
            effect = f"{case.effect.size:.3f} {case.effect.unit}"
            rows.append((table.name, case.name, effect, f"{case.effect.floor:g}", *powers, *[""] * (3 - len(powers))))
    return aligned(rows)


def _power(table: Table, case: Case, n: int, replicates: int) -> str:
    if not case.effect.above_floor:
        return "below"
    if not replicates or n > DRAWN or table.changing:
        return f"{case.power:.2f}"
    columns = table.pair(min(table.sizes), 1, 1)[0].width
    return f"{case.power:.2f} / {replicated(table, case, n, replicates, columns):.2f}"
