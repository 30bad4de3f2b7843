"""Score a network on the test file: one row a digit, with what it is and what the network says.

    python -m digits.evaluate --model model.npz --data data/test.csv --out predictions.csv

It writes rows and leaves judging to the gates: from rows of two models one can tell whether they
differ by more than chance, from two accuracies one cannot.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from digits import data
from digits.network import Network


def write_predictions(digits: data.Digits, predictions: np.ndarray, path: Path) -> None:
    """Write id, label and prediction of every digit as CSV."""
    rows = np.column_stack([digits.ids, digits.labels, predictions])
    np.savetxt(path, rows, fmt="%d", delimiter=",", header="id,label,prediction", comments="")


def main() -> None:
    """Read the command line, score the network, and write its predictions."""
    parser = argparse.ArgumentParser(description="Score a network on the digits.")
    parser.add_argument("--model", type=Path, required=True, help="network that digits.train wrote")
    parser.add_argument("--data", type=Path, required=True, help="test file")
    parser.add_argument("--out", type=Path, required=True, help="predictions to write")
    given = parser.parse_args()
    digits = data.read(given.data)
    predictions = Network.load(given.model).predict(digits.pixels)
    write_predictions(digits, predictions, given.out)
    print(f"accuracy {np.mean(predictions == digits.labels):.4f} on {len(digits.ids)} digits")


if __name__ == "__main__":
    main()
