"""Three unlike tables for tests of `data/compare`, and profiles of them as a check takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from seatrial.data.columns import Column
from seatrial.data.compare.columns import compare
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.profile.binning import choose_binning
from seatrial.data.profile.records import Binning, Profile
from seatrial.data.profile.taking import Taker
from seatrial.data.reading.kinds import kind_of

Table = Callable[[int, np.random.Generator, int], pl.DataFrame]

_START = 1_767_225_600  # 2026-01-01
_CITIES = ("Zürich", "Genève", "Bern", "Basel", "Lausanne", "Luzern", "Neuchâtel", "Köniz")
_CITY_SHARES = (0.3, 0.2, 0.15, 0.12, 0.1, 0.07, 0.04, 0.02)
_HOURS = (1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 9, 8, 8, 8, 8, 8, 9, 9, 8, 6, 4, 2, 1)
_WORDS = ("order", "parcel", "late", "broken", "great", "service", "again", "never", "price", "cheap", "box", "good")


def shop(rows: int, rng: np.random.Generator, first: int) -> pl.DataFrame:
    """Sales: an id that counts up, times with busy hours, skewed money, categories, a label."""
    hour = rng.choice(24, rows, p=np.asarray(_HOURS) / sum(_HOURS))
    at = _START + (rng.integers(0, 60, rows) * 24 + hour) * 3600 + rng.integers(0, 3600, rows)
    income = np.round(np.exp(rng.normal(10.5, 0.6, rows)), 2)
    weights = 1 / np.arange(1, 301) ** 1.1
    return pl.DataFrame(
        {
            "id": first + np.arange(rows),
            "at": pl.Series(at * 1_000_000).cast(pl.Datetime("us")),
            "temp": np.round(rng.normal(20, 5, rows), 3),
            "income": [None if gone else float(x) for gone, x in zip(rng.random(rows) < 0.02, income, strict=True)],
            "age": np.clip(rng.normal(42, 14, rows), 18, 95).round().astype(int),
            "quantity": rng.poisson(3, rows),
            "city": rng.choice(_CITIES, rows, p=_CITY_SHARES),
            "product": [f"P-{x:04d}" for x in rng.choice(300, rows, p=weights / weights.sum())],
            "bought": (rng.random(rows) < 0.3).astype(int),
        }
    )


def reviews(rows: int, rng: np.random.Generator, first: int) -> pl.DataFrame:
    """Texts: free ones, keys, dates as text, ratings, a flag, embeddings."""
    del first
    days = np.datetime64("2025-01-01") + rng.integers(0, 365, rows)
    return pl.DataFrame(
        {
            "key": ["".join(rng.choice(list("0123456789abcdef"), 12)) for _ in range(rows)],
            "text": [" ".join(rng.choice(_WORDS, rng.integers(3, 25))) for _ in range(rows)],
            "date": [str(day) for day in days],
            "stars": rng.choice([1, 2, 3, 4, 5], rows, p=[0.1, 0.05, 0.1, 0.25, 0.5]),
            "verified": rng.random(rows) < 0.7,
            "embedding": pl.Series(rng.normal(0, 1, (rows, 8)).tolist(), dtype=pl.Array(pl.Float32, 8)),
        }
    )


def sensors(rows: int, rng: np.random.Generator, first: int) -> pl.DataFrame:
    """Measurements in order: heavy tails, many zeros, many nulls, two clusters of places, a constant."""
    del first
    seconds = np.sort(rng.integers(0, 86_400 * 20, rows))
    humidity = np.round(rng.beta(2, 5, rows) * 100, 1)
    return pl.DataFrame(
        {
            "t": pl.Series((_START + seconds) * 1_000_000).cast(pl.Datetime("us")),
            "load": np.round(50 + 20 * np.sin(2 * np.pi * seconds / 86_400) + rng.normal(0, 8, rows), 1),
            "heavy": rng.standard_t(2, rows) * 10,
            "count": np.where(rng.random(rows) < 0.8, 0, rng.negative_binomial(2, 0.1, rows)),
            "latitude": np.where(rng.random(rows) < 0.5, 47.4, 46.2) + np.round(rng.normal(0, 0.02, rows), 5),
            "constant": np.full(rows, 7),
            "device": rng.choice([f"d{x}" for x in range(40)], rows),
            "humidity": [None if gone else float(x) for gone, x in zip(rng.random(rows) < 0.3, humidity, strict=True)],
            "alarm": rng.random(rows) < 0.02,
        }
    )


TABLES: dict[str, Table] = {"shop": shop, "reviews": reviews, "sensors": sensors}


def profile(frame: pl.DataFrame, binning: Binning | None = None) -> Profile:
    """A frame's profile, with the binning of a reference if there is one."""
    columns = [_column(name, dtype) for name, dtype in frame.schema.items()]
    known = binning or choose_binning(columns, frame)
    taker = Taker([column for column in columns if column.name in known.columns], known, closely=True)
    taker.add(frame)
    return taker.finish([("frame", frame.height)])


def _column(name: str, dtype: pl.DataType) -> Column:
    kind = kind_of(dtype)
    assert kind is not None
    dims = dtype.shape[0] if isinstance(dtype, pl.Array) else None
    return Column(name=name, source=name, dtype=str(dtype), kind=kind, dims=dims)


def findings(reference: Profile, frame: pl.DataFrame, contract: Contract | None = None) -> tuple[DataFinding, ...]:
    """What a check says of a frame."""
    asked = contract or Contract()
    claims, facts = compare(reference, profile(frame, reference.binning), asked)
    return (*decide(claims, q=asked.drift.q), *facts)
