"""Findings as JSON: every field comes back, and damage is noticed."""

from __future__ import annotations

import json

import pytest

from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.gates.judgement import Judgement
from seatrial.gates.serial import from_json, judgement_json, to_json
from seatrial.verdict import Decision, Finding, Verdict

_FULL = Finding(
    name="regression.accuracy",
    kind="regression",
    metric="accuracy",
    verdict=Verdict.INCONCLUSIVE,
    reason="too_few_rows",
    message="…",
    estimate=-0.011,
    interval=(-0.03, 0.008),
    threshold=-0.01,
    n=450,
    n_needed=5019,
    method="Tango score, paired",
    candidate=0.953,
    baseline=0.964,
    digests={"candidate_artifact": "b3:1", "baseline_artifact": "b3:2"},
)
_BARE = Finding(name="n", kind="k", metric=None, verdict=Verdict.ERROR, reason="r", message="m")


@pytest.mark.parametrize("finding", [_FULL, _BARE])
def test_finding_survives_the_round_trip(finding: Finding) -> None:
    """What was written as text is read back equal."""
    assert from_json(json.loads(json.dumps(to_json(finding)))) == finding


def test_judgement_has_the_documented_keys() -> None:
    """The keys of the JSON output are a promise to scripts."""
    judgement = Judgement(
        gate_set="promote", verdict=Verdict.INCONCLUSIVE, decision=Decision.HOLD, findings=(_FULL, _BARE)
    )

    value = judgement_json(judgement)
    text = json.loads(json.dumps(value))

    assert list(value) == ["schema_version", "gate_set", "verdict", "decision", "gates"]
    assert text["schema_version"] == 1
    assert (text["verdict"], text["decision"]) == ("INCONCLUSIVE", "hold")
    assert list(text["gates"][1]) == [
        *("name", "kind", "metric", "verdict", "reason", "estimate", "interval", "threshold", "n", "n_needed"),
        *("method", "digests", "candidate", "baseline", "message", "parts"),
    ]


def test_keys_of_later_versions_are_ignored() -> None:
    """A record written by a newer release can still be read."""
    assert from_json({**to_json(_FULL), "slices": []}) == _FULL


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "MAYBE"},
        {"verdict": None},
        {"name": 3},
        {"n": 1.5},
        {"n": True},
        {"estimate": "0.9"},
        {"interval": [1]},
        {"interval": ["a", "b"]},
        {"digests": None},
        {"digests": {"a": 1}},
    ],
)
def test_damaged_findings_are_refused(change: dict[str, Json]) -> None:
    """A stored finding that lost its shape is an error of the state, never a guess."""
    with pytest.raises(StateError, match="damaged") as caught:
        from_json({**to_json(_FULL), **change})

    assert caught.value.next_step


def test_finding_that_is_no_object_is_refused() -> None:
    """A list where an object belongs is damage too."""
    with pytest.raises(StateError, match="must be an object"):
        from_json([])
