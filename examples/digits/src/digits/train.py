"""Train a network with one hidden layer, and keep the loss of every epoch.

    python -m digits.train --data data/train.csv --hidden-units 16 --epochs 20 --learning-rate 0.002 \
        --seed 0 --model model.npz --metrics metrics.json --curve loss.csv

Everything that chance decides (first weights, order of the rows) comes from the seed, and nothing
written depends on the clock: the same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from digits import data
from digits.network import Network


@dataclass(frozen=True)
class Trained:
    """A network, the mean training loss of each epoch, and how often it is right on the training rows."""

    network: Network
    losses: list[float]
    train_accuracy: float


def untrained(hidden_units: int, learning_rate: float, seed: int) -> MLPClassifier:
    """A network that has seen nothing yet."""
    return MLPClassifier(
        hidden_layer_sizes=(hidden_units,), learning_rate_init=learning_rate, batch_size=32, random_state=seed
    )


def fit(classifier: MLPClassifier, digits: data.Digits) -> Iterator[float]:
    """Pass over the rows again and again; the mean loss of each pass."""
    while True:
        classifier.partial_fit(digits.pixels, digits.labels, classes=np.arange(10))
        yield float(classifier.loss_)


def train(digits: data.Digits, *, hidden_units: int, epochs: int, learning_rate: float, seed: int) -> Trained:
    """Fit a network, one pass over the rows an epoch."""
    classifier = untrained(hidden_units, learning_rate, seed)
    losses = list(islice(fit(classifier, digits), epochs))
    network = Network(weights=classifier.coefs_, biases=classifier.intercepts_)
    right = network.predict(digits.pixels) == digits.labels
    return Trained(network=network, losses=losses, train_accuracy=float(np.mean(right)))


def write_results(trained: Trained, *, model: Path, metrics: Path, curve: Path) -> None:
    """Write the network, its metrics as JSON, and its losses as CSV."""
    trained.network.save(model)
    values = {"loss": trained.losses[-1], "train_accuracy": trained.train_accuracy}
    metrics.write_text(json.dumps(values, indent=2) + "\n")
    lines = ["epoch,loss", *(f"{epoch},{loss:.6f}" for epoch, loss in enumerate(trained.losses, start=1))]
    curve.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Read the command line, train, and write the results."""
    parser = argparse.ArgumentParser(description="Train a network on the digits.")
    parser.add_argument("--data", type=Path, required=True, help="training file")
    parser.add_argument("--hidden-units", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True, help="network to write")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics JSON to write")
    parser.add_argument("--curve", type=Path, required=True, help="loss of each epoch to write")
    given = parser.parse_args()
    trained = train(
        data.read(given.data),
        hidden_units=given.hidden_units,
        epochs=given.epochs,
        learning_rate=given.learning_rate,
        seed=given.seed,
    )
    write_results(trained, model=given.model, metrics=given.metrics, curve=given.curve)
    print(f"seed {given.seed}: loss {trained.losses[-1]:.4f}, training accuracy {trained.train_accuracy:.4f}")


if __name__ == "__main__":
    main()
