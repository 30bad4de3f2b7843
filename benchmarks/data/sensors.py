"""Sensors: readings of 40 devices in the order of time, with a daily pattern, saturation, zeros and few decimals.

The devices and their offsets belong to the source; a sample takes some of their minutes. So rows of one device
are alike, but two samples have the same devices, and a difference between the two is chance.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.data.drawing import DAY, Draw, Whole, codes_of, draw, logistic, mixed, picked, zipf_shares
from benchmarks.data.roles import Roles, Table, cut

START = 1_735_689_600_000_000  # 2025-01-01
DAYS = 60
DEVICES = 40
HOURS = np.array([3, 2, 2, 2, 2, 3, 5, 9, 10, 9, 8, 8, 7, 8, 8, 8, 9, 10, 9, 7, 6, 5, 4, 3], dtype=float)


def sensors(n: int, source: int, part: int) -> pl.DataFrame:
    """Rows in order. A fault depends on `vibration_x` and the temperature; the prediction is right in 9 of 10."""
    drawn = draw(n, source=source, part=part)
    rng = drawn.rng
    offsets, firmwares = drawn.source.normal(0, 2.0, DEVICES), codes_of(drawn.source, 60, 2)
    device, day = rng.integers(0, DEVICES, n), np.sort(rng.integers(0, DAYS, n))
    hour = rng.choice(24, size=n, p=HOURS / HOURS.sum())
    time = np.sort(START + day * DAY + hour * 3_600_000_000 + rng.integers(0, 3_600, n) * 1_000_000)
    clock = (time % DAY) / 3_600_000_000
    temperature = 18 + offsets[device] + 5 * np.sin((clock - 9) / 24 * 2 * np.pi) + rng.normal(0, 2.5, n)
    vibration_x, vibration_y = rng.gamma(3.0, 0.8, n), rng.gamma(3.0, 0.8, n)
    fault = rng.random(n) < logistic(-3.0 + 0.75 * (vibration_x - 2.4) + 0.12 * (temperature - 18))
    wrong = rng.random(n) < np.where(fault, 0.2, 0.06)
    return pl.DataFrame({
        "reading_id": _reading_id(drawn.numbers),
        "time": pl.Series(time).cast(pl.Datetime("us", "UTC")),
        "device": [f"dev-{number:02d}" for number in device.tolist()],
        "site": [("north", "south", "harbour", "depot")[number % 4] for number in device.tolist()],
        "temperature": np.round(temperature, 1),
        **_measured(drawn, temperature),
        "vibration_x": np.round(vibration_x, 3),
        "vibration_y": np.round(vibration_y, 3),
        "door_open": pl.Series(rng.random(n) < 0.12),
        "status": picked(rng, ("ok", "idle", "warn", "off", "test", "boot"), n, zipf_shares(6, 1.2)),
        "firmware": picked(rng, firmwares, n, zipf_shares(60, 0.8)),
        "fault": fault.astype(np.int64),
        "fault_predicted": (fault ^ wrong).astype(np.int64),
    })  # fmt: skip


def _measured(drawn: Draw, temperature: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, pl.Series]:
    rng, n = drawn.rng, drawn.n
    slow = rng.random(n) < 0.35
    humidity = np.clip(62 - 2.2 * (temperature - 18) + rng.normal(0, 9, n), 0, 100)
    rain = np.where(rng.random(n) < 0.85, 0.0, np.round(rng.gamma(1.2, 2.0, n) / 0.2) * 0.2)
    return {
        "humidity": pl.Series(np.round(humidity, 1)),
        "pressure": pl.Series(np.round(rng.normal(1013, 7, n), 2)),
        "rain_mm": pl.Series(np.round(rain, 1)),
        "load": pl.Series(np.round(np.exp(rng.normal(3, 1.0, n)), 1)),
        "drift_mv": pl.Series(np.round(rng.normal(4, 22, n), 2)),
        "rpm": pl.Series(np.round(np.where(slow, rng.normal(900, 60, n), rng.normal(2400, 150, n))).astype(np.int64)),
        "parts_made": pl.Series(rng.poisson(14.0, n).astype(np.int64)),
    }


def _reading_id(numbers: Whole) -> Whole:
    return mixed(numbers ^ 0x155555)


def _ids(numbers: Whole, _rng: np.random.Generator) -> dict[str, pl.Series]:
    return {"reading_id": pl.Series(_reading_id(numbers))}


SENSORS = Table(
    name="sensors",
    about="readings of 40 devices in order of time, 19 columns",
    pair=cut(sensors),
    new_ids=_ids,
    roles=Roles(
        id="reading_id", ids=("reading_id",), time="time", in_order=True, number="pressure", money="load",
        signed="drift_mv", precise="pressure", whole="parts_made", mostly_zero="rain_mm",
        twins=("vibration_x", "vibration_y"), tied=("temperature", "humidity"), category="device", few="site",
        many="firmware", flag="door_open", label="fault", prediction="fault_predicted",
    ),
)  # fmt: skip
