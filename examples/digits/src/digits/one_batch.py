"""Learn one batch by heart: whatever cannot do that has a mistake in its labels, its loss or its steps.

Tried by the stage `overfit` in seatrial.yaml, which takes losses until one is low enough. Done before the real
training, it costs a second where a training that cannot work costs its whole time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from digits import data
from digits.train import fit, untrained

BATCH = 32


def one_batch(deps: Mapping[str, str]) -> Iterator[float]:
    """The loss after each step on the same few rows. `deps` are the paths of the stage's deps."""
    digits = data.read(Path(deps["data"]))
    few = data.Digits(ids=digits.ids[:BATCH], labels=digits.labels[:BATCH], pixels=digits.pixels[:BATCH])
    return fit(untrained(hidden_units=64, learning_rate=0.01, seed=0), few)
