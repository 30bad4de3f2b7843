"""Populations of scores and of numbers whose true figures are known by quadrature.

Called by `drawing`. Scores: the log-odds of a row are normal, its label is drawn from them, and each model sees them
through noise of its own; a worse candidate has more noise. So log loss, Brier, AUC and average precision are all worse,
each by an amount that integrals over two normal variables give: losses to nine digits, ranks to five. Numbers: labels
and answers on a lattice of tenths, errors normal or Laplace, partly shared by both models.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seatrial.stats.interval import crossing
from seatrial.stats.normal import cdf

SPREAD = 2.0
"""Of the log-odds over rows."""

_LEAST = float(np.finfo(np.float64).eps)  # where log losses are cut off
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)

STEP = 0.1
REACH = 400
"""Errors of numbers are whole tenths, at most this many."""


@lru_cache(maxsize=64)
def centre(base_rate: float) -> float:
    """The mean of the log-odds that gives this share of positives."""
    return crossing(lambda mean: _share(mean) - base_rate, -20.0, 20.0, precision=1e-14)


def _share(mean: float) -> float:
    return float((_sigmoid(mean + SPREAD * _NODES) * _WEIGHTS).sum() / _WEIGHTS.sum())


def _sigmoid(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-odds)))


@lru_cache(maxsize=512)
def figures_of(base_rate: float, noise: float) -> Mapping[str, float]:
    """The true figures of a model with so much noise."""
    mean = centre(base_rate)
    odds = mean + SPREAD * np.linspace(-9, 9, 721)
    weight = np.exp(-(((odds - mean) / SPREAD) ** 2) / 2)
    weight /= weight.sum()
    seen = odds[:, None] + noise * _NODES[None, :]
    chance, score = _sigmoid(odds)[:, None], _sigmoid(seen)
    by_noise = weight[:, None] * _WEIGHTS[None, :] / _WEIGHTS.sum()
    log_loss = -chance * np.log(np.maximum(score, _LEAST)) - (1 - chance) * np.log(np.maximum(1 - score, _LEAST))
    brier = chance * (1 - score) ** 2 + (1 - chance) * score**2
    area, precision = _ranked(odds, weight, noise, mean)
    return {
        "log_loss": float((by_noise * log_loss).sum()),
        "brier": float((by_noise * brier).sum()),
        "roc_auc": area,
        "average_precision": precision,
    }


def _ranked(odds: NDArray[np.float64], weight: NDArray[np.float64], noise: float, mean: float) -> tuple[float, float]:
    """AUC and average precision from the densities of what a model sees, of positives and of negatives."""
    grid = mean + np.linspace(-1, 1, 2_401) * (9 * SPREAD + 8 * noise)
    kernel = np.exp(-(((grid[:, None] - odds[None, :]) / noise) ** 2) / 2)
    of_positives, of_all = kernel @ (weight * _sigmoid(odds)), kernel @ weight
    of_positives, of_all = of_positives / of_all.sum(), of_all / of_all.sum()
    of_negatives = of_all - of_positives
    beyond = _beyond(of_positives)
    rate = float(of_positives.sum())
    area = float((beyond * of_negatives).sum()) / (rate * (1 - rate))
    precision = float((beyond / _beyond(of_all) * of_positives).sum()) / rate
    return area, precision


def _beyond(density: NDArray[np.float64]) -> NDArray[np.float64]:
    """What lies above each point of the grid, half of the point's own share with it (the trapezoidal rule)."""
    above = np.cumsum(density[::-1])[::-1]
    return np.asarray(above - density / 2)


@lru_cache(maxsize=512)
def noise_for(base_rate: float, noise: float, loss: float) -> float:
    """The noise with which the AUC is lower by `loss`."""
    wanted = figures_of(base_rate, noise)["roc_auc"] - loss
    return crossing(lambda more: figures_of(base_rate, more)["roc_auc"] - wanted, noise, noise + 6.0, precision=1e-12)


def mean_error(sigma: float, shape: str) -> float:
    """The mean absolute error of a normal or Laplace error with standard deviation `sigma`, on the lattice."""
    edges = [(k + 0.5) * STEP for k in range(REACH)]
    return 2 * STEP * sum(_tail(edge, sigma, shape) for edge in edges)


def _tail(x: float, sigma: float, shape: str) -> float:
    return math.exp(-x * math.sqrt(2) / sigma) / 2 if shape == "Laplace" else cdf(-x / sigma)


@lru_cache(maxsize=64)
def own_error_for(own: float, shape: str, loss: float) -> float:
    """How much a candidate errs by itself, beside an error of 1 that both share, to have a mean error larger by
    `loss` than a model that errs by `own`."""
    wanted = mean_error(math.hypot(1.0, own), shape) + loss
    return crossing(lambda more: mean_error(math.hypot(1.0, more), shape) - wanted, own, own + 3.0, precision=1e-12)
