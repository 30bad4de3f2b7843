"""The tables that checks of data are measured on: disjoint samples of one source, accidents that do what they say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from benchmarks.data.catalogue import KINDS, TABLES
from benchmarks.data.drawing import PART, mixed
from benchmarks.data.kinds import Fact, Kind
from benchmarks.data.power import between, seen
from benchmarks.data.roles import Table

ENDLESS = [table for table in TABLES if not table.changing]
PLACED = [(table, kind) for table in TABLES for kind in KINDS if kind.column(table)]
SAME_ROWS = {"day_and_month", "clipped", "nulls_where_high", "shifted", "widened"}
"""May change nothing: where no day can be a month, or a pixel's commonest value is its largest."""


def _named(given: object) -> str:
    return getattr(given, "name", "")


@pytest.mark.parametrize("table", TABLES, ids=_named)
def test_a_sample_is_the_same_each_time_and_another_for_another_part(table: Table) -> None:
    """Answers of two days are about the same rows."""
    n = table.sizes[0]
    first, again, other = (table.pair(n, 3, part) for part in (1, 1, 2))

    assert first[0].equals(again[0])
    assert first[1].equals(again[1])
    assert not first[1].equals(other[1])
    assert first[1].height == n


@pytest.mark.parametrize("table", ENDLESS, ids=_named)
def test_no_id_of_a_sample_is_in_the_reference_or_in_another_sample(table: Table) -> None:
    """A clean sample that shared rows would be no clean sample. Ids of a sample lie in no range of their own."""
    reference, one = table.pair(2_000, 5, 1)
    _, other = table.pair(2_000, 5, 2)
    for name in table.roles.ids:
        sides = [set(frame[name]) for frame in (reference, one, other)]

        assert [len(side) for side in sides] == [20_000, 2_000, 2_000]
        assert len(set.union(*sides)) == 24_000
    if one[table.roles.ids[0]].dtype == pl.Int64:
        ids = one[table.roles.ids[0]].to_list()
        assert min(ids) < 2**26
        assert max(ids) > 2**32 - 2**26


@pytest.mark.parametrize("table", ENDLESS, ids=_named)
@pytest.mark.parametrize("name", ["rows_of_reference_new_ids", "days_repeated"])
def test_new_ids_of_an_accident_look_like_all_others_and_are_nobodys(table: Table, name: str) -> None:
    """Else a tool would be credited with the accident for seeing ids of another length, range or alphabet."""
    kind = next(kind for kind in KINDS if kind.name == name)
    reference, frame = table.pair(5_000, 5, 1)
    damaged = kind.damaged(table, frame, reference, kind.magnitudes[-1], 1)
    for name_of_id in table.roles.ids:
        made = damaged[name_of_id].filter(~damaged[name_of_id].is_in(frame[name_of_id].implode()))

        assert made.len() > 100
        assert made.n_unique() == made.len()
        assert not set(made) & set(reference[name_of_id])
        assert _shapes(made) <= _shapes(reference[name_of_id])
        assert 0.4 < _mean_rank(made, reference[name_of_id]) < 0.6


def _shapes(ids: pl.Series) -> set[str]:
    """Numbers by their digits, texts by letters and digits; the digits of an id of hexadecimals are any."""
    texts = ids.cast(pl.String)
    digit = "[0-9a-f]" if texts.str.contains("^[0-9a-f]{16}$").all() else "[0-9]"
    return set(texts.str.replace_all(digit, "9"))


def _mean_rank(made: pl.Series, known: pl.Series) -> float:
    """Where they lie among the known ones, from 0 to 1."""
    return float(np.searchsorted(known.sort().to_numpy(), made.to_numpy()).mean()) / known.len()


def test_ids_are_mixed_one_to_one() -> None:
    """Over the border of two parts as well."""
    numbers = pl.int_range(PART - 50_000, PART + 50_000, eager=True).to_numpy()

    assert len(set(mixed(numbers).tolist())) == 100_000


@pytest.mark.parametrize("table", TABLES, ids=_named)
def test_all_roles_name_columns(table: Table) -> None:
    """A role without its column would silently drop all accidents that need it."""
    columns = set(table.pair(table.sizes[0], 1, 1)[1].columns)
    roles = table.roles
    named = [roles.number, roles.label, roles.prediction, *roles.twins, *roles.tied, *roles.ids]
    optional = [roles.money, roles.signed, roles.precise, roles.whole, roles.mostly_zero, roles.id, roles.time,
                roles.category, roles.few, roles.many, roles.flag, roles.name, roles.email, roles.long_text,
                roles.json, roles.vector, roles.record, roles.items, roles.expiry]  # fmt: skip

    assert {*named, *(name for name in optional if name)} <= columns


def test_there_are_enough_kinds_and_every_one_has_a_table() -> None:
    """At least forty are promised; names are keys of kept answers."""
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 45
    assert {kind.name for _, kind in PLACED} == {kind.name for kind in KINDS}


@pytest.mark.parametrize(("table", "kind"), PLACED, ids=_named)
def test_an_accident_changes_the_rows_and_can_be_repeated(table: Table, kind: Kind) -> None:
    """The frame that is given stays as it was, the type of a column changes only where that is the accident."""
    reference, frame = table.pair(table.sizes[0], 1, 1)
    before = frame.clone()
    damaged = [kind.damaged(table, frame, reference, kind.magnitudes[-1], 7) for _ in range(2)]

    assert frame.equals(before)
    assert damaged[0].equals(damaged[1])
    if kind.name not in SAME_ROWS:
        assert not damaged[0].equals(frame)
    if not isinstance(kind.view, Fact):
        assert damaged[0].schema == frame.schema


@pytest.mark.parametrize(("table", "kind"), PLACED, ids=_named)
def test_the_view_of_an_accident_shows_it(table: Table, kind: Kind) -> None:
    """Two looks at whole rows are equal; where the table can show it, the strongest form is seen."""
    n = 900 if table.changing else 5_000
    reference, frame = table.pair(n, 1, 1)
    damaged = kind.damaged(table, frame, reference, kind.magnitudes[-1], 7)
    whole, broken = (seen(table, kind, side, reference) for side in (frame, damaged))

    if not isinstance(kind.view, Fact):
        assert between(kind, whole, whole).size == 0
    if table.name == "customers" and kind.name != "day_and_month":
        assert between(kind, whole, broken).above_floor
