"""A test set that a model was trained on is said."""

from __future__ import annotations

from seatrial.flows.contamination import seen_in_training
from seatrial.flows.policy import DatasetPolicy

DATASETS = {
    "train": DatasetPolicy(name="train", path="train.csv"),
    "test": DatasetPolicy(name="test", path="test.csv", role="test"),
}


def test_a_test_set_that_was_training_data_is_named() -> None:
    """By content, whatever the dataset was called when the model was made."""
    (warning,) = seen_in_training(DATASETS, {"train": "b3:1", "test": "b3:2"}, {"train": "b3:2"}, "digits@1")

    assert "dataset test is the very data that digits@1 knows as train" in warning


def test_other_data_is_no_reason_to_warn() -> None:
    """The same test set then and now is what one wants."""
    assert seen_in_training(DATASETS, {"train": "b3:1", "test": "b3:2"}, {"train": "b3:1", "test": "b3:2"}, "x") == ()


def test_a_model_tested_on_its_own_training_data_is_said() -> None:
    """The commonest mistake of all."""
    data = {"train": "b3:1", "test": "b3:1"}

    assert len(seen_in_training(DATASETS, data, data, "the candidate")) == 1
