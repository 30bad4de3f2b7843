"""Generated tables of unlike nature, each with a label `y`, and what may go wrong with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.unit.data.joint.profiles import Table


def numeric(rows: int, seed: int) -> dict[str, NDArray[np.generic]]:
    """Correlated numbers with an id; `a` and `b` have one distribution."""
    rng = np.random.default_rng(seed)
    own, shared = rng.standard_normal((rows, 6)), rng.standard_normal(rows)
    a, c = own[:, 0] + shared, own[:, 2]
    return {
        "id": rng.integers(10**15, size=rows),
        "a": a,
        "b": own[:, 1] + shared,
        "c": c,
        "d": np.exp(own[:, 3] + shared / 2),
        "e": np.where(rng.random(rows) < 0.1, np.nan, own[:, 4] + c),
        "h": rng.integers(0, 9, rows),
        "y": (a + c + rng.standard_normal(rows) > 0).astype(np.int64),
    }


def categories(rows: int, seed: int) -> dict[str, NDArray[np.generic]]:
    """A few hundred different rows and no id; `a` and `b` have one distribution, and `y` hangs on `a`."""
    rng = np.random.default_rng(seed)
    words = np.array(["n", "s", "e", "w", "x"], dtype=object)
    shares = [0.4, 0.3, 0.15, 0.1, 0.05]
    a, other = rng.choice(5, rows, p=shares), rng.choice(5, rows, p=shares)
    b = np.where(rng.random(rows) < 0.6, a, other)
    c = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    return {
        "a": words[a],
        "b": words[b],
        "c": words[c],
        "m": rng.integers(0, 4, rows) * (rng.random(rows) < 0.4),
        "y": (rng.random(rows) < 0.2 + 0.5 * (a == 1) + 0.1 * c).astype(np.int64),
    }


def some(table: Table, rows: NDArray[np.integer]) -> dict[str, NDArray[np.generic]]:
    """These rows."""
    return {name: values[rows] for name, values in table.items()}


def after(first: Table, second: Table) -> dict[str, NDArray[np.generic]]:
    """The rows of both."""
    return {name: np.concatenate([values, second[name]]) for name, values in first.items()}


def permuted(table: Table, name: str, seed: int = 0) -> dict[str, NDArray[np.generic]]:
    """One column in another order."""
    values = table[name]
    return {**table, name: values[np.random.default_rng(seed).permutation(len(values))]}
