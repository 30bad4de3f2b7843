"""Metrics as OpenMetrics text: a strict reader reads every one of them, whatever its name is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.replacing import replace
from seatrial.report import facts as fact
from seatrial.report.openmetrics import render_openmetrics
from tests.support import report_samples as samples
from tests.support.openmetrics_text import Samples, read


def series(*metrics: fact.MetricFact, name: str = "digits") -> Samples:
    return read(render_openmetrics(samples.run(models=(samples.model(name=name, metrics=metrics),))))


def at(family: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return family, frozenset({"model": "digits", **labels}.items())


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_run_gives_text_that_a_strict_reader_reads(sample: str) -> None:
    read(render_openmetrics(samples.SAMPLES[sample]()))


def test_a_run_without_metrics_is_its_end_alone() -> None:
    assert render_openmetrics(samples.run()) == "# EOF\n"


def test_candidate_baseline_and_slices_are_told_by_labels() -> None:
    found = series(
        fact.MetricFact(name="accuracy", candidate=0.931, baseline=0.919),
        fact.MetricFact(name="loss", candidate=0.2),
        fact.MetricFact(name="accuracy", candidate=0.5, group="size=small"),
    )

    assert found == {
        at("seatrial_accuracy", of="candidate"): 0.931,
        at("seatrial_accuracy", of="baseline"): 0.919,
        at("seatrial_loss", of="candidate"): 0.2,
        at("seatrial_accuracy", of="candidate", slice="size=small"): 0.5,
    }


def test_slices_of_findings_are_there_with_both_models_and_once() -> None:
    """Two gates on the same slices are no two series."""
    (model, *_) = samples.sliced().models
    twice = replace(model, findings=(*model.findings, model.findings[-1]))
    found = read(render_openmetrics(samples.run(models=(twice,))))
    (small,) = (part for part in model.findings[-1].parts if part.name == "small")

    assert len(model.findings[-1].parts) == 4
    assert sum("slice" in dict(labels) for _, labels in found) == 2 * 4
    for of, value in (("candidate", small.candidate), ("baseline", small.baseline)):
        labels = frozenset({"model": "sizes", "slice": "size=small", "of": of}.items())
        assert found["seatrial_f1", labels] == value


def test_families_stand_in_the_order_of_their_names() -> None:
    """And each in one piece, though models bring its samples one after another."""
    models = [
        samples.model(name=name, metrics=tuple(fact.MetricFact(name=each, candidate=1.0) for each in ("b", "a")))
        for name in ("one", "two")
    ]
    text = render_openmetrics(samples.run(models=tuple(models)))

    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# TYPE seatrial_a gauge",
        "# TYPE seatrial_b gauge",
        "# EOF",
    ]
    assert len(read(text)) == 4


def test_names_that_come_to_be_one_are_kept_apart() -> None:
    metrics = [fact.MetricFact(name=name, candidate=1.0) for name in ("f1@k", "f1 k", "f1_k")]

    assert set(series(*metrics)) == {
        at("seatrial_f1_k", of="candidate", metric="f1@k"),
        at("seatrial_f1_k", of="candidate", metric="f1 k"),
        at("seatrial_f1_k", of="candidate"),
    }


def test_what_cannot_be_told_apart_is_numbered() -> None:
    once = fact.MetricFact(name="accuracy", candidate=0.5)

    assert set(series(once, once)) == {
        at("seatrial_accuracy", of="candidate"),
        at("seatrial_accuracy", of="candidate", number="2"),
    }


def test_values_that_are_no_numbers_have_the_words_of_the_format() -> None:
    metrics = [
        fact.MetricFact(name=name, candidate=value)
        for name, value in (("a", math.nan), ("b", math.inf), ("c", -math.inf), ("d", None), ("e", 1e-300), ("f", 3))
    ]
    text = render_openmetrics(samples.run(models=(samples.model(metrics=tuple(metrics)),)))

    assert [line.split(" ")[-1] for line in text.splitlines() if line[0] != "#"] == [
        "NaN",
        "+Inf",
        "-Inf",
        "1e-300",
        "3.0",
    ]


@settings(max_examples=80)
@given(st.text(), st.text(st.sampled_from('"\\\n{},= #é\x00\udc80')), st.floats() | st.none())
def test_any_name_and_value_gives_text_that_a_strict_reader_reads(name: str, group: str, value: float | None) -> None:
    metric = fact.MetricFact(name=name, candidate=value, baseline=0.5, group=group)

    assert len(series(metric, metric, name=group)) == (4 if value is not None else 2)


def test_a_metric_name_of_70_kilobytes_is_bounded() -> None:
    assert (
        len(
            render_openmetrics(
                samples.run(models=(samples.model(metrics=(fact.MetricFact(name="m" * 70_000, candidate=1.0),)),))
            )
        )
        < 1_000
    )
