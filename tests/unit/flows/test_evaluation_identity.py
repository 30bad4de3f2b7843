"""When stored rows of another model may be compared: same evaluation, same data, whatever the model."""

from __future__ import annotations

import pytest

from seatrial.digest import Json
from seatrial.flows.dossier import evaluation_identity

PARTS: dict[str, Json] = {
    "command": "python evaluate.py ${deps.model}",
    "deps.model": "b3:" + "1" * 64,
    "deps.test": "b3:" + "2" * 64,
    "environment": "b3:" + "3" * 64,
    "files.evaluate.py": "b3:" + "4" * 64,
    "params.threshold": 0.5,
}


def test_model_is_no_part_of_its_evaluation() -> None:
    """Two models scored by one evaluation on one test set are comparable."""
    other = {**PARTS, "deps.model": "b3:" + "9" * 64}

    assert evaluation_identity(PARTS, "model") == evaluation_identity(other, "model")


@pytest.mark.parametrize("part", [part for part in PARTS if part != "deps.model"])
def test_every_other_part_is(part: str) -> None:
    """Other code, data, parameters or packages: other rows."""
    other = {**PARTS, part: "something else"}

    assert evaluation_identity(PARTS, "model")[0] != evaluation_identity(other, "model")[0]


@pytest.mark.parametrize(("part", "same"), [("deps.test", False), ("params.threshold", True), ("environment", True)])
def test_test_set_is_the_data_alone(part: str, same: bool) -> None:
    """So that one can say what differs: the data, or the way of evaluating."""
    other = {**PARTS, part: "something else"}

    assert (evaluation_identity(PARTS, "model")[1] == evaluation_identity(other, "model")[1]) is same


def test_without_a_model_dep_the_model_counts() -> None:
    """A stage that trains and predicts at once cannot be told apart from its model."""
    other = {**PARTS, "deps.model": "b3:" + "9" * 64}

    assert evaluation_identity(PARTS, None)[0] != evaluation_identity(other, None)[0]
