"""The facts of a run as JSON: what `report.json` holds and `seatrial run --json` prints.

Called by the flows, which store it, and by `seatrial report`, which renders an old run again. The
form is documented in `docs/reference/report.md` and carries `schema_version`. Reading is strict:
another version, an unknown, missing or duplicate key or a value of another type is a UserError,
never a report with holes.

What is subtle: JSON has no NaN. In a curve a value that is not finite is written as null, beside
`diverged_at`, and read back as NaN. Elsewhere an optional figure that is not finite is written
as null, which means unknown. In the series of a picture null is a gap.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from enum import Enum
from typing import NoReturn, TypeAlias

import msgspec

from seatrial.digest import Json
from seatrial.errors import Place, UserError
from seatrial.evidence.json_value import Fault, Value
from seatrial.report.facts import (
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
from seatrial.report.plot_facts import AxisFact, BarsFact, LinesFact, MatrixFact, PlotFact, SeriesFact
from seatrial.report.stored_facts import blame_in, run_of, unreadable
from seatrial.report.stored_plots import plots_of
from seatrial.verdict import Finding

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


def plots_json(plots: Iterable[PlotFact]) -> list[Json]:
    """Pictures alone, as a judgement remembers them."""
    return [_object(plot) for plot in plots]


def plots_from_json(value: Json) -> tuple[PlotFact, ...]:
    """What `plots_json` wrote. Raises ValueError for anything else."""

    def refuse(fault: Fault) -> NoReturn:
        raise ValueError(f"{fault.key}: {fault.message}")

    return plots_of(Value(value, refuse))


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
    keys = Value(value, blame_in(file)).keys()
    version = keys["schema_version"].whole()
    if version != SCHEMA_VERSION:
        raise UserError(
            f"this report has schema version {version}, and this Seatrial reads version {SCHEMA_VERSION}",
            place=Place(file=file, key="schema_version"),
            next_step="upgrade Seatrial, or make the report again with `seatrial run`",
        )
    facts = run_of(keys)
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
    | FootprintFact
    | UnderBaseFact
    | PlaceFact
    | CurveFact
    | TestsFact
    | ForecastFact
    | PathFact
    | DebtFact
    | SelectionFact
    | UnpromotedFact
    | PlotFact
    | LinesFact
    | AxisFact
    | SeriesFact
    | MatrixFact
    | BarsFact
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
            | PlaceFact()
            | StageFact()
            | MetricFact()
            | FootprintFact()
            | CurveFact()
            | TestsFact()
            | ForecastFact()
            | PathFact()
        ):
            return _object(value)
        case (
            UnpromotedFact()
            | DebtFact()
            | SelectionFact()
            | CheckFact()
            | DetailFact()
            | ExamplesFact()
            | ExampleFact()
        ):
            return _object(value)
        case PlotFact() | LinesFact() | AxisFact() | SeriesFact() | MatrixFact() | BarsFact():
            return _object(value)
        case _:
            raise TypeError(f"{name} cannot be written as JSON: {type(value).__name__}")


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
