"""Rows that belong together: users with many rows each, and no user in both files. Nothing is wrong with any sample.

Whoever counts rows as independent sees differences here, because few users differ from other few users by chance. So
each sample is checked twice: with `cluster` in the contract, and without. Accidents are not counted here, since the
ideal test of `power.py` would count rows as well.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.change.tables import Bar, aligned
from benchmarks.data.asking import progress
from benchmarks.data.cases import SOURCES
from benchmarks.data.drawing import DAY, Floats, draw, logistic, mixed
from benchmarks.data.roles import REFERENCE_ROWS
from benchmarks.data.scoring import Alarm, Rate
from benchmarks.data.seatrial_tool import answer
from benchmarks.data.shown import FALSE_ALARMS
from seatrial.data.asked import Asked
from seatrial.data.policy import Contract

START = 1_735_689_600_000_000  # 2025-01-01
ROWS_EACH = 20
"""Rows of a user on average; the number is geometric, so some have a hundred."""
CLUSTER = "user"
WORDS = ("DE", "FR", "US", "GB", "ES", "IT", "PL", "NL")
DEVICES = ("phone", "tablet", "desktop", "watch")


def sessions(n: int, source: int, part: int) -> pl.DataFrame:
    """Sessions of users: the country belongs to the user, the rest varies about what is usual for the user, who
    makes up 0.3 (score) to 0.6 (spent) of the variance."""
    drawn = draw(n, source=source, part=part)
    rng = drawn.rng
    lengths = rng.geometric(1 / ROWS_EACH, n)
    user = np.repeat(np.arange(n), lengths)[:n]
    users = int(user[-1]) + 1

    def of_user(deviation: float) -> Floats:
        return np.asarray(rng.normal(0, deviation, users)[user])

    country = rng.integers(0, len(WORDS), users)[user]
    device = np.where(rng.random(n) < 0.8, rng.integers(0, len(DEVICES), users)[user], rng.integers(0, len(DEVICES), n))
    score = 50 + of_user(np.sqrt(0.3) * 12) + rng.normal(0, np.sqrt(0.7) * 12, n)
    clicked = rng.random(n) < logistic(-1.5 + of_user(0.8) + 0.05 * (score - 50))
    return pl.DataFrame({
        "session_id": mixed(drawn.numbers),
        "user": [f"u{name:08x}" for name in mixed(drawn.numbers)[user].tolist()],
        "started": pl.Series(START + rng.integers(0, 60 * DAY, n)).cast(pl.Datetime("us")),
        "country": [WORDS[place] for place in country.tolist()],
        "device": [DEVICES[place] for place in device.tolist()],
        "spent": np.round(np.exp(2 + of_user(0.75) + rng.normal(0, 0.6, n)), 2),
        "minutes": np.round(5 * np.exp(of_user(0.4) + rng.normal(0, 0.5, n)), 1),
        "pages": rng.poisson(np.exp(1 + of_user(0.5))).astype(np.int64),
        "score": np.round(score, 2),
        "subscribed": pl.Series((rng.random(users) < 0.3)[user]),
        "clicked": clicked.astype(np.int64),
    })  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One contract that says which rows belong together, or does not."""

    name: str
    cluster: str | None

    def contract(self) -> Contract:
        return Contract(cluster=self.cluster, label="clicked", id=("session_id",))


WAYS = (Way(name="cluster: user", cluster=CLUSTER), Way(name="no cluster", cluster=None))


@dataclass(slots=True, kw_only=True)
class Count:
    """What was said of clean samples of one size, asked in one way.

    `of_others` alarm of more than who the users are.
    """

    tried: int = 0
    alarmed: int = 0
    of_others: int = 0
    unsure: int = 0
    errors: int = 0


def counted(given: argparse.Namespace) -> list[Bar]:
    """Print how often clean samples of users alarm in each way; promised is what holds for independent rows."""
    rows: list[tuple[str, ...]] = [
        ("rows", "users", "contract", "clean alarms", "not of the user", "unsure", "errors", "alarms of")
    ]
    bars = []
    for n in given.sizes:
        users = sessions(n, 1, 1)["user"].n_unique()
        for way in WAYS:
            count, by = _asked(way, n, given.clean)
            rate = Rate(part=count.alarmed, whole=count.tried)
            often = ", ".join(f"{check} of {column or 'all'}: {times}" for (check, column), times in by.most_common(4))
            rows.append((f"{n:,}", f"{users:,}", way.name, str(rate), f"{count.of_others} of {count.tried}",
                         f"{count.unsure} of {count.tried}",
                         f"{count.errors} of {count.tried}", often))  # fmt: skip
            if way.cluster:
                bars.append(Bar(name=f"clean samples of {n:,} rows of {users:,} users that alarm", measured=str(rate),
                                promised=f"at most {100 * FALSE_ALARMS:.0f} %",
                                met=rate.part <= FALSE_ALARMS * rate.whole))  # fmt: skip
    print(aligned(rows))
    return bars


def _asked(way: Way, n: int, clean: int) -> tuple[Count, Counter[Alarm]]:
    count, by = Count(), Counter[Alarm]()
    for source in range(1, SOURCES + 1):
        with tempfile.TemporaryDirectory(prefix="seatrial-data-") as made:
            folder = Path(made)
            reference, file = folder / "reference.parquet", folder / "current.parquet"
            sessions(max(n, REFERENCE_ROWS), source, 0).write_parquet(reference)
            for part in [1 + i // SOURCES for i in range(clean) if 1 + i % SOURCES == source]:
                sessions(n, source, part).write_parquet(file)
                said = answer(Asked(path=file, reference=reference, contract=way.contract(), examples=0, jobs=1,
                                    cache=folder / "remembered"))  # fmt: skip
                count.tried += 1
                count.alarmed += bool(said.alarms)
                count.of_others += any(column != CLUSTER for _, column in said.alarms)
                count.unsure += not said.alarms and bool(said.unsure)
                count.errors += said.error is not None
                by.update(said.alarms)
    progress(f"{way.name}, {n:,} rows: {count.tried} files")
    return count, by
