"""Digits: 1,797 real images of 8 by 8 pixels, as scikit-learn ships them; 400 rows against the others.

Real data that nobody here has made. Parts are splits: part k draws 400 rows at random as current, and the reference
that belongs to it are all rows left. There is no endless source, so parts overlap each other, never their reference.
"""

from __future__ import annotations

import functools

import numpy as np
import polars as pl

from benchmarks.data.roles import Roles, Table

CURRENT = 400


@functools.cache
def _rows() -> pl.DataFrame:
    """All images. The prediction is that of the nearest class mean of the other half of the rows."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]  # here: a second to load

    images, labels = load_digits(return_X_y=True)
    half = np.arange(len(labels)) % 2
    predicted = np.empty_like(labels)
    for side in (0, 1):
        means = np.stack([images[(half != side) & (labels == digit)].mean(axis=0) for digit in range(10)])
        distances = ((images[half == side][:, None, :] - means) ** 2).sum(axis=2)
        predicted[half == side] = distances.argmin(axis=1)
    pixels = {f"pixel_{row}_{column}": images[:, 8 * row + column] for row in range(8) for column in range(8)}
    return pl.DataFrame({**pixels, "digit": labels.astype(np.int64), "digit_predicted": predicted.astype(np.int64)})


def split(n: int, source: int, part: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The reference and the `n` current rows of one split."""
    order = np.random.default_rng([source, part, 2]).permutation(_rows().height)
    return _rows()[np.sort(order[n:])], _rows()[np.sort(order[:n])]


DIGITS = Table(
    name="digits",
    about="images of digits, 66 columns, real",
    pair=split,
    sizes=(CURRENT,),
    changing=True,
    known={f"pixel_{row}_{column}": (0.0, 16.0) for row in range(8) for column in range(8)},
    roles=Roles(
        number="pixel_3_4", label="digit", prediction="digit_predicted", twins=("pixel_2_3", "pixel_2_4"),
        tied=("pixel_3_3", "pixel_4_3"), whole="pixel_4_4", mostly_zero="pixel_2_1",
    ),
)  # fmt: skip
