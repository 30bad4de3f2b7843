"""Embeddings that break: those of another model, scaled, empty, cut, of other rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.data.kinds import Fact, Given, Kind, Marked, Ranked, Seen, Spread, positive

Rng = np.random.Generator
Apply = Callable[[Given, float, Rng], pl.DataFrame]
Matrix = npt.NDArray[np.float64]
SHARE = "share of rows"
VECTOR = ("vector",)


def _matrix(values: pl.Series) -> Matrix:
    return values.to_numpy().astype(np.float64)


def _put(given: Given, matrix: Matrix) -> pl.DataFrame:
    return given.put(pl.Series(matrix.astype(np.float32), dtype=pl.Array(pl.Float32, matrix.shape[1])))


def _some(change: Callable[[Matrix, Rng], Matrix]) -> Apply:
    def apply(given: Given, share: float, rng: Rng) -> pl.DataFrame:
        matrix = _matrix(given.frame[given.column])
        rows = given.some(share, rng).to_numpy()
        matrix[rows] = change(matrix[rows], rng)
        return _put(given, matrix)

    return apply


def _rotated(matrix: Matrix, rng: Rng) -> Matrix:
    """Another model of the same family: the same distances, other axes."""
    turn = np.linalg.qr(rng.normal(0, 1, (matrix.shape[1], matrix.shape[1])))[0]
    return np.asarray(matrix @ turn)


def _normalised(matrix: Matrix, rng: Rng) -> Matrix:
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def _same(matrix: Matrix, rng: Rng) -> Matrix:
    return np.repeat(matrix[:1], len(matrix), axis=0)


def _broken(matrix: Matrix, rng: Rng) -> Matrix:
    matrix[:, 0] = np.nan
    return matrix


def _scaled(given: Given, factor: float, rng: Rng) -> pl.DataFrame:
    return _put(given, _matrix(given.frame[given.column]) * factor)


def _of_other_rows(given: Given, share: float, rng: Rng) -> pl.DataFrame:
    matrix = _matrix(given.frame[given.column])
    rows = np.flatnonzero(given.some(share, rng).to_numpy())
    matrix[rows] = matrix[rng.permutation(rows)]
    return _put(given, matrix)


def _shorter(given: Given, amount: float, rng: Rng) -> pl.DataFrame:
    return _put(given, _matrix(given.frame[given.column])[:, :-8])


def _along_mean(seen: Seen) -> pl.Series:
    known = _matrix(seen.reference[seen.column])
    return pl.Series(_matrix(seen.values) @ known.mean(axis=0))


def _along_label(seen: Seen) -> pl.Series:
    known, labels = _matrix(seen.reference[seen.column]), seen.reference[seen.roles.label]
    high = positive(labels, labels).to_numpy()
    towards = np.linalg.lstsq(np.cov(known.T), known[high].mean(axis=0) - known[~high].mean(axis=0), rcond=None)[0]
    return pl.Series(_matrix(seen.values) @ towards)


def _norms(seen: Seen) -> pl.Series:
    return pl.Series(np.linalg.norm(_matrix(seen.values), axis=1))


def _first(seen: Seen) -> pl.Series:
    return pl.Series(_matrix(seen.values)[:, 1])


def _kind(name: str, about: str, magnitudes: tuple[float, ...], apply: Apply, view: object,
          amount: str = SHARE) -> Kind:  # fmt: skip
    return Kind(name=name, about=about, on=VECTOR, amount=amount, magnitudes=magnitudes,
                apply=apply, view=view)  # type: ignore[arg-type]  # fmt: skip


VECTORS: tuple[Kind, ...] = (
    _kind("vectors_rotated", "embeddings of another model", (0.1, 1.0), _some(_rotated), Spread(_along_mean)),
    _kind("vectors_scaled", "embeddings of another scale", (1.02, 1.2, 2.0), _scaled, Spread(_norms), "factor"),
    _kind("vectors_normalised", "embeddings of length one", (0.1, 1.0), _some(_normalised), Spread(_norms)),
    _kind("vectors_zero", "empty embeddings", (0.01, 0.1), _some(lambda matrix, _: matrix * 0.0),
          Marked(lambda seen: _norms(seen) == 0)),
    _kind("vectors_same", "one embedding for many rows", (0.05, 0.3), _some(_same),
          Marked(lambda seen: _first(seen) == _first(seen).mode().sort()[0])),
    _kind("vectors_not_finite", "embeddings with a NaN", (0.01, 0.1), _some(_broken),
          Marked(lambda seen: _norms(seen).is_nan())),
    _kind("vectors_of_other_rows", "embeddings of other rows", (0.5, 1.0), _of_other_rows, Ranked(_along_label)),
    _kind("vectors_shorter", "embeddings of another width", (1.0,), _shorter, Fact()),
)  # fmt: skip
