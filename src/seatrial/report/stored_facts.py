"""The facts of a run from the JSON of a report, key by key.

Called by `serial.py`, which writes that JSON. What an earlier Seatrial did not write has its usual value; any other key
that is missing, and any that nobody asks for, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NoReturn, TypeVar

from seatrial.errors import Place, StateError, UserError
from seatrial.evidence.json_value import Blame, Fault, Keys, Value
from seatrial.report.facts import (
    DATA,
    MOST_LOG_BYTES,
    MOST_LOG_LINES,
    CheckFact,
    CurveFact,
    DebtFact,
    DetailFact,
    ExampleFact,
    ExamplesFact,
    FootprintFact,
    ForecastFact,
    MetricFact,
    ModelFact,
    PathFact,
    PlaceFact,
    RunFacts,
    SelectionFact,
    StageFact,
    TestsFact,
    UnderBaseFact,
    UnpromotedFact,
)
from seatrial.report.stored_plots import plots_of
from seatrial.verdict import Decision, Finding, Verdict

Record = TypeVar("Record")


def blame_in(file: str) -> Blame:
    """Raises for a fault of a value in `file`, naming its key."""

    def refuse(fault: Fault) -> NoReturn:
        raise unreadable(fault.message, Place(file=file, key=fault.key or None))

    return refuse


def unreadable(why: str, place: Place) -> UserError:
    """The error for a report that cannot be read."""
    return UserError(
        f"this report cannot be read: {why}",
        place=place,
        next_step="make it again with `seatrial run`; a run with nothing changed costs no training",
    )


def _record_or_none(keys: Keys, name: str, read: Callable[[Keys], Record]) -> Record | None:
    """An object, or None where it is null, or absent because an earlier Seatrial did not write it."""
    return keys.if_there(name, lambda value: value.maybe(lambda found: found.record(read)), None)


def _text_pair(value: Value) -> tuple[str, str]:
    first, second = value.items(of=2)
    return first.text(), second.text()


def _number_or_nan(value: Value) -> float:
    """A number; null stands for NaN."""
    return math.nan if value.json is None else value.number()


def run_of(keys: Keys) -> RunFacts:
    """The facts of a run; whether other keys are there is for the caller to ask."""
    return RunFacts(
        project=keys["project"].text(),
        run=keys["run"].text(),
        started=keys["started"].text(),
        seconds=keys["seconds"].number(),
        repeat=keys["repeat"].text(),
        commit=keys["commit"].maybe(Value.text),
        dirty=keys["dirty"].flag(),
        tier=keys["tier"].maybe(Value.text),
        machine=keys["machine"].text(),
        models=keys["models"].records(_model),
        checks=keys.if_there("checks", lambda value: value.records(_check), ()),
        stages=keys["stages"].records(_stage),
        curves=keys["curves"].records(_curve),
        tests=keys["tests"].records(_tests),
        warnings=keys["warnings"].texts(),
        next_step=keys["next_step"].maybe(Value.text),
        forecast=_record_or_none(keys, "forecast", _forecast),
        debt=_record_or_none(keys, "debt", _debt),
        selection=_record_or_none(keys, "selection", _selection),
        unpromoted=keys.if_there("unpromoted", lambda value: value.records(_unpromoted), ()),
        named=keys.if_there("named", Value.texts, ()),
        overridden=keys.if_there("overridden", Value.texts, ()),
        plots=keys.if_there("plots", plots_of, ()),
    )


def _unpromoted(keys: Keys) -> UnpromotedFact:
    return UnpromotedFact(
        kind=keys["kind"].text(), reason=keys["reason"].text(), model=keys.if_there("model", Value.text, "")
    )


def _selection(keys: Keys) -> SelectionFact:
    return SelectionFact(
        audited=keys["audited"].whole(),
        misses=keys["misses"].whole(),
        misses_below=keys["misses_below"].number(),
        recall=keys["recall"].number(),
        interval=keys["interval"].pair(),
        not_judged=keys["not_judged"].whole(),
    )


def _debt(keys: Keys) -> DebtFact:
    return DebtFact(
        merge=keys["merge"].text(),
        held=keys["held"].flag(),
        gpu_hours=keys["gpu_hours"].maybe(Value.number),
        hours=keys["hours"].maybe(Value.number),
        unknown=keys["unknown"].whole(),
        lifted_by=keys["lifted_by"].maybe(Value.text),
    )


def _forecast(keys: Keys) -> ForecastFact:
    return ForecastFact(
        p50=keys["p50"].number(),
        p90=keys["p90"].number(),
        cells=keys["cells"].whole(),
        unknown=keys["unknown"].texts(),
        path=keys["path"].records(_path),
        bases=keys["bases"].each(_text_pair),
        budget=keys["budget"].maybe(Value.number),
        over=keys["over"].maybe(Value.text),
        fit=keys["fit"].maybe(Value.text),
        over_by=keys["over_by"].number(),
        blame=keys["blame"].maybe(Value.text),
        gain=keys["gain"].number(),
        alone=keys["alone"].flag(),
        took=keys["took"].maybe(Value.number),
        complete=keys["complete"].flag(),
    )


def _path(keys: Keys) -> PathFact:
    return PathFact(stage=keys["stage"].text(), seconds=keys["seconds"].number(), share=keys["share"].number())


def _model(keys: Keys) -> ModelFact:
    return ModelFact(
        name=keys["name"].text(),
        gate_set=keys["gate_set"].text(),
        verdict=keys["verdict"].word(Verdict),
        decision=keys["decision"].word(Decision),
        findings=keys["findings"].each(_finding),
        metrics=keys["metrics"].records(_metric),
        baseline=keys["baseline"].maybe(Value.text),
        rescored=keys["rescored"].maybe(Value.text),
        registered=keys["registered"].maybe(Value.whole),
        promoted_to=keys["promoted_to"].maybe(Value.text),
        under_base=_record_or_none(keys, "under_base", _under_base),
        footprint=keys.if_there("footprint", lambda value: value.records(_footprint), ()),
        places=keys.if_there("places", lambda value: value.records(_place), ()),
    )


def _footprint(keys: Keys) -> FootprintFact:
    return FootprintFact(
        name=keys["name"].text(),
        unit=keys["unit"].text(),
        candidate=keys["candidate"].maybe(Value.number),
        baseline=keys["baseline"].maybe(Value.number),
    )


def _place(keys: Keys) -> PlaceFact:
    return PlaceFact(finding=keys["finding"].text(), file=keys["file"].text(), line=keys["line"].whole(least=1))


def _under_base(keys: Keys) -> UnderBaseFact:
    return UnderBaseFact(
        label=keys["label"].text(),
        gate_set=keys["gate_set"].text(),
        verdict=keys["verdict"].word(Verdict),
        decision=keys["decision"].word(Decision),
        findings=keys["findings"].each(_finding),
    )


def _check(keys: Keys) -> CheckFact:
    return CheckFact(
        name=keys["name"].text(),
        dataset=keys["dataset"].text(),
        identity=keys["identity"].text(),
        rows=keys["rows"].whole(),
        verdict=keys["verdict"].word(Verdict),
        decision=keys["decision"].word(Decision),
        findings=keys["findings"].each(_finding),
        passed=keys["passed"].whole(),
        details=keys["details"].records(_detail),
        left_out=keys["left_out"].whole(),
        next_step=keys["next_step"].maybe(Value.text),
        examples=keys["examples"].records(_examples),
        distributions=keys["distributions"].each(Value.texts),
        statistics=keys["statistics"].each(Value.texts),
        judges=keys.if_there("judges", Value.text, DATA),
    )


def _detail(keys: Keys) -> DetailFact:
    return DetailFact(
        severity=keys["severity"].text(),
        figures=keys["figures"].text(),
        file=keys["file"].maybe(Value.text),
        line=keys["line"].maybe(Value.whole),
    )


def _examples(keys: Keys) -> ExamplesFact:
    return ExamplesFact(
        check=keys["check"].text(),
        column=keys["column"].maybe(Value.text),
        columns=keys["columns"].texts(),
        rows=keys["rows"].records(lambda row: ExampleFact(row=row["row"].whole(), cells=row["cells"].texts())),
    )


def _finding(value: Value) -> Finding:
    """A finding has one stored form, and `gates/serial.py` reads it; it blames a record, we a report."""
    from seatrial.gates import serial as gates  # brings the gates along; most runs judge nothing

    try:
        finding = gates.from_json(value.json)
    except StateError as error:
        value.refuse(str(error))
        raise
    value.keys().done(gates.to_json(finding))
    return finding


def _metric(keys: Keys) -> MetricFact:
    return MetricFact(
        name=keys["name"].text(),
        candidate=keys["candidate"].maybe(Value.number),
        baseline=keys["baseline"].maybe(Value.number),
        difference=keys["difference"].maybe(Value.number),
        interval=keys["interval"].maybe(Value.pair),
        group=keys["group"].maybe(Value.text),
        n=keys["n"].maybe(Value.whole),
        level=keys.if_there("level", lambda value: value.maybe(Value.number), None),
        better=keys.if_there("better", lambda value: value.maybe(Value.text), None),
    )


def _stage(keys: Keys) -> StageFact:
    return StageFact(
        name=keys["name"].text(),
        action=keys["action"].text(),
        reason=keys["reason"].text(),
        wall=keys["wall"].maybe(Value.number),
        cpu=keys["cpu"].maybe(Value.number),
        peak_memory=keys["peak_memory"].maybe(Value.whole),
        saved=keys["saved"].maybe(Value.number),
        log=keys["log"].maybe(Value.text),
        attempts=keys["attempts"].whole(),
        waited=keys["waited"].maybe(Value.number),
        waited_for=keys["waited_for"].maybe(Value.text),
        unpinned=keys.if_there("unpinned", Value.texts, ()),
        gpus=keys.if_there("gpus", Value.whole, 0),
        log_end=keys.if_there("log_end", _log_end, ()),
    )


def _log_end(value: Value) -> tuple[str, ...]:
    """No longer than we write it: a report may come from a stranger."""
    lines = value.texts()
    if len(lines) > MOST_LOG_LINES:
        value.refuse(f"at most {MOST_LOG_LINES} lines are expected")
    if sum(len(line.encode(errors="surrogatepass")) for line in lines) > MOST_LOG_BYTES:
        value.refuse(f"at most {MOST_LOG_BYTES:,} bytes are expected")
    return lines


def _curve(keys: Keys) -> CurveFact:
    return CurveFact(
        name=keys["name"].text(),
        values=keys["values"].each(_number_or_nan),
        diverged_at=keys["diverged_at"].maybe(Value.number),
    )


def _tests(keys: Keys) -> TestsFact:
    return TestsFact(
        name=keys["name"].text(),
        passed=keys["passed"].whole(),
        failed=keys["failed"].whole(),
        errors=keys["errors"].whole(),
        skipped=keys["skipped"].whole(),
        troubles=keys["troubles"].texts(),
    )
