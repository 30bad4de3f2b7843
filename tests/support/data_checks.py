"""Checks of datasets made by hand, for tests of the faces: nothing here was measured."""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.claims import Severity, Unit
from seatrial.data.columns import Column, Kind
from seatrial.data.findings import DataFinding, decision_of, verdict_of
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Items, Numbers, Texts, Times
from seatrial.data.result import Check, Examples
from seatrial.errors import Place
from seatrial.verdict import OnInconclusive, Verdict

DRIFTED = DataFinding(
    check="drift.location",
    column="income",
    verdict=Verdict.FAIL,
    severity=Severity.ERROR,
    reason="differs",
    message="the values lie higher than in the reference",
    statistic="rank sum",
    unit=Unit.SD,
    estimate=0.41,
    interval=(0.38, 0.44),
    threshold=0.1,
    p=1e-30,
    p_adjusted=2e-29,
    n=5000,
    n_reference=20000,
    current="median 58,900",
    reference="median 52,310",
    details={"psi": 0.17},
)
BROKEN = DataFinding(
    check="contract.range",
    column="age",
    verdict=Verdict.FAIL,
    severity=Severity.ERROR,
    reason="broken",
    message="3 of 5,000 values lie outside of 0 to 120",
    estimate=3,
    threshold=0,
    n=5000,
    place=Place(file="contract.yaml", line=12, column=5, key="columns.age.max"),
    rows=(7, 80, 4999),
)
UNSURE = DataFinding(
    check="drift.missing",
    column="city",
    verdict=Verdict.INCONCLUSIVE,
    severity=Severity.ERROR,
    reason="too_few_rows",
    message="the share of nulls may have changed",
    unit=Unit.SHARE,
    estimate=0.013,
    interval=(0.0, 0.071),
    threshold=0.005,
    n=40,
    n_reference=20000,
    n_needed=180,
)
GOOD = DataFinding(
    check="drift.location",
    column="height",
    verdict=Verdict.PASS,
    severity=Severity.ERROR,
    reason="no_difference",
    message="no difference",
    unit=Unit.SD,
    estimate=0.02,
    interval=(0.0, 0.21),
    threshold=0.1,
    n=5000,
    n_reference=20000,
)
HOLDS = DataFinding(
    check="contract.not_null",
    column="age",
    verdict=Verdict.PASS,
    severity=Severity.ERROR,
    reason="holds",
    message="no nulls",
    estimate=0,
    threshold=0,
    n=5000,
    place=Place(file="contract.yaml", line=11, column=5, key="columns.age.nullable"),
)


def a_check(
    *findings: DataFinding,
    dataset: str = "people.parquet",
    notes: tuple[str, ...] = (),
    examples: tuple[Examples, ...] = (),
    contract: str | None = "contract.yaml",
    reference: str | None = "reference.json",
) -> Check:
    """A check with these findings; verdict and decision follow from them."""
    return Check(
        dataset=dataset,
        identity="b3:" + "0" * 64,
        rows=5000,
        columns=4,
        files=1,
        verdict=verdict_of(findings),
        decision=decision_of(findings, OnInconclusive.HOLD),
        findings=findings,
        reference=reference,
        contract=contract,
        notes=notes,
        examples=examples,
    )


def numbers(edges: Sequence[float], bins: Sequence[int], least: float, most: float) -> ColumnProfile:
    """A numeric column with these counts."""
    total = sum(bins)
    return ColumnProfile(
        column=Column(name="x", source="x", dtype="Float64", kind=Kind.NUMBER),
        values=total,
        nulls=0,
        items=Items(counts=(), complete=False),
        numbers=Numbers(
            count=total,
            nan=0,
            plus_infinity=0,
            minus_infinity=0,
            zeros=0,
            negatives=0,
            least=least,
            most=most,
            mean=(least + most) / 2,
            m2=0.0,
            bins=tuple(bins),
        ),
    )


def texts(bins: Sequence[int]) -> ColumnProfile:
    """A text column with these counts of its words, the last for all others."""
    return ColumnProfile(
        column=Column(name="t", source="t", dtype="String", kind=Kind.TEXT),
        values=sum(bins),
        nulls=0,
        items=Items(counts=(), complete=False),
        texts=Texts(
            bins=tuple(bins), lengths=(), tokens=(), marks={}, shapes=Items(counts=(), complete=True), longest=9
        ),
    )


def times(edges: Sequence[float], bins: Sequence[int], least: int, most: int) -> ColumnProfile:
    """A column of times with these counts."""
    return ColumnProfile(
        column=Column(name="at", source="at", dtype="Datetime(time_unit='us', time_zone='UTC')", kind=Kind.TIME),
        values=sum(bins),
        nulls=0,
        items=Items(counts=(), complete=False),
        times=Times(
            count=sum(bins),
            least=least,
            most=most,
            bins=tuple(bins),
            hours=(0,) * 24,
            weekdays=(0,) * 7,
            gaps=(),
            falls=0,
            steps=0,
        ),
    )


def binning(*edges: float, words: tuple[str, ...] = ()) -> ColumnBinning:
    """Edges, or words."""
    return ColumnBinning(edges=edges, words=words)
