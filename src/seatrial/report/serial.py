"""The facts of a run as JSON: what `report.json` holds and `seatrial run --json` prints.

Called by the flows, which store it, and by `seatrial report`, which renders an old run again. The
form is documented in `docs/reference/report.md` and carries `schema_version`. Reading is strict:
another version, an unknown, missing or duplicate key or a value of another type is a UserError,
never a report with holes.

What is subtle: JSON has no NaN. In a curve a value that is not finite is written as null, beside
`diverged_at`, and read back as NaN. Elsewhere an optional figure that is not finite is written
as null, which means unknown.
"""

from __future__ import annotations

import json
import math
from enum import Enum
from typing import NoReturn, TypeAlias

import msgspec

from seatrial.digest import Json
from seatrial.errors import Place, StateError, UserError
from seatrial.report.facts import (
    DATA,
    CheckFact,
    CurveFact,
    DebtFact,
    DetailFact,
    ExampleFact,
    ExamplesFact,
    ForecastFact,
    MetricFact,
    ModelFact,
    PathFact,
    RunFacts,
    SelectionFact,
    StageFact,
    TestsFact,
    UnderBaseFact,
)
from seatrial.report.fields import Fields, unreadable
from seatrial.verdict import Decision, Finding, Verdict

SCHEMA_VERSION = 1
"""Raised when a key changes its meaning or goes away."""


def to_json(facts: RunFacts) -> dict[str, Json]:
    """The facts as a JSON object, keys in the order of the records.

    Raises ValueError when the run's own seconds are not finite: that is not a measurement.
    """
    if not math.isfinite(facts.seconds):
        raise ValueError(f"a run cannot have taken {facts.seconds} seconds")
    return {"schema_version": SCHEMA_VERSION, **_object(facts)}


def forecast_json(fact: ForecastFact) -> dict[str, Json]:
    """A forecast alone, as `seatrial plan` prints it."""
    return _object(fact)


def to_text(facts: RunFacts) -> str:
    """The facts as JSON text, in ASCII: hostile names cannot touch the terminal it is printed to."""
    value = to_json(facts)
    try:
        text = msgspec.json.format(json.dumps(value, allow_nan=False), indent=2)
    except msgspec.DecodeError:  # a name that is not UTF-8; `json` indents it too, but in Python
        text = json.dumps(value, indent=2, allow_nan=False)
    return f"{text}\n"


def from_text(text: str | bytes, *, file: str = "report.json") -> RunFacts:
    """The facts that `to_text` wrote. Raises UserError, naming `file`, for anything else.

    Bytes may also be `digest.canonical`'s, which keep names that are not UTF-8 as they are on disk.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise unreadable(f"it is not JSON ({error.msg})", Place(file=file, line=error.lineno)) from error
    except RecursionError as error:
        raise unreadable("it is nested too deeply", Place(file=file)) from error
    except ValueError as error:
        raise unreadable(str(error), Place(file=file)) from error
    return from_json(value, file=file)


def from_json(value: Json, *, file: str = "report.json") -> RunFacts:
    """The facts that `to_json` wrote. Raises UserError, naming `file` and the key, for anything else."""
    keys = Fields(value, file)
    version = keys.whole("schema_version")
    if version != SCHEMA_VERSION:
        raise UserError(
            f"this report has schema version {version}, and this Seatrial reads version {SCHEMA_VERSION}",
            place=keys.place("schema_version"),
            next_step="upgrade Seatrial, or make the report again with `seatrial run`",
        )
    facts = _run(keys)
    keys.done()
    return facts


_Fact: TypeAlias = (
    RunFacts
    | ModelFact
    | CheckFact
    | DetailFact
    | ExamplesFact
    | ExampleFact
    | StageFact
    | MetricFact
    | UnderBaseFact
    | CurveFact
    | TestsFact
    | ForecastFact
    | PathFact
    | DebtFact
    | SelectionFact
)


def _object(record: _Fact) -> dict[str, Json]:
    return {name: _value(getattr(record, name), name) for name in record.__struct_fields__}


def _value(value: object, name: str) -> Json:
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return str(value.value)
        case str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Finding():
            from seatrial.gates import serial as gates  # brings the gates along; most runs judge nothing

            return {key: _value(item, key) for key, item in gates.to_json(value).items()}
        case dict():
            return {str(key): _value(item, name) for key, item in value.items()}
        case tuple() | list():
            items = [_value(item, name) for item in value]
            # Half an interval says nothing; a curve keeps its gaps.
            return None if name == "interval" and None in items else items
        case (
            ModelFact()
            | UnderBaseFact()
            | StageFact()
            | MetricFact()
            | CurveFact()
            | TestsFact()
            | ForecastFact()
            | PathFact()
        ):
            return _object(value)
        case DebtFact() | SelectionFact() | CheckFact() | DetailFact() | ExamplesFact() | ExampleFact():
            return _object(value)
        case _:
            raise TypeError(f"{name} cannot be written as JSON: {type(value).__name__}")


def _run(keys: Fields) -> RunFacts:
    return RunFacts(
        project=keys.text("project"),
        run=keys.text("run"),
        started=keys.text("started"),
        seconds=keys.number("seconds"),
        repeat=keys.text("repeat"),
        commit=keys.maybe_text("commit"),
        dirty=keys.flag("dirty"),
        tier=keys.maybe_text("tier"),
        machine=keys.text("machine"),
        models=keys.records("models", _model),
        checks=keys.records_if_there("checks", _check),
        stages=keys.records("stages", _stage),
        curves=keys.records("curves", _curve),
        tests=keys.records("tests", _tests),
        warnings=keys.texts("warnings"),
        next_step=keys.maybe_text("next_step"),
        forecast=keys.record_or_none("forecast", _forecast),
        debt=keys.record_or_none("debt", _debt),
        selection=keys.record_or_none("selection", _selection),
    )


def _selection(keys: Fields) -> SelectionFact:
    return SelectionFact(
        audited=keys.whole("audited"),
        misses=keys.whole("misses"),
        misses_below=keys.number("misses_below"),
        recall=keys.number("recall"),
        interval=keys.pair("interval"),
        not_judged=keys.whole("not_judged"),
    )


def _debt(keys: Fields) -> DebtFact:
    return DebtFact(
        merge=keys.text("merge"),
        held=keys.flag("held"),
        gpu_hours=keys.maybe_number("gpu_hours"),
        hours=keys.maybe_number("hours"),
        unknown=keys.whole("unknown"),
        lifted_by=keys.maybe_text("lifted_by"),
    )


def _forecast(keys: Fields) -> ForecastFact:
    return ForecastFact(
        p50=keys.number("p50"),
        p90=keys.number("p90"),
        cells=keys.whole("cells"),
        unknown=keys.texts("unknown"),
        path=keys.records("path", _path),
        bases=keys.text_pairs("bases"),
        budget=keys.maybe_number("budget"),
        over=keys.maybe_text("over"),
        fit=keys.maybe_text("fit"),
        over_by=keys.number("over_by"),
        blame=keys.maybe_text("blame"),
        gain=keys.number("gain"),
        alone=keys.flag("alone"),
        took=keys.maybe_number("took"),
        complete=keys.flag("complete"),
    )


def _path(keys: Fields) -> PathFact:
    return PathFact(stage=keys.text("stage"), seconds=keys.number("seconds"), share=keys.number("share"))


def _model(keys: Fields) -> ModelFact:
    return ModelFact(
        name=keys.text("name"),
        gate_set=keys.text("gate_set"),
        verdict=keys.word("verdict", Verdict),
        decision=keys.word("decision", Decision),
        findings=keys.records("findings", _finding),
        metrics=keys.records("metrics", _metric),
        baseline=keys.maybe_text("baseline"),
        rescored=keys.maybe_text("rescored"),
        registered=keys.maybe_whole("registered"),
        promoted_to=keys.maybe_text("promoted_to"),
        under_base=keys.record_or_none("under_base", _under_base),
    )


def _under_base(keys: Fields) -> UnderBaseFact:
    return UnderBaseFact(
        label=keys.text("label"),
        gate_set=keys.text("gate_set"),
        verdict=keys.word("verdict", Verdict),
        decision=keys.word("decision", Decision),
        findings=keys.records("findings", _finding),
    )


def _check(keys: Fields) -> CheckFact:
    return CheckFact(
        name=keys.text("name"),
        dataset=keys.text("dataset"),
        identity=keys.text("identity"),
        rows=keys.whole("rows"),
        verdict=keys.word("verdict", Verdict),
        decision=keys.word("decision", Decision),
        findings=keys.records("findings", _finding),
        passed=keys.whole("passed"),
        details=keys.records("details", _detail),
        left_out=keys.whole("left_out"),
        next_step=keys.maybe_text("next_step"),
        examples=keys.records("examples", _examples),
        distributions=keys.text_rows("distributions"),
        statistics=keys.text_rows("statistics"),
        judges=keys.text_or("judges", DATA),
    )


def _detail(keys: Fields) -> DetailFact:
    return DetailFact(
        severity=keys.text("severity"),
        figures=keys.text("figures"),
        file=keys.maybe_text("file"),
        line=keys.maybe_whole("line"),
    )


def _examples(keys: Fields) -> ExamplesFact:
    return ExamplesFact(
        check=keys.text("check"),
        column=keys.maybe_text("column"),
        columns=keys.texts("columns"),
        rows=keys.records("rows", lambda row: ExampleFact(row=row.whole("row"), cells=row.texts("cells"))),
    )


def _finding(keys: Fields) -> Finding:
    """A finding has one stored form, and `gates/serial.py` reads it; it blames a record, we a report."""
    from seatrial.gates import serial as gates  # see `_value`

    stored = keys.rest()
    try:
        finding = gates.from_json(stored)
    except StateError as error:
        raise unreadable(str(error), keys.place()) from error
    for key in sorted(stored.keys() - gates.to_json(finding).keys()):
        raise unreadable("nothing has this key", keys.place(key))
    return finding


def _metric(keys: Fields) -> MetricFact:
    return MetricFact(
        name=keys.text("name"),
        candidate=keys.maybe_number("candidate"),
        baseline=keys.maybe_number("baseline"),
        difference=keys.maybe_number("difference"),
        interval=keys.maybe_pair("interval"),
        group=keys.maybe_text("group"),
        n=keys.maybe_whole("n"),
    )


def _stage(keys: Fields) -> StageFact:
    return StageFact(
        name=keys.text("name"),
        action=keys.text("action"),
        reason=keys.text("reason"),
        wall=keys.maybe_number("wall"),
        cpu=keys.maybe_number("cpu"),
        peak_memory=keys.maybe_whole("peak_memory"),
        saved=keys.maybe_number("saved"),
        log=keys.maybe_text("log"),
        attempts=keys.whole("attempts"),
        waited=keys.maybe_number("waited"),
        waited_for=keys.maybe_text("waited_for"),
        unpinned=keys.texts_if_there("unpinned"),
    )


def _curve(keys: Fields) -> CurveFact:
    return CurveFact(
        name=keys.text("name"),
        values=keys.numbers_or_nan("values"),
        diverged_at=keys.maybe_number("diverged_at"),
    )


def _tests(keys: Fields) -> TestsFact:
    return TestsFact(
        name=keys.text("name"),
        passed=keys.whole("passed"),
        failed=keys.whole("failed"),
        errors=keys.whole("errors"),
        skipped=keys.whole("skipped"),
        troubles=keys.texts("troubles"),
    )


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value: dict[str, Json] = {}
    for key, item in pairs:
        if key in value:
            raise ValueError(f"the key {json.dumps(key)} is there twice")
        value[key] = item
    return value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number
