"""The trained network as plain arrays: what `train` writes and `evaluate` reads.

The file is a NumPy archive, not a pickle, for three reasons: loading it cannot run code, the same
weights always give the same bytes (so an unchanged model is recognised as unchanged), and scoring
needs NumPy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Network:
    """A feed-forward network: layer i multiplies by `weights[i]` and adds `biases[i]`, with ReLU in between."""

    weights: Sequence[np.ndarray]
    biases: Sequence[np.ndarray]

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """The most likely digit for each row of `pixels`, shape (n,)."""
        values = pixels
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = np.maximum(values @ weight + bias, 0)
        most_likely: np.ndarray = np.argmax(values @ self.weights[-1] + self.biases[-1], axis=1)
        return most_likely

    def save(self, path: Path) -> None:
        """Write the network; equal networks give equal bytes."""
        arrays: dict[str, Any] = {f"weight{i}": weight for i, weight in enumerate(self.weights)}
        arrays |= {f"bias{i}": bias for i, bias in enumerate(self.biases)}
        with path.open("wb") as file:  # given a name instead, savez would add a suffix to it
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a network that `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            layers = range(len(arrays.files) // 2)
            return cls(
                weights=[arrays[f"weight{i}"] for i in layers],
                biases=[arrays[f"bias{i}"] for i in layers],
            )
