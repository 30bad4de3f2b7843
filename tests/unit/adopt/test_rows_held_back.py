"""How many rows a model is judged by, where the code holds them back itself: a share of them, or a number."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.adopt.finding import find
from seatrial.adopt.proposing import propose
from seatrial.change.git import Git
from tests.support.foreign import repository

TRAIN = """\
import json, pickle
from sklearn.datasets import load_wine
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import train_test_split

if __name__ == "__main__":
    X, y = load_wine(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=SIZE, random_state=0)
    clf = RidgeClassifier().fit(X_train, y_train)
    with open("model.pkl", "wb") as file:
        pickle.dump(clf, file)
    with open("metrics.json", "w") as file:
        json.dump({"accuracy": clf.score(X_test, y_test)}, file)
"""


@pytest.mark.parametrize(("size", "rows"), [("0.5", 89), ("0.25", 45), ("40", 40)])
def test_rows_are_counted_as_sklearn_splits_them(tmp_path: Path, size: str, rows: int) -> None:
    """178 wines: a share is rounded up, as `train_test_split` does; a whole number is that many."""
    root = repository(tmp_path / "wine", {"train.py": TRAIN.replace("SIZE", size),
                                          "metrics.json": '{"accuracy": 0.9}'})  # fmt: skip
    proposal = propose(find(root, Git.find(root), active=None))
    said = " ".join(note.text for gates in proposal.gates.values() for one in gates for note in one.notes)

    assert f"allows for {rows} of the 178 rows of load_wine are held back" in said
