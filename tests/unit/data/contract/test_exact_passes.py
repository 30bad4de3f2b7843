"""The second pass: repeated keys, rows shared with another dataset, repeated rows; all exact, whatever the parts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.config.contract import load_contract
from seatrial.data.contract.demands import asks_exactly
from seatrial.data.contract.exact import repeats, shared
from seatrial.data.contract.exact_judging import exact_findings
from seatrial.data.findings import DataFinding
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.errors import EvidenceError
from seatrial.verdict import Verdict


def written(path: Path, *frames: pl.DataFrame) -> Dataset:
    path.mkdir(exist_ok=True)
    for index, frame in enumerate(frames):
        frame.write_parquet(path / f"{index}.parquet")
    return open_dataset(path)


def findings(text: str, dataset: Dataset, other: Dataset | None = None) -> list[DataFinding]:
    def opened(path: str) -> Dataset:
        if other is None:
            raise EvidenceError(f"{path} is missing")
        return other

    return list(exact_findings(dataset, load_contract(text.encode(), "c.yaml"), opened))


KEYS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 5)), st.one_of(st.none(), st.sampled_from(["a", "b"]))),
    min_size=1,
    max_size=30,
)


@given(rows=KEYS, parts=st.integers(1, 4))
def test_repeats_are_counted_as_by_hand(rows: list[Any], parts: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("x")
    frame = pl.DataFrame(rows, schema={"n": pl.Int64, "t": pl.String}, orient="row")
    dataset = written(folder, frame[: len(rows) // 2], frame[len(rows) // 2 :])
    part_rows = -(-len(rows) // parts)

    for columns, keys in ((["n", "t"], rows), (["n"], [(n,) for n, _ in rows]), (["t"], [(t,) for _, t in rows])):
        for nulls in (False, True):
            kept = [key for key in keys if nulls or None not in key]
            count = repeats(dataset, columns, nulls_are_keys=nulls, part_rows=part_rows)
            assert (count.looked_at, count.repeated) == (len(kept), len(kept) - len(set(kept)))
            for row, first in zip(count.rows, count.firsts, strict=True):
                assert first < row
                assert keys[row] == keys[first]
                assert keys.index(keys[row]) == first


@given(mine=KEYS, theirs=KEYS, parts=st.integers(1, 3))
def test_shared_rows_are_counted_as_by_hand(
    mine: list[Any], theirs: list[Any], parts: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, schema = tmp_path_factory.mktemp("x"), {"n": pl.Int64, "t": pl.String}
    one = written(folder / "a", pl.DataFrame(mine, schema=schema, orient="row"))
    other = written(folder / "b", pl.DataFrame(theirs, schema={"n": pl.Int32, "t": pl.String}, orient="row"))
    known = Counter(theirs)

    count = shared(one, ["n", "t"], other, nulls_are_keys=True, part_rows=-(-len(mine) // parts))

    assert (count.looked_at, count.repeated) == (len(mine), sum(key in known for key in mine))
    assert all(mine[row] == theirs[first] for row, first in zip(count.rows, count.firsts, strict=True))


def test_a_repeated_key_fails_with_its_rows_and_its_line(tmp_path: Path) -> None:
    dataset = written(tmp_path, pl.DataFrame({"id": [1, 2, 1], "day": [1, 1, 2]}))
    alone, together = findings("columns:\n  id: {unique: true}\nunique:\n  - [id, day]\n", dataset)

    assert (alone.verdict, alone.rows, alone.place and alone.place.line) == (Verdict.FAIL, (2,), 2)
    assert alone.message == "1 of 3 rows repeat an earlier `id`; row 2 has that of row 0"
    assert (together.verdict, together.column, together.n) == (Verdict.PASS, None, 3)


def test_keys_in_another_order_are_other_keys(tmp_path: Path) -> None:
    dataset = written(tmp_path, pl.DataFrame({"a": [1, 2], "b": [2, 1], "s": ["x", "y"], "t": ["y", "x"]}))

    assert [found.verdict for found in findings("unique: [[a, b], [s, t]]", dataset)] == [Verdict.PASS] * 2


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([2**64 - 1, 2**63, 2**64 - 1], dtype=pl.UInt64),
        pl.Series([0.0, 1.0, -0.0]),
        pl.Series([float("nan"), 1.0, float("nan")]),
        pl.Series([datetime(2026, 1, 1), datetime(2026, 1, 2), datetime(2026, 1, 1)]).cast(pl.Datetime("ns")),  # noqa: DTZ001
        pl.Series([True, False, True]),
        pl.Series(["a", "", "a"]),
        pl.Series([b"a", b"", b"a"]),
    ],
)
def test_keys_of_any_type_are_found_again(values: pl.Series, tmp_path: Path) -> None:
    count = repeats(written(tmp_path, pl.DataFrame({"a": values})), ["a"])

    assert (count.looked_at, count.repeated, count.rows, count.firsts) == (3, 1, (2,), (0,))


@pytest.mark.parametrize(
    ("files", "repeated", "rows", "firsts"),
    [
        (([1, 2, None], [3, None, 4]), 0, (), ()),
        (([1, 2], [2, 3]), 1, (2,), (1,)),
        (([3, 4], [1, 3]), 1, (3,), (0,)),
        (([1, 1], [2, 3]), 1, (1,), (0,)),
        (([None], [None]), 0, (), ()),
    ],
)
def test_numbers_that_rise_do_so_over_all_files(
    files: tuple[list[int | None], ...], repeated: int, rows: tuple[int, ...], firsts: tuple[int, ...], tmp_path: Path
) -> None:
    """A number that comes again in the next file is found, and nulls are no keys."""
    frames = [pl.DataFrame({"a": values}, schema={"a": pl.Int64}) for values in files]
    count = repeats(written(tmp_path, *frames), ["a"])

    assert (count.repeated, count.rows, count.firsts) == (repeated, rows, firsts)
    assert count.looked_at == sum(value is not None for values in files for value in values)


def test_moments_a_nanosecond_apart_are_two(tmp_path: Path) -> None:
    values = pl.Series([1, 2], dtype=pl.Int64).cast(pl.Datetime("ns"))

    assert repeats(written(tmp_path, pl.DataFrame({"a": values})), ["a"]).repeated == 0


def test_rows_shared_with_the_test_set_are_told(tmp_path: Path) -> None:
    train = written(tmp_path / "a", pl.DataFrame({"id": [1, 2, 3], "x": [0.5, None, 0.7], "l": [[1], [2], []]}))
    test = written(tmp_path / "b", pl.DataFrame({"id": [9, 2], "x": [0.5, None], "l": [[1], [2]]}))
    whole, by_id = findings("disjoint: [{with: t}, {with: t, on: id}]", train, test)

    assert (whole.verdict, whole.rows) == (Verdict.FAIL, (1,))
    assert by_id.message == "1 of 3 rows are also in t, with the same `id`; row 1 is row 1 there"


def test_what_cannot_be_compared_is_an_error(tmp_path: Path) -> None:
    train = written(tmp_path / "a", pl.DataFrame({"id": [1, 2], "l": [[1], [2]], "e": [None, None]}))
    test = written(tmp_path / "b", pl.DataFrame({"id": ["1", "2"]}))
    text = "unique: [idd, 'l[]', e]\ndisjoint: [{with: t, on: id}, {with: t}]"

    assert [found.verdict for found in findings(text, train, test)] == [Verdict.ERROR] * 5
    assert findings("unique: idd", train)[0].next_step == "did you mean `id`?"


def test_a_dataset_that_cannot_be_opened_is_told_at_the_line_that_names_it(tmp_path: Path) -> None:
    dataset = written(tmp_path, pl.DataFrame({"id": [1]}))

    for text, line, key in (
        ("disjoint:\n  with: gone.parquet\n", 2, "disjoint.with"),
        ("disjoint:\n  - {with: gone.parquet,\n     on: id}\n", 2, "disjoint[0].with"),
    ):
        with pytest.raises(EvidenceError) as caught:
            findings(text, dataset)
        [problem] = caught.value.problems
        assert problem.message == "rows cannot be compared with gone.parquet: gone.parquet is missing"
        assert problem.place is not None
        assert (problem.place.file, problem.place.line, problem.place.key) == ("c.yaml", line, key)


def test_keys_of_a_column_that_is_missing_are_told_by_its_finding() -> None:
    """`contract.missing_column` names `unique`, with the severity that the column has."""
    contract = load_contract(b"columns: {gone: {unique: true, severity: warning}}", "c.yaml")

    assert exact_findings(Dataset(shown="a", partitions=(), columns=()), contract, pytest.fail) == ()


def test_repeated_rows_are_held_against_their_share(tmp_path: Path) -> None:
    dataset = written(tmp_path, pl.DataFrame({"a": [1, 1, 2, None, None], "b": [[1], [1], [2], None, None]}))

    assert findings("duplicates: {max: 40%}", dataset)[0].verdict is Verdict.PASS
    failed = findings("duplicates: {max: 0.39}", dataset)[0]
    assert (failed.verdict, failed.rows, failed.estimate) == (Verdict.FAIL, (1, 4), 0.4)


def test_a_contract_without_such_rules_needs_no_second_pass() -> None:
    assert not asks_exactly(load_contract(b"columns: {a: {min: 0}}", "c.yaml"))
    assert asks_exactly(load_contract(b"columns: {a: {unique: true}}", "c.yaml"))
    assert asks_exactly(load_contract(b"duplicates: {max: 0}", "c.yaml"))
