"""Profiles of small tables, made as a check makes them: columns from the schema, one binning, batches, a sum."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from seatrial.data.columns import Column
from seatrial.data.profile.binning import choose_binning
from seatrial.data.profile.records import Binning, Profile
from seatrial.data.profile.taking import Taker
from seatrial.data.reading import flattening, kinds
from seatrial.data.reading.records import Source


def columns_of(frame: pl.DataFrame) -> tuple[Column, ...]:
    """The leaves of a table."""
    return tuple(
        column
        for name, dtype in frame.schema.items()
        for column in flattening.leaves_of(Source(name=name, path=(name,), dtype=kinds.in_batch(dtype)), dtype)
    )


def binning_of(frame: pl.DataFrame) -> Binning:
    """The binning that a table chooses as a reference."""
    return choose_binning(columns_of(frame), frame)


def profile_of(
    frame: pl.DataFrame,
    *,
    reference: pl.DataFrame | None = None,
    cuts: Sequence[int] = (),
    cluster: str | None = None,
    label: str | None = None,
    prediction: str | None = None,
    closely: bool = False,
) -> Profile:
    """The profile of a table, in the bins of `reference`; its rows come in batches that end at `cuts`. `closely` as
    of a `Taker`."""
    binning = binning_of(frame if reference is None else reference)
    taker = Taker(columns_of(frame), binning, cluster=cluster, label=label, prediction=prediction, closely=closely)
    ends = [*sorted(cuts), frame.height]
    for start, end in zip([0, *ends], ends, strict=False):
        taker.add(frame[start:end])
    return taker.finish([("whole", frame.height)])
