"""The facts of a run survive as JSON, and nothing else is read as such."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.digest import canonical
from seatrial.errors import UserError
from seatrial.replacing import replace
from seatrial.report import serial
from seatrial.report.facts import CurveFact, MetricFact, RunFacts
from seatrial.report.markdown import render_markdown
from tests.support.report_samples import SAMPLES, failed, model, regression, run

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> str:
    """The stored text of a run after `change` was done to its object."""
    value = json.loads(serial.to_text(failed()))
    change(value)
    return json.dumps(value)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_stored_run_renders_as_it_did(sample: str) -> None:
    facts = SAMPLES[sample]()

    again = serial.from_text(serial.to_text(facts))

    assert serial.to_text(again) == serial.to_text(facts)
    if sample != "hostile":  # whose infinite figures are unknown once stored
        assert render_markdown(again) == render_markdown(facts)


def test_records_without_nan_come_back_equal() -> None:
    facts = replace(failed(), curves=())

    assert serial.from_text(serial.to_text(facts)) == facts


def test_nan_in_a_curve_survives_as_null_beside_the_step_where_it_diverged() -> None:
    facts = run(curves=(CurveFact(name="loss", values=(1.0, math.nan, math.inf), diverged_at=2.0),))
    stored = serial.to_json(facts)
    again = serial.from_json(stored).curves[0]

    assert stored["curves"] == [{"name": "loss", "values": [1.0, None, None], "diverged_at": 2.0}]
    assert again.values[0] == 1.0
    assert [math.isnan(value) for value in again.values] == [False, True, True]
    assert again.diverged_at == 2.0


def test_a_figure_that_is_not_finite_is_stored_as_unknown() -> None:
    metric = MetricFact(name="m", candidate=math.nan, baseline=1.0, difference=math.inf, interval=(-math.inf, 0.1))
    again = serial.from_text(serial.to_text(run(models=(model(metrics=(metric,)),))))

    assert again.models[0].metrics == (MetricFact(name="m", candidate=None, baseline=1.0),)


def test_a_run_of_no_known_length_is_not_stored() -> None:
    with pytest.raises(ValueError, match="nan seconds"):
        serial.to_text(run(seconds=math.nan))


@example("caf\udce9", 0.5, True)
@given(
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
def test_any_text_and_figure_comes_back_and_the_text_is_ascii(text: str, figure: float, dirty: bool) -> None:
    """Lone surrogates, controls and bidi marks included; printed JSON cannot touch a terminal."""
    facts = run(
        project=text,
        warnings=(text,),
        dirty=dirty,
        seconds=figure,
        models=(model(regression(message=text, estimate=figure, digests={"x": text}), name=text),),
    )
    stored = serial.to_text(facts)

    assert stored.isascii()
    assert stored.replace("\n", "").isprintable()
    assert stored == json.dumps(json.loads(stored), indent=2) + "\n", "it is one form, whatever the names are"
    assert serial.from_text(stored) == facts


def test_the_keys_of_a_stored_run_are_the_documented_ones() -> None:
    """`docs/reference/report.md` lists these; a change of their meaning raises the version."""
    value = json.loads(serial.to_text(failed()))

    assert list(value) == [
        *("schema_version", "project", "run", "started", "seconds", "repeat", "commit", "dirty", "tier", "machine"),
        *("models", "checks", "stages", "curves", "tests", "warnings", "next_step", "forecast", "debt"),
        *("selection", "unpromoted", "named", "overridden", "plots"),
    ]
    assert value["schema_version"] == 1


def test_the_canonical_bytes_of_a_run_are_read_too() -> None:
    """A file name that is not UTF-8 goes through both forms."""
    facts = replace(failed(), curves=(), project="caf\udce9")

    assert serial.from_text(canonical(serial.to_json(facts))) == facts


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_version_is_refused_with_what_to_do(version: int) -> None:
    with pytest.raises(UserError, match=f"schema version {version}, and this Seatrial reads version 1") as caught:
        serial.from_text(changed(lambda value: value.update(schema_version=version)), file="runs/7/report.json")

    assert str(caught.value.problems[0].place) == "runs/7/report.json schema_version"
    assert caught.value.next_step == "upgrade Seatrial, or make the report again with `seatrial run`"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda v: v.pop("run"), "report.json run: this report cannot be read: `run` is missing"),
        (lambda v: v.update(extra=1), "report.json extra: this report cannot be read: unknown key `extra`"),
        (lambda v: v.update(dirty="no"), "report.json dirty: this report cannot be read: this must be true or false"),
        (lambda v: v.update(seconds=True), "report.json seconds: this report cannot be read: this must be a number"),
        (lambda v: v.update(models={}), "report.json models: this report cannot be read: this must be a list"),
        (lambda v: v.update(stages=["x"]), "report.json stages[0]: this report cannot be read: this must be an object"),
        (
            lambda v: v.update(warnings=[1]),
            "report.json warnings[0]: this report cannot be read: this must be text",
        ),
        (
            lambda v: v["models"][0].update(verdict="MAYBE"),
            (
                "report.json models[0].verdict: this report cannot be read: "
                "this must be one of PASS, FAIL, INCONCLUSIVE, ERROR"
            ),
        ),
        (
            lambda v: v["models"][0].update(registered=1.5),
            "report.json models[0].registered: this report cannot be read: this must be a whole number",
        ),
        (
            lambda v: v["models"][0]["metrics"][0].update(interval=[1]),
            "report.json models[0].metrics[0].interval: this report cannot be read: this must be a list of 2",
        ),
        (
            lambda v: v["models"][0]["findings"][1].update(surprise=1),
            "report.json models[0].findings[1].surprise: this report cannot be read: unknown key `surprise`",
        ),
        (
            lambda v: v["models"][0]["findings"][0].update(n="many"),
            (
                "report.json models[0].findings[0]: this report cannot be read: "
                "a stored finding is damaged: n: this must be a whole number"
            ),
        ),
        (
            lambda v: v["tests"][0].update(passed=10**400),
            "report.json tests[0].passed: this report cannot be read: this must be a whole number of at most 64 bits",
        ),
        (
            lambda v: v["curves"][0].update(values=[10**400]),
            "report.json curves[0].values[0]: this report cannot be read: this must be a finite number",
        ),
    ],
)
def test_what_is_not_a_report_is_refused_with_the_key(change: Change, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        serial.from_text(changed(change))

    assert str(caught.value.problems[0]) == problem
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "report.json:1: this report cannot be read: it is not JSON (Expecting value)"),
        ('{\n"a": 1,\n}', "report.json:3: this report cannot be read: it is not JSON"),
        ("[]", "report.json: this report cannot be read: this must be an object"),
        ('{"schema_version": NaN}', "report.json: this report cannot be read: NaN is not JSON"),
        ('{"schema_version": 1e999}', "report.json: this report cannot be read: 1e999 is too large for a number"),
        ('{"a": 1, "a": 2}', 'report.json: this report cannot be read: the key "a" is there twice'),
        ("[" * 100_000, "report.json: this report cannot be read: it is nested too deeply"),
        ("9" * 5000, "report.json: this report cannot be read: "),
        (b"\xff\xfe\xfa", "report.json:1: this report cannot be read: "),
    ],
)
def test_text_that_is_not_strict_json_is_refused(text: str | bytes, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        serial.from_text(text)

    assert str(caught.value.problems[0]).startswith(problem)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_other_json_is_a_user_error_and_nothing_else(value: Any) -> None:
    """No input makes the reader fail in a way the command line does not understand."""
    for attempt in (value, {"schema_version": 1, "models": value}, {**serial.to_json(run()), "stages": value}):
        try:
            read = serial.from_text(json.dumps(attempt))
        except UserError:
            continue
        assert isinstance(read, RunFacts)


def test_a_report_of_before_footprints_and_levels_is_still_read() -> None:
    """What it does not say has its usual value."""

    def older(value: dict[str, Any]) -> None:
        for stage in value["stages"]:
            del stage["gpus"]
            del stage["log_end"]
        for judged in value["models"]:
            del judged["footprint"]
            for metric in judged["metrics"]:
                del metric["level"], metric["better"]

    assert serial.from_text(changed(older)) == failed()
