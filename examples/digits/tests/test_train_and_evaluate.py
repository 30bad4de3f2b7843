"""Training must learn something, and must be repeatable to the byte."""

import csv
import json
from pathlib import Path

import pytest

from digits import data, evaluate, train


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a training and a small test file."""
    folder: Path = tmp_path_factory.mktemp("data")
    data.prepare(folder / "train.csv", folder / "test.csv", test_rows=200)
    return folder


def _train(prepared: Path, folder: Path, seed: int = 0) -> train.Trained:
    trained = train.train(data.read(prepared / "train.csv"), hidden_units=16, epochs=5, learning_rate=0.005, seed=seed)
    folder.mkdir()
    train.write_results(trained, model=folder / "model.npz", metrics=folder / "metrics.json", curve=folder / "loss.csv")
    return trained


def test_loss_falls_and_is_written_for_every_epoch(prepared: Path, tmp_path: Path) -> None:
    """The curve has one row an epoch, ends lower than it began, and ends where the metrics say."""
    trained = _train(prepared, tmp_path / "run")

    with (tmp_path / "run" / "loss.csv").open() as file:
        curve = [float(row["loss"]) for row in csv.DictReader(file)]
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())

    assert len(curve) == 5
    assert curve[-1] < curve[0] / 2
    assert metrics["loss"] == pytest.approx(curve[-1], abs=1e-6)
    assert metrics["train_accuracy"] == trained.train_accuracy


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(prepared: Path, tmp_path: Path) -> None:
    """Repeating a training changes no file; changing the seed changes the model."""
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        _train(prepared, tmp_path / name, seed)

    one, two, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two", "other")
    )

    assert one == two
    assert one["model.npz"] != other["model.npz"]


def test_predictions_have_one_row_for_each_test_digit(prepared: Path, tmp_path: Path) -> None:
    """Ids and labels are those of the test file, and a short training is already far better than guessing."""
    trained = _train(prepared, tmp_path / "run")
    digits = data.read(prepared / "test.csv")
    evaluate.write_predictions(digits, trained.network.predict(digits.pixels), tmp_path / "predictions.csv")

    with (tmp_path / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    right = [row["label"] == row["prediction"] for row in rows]

    assert [int(row["id"]) for row in rows] == digits.ids.tolist()
    assert [int(row["label"]) for row in rows] == digits.labels.tolist()
    assert sum(right) / len(right) > 0.7
