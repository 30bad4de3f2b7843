"""The lines that asked for findings survive in a stored report, and an older report without them is still read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seatrial.errors import UserError
from seatrial.replacing import replace
from seatrial.report import serial
from seatrial.report.facts import PlaceFact, RunFacts
from tests.support import report_samples as samples


def located() -> RunFacts:
    facts = replace(samples.failed(), curves=())
    place = PlaceFact(finding="regression.accuracy", file="gates.yaml", line=7)
    return replace(facts, models=(replace(facts.models[0], places=(place,)),))


def test_places_survive() -> None:
    assert serial.from_text(serial.to_text(located())) == located()


def test_a_report_of_before_has_none() -> None:
    value = json.loads(serial.to_text(located()))
    del value["models"][0]["places"]

    assert serial.from_text(json.dumps(value)).models[0].places == ()


@pytest.mark.parametrize(
    "place", [{"finding": "a", "file": "b", "line": 0}, {"finding": "a", "file": "b"}, {"finding": 1}, "a:1", None]
)
def test_a_place_that_is_none_is_refused(place: Any) -> None:
    value = json.loads(serial.to_text(located()))
    value["models"][0]["places"] = [place]

    with pytest.raises(UserError, match="cannot be read"):
        serial.from_text(json.dumps(value))
