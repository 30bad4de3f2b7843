"""Two profiles to claims: what is found, what stays quiet, and what is refused."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.compare.columns import compare
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding, verdict_of
from seatrial.data.policy import ColumnRule, Contract, Drift, Extra
from seatrial.data.profile.records import Binning, Profile
from seatrial.errors import EvidenceError
from seatrial.verdict import Verdict
from tests.unit.data.compare import tables
from tests.unit.data.compare.profiles import Value, binning, profiled

Table = dict[str, list[Value]]


def table(rows: int, seed: int) -> Table:
    """Numbers, a category and a flag."""
    rng = np.random.default_rng(seed)
    return {
        "temp": [float(x) for x in rng.normal(20, 5, rows)],
        "city": [str(x) for x in rng.choice(["Bern", "Genf", "Basel"], rows, p=[0.5, 0.3, 0.2])],
        "member": [bool(x) for x in rng.random(rows) < 0.3],
    }


REFERENCE = table(20_000, seed=1)


@pytest.fixture(scope="module", name="reference")
def made_reference() -> Profile:
    return profiled(REFERENCE)


def found(reference: Profile, current: Table, contract: Contract | None = None) -> tuple[DataFinding, ...]:
    asked = contract or Contract()
    claims, facts = compare(reference, profiled(current, reference), asked)
    return (*decide(claims, q=asked.drift.q), *facts)


def alarms(findings: tuple[DataFinding, ...]) -> dict[tuple[str, str | None], DataFinding]:
    return {(x.check, x.column): x for x in findings if x.verdict is Verdict.FAIL and x.severity is not Severity.INFO}


def test_other_rows_of_the_same_source_pass(reference: Profile) -> None:
    findings = found(reference, table(2_000, seed=2))

    assert verdict_of(findings) is Verdict.PASS


def test_a_shift_is_told_with_both_means_and_bounds(reference: Profile) -> None:
    current = table(2_000, seed=2)
    current["temp"] = [float(x) + 1.5 for x in current["temp"]]  # type: ignore[arg-type]

    finding = alarms(found(reference, current))["drift.shift", "temp"]

    assert finding.message == "temp is higher by 0.26 sd (0.22 to 0.30): mean 21.22, was 19.94"
    assert finding.interval is not None
    assert finding.interval[0] > 0.1


def test_a_missing_and_a_new_column_are_facts(reference: Profile) -> None:
    current = table(500, seed=2)
    del current["city"]
    current["leak"] = [float(x) for x in range(500)]

    facts = alarms(found(reference, current))

    assert facts["schema.missing", "city"].severity is Severity.ERROR
    assert facts["schema.new", "leak"].severity is Severity.ERROR
    assert "contract" in (facts["schema.new", "leak"].next_step or "")


def test_a_new_column_is_a_note_once_the_contract_declares_it_or_allows_extra_ones(reference: Profile) -> None:
    current = table(500, seed=2) | {"leak": [float(x) for x in range(500)]}
    declared = Contract(columns={"leak": ColumnRule(name="leak")})
    warned = Contract(extra=Extra.WARN)

    assert ("schema.new", "leak") not in alarms(found(reference, current, declared))
    assert alarms(found(reference, current, warned))["schema.new", "leak"].severity is Severity.WARNING


def test_a_column_whose_drift_is_off_has_no_claims(reference: Profile) -> None:
    off = Contract(columns={"temp": ColumnRule(name="temp", drift=Drift(off=True))})
    claims, _ = compare(reference, profiled(table(500, seed=2), reference), off)

    assert {claim.column for claim in claims} == {"city", "member"}


def test_what_is_said_of_a_list_holds_for_its_elements_and_lengths_unless_they_are_named() -> None:
    off, own = Drift(off=True), Drift(floor=0.2)
    rules = {"a.tags": off, "b": off, "b[]": own, "c[].d": off}
    contract = Contract(columns={name: ColumnRule(name=name, drift=drift) for name, drift in rules.items()})

    limits = {name: contract.drift_of(name) for name in ("a.tags[]", "a.tags[#]", "b[]", "b[#]", "c[].d[]", "c[]", "a")}

    assert {name for name, drift in limits.items() if drift.off} == {"a.tags[]", "a.tags[#]", "b[#]", "c[].d[]"}
    assert limits["b[]"] is own
    assert limits["a"] is limits["c[]"] is contract.drift


def test_the_severity_of_a_columns_rule_is_that_of_its_claims(reference: Profile) -> None:
    current = table(2_000, seed=2)
    current["temp"] = [float(x) + 5 for x in current["temp"]]  # type: ignore[arg-type]
    warned = Contract(columns={"temp": ColumnRule(name="temp", severity=Severity.WARNING)})

    assert alarms(found(reference, current, warned))["drift.shift", "temp"].severity is Severity.WARNING


def test_profiles_of_other_binnings_are_refused(reference: Profile) -> None:
    other = profiled(table(500, seed=2), digest="b3:two")

    with pytest.raises(EvidenceError, match="different bins") as refused:
        compare(reference, other, Contract())

    assert refused.value.next_step


def test_five_rows_say_that_they_are_too_few(reference: Profile) -> None:
    findings = found(reference, table(5, seed=2))

    assert verdict_of(findings) is Verdict.INCONCLUSIVE
    assert any(finding.n_needed and finding.n_needed > 5 for finding in findings)


def test_without_rows_nothing_is_a_pass(reference: Profile) -> None:
    nothing: Table = {name: [] for name in REFERENCE}

    assert verdict_of(found(reference, nothing)) is Verdict.ERROR
    assert verdict_of(found(profiled(nothing, reference), table(500, seed=2))) is Verdict.ERROR


def test_profiles_whose_texts_were_hashed_otherwise_are_refused(reference: Profile) -> None:
    current = profiled(table(500, seed=2), reference)
    other = msgspec.structs.replace(current, sample=msgspec.structs.replace(current.sample, hashing="b3:other"))

    with pytest.raises(EvidenceError, match="hash texts differently"):
        compare(reference, other, Contract())


def test_a_binning_that_only_has_more_columns_may_be_compared(reference: Profile) -> None:
    """A new column needs bins of its own; those of all others are the reference's."""
    current = table(500, seed=2) | {"leak": [float(x) for x in range(500)]}
    profile = profiled(current, reference)
    own = Binning(
        columns={**reference.binning.columns, "leak": binning(current["leak"])}, digest="b3:more", left_out=()
    )
    claims, facts = compare(reference, msgspec.structs.replace(profile, binning=own), Contract())

    assert {claim.column for claim in claims} == {"temp", "city", "member"}
    assert any(fact.check == "schema.new" for fact in facts)


def test_rows_in_clusters_make_an_alarm_need_more(reference: Profile) -> None:
    """The same figures, once as independent rows and once as rows of few clusters."""
    current = table(500, seed=2)
    current["temp"] = [float(x) + 1.5 for x in current["temp"]]  # type: ignore[arg-type]
    profile = profiled(current, reference)
    lumpy = tuple((8, 0) if group % 2 else (0, 8) for group in range(62))
    clustered = msgspec.structs.replace(
        profile,
        cluster="member",
        columns={**profile.columns, "temp": msgspec.structs.replace(profile.columns["temp"], groups=lumpy)},
    )
    plain = next(claim for claim in compare(reference, profile, Contract())[0] if claim.check == "drift.shift")
    claims, facts = compare(reference, clustered, Contract())
    wary = next(claim for claim in claims if claim.check == "drift.shift")

    assert wary.p > 100 * plain.p
    assert wary.low < plain.low
    assert (wary.n_needed or 0) > 5 * (plain.n_needed or 0)
    uncounted = {
        kind: next(claim.n_needed or 0 for claim in made if claim.check == "drift.shape" and claim.column == "city")
        for kind, made in (("plain", compare(reference, profile, Contract())[0]), ("wary", claims))
    }
    assert uncounted["wary"] > 5 * uncounted["plain"] > 0  # not counted by group: as lumpy as the worst that is
    assert any("cluster column is member, was none" in fact.message for fact in facts)


def test_what_is_asked_does_not_depend_on_the_answer(reference: Profile) -> None:
    """Clean rows of other seeds have the same claims: a family must not shrink where little is found."""
    asked = [
        sorted((str(claim.check), str(claim.column)) for claim in compare(reference, current, Contract())[0])
        for current in (profiled(table(500, seed=seed), reference) for seed in range(3, 8))
    ]

    assert all(each == asked[0] for each in asked)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((100, 10, ()), (300, 3, ()), "by the bins of the reference, whose range most rows have left; sd"),
        ((100, 10, (1e5,) * 10), (100, 13, ()), "most rows are, if not those far out; sd"),
        ((100, 10, ()), (100, 13, ()), "sd"),
    ],
)
def test_a_width_that_the_standard_deviation_contradicts_says_why(
    before: tuple[float, float, tuple[float, ...]], after: tuple[float, float, tuple[float, ...]], told: str
) -> None:
    """Bins tell it where most rows lie; what lies far out, or has left all bins, has the standard deviation only."""

    def frame(side: tuple[float, float, tuple[float, ...]], seed: int) -> pl.DataFrame:
        mean, sd, more = side
        return pl.DataFrame({"x": np.append(np.random.default_rng(seed).normal(mean, sd, 4000), more)})

    found = tables.findings(tables.profile(frame(before, 1)), frame(after, 2))
    (message,) = [finding.message for finding in found if finding.check == "drift.spread"]

    assert message.startswith("x is wider by ")
    assert message.partition(": ")[2].startswith(told)
