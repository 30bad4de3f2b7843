"""The list of versions: its one figure is of the metric that was gated, by name."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.cli.model_text import history
from seatrial.registry.history import History
from seatrial.registry.records import Version
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.verdict import Verdict
from tests.support.drafts import ACTOR, finding
from tests.support.instants import ISO


def listed(*of: tuple[str | None, Mapping[str, float]]) -> list[str]:
    """The lines of a list of versions, each with a gate on a metric and with metrics."""
    versions: dict[int, Version] = {}
    for number, (gated, metrics) in enumerate(of, start=1):
        versions[number] = Version(
            number=number,
            model="prices",
            artifact=Artifact(digest="b3:" + "0" * 64, kind="file", size=1),
            run="01k9",
            created_at=ISO,
            actor=ACTOR,
            config="b3:" + "1" * 64,
            environment="b3:" + "2" * 64,
            metrics=metrics,
            findings=() if gated is None else (replace(finding(Verdict.PASS), metric=gated),),
        )
    return history(History(model="prices", versions=versions)).splitlines()


def test_the_metric_that_is_gated_names_its_column() -> None:
    lines = listed(("mae", {"rmse": 3.0, "mae": 2.125}), ("mae", {"rmse": 3.0, "mae": 2.0}))

    assert "mae" in lines[0]
    assert "accuracy" not in lines[0]
    assert "2.125" in lines[1]


def test_without_a_gate_it_is_the_first_metric() -> None:
    assert "rmse" in listed((None, {"rmse": 3.0, "mae": 2.0}))[0]


def test_versions_with_other_metrics_each_name_theirs() -> None:
    lines = listed(("mae", {"mae": 2.125}), ("accuracy", {"accuracy": 0.5}), (None, {}))

    assert "metric" in lines[0]
    assert "mae 2.125" in lines[1]
    assert "accuracy 0.5" in lines[2]
