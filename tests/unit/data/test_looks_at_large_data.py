"""How many rows of a large file are looked at closely: its reference says, and a file too small for that is looked at
whole."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from seatrial.data.asked import Asked
from seatrial.data.baseline import own_binning
from seatrial.data.profile import limits
from seatrial.data.profile.records import Binning
from seatrial.data.profiling import Plan, profiled
from seatrial.data.reading.opening import open_dataset
from seatrial.data.seen import known

ROWS = 2_200_000
"""Numbers of 8 bytes: a little more than 16 MB, below which every row is looked at."""


def silent(text: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.parquet"
    pl.DataFrame({"x": np.random.default_rng(1).random(ROWS)}).write_parquet(path, compression="uncompressed")
    return path


def looked_at(path: Path, binning: Binning) -> int:
    plan = Plan(it=known(open_dataset(path), 1, silent), binning=binning, asked=Asked(path=path))
    numbers = profiled(plan, silent).profile.columns["x"].numbers
    assert numbers is not None
    assert numbers.count == ROWS
    return numbers.looked_at


def test_a_reference_asks_for_so_many_of_its_own_rows(large: Path) -> None:
    """Of all that it has, and not of the sample that bins are chosen from."""
    chosen = own_binning(open_dataset(large), (), silent)

    assert chosen.columns["x"].thinning == limits.thinned(ROWS) > limits.LEAST_THINNING


def test_a_file_is_looked_at_whole_where_a_share_of_it_would_be_too_few_rows(large: Path) -> None:
    """A reference that asks for one row in eight gets that of 17 MB, and one that asks for fewer gets all."""
    column = own_binning(open_dataset(large), (), silent).columns["x"]

    def asking(thinning: int) -> Binning:
        return Binning(columns={"x": msgspec.structs.replace(column, thinning=thinning)}, digest="b3:any")

    assert looked_at(large, asking(limits.LEAST_THINNING)) == pytest.approx(ROWS / limits.LEAST_THINNING, rel=0.01)
    assert looked_at(large, asking(2 * limits.LEAST_THINNING)) == ROWS
