"""Differences of two schemas are facts, each as grave as what it breaks."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from seatrial.config.contract import load_contract
from seatrial.data.claims import Severity
from seatrial.data.columns import Kind
from seatrial.data.compare.schema import facts
from seatrial.data.findings import DataFinding
from seatrial.data.policy import ColumnRule, Contract, Extra
from seatrial.data.profile.records import Profile
from seatrial.errors import Place
from seatrial.verdict import Verdict
from tests.unit.data.compare.profiles import Value, profiled

RNG = np.random.default_rng(3)
TABLE: dict[str, list[Value]] = {
    "height": [float(x) for x in RNG.normal(170, 10, 500)],
    "weight": [float(x) for x in RNG.normal(70, 12, 500)],
    "town": [str(x) for x in RNG.choice(["Bern", "Chur"], 500)],
}
REFERENCE = profiled(TABLE)


def told(current: Profile, contract: Contract | None = None) -> dict[str, DataFinding]:
    return {str(fact.check): fact for fact in facts(REFERENCE, current, contract or Contract())}


def with_type(name: str, dtype: str, kind: Kind | None = None, dims: int | None = None) -> Profile:
    old = REFERENCE.columns[name]
    column = msgspec.structs.replace(old.column, dtype=dtype, kind=kind or old.column.kind, dims=dims)
    changed = msgspec.structs.replace(old, column=column)
    return msgspec.structs.replace(REFERENCE, columns={**REFERENCE.columns, name: changed})


def test_the_same_schema_is_one_pass() -> None:
    assert {check: fact.verdict for check, fact in told(REFERENCE).items()} == {"schema.same": Verdict.PASS}


def test_a_renamed_column_is_told_as_one_renaming() -> None:
    renamed = {("body_weight" if name == "weight" else name): values for name, values in TABLE.items()}

    found = told(profiled(renamed))

    assert "probably renamed to body_weight" in found["schema.missing"].message
    assert found["schema.missing"].severity is Severity.ERROR
    assert found["schema.new"].severity is Severity.INFO


def test_a_new_column_unlike_the_missing_one_is_no_renaming() -> None:
    table = {name: values for name, values in TABLE.items() if name != "weight"}

    found = told(profiled({**table, "z": [float(x) for x in range(500)]}))

    assert "renamed" not in found["schema.missing"].message
    assert found["schema.new"].severity is Severity.ERROR


def test_another_order_is_a_note_and_the_rest_still_passes() -> None:
    found = told(profiled({name: TABLE[name] for name in ("town", "height", "weight")}))

    assert found["schema.order"].severity is Severity.INFO
    assert found["schema.same"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("dtype", "kind", "check", "severity"),
    [
        ("String", Kind.TEXT, "schema.type", Severity.ERROR),
        ("Int64", Kind.NUMBER, "schema.type", Severity.WARNING),
        ("Float32", Kind.NUMBER, "schema.type", Severity.INFO),
    ],
)
def test_a_type_is_as_grave_as_what_it_changes(dtype: str, kind: Kind, check: str, severity: Severity) -> None:
    found = told(with_type("height", dtype, kind))

    assert found[check].severity is severity
    assert found[check].verdict is Verdict.FAIL


def test_a_column_that_is_all_null_now_has_no_type_to_speak_of() -> None:
    assert "schema.type" not in told(with_type("height", "Null", Kind.NOTHING))


def test_a_contract_makes_a_missing_column_less_grave() -> None:
    gone = profiled({name: values for name, values in TABLE.items() if name != "town"})
    optional = Contract(columns={"town": ColumnRule(name="town", required=False)})
    warned = Contract(columns={"town": ColumnRule(name="town", severity=Severity.WARNING)})

    assert told(gone)["schema.missing"].severity is Severity.ERROR
    assert told(gone, optional)["schema.missing"].severity is Severity.INFO
    assert told(gone, warned)["schema.missing"].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("extra", "severity"),
    [(Extra.ALLOW, Severity.INFO), (Extra.WARN, Severity.WARNING), (Extra.FORBID, Severity.ERROR)],
)
def test_what_the_contract_says_of_extra_columns_holds(extra: Extra, severity: Severity) -> None:
    said = Contract(extra=extra, places={"extra_columns": Place(file="contract.yaml", line=2)})
    current = profiled({**TABLE, "z": [float(x) for x in range(500)]})

    assert told(current, said)["schema.new"].severity is severity


def test_extra_columns_that_a_contract_file_allows_are_no_error() -> None:
    """The key as people write it, and not only as the record has it."""
    current = profiled({**TABLE, "z": [float(x) for x in range(500)]})
    allowed = load_contract(b"extra_columns: allow\nlabel: town\n", "contract.yaml")
    silent = load_contract(b"label: town\n", "contract.yaml")

    assert told(current, allowed)["schema.new"].severity is Severity.INFO
    assert told(current, silent)["schema.new"].severity is Severity.ERROR
    assert "`extra_columns: allow`" in (told(current, silent)["schema.new"].next_step or "")


def test_vectors_of_another_width_are_an_error() -> None:
    vector = with_type("height", "Array(Float32, 8)", Kind.VECTOR, dims=8)
    wider = with_type("height", "Array(Float32, 16)", Kind.VECTOR, dims=16)

    found = {str(fact.check): fact for fact in facts(vector, wider, Contract())}

    assert found["schema.width"].message == "the vectors of height are 16 wide and were 8 wide"


def test_another_time_zone_is_a_warning() -> None:
    utc = with_type("height", "Datetime(time_unit='us', time_zone='UTC')", Kind.TIME)
    naive = with_type("height", "Datetime(time_unit='us', time_zone=None)", Kind.TIME)

    found = {str(fact.check): fact for fact in facts(utc, naive, Contract())}

    assert found["schema.type"].severity is Severity.WARNING
    assert found["schema.type"].message == "the time zone of height is not given and was UTC"
