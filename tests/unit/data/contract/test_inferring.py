"""A contract made from a profile: it reads back, it says what matters, and clean rows of the same source keep it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from msgspec.structs import replace

from seatrial.config.contract import load_contract
from seatrial.data.contract.closed_sets import closed_numbers, closed_texts
from seatrial.data.contract.guesses import is_sensitive
from seatrial.data.contract.infer import infer
from seatrial.data.contract.judging import judge_rules
from seatrial.data.contract.rules import RuleCounter
from seatrial.data.contract.yaml_text import figure
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.profile.binning import choose_binning
from seatrial.data.profile.records import Items, Profile
from seatrial.data.profile.taking import Taker
from seatrial.data.reading.batches import batches, spread
from seatrial.data.reading.opening import open_dataset
from seatrial.verdict import Verdict

NOW = datetime(2026, 6, 1, tzinfo=UTC)
Chance = np.random.Generator


def profile_of(frame: pl.DataFrame, folder: Path) -> Profile:
    frame.write_parquet(folder / "a.parquet")
    dataset = open_dataset(folder / "a.parquet")
    taker = Taker(dataset.columns, choose_binning(dataset.columns, spread(dataset, 20_000).frame))
    for batch in batches(dataset, dataset.partitions[0]):
        taker.add(batch)
    return taker.finish([])


def inferred(frame: pl.DataFrame, folder: Path) -> Contract:
    return load_contract(infer(profile_of(frame, folder), name="a.parquet").encode(), "contract.yaml")


def failures(contract: Contract, frame: pl.DataFrame, folder: Path) -> list[DataFinding]:
    frame.write_parquet(folder / "b.parquet")
    counter = RuleCounter(contract, open_dataset(folder / "b.parquet").columns)
    counter.add(frame)
    return [found for found in judge_rules(counter.tallies, contract, now=NOW) if found.verdict is not Verdict.PASS]


def shop(n: int, chance: Chance, start: int = 0) -> pl.DataFrame:
    """Orders: ids, times, amounts, shares, levels, codes."""
    numbers = np.arange(start, start + n)
    columns: dict[str, Any] = {
        "id": numbers,
        "at": np.datetime64("2026-01-01", "us") + (numbers * 60_000_000).astype("timedelta64[us]"),
        "age": np.clip(chance.normal(40, 12, n), 18, 90).astype(int),
        "income": np.exp(chance.normal(10, 1, n)),
        "temperature": chance.normal(15, 8, n),
        "probability": chance.beta(0.8, 0.9, n),
        "quantity": chance.poisson(3, n),
        "rating": chance.integers(1, 6, n),
        "spend": np.where(chance.random(n) < 0.4, 0, chance.gamma(2, 50, n)),
        "near_zero": chance.normal(3, 1, n),
        "country": chance.choice(["de", "fr", "true", "1", "it's"], n, p=[0.3, 0.3, 0.2, 0.1, 0.1]),
        "city": chance.choice([f"c{i}" for i in range(300)], n, p=(w := 1 / np.arange(1, 301)) / w.sum()),
        "mail": [f"u{i}.x@mail{i % 7}.org" for i in chance.integers(0, 10**7, n)],
        "code": [f"AB-{i:05d}" for i in chance.integers(0, 10**5, n)],
        "note": [None if u < 0.04 else "x" for u in chance.random(n)],
        "tags": [[1, 2]] * n,
    }
    return pl.DataFrame(columns)


def sensors(n: int, chance: Chance, start: int = 0) -> pl.DataFrame:
    """Quantities whose ends are near, fading, heavy or far."""
    columns: dict[str, Any] = {
        "delta": chance.standard_t(3, n),
        "count": chance.negative_binomial(1, 0.3, n),
        "few": chance.poisson(0.1, n),
        "beta": chance.beta(2, 5, n),
        "clipped": np.clip(chance.normal(60, 20, n), 0, 100),
        "half": np.abs(chance.normal(size=n)),
        "gamma": chance.gamma(3, 1, n),
        "level": chance.choice(list("abcdefghijkl"), n, p=(w := 0.6 ** np.arange(12)) / w.sum()),
        "pixel": np.where(chance.random(n) < 0.98, 0, chance.integers(1, 17, n)),
        "rounded": np.round(chance.normal(3, 1, n)).astype(int),
        "four": chance.normal(4, 1, n),
        "heavy": 100 + chance.standard_t(2, n),
        "wave": np.sin(np.arange(start, start + n)),
    }
    return pl.DataFrame(columns)


@pytest.mark.parametrize("table", [shop, sensors])
@pytest.mark.parametrize(("rows", "sources"), [(400, 15), (3_000, 15)])
def test_clean_rows_of_the_same_source_keep_an_inferred_contract(
    table: Any, rows: int, sources: int, tmp_path: Path
) -> None:
    """15 sources by 10 samples, two tables, two sizes: 600 clean samples, disjoint from what was learned from."""
    for seed in range(sources):
        chance = np.random.default_rng(seed)
        contract = inferred(table(rows, chance), tmp_path)
        for sample in range(10):
            broken = failures(contract, table(rows, chance, start=(sample + 1) * rows), tmp_path)
            assert [found.message for found in broken] == []


def test_what_holds_by_nature_becomes_a_rule(tmp_path: Path) -> None:
    columns = inferred(shop(5_000, np.random.default_rng(1)), tmp_path).columns

    assert {name: (rule.least, rule.most) for name, rule in columns.items() if rule.least is not None} == {
        "id": (0, None),
        "income": (0, None),
        "probability": (0, 1),
        "quantity": (0, None),
        "spend": (0, None),
    }
    assert columns["rating"].one_of == (1, 2, 3, 4, 5)
    assert set(columns["country"].one_of or ()) == {"de", "fr", "true", "1", "it's"}
    assert columns["city"].one_of is None
    assert columns["code"].pattern == r"\p{Lu}+\-[0-9]+"
    assert columns["mail"].sensitive
    assert columns["id"].nullable is False
    assert columns["note"].max_null_share is not None
    assert 0.05 < columns["note"].max_null_share < 0.2
    assert columns["tags"].type == "list"


def test_an_id_is_unique_and_only_a_person_knows_the_rest(tmp_path: Path) -> None:
    text = infer(profile_of(shop(1_000, np.random.default_rng(1)), tmp_path), name="a")

    assert "unique: [id]" in text
    assert "# order_by: at" in text
    assert load_contract(text.encode(), "c.yaml").order_by is None


def test_what_is_different_by_chance_is_not_unique(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    frame = pl.DataFrame(
        {"code": [f"X{i}" for i in chance.integers(0, 10**9, 300)], "e": np.sort(chance.integers(0, 10**9, 300))}
    )

    assert inferred(frame, tmp_path).unique == ()


def test_an_inferred_contract_finds_gross_damage(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    contract = inferred(shop(5_000, chance), tmp_path)
    clean = shop(500, chance, start=10_000)
    damaged = {
        "contract.range": clean.with_columns(income=pl.lit(-999.0)),
        "contract.set": clean.with_columns(country=pl.col("country").str.to_uppercase()),
        "contract.nulls": clean.with_columns(temperature=pl.lit(None, dtype=pl.Float64)),
        "contract.type": clean.with_columns(pl.col("age").cast(pl.String)),
        "contract.missing_column": clean.drop("spend"),
        "contract.extra_column": clean.with_columns(leak=pl.lit(1)),
        "contract.pattern": clean.with_columns(code=pl.lit("ab_1")),
    }

    for check, frame in damaged.items():
        assert check in {found.check for found in failures(contract, frame, tmp_path)}, check


def test_values_of_columns_that_seem_sensitive_are_not_written_down(tmp_path: Path) -> None:
    frame = pl.DataFrame({"first_name": ["Ada", "Bob"] * 300, "ssn": [123456789, 987654321] * 300})
    text = infer(profile_of(frame, tmp_path), name="a")

    assert text.count("sensitive: true") == 2
    assert "Ada" not in text
    assert "12345" not in text


@pytest.mark.parametrize(
    "name", ["a b", "true", "null", "x: y", "it's", "# no", "a\nb", "é", "1", "-", "\x07", "tags[]", "a.b", '"q"']
)
def test_any_column_name_reads_back(name: str, tmp_path: Path) -> None:
    contract = inferred(pl.DataFrame({name: [1.5, None, 3.0] * 50}), tmp_path)

    assert list(contract.columns) == [name]


def test_ten_thousand_columns_still_fit_into_a_file_that_reads_back(tmp_path: Path) -> None:
    profile = profile_of(pl.DataFrame({"a": [1.5, 2.5] * 200}), tmp_path)
    names = [f"column_number_{index}" for index in range(10_000)]
    columns = {
        name: replace(profile.columns["a"], column=replace(profile.columns["a"].column, name=name, source=name))
        for name in names
    }
    binning = replace(profile.binning, columns=dict.fromkeys(names, profile.binning.columns["a"]))
    text = infer(replace(profile, columns=columns, binning=binning), name="wide")

    assert len(load_contract(text.encode(), "c.yaml").columns) == 10_000


def test_a_set_that_fades_out_is_not_closed() -> None:
    assert closed_texts(Items(counts=(("a", 500), ("b", 400)), complete=True)) == ("a", "b")
    assert closed_texts(Items(counts=(("a", 500), ("b", 400)), complete=False, missed=3)) is None
    assert closed_texts(Items(counts=(("a", 500), ("b", 400), ("c", 2)), complete=True)) is None
    assert closed_texts(Items(counts=(("a", 800), ("b", 80)), complete=True)) is None
    assert closed_numbers(Items(counts=(("0", 380), ("1", 20)), complete=True)) is None
    assert closed_numbers(Items(counts=(("0", 800), ("1", 200)), complete=True)) == (0, 1)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (15_000.0, 6, "15000"),
        (-2.5e6, 6, "-2500000"),
        (123_456_789.0, 4, "123456789"),
        (12_345.6, 4, "12346"),
        (0.30000000000000004, 6, "0.3"),
        (0.00012345678, 4, "0.0001235"),
        (-0.0, 6, "0"),
        (1e-7, 6, "1e-07"),
        (1e20, 6, "1e+20"),
    ],
)
def test_figures_of_an_inferred_contract_are_written_as_people_write_them(value: float, digits: int, text: str) -> None:
    """No exponent where one can do without, and no digit before the point is rounded away."""
    assert figure(value, digits) == text


def test_large_amounts_in_comments_have_no_exponent(tmp_path: Path) -> None:
    """Somebody copies the end of a range into a rule."""
    incomes = pl.DataFrame({"income": [float(15_000 + 1_000 * row) for row in range(300)]})

    text = infer(profile_of(incomes, tmp_path), name="a.parquet")

    assert "15000 to 314000" in text
    assert "e+" not in text


def test_names_that_hide_people() -> None:
    assert all(is_sensitive(name, None) for name in ("email", "userEmail", "first_name", "PhoneNumber", "name", "ssn"))
    assert not any(is_sensitive(name, None) for name in ("product_name", "income", "zip", "shipping", "tip"))
    assert not is_sensitive("na_me", None)  # in whatever order a set gives its words
