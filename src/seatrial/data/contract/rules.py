"""Counting how many values break each rule of a contract, batch by batch.

Called beside the profile, on the same batches (`RuleCounter.add`), and by `scanning`, which asks the same
expressions of a whole partition at once. All counts of a batch are one `select`, so that polars shares what they
have in common and uses its threads; rows are only looked for where something is broken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from msgspec import Struct

from seatrial.data.codes import Check
from seatrial.data.columns import Column, Kind, Part
from seatrial.data.contract.demands import Demand, demands
from seatrial.data.contract.expressions import breaking, check_patterns, measure, measured, values_of
from seatrial.data.contract.tallies import SEEN, Count, Tallies, added
from seatrial.data.policy import EXAMPLES, Contract

_ROWS = "rows"
_SHOWN = 60  # characters of a value that breaks a rule


class Compiled(Struct, frozen=True, kw_only=True):
    """What is asked of a batch: named aggregates, and for each demand the rows that break it and their values."""

    demands: tuple[Demand, ...]
    columns: tuple[Column, ...]
    aggregates: Mapping[str, pl.Expr]
    broken_rows: Mapping[str, pl.Expr]


def compiled(contract: Contract, columns: Sequence[Column]) -> Compiled:
    """The expressions for a contract. Raises ConfigError for a pattern that the engine refuses."""
    check_patterns(tuple(contract.columns.values()))
    asked = tuple(demand for demand in demands(contract, columns) if demand.refused is None)
    aggregates: dict[str, pl.Expr] = {_ROWS: pl.len()}
    broken_rows: dict[str, pl.Expr] = {}
    for demand in asked:
        if demand.leaf is None:
            continue
        aggregates.update(_aggregates(demand, demand.leaf))
        broken_rows[demand.id] = _broken_rows(demand, demand.leaf)
    return Compiled(demands=asked, columns=tuple(columns), aggregates=aggregates, broken_rows=broken_rows)


def _aggregates(demand: Demand, leaf: Column) -> dict[str, pl.Expr]:
    values = values_of(leaf)
    made = {f"nulls:{leaf.name}": values.null_count()}
    if leaf.part is not Part.VALUES:
        made[f"values:{leaf.name}"] = values.len()
    if demand.check is not Check.RULE_NULLS:
        made[f"broken:{demand.id}"] = breaking(demand, values).sum()
    if (scale := measure(demand, values)) is not None:
        name = demand.id if demand.check is Check.RULE_LENGTH else leaf.name
        made[f"least:{name}"], made[f"most:{name}"] = scale.min(), scale.max()
    if demand.check is Check.RULE_ORDER:
        known = measured(leaf, values).drop_nulls()
        made[f"first:{demand.id}"], made[f"last:{demand.id}"] = known.first(), known.last()
        made[f"first_row:{demand.id}"] = pl.int_range(pl.len(), dtype=pl.Int64).filter(values.is_not_null()).min()
    return made


def _broken_rows(demand: Demand, leaf: Column) -> pl.Expr:
    """Which rows break a rule; for lists in lists nobody can say."""
    if leaf.part is Part.VALUES or leaf.name == f"{leaf.source}[#]":
        return breaking(demand, values_of(leaf))
    if leaf.name == f"{leaf.source}[]":
        return pl.col(leaf.source).list.eval(breaking(demand, pl.element())).list.any()
    return pl.lit(False)


def nothing_yet(plan: Compiled) -> Tallies:
    """The tallies of no rows at all."""
    return Tallies(columns=plan.columns, counts={demand.id: Count() for demand in plan.demands})


class RuleCounter:
    """Counts one contract over batches that come in the order of their rows."""

    def __init__(self, contract: Contract, columns: Sequence[Column]) -> None:
        self.compiled = compiled(contract, columns)
        self.tallies = nothing_yet(self.compiled)

    def add(self, frame: pl.DataFrame) -> None:
        """Counts the next batch."""
        named = [expression.alias(name) for name, expression in self.compiled.aggregates.items()]
        part = tallied(self.compiled, frame.select(named).row(0, named=True))
        wanted = [
            demand
            for demand in self.compiled.demands
            if part.counts[demand.id].broken and len(self._rows(demand)) < EXAMPLES
        ]
        self.tallies = added(self.tallies, with_examples(part, examples(self.compiled, wanted, frame.lazy())))

    def _rows(self, demand: Demand) -> tuple[int, ...]:
        known = self.tallies.counts.get(demand.id)
        return () if known is None else known.rows


def tallied(plan: Compiled, row: Mapping[str, object]) -> Tallies:
    """Tallies from one row of aggregates; example rows are not in it."""
    rows = _whole(row[_ROWS])
    return Tallies(
        rows=rows,
        columns=plan.columns,
        counts={demand.id: _count(demand, demand.leaf, row, rows) for demand in plan.demands if demand.leaf},
    )


def _count(demand: Demand, leaf: Column, row: Mapping[str, object], rows: int) -> Count:
    total = _whole(row.get(f"values:{leaf.name}", rows))
    nulls = _whole(row[f"nulls:{leaf.name}"])
    if demand.check is Check.RULE_NULLS:
        return Count(broken=nulls, values=total)
    name = demand.id if f"least:{demand.id}" in row else leaf.name
    first_row = row.get(f"first_row:{demand.id}")
    first = _end(row.get(f"first:{demand.id}"))
    return Count(
        broken=_whole(row[f"broken:{demand.id}"]),
        values=total - nulls,
        least=_end(row.get(f"least:{name}")),
        most=_end(row.get(f"most:{name}")),
        first=first,
        last=_end(row.get(f"last:{demand.id}")),
        first_row=None if first is None or first_row is None else _whole(first_row),
    )


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _end(value: object) -> float | None:
    """An end of a range; a whole number stays one, what is no number is none."""
    return value if isinstance(value, int | float) and not math.isnan(value) else None


def examples(plan: Compiled, wanted: Iterable[Demand], frame: pl.LazyFrame) -> dict[str, tuple[list[int], list[str]]]:
    """The first rows that break each of the demands, and the values in them as text; one pass for all."""
    asked = [demand for demand in wanted if demand.leaf is not None]
    if not asked:
        return {}
    named = [
        pl.struct(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            _shown(demand).alias("value"),
        )
        .filter(plan.broken_rows[demand.id])
        .head(EXAMPLES)
        .implode()
        .alias(demand.id)
        for demand in asked
    ]
    found = frame.select(named).collect(engine="streaming").row(0, named=True)
    return {
        name: ([entry["row"] for entry in entries], [entry["value"] for entry in entries if entry["value"] is not None])
        for name, entries in found.items()
    }


def _shown(demand: Demand) -> pl.Expr:
    """The value of a row as text. Nothing is kept of a column marked sensitive, of a vector and of a list, and of
    rules about two rows or two columns, which one value does not explain."""
    leaf = demand.leaf
    hidden = demand.rule is None or demand.rule.sensitive
    if leaf is None or hidden or leaf.part is not Part.VALUES or leaf.kind in (Kind.VECTOR, Kind.BYTES):
        return pl.lit(None, dtype=pl.String)
    return pl.col(leaf.source).cast(pl.String).str.slice(0, _SHOWN)


def with_examples(part: Tallies, found: Mapping[str, tuple[list[int], list[str]]]) -> Tallies:
    """The tallies with rows and values that were looked up."""
    counts = dict(part.counts)
    for name, (rows, values) in found.items():
        known = counts[name]
        counts[name] = Count(
            broken=known.broken,
            values=known.values,
            least=known.least,
            most=known.most,
            rows=tuple(rows),
            seen=tuple(dict.fromkeys(values))[:SEEN],
            first=known.first,
            last=known.last,
            first_row=known.first_row,
        )
    return Tallies(rows=part.rows, columns=part.columns, counts=counts)
