"""Chance that can be had again: uniform numbers from a seed and an index, and counts drawn from them.

Called by the bootstraps alone, which bounds from moments and ranks are held against. A library's next release must not
change what they say, and the same evidence looked at twice gives the same bytes. The seed is made of digests
(`seed_from`), never of a clock.

The stream is SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, figure 17) asked by index: number i is a mix of
seed + (i + 1) times a constant, in whole numbers of 64 bits that wrap, so it is the same on every machine and does not
depend on what was drawn before. Counts drawn from it are exact in distribution up to the 2^-52 between neighbouring
uniforms. Their accept steps and tables use logarithms, whose last bit may differ between machines: a draw could differ
by that about once in 10^12.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seatrial import digest
from seatrial.stats.binomial_terms import log_poisson

_Bits = NDArray[np.uint64]
_Array = NDArray[np.float64]
_Counts = NDArray[np.int64]

_WORD = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

_FEW = 10.0  # expected counts below which a draw is looked up term by term
_NOTHING = 1e-18  # a term below it cannot be told from 0 by a uniform number


def seed_from(*parts: str) -> int:
    """A seed of 64 bits from names and digests, such as the digest of the evidence and the name of a gate."""
    return int.from_bytes(digest.raw("".join(f"{len(part)}:{part}" for part in parts).encode())[:8], "big")


def derived(seed: int, *keys: int) -> int:
    """The seed of a stream of its own, for each sequence of keys another."""
    for key in keys:
        seed = _mixed_word((seed + _GOLDEN) ^ _mixed_word(key + 1))
    return seed


def bits(seed: int, count: int, *, start: int = 0) -> _Bits:
    """Numbers `start` to `start + count` of the stream, each of 64 random bits."""
    return _bits_at(seed, np.arange(start, start + count, dtype=np.uint64))


def uniforms(seed: int, count: int, *, start: int = 0) -> _Array:
    """The same as numbers strictly between 0 and 1: odd multiples of 2^-53, so 1 - u is as likely as u."""
    return _to_unit(bits(seed, count, start=start))


def integers(seed: int, count: int, *, below: int, start: int = 0) -> _Counts:
    """Whole numbers from 0 to below - 1, below at most 2^32: the upper half of a product, biased by below / 2^64.

    Lemire (2019), ACM Trans. Model. Comput. Simul. 29:3, without its rejection, which would break the index.
    """
    if not 1 <= below <= 1 << 32:
        raise ValueError(f"no whole numbers below {below} can be drawn")
    drawn, half, times = bits(seed, count, start=start), np.uint64(32), np.uint64(below)
    low = (drawn & np.uint64(0xFFFFFFFF)) * times
    return np.asarray(((drawn >> half) * times + (low >> half)) >> half, dtype=np.int64)


def poissons(seed: int, count: int, *, mean: float, start: int = 0) -> _Counts:
    """Poisson counts by inverting their distribution: number i depends on seed and i alone."""
    if not (math.isfinite(mean) and mean >= 0.0):
        raise ValueError(f"{mean} is no mean of counts")
    reach = 9.0 * math.sqrt(mean) + 40.0
    first, last = max(0, math.floor(mean - reach)), math.ceil(mean + reach)
    terms = [math.exp(log_poisson(k, mean)) for k in range(first, last + 1)]
    place = np.searchsorted(np.cumsum(terms), uniforms(seed, count, start=start))
    return np.asarray(np.minimum(place, last - first) + first, dtype=np.int64)


def binomials(seed: int, n: ArrayLike, share: ArrayLike) -> _Counts:
    """One binomial count for each n and share, which are broadcast; element i depends on seed, i and its own two."""
    rows, chance = np.broadcast_arrays(np.asarray(n, dtype=np.int64), np.asarray(share, dtype=np.float64))
    if not (bool(np.all(rows >= 0)) and bool(np.all((chance >= 0.0) & (chance <= 1.0)))):
        raise ValueError("binomial counts need numbers of rows from 0 and shares from 0 to 1")
    rows, chance = rows.ravel(), chance.ravel()
    rare = np.minimum(chance, 1.0 - chance)
    drawn = np.zeros(rows.size, dtype=np.int64)
    few = np.flatnonzero((rows * rare < _FEW) & (rare > 0.0) & (rows > 0))
    many = np.flatnonzero(rows * rare >= _FEW)
    drawn[few] = _term_by_term(derived(seed, 0), few, rows[few], rare[few])
    drawn[many] = _by_rejection(derived(seed, 1), many, rows[many].astype(np.float64), rare[many])
    return np.asarray(np.where(chance > 0.5, rows - drawn, drawn).reshape(np.broadcast(n, share).shape))


def multinomials(seed: int, weights: ArrayLike, *, replicates: int) -> _Counts:
    """Resampled tables of counts: (replicates, ..., cells), each row of `weights` keeping its own total.

    A cell is binomial given the cells before it, so each row is drawn exactly as by drawing its rows one by one.
    """
    table = np.asarray(weights, dtype=np.int64)
    if table.ndim < 1 or not bool(np.all(table >= 0)):
        raise ValueError("a table to resample holds counts, none below 0")
    drawn = np.zeros((replicates, *table.shape), dtype=np.int64)
    left = np.broadcast_to(table.sum(axis=-1), drawn.shape[:-1]).copy()
    behind = table.sum(axis=-1)
    for cell in range(table.shape[-1]):
        share = np.divide(table[..., cell], behind, out=np.zeros(behind.shape), where=behind > 0)
        drawn[..., cell] = binomials(derived(seed, cell), left, share)
        left -= drawn[..., cell]
        behind = behind - table[..., cell]
    return drawn


def _mixed_word(word: int) -> int:
    word &= _WORD
    word = ((word ^ (word >> 30)) * _FIRST) & _WORD
    word = ((word ^ (word >> 27)) * _SECOND) & _WORD
    return word ^ (word >> 31)


def _bits_at(seed: int, index: _Bits) -> _Bits:
    word = (index + np.uint64(1)) * np.uint64(_GOLDEN)
    word += np.uint64(seed & _WORD)
    word ^= word >> np.uint64(30)
    word *= np.uint64(_FIRST)
    word ^= word >> np.uint64(27)
    word *= np.uint64(_SECOND)
    word ^= word >> np.uint64(31)
    return word


def _to_unit(word: _Bits) -> _Array:
    return np.asarray(((word >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52)


def _uniforms_at(seed: int, index: NDArray[np.intp]) -> _Array:
    return _to_unit(_bits_at(seed, index.astype(np.uint64)))


def _term_by_term(seed: int, index: NDArray[np.intp], n: _Counts, share: _Array) -> _Counts:
    """Inversion: terms are taken off a uniform number until it is used up."""
    drawn = np.zeros(index.size, dtype=np.int64)
    odds = share / (1.0 - share)
    term = np.exp(n * np.log1p(-share))
    left = _uniforms_at(seed, index) - term
    open_, k = np.flatnonzero(left > 0.0), 0
    while open_.size:
        drawn[open_] = k = k + 1
        term[open_] *= odds[open_] * (n[open_] - k + 1) / k
        left[open_] -= term[open_]
        open_ = open_[(left[open_] > 0.0) & (k < n[open_]) & (term[open_] > _NOTHING)]
    return drawn


def _by_rejection(seed: int, index: NDArray[np.intp], n: _Array, share: _Array) -> _Counts:
    """Hörmann (1993), J. Stat. Comput. Simul. 46:101, algorithm BTRS: a transformed uniform, accepted or drawn anew."""
    drawn = np.zeros(index.size, dtype=np.int64)
    spread = np.sqrt(n * share * (1.0 - share))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * share
    centre, squeeze = n * share + 0.5, 0.92 - 4.2 / b
    open_, attempt = np.arange(index.size), 0
    while open_.size:
        u = _uniforms_at(derived(seed, attempt, 0), index[open_]) - 0.5
        v = _uniforms_at(derived(seed, attempt, 1), index[open_])
        edge = 0.5 - np.abs(u)
        k = np.floor((2.0 * a[open_] / edge + b[open_]) * u + centre[open_])
        taken = (edge >= 0.07) & (v <= squeeze[open_])
        asked = np.flatnonzero(~taken & (k >= 0.0) & (k <= n[open_]))
        some = open_[asked]
        scale = (2.83 + 5.1 / b[some]) * spread[some]
        height = np.log(v[asked] * scale / (a[some] / (edge[asked] * edge[asked]) + b[some]))
        taken[asked] = height <= _log_ratio_to_mode(k[asked], n[some], share[some])
        drawn[open_[taken]] = k[taken].astype(np.int64)
        open_, attempt = open_[~taken], attempt + 1
    return drawn


def _log_ratio_to_mode(k: _Array, n: _Array, share: _Array) -> _Array:
    """log of P(k) / P(mode), by Stirling's formula with its error."""
    odds, mode = share / (1.0 - share), np.floor((n + 1.0) * share)
    return np.asarray(
        (mode + 0.5) * np.log((mode + 1.0) / (odds * (n - mode + 1.0)))
        + (n + 1.0) * np.log((n - mode + 1.0) / (n - k + 1.0))
        + (k + 0.5) * np.log(odds * (n - k + 1.0) / (k + 1.0))
        + (_stirling(mode) + _stirling(n - mode) - _stirling(k) - _stirling(n - k))
    )


_SMALL = np.asarray([math.lgamma(k + 1) - (k + 0.5) * math.log(k + 1) + k + 1 for k in range(16)])
_SMALL -= 0.5 * math.log(2 * math.pi)


def _stirling(k: _Array) -> _Array:
    """log k! minus its approximation (k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2."""
    after = k + 1.0
    square = after * after
    series = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / after
    return np.asarray(np.where(k < 16, _SMALL[np.minimum(k, 15).astype(np.intp)], series))
