"""Prepare the data: the 1,797 digits that scikit-learn ships, as one training and one test file.

    python -m digits.data --train data/train.csv --test data/test.csv --test-rows 900

Each row has an id, a label and 64 grey values from 0 to 16. The id is what lets two models be compared
row by row, so it must mean the same digit for ever. Which file a digit goes to depends on its id
alone: a digit that was ever held out is never trained on, whatever else is added or removed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HELD_OUT = 900
"""How many digits no model ever trains on. The test file takes its rows from these."""

_DARKEST = 16


@dataclass(frozen=True)
class Digits:
    """Digits as arrays: `ids` and `labels` of shape (n,), `pixels` of shape (n, 64) from 0 to 1."""

    ids: np.ndarray
    labels: np.ndarray
    pixels: np.ndarray


def read(path: Path) -> Digits:
    """The digits of a file that `write` wrote."""
    table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=int, ndmin=2)
    return Digits(ids=table[:, 0], labels=table[:, 1], pixels=table[:, 2:] / _DARKEST)


def write(path: Path, rows: np.ndarray) -> None:
    """Write rows of id, label and 64 grey values."""
    header = ["id", "label", *(f"p{row}{column}" for row in range(8) for column in range(8))]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows.tolist())


def split(ids: list[int], test_rows: int) -> tuple[list[int], list[int]]:
    """The ids to train on and the ids to test on; the rest of the held-out ids stay unused.

    Sorting by a digest shuffles without a random generator: the same on every machine, for ever.
    A smaller test set is the beginning of a larger one.
    """
    if not 1 <= test_rows <= HELD_OUT:
        raise SystemExit(
            f"data.test_rows is {test_rows}; it must be from 1 to {HELD_OUT}, the digits that are held out"
        )
    shuffled = sorted(ids, key=lambda number: hashlib.sha256(f"digit {number}".encode()).digest())
    held_out, rest = shuffled[-HELD_OUT:], shuffled[:-HELD_OUT]
    return rest, held_out[:test_rows]


def prepare(train: Path, test: Path, test_rows: int) -> None:
    """Write the training and the test file."""
    # Imported here because the other stages read the files and need not wait for scikit-learn.
    from sklearn.datasets import load_digits

    digits = load_digits()
    table = np.column_stack([np.arange(len(digits.target)), digits.target, digits.data]).astype(int)
    train_ids, test_ids = split(table[:, 0].tolist(), test_rows)
    write(train, table[train_ids])
    write(test, table[test_ids])
    print(f"{len(train_ids)} digits to train on, {len(test_ids)} to test on")


def main() -> None:
    """Read the command line and prepare the data."""
    parser = argparse.ArgumentParser(description="Prepare the digits.")
    parser.add_argument("--train", type=Path, required=True, help="training file to write")
    parser.add_argument("--test", type=Path, required=True, help="test file to write")
    parser.add_argument("--test-rows", type=int, required=True, help=f"rows of the test file, up to {HELD_OUT}")
    given = parser.parse_args()
    prepare(given.train, given.test, given.test_rows)


if __name__ == "__main__":
    main()
