"""Promotion's rules, over everything that can come together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import UsageError
from seatrial.registry.debt import Debt
from seatrial.registry.promotion import Allowed, AlreadyThere, Refusal, Refused, may_promote, rollback_target
from seatrial.registry.records import AliasMove, How, Version
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Finding, OnInconclusive, Verdict, combine, decide
from tests.support.drafts import ACTOR, finding
from tests.support.instants import ISO

CLEAN = Version(
    number=3,
    model="digits",
    artifact=Artifact(digest="b3:" + "0" * 64, kind="file", size=1),
    run="run",
    created_at=ISO,
    actor=ACTOR,
    config="b3:" + "1" * 64,
    environment="b3:" + "2" * 64,
    commit="c" * 40,
)
UNFIT = st.sampled_from(
    [{"dirty": True}, {"commit": None}, {"overlay": {"train.subset": 0.1}}, {"overridden": {"train.seed": 1}}]
)
FINDINGS = st.lists(st.sampled_from(Verdict).map(finding), max_size=4).map(tuple)
HOLDERS = st.sampled_from([None, 1, 2, 3])
REASONS = st.sampled_from([None, "", "  ", "launch day"])
DECISIONS = st.sampled_from(Decision)
OWED = Debt(
    cell="train", input_digest="b3:" + "3" * 64, work="b3:" + "4" * 64, reason="this machine has no GPU", run="run",
    at=ISO, platform="linux x86_64, 2 cores", command="seatrial run", commit="c" * 40,
)  # fmt: skip
DEBT = st.integers(0, 2).map(lambda count: (OWED,) * count)


@given(UNFIT, FINDINGS, DECISIONS, HOLDERS, st.booleans(), REASONS, DEBT)
def test_what_cannot_be_made_again_is_never_allowed(
    unfit: dict[str, object],
    findings: tuple[Finding, ...],
    decision: Decision,
    holder: int | None,
    first: bool,
    reason: str | None,
    debt: tuple[Debt, ...],
) -> None:
    """No finding, no flag and no reason makes up for it."""
    version = replace(CLEAN, **unfit)  # type: ignore[arg-type]  # drawn as fields of any type

    permission = may_promote(
        version, "production", holder=holder, findings=findings, decision=decision, first=first,
        override_reason=reason, debt=debt,
    )  # fmt: skip

    assert not isinstance(permission, Allowed)


@given(FINDINGS, DECISIONS, HOLDERS, st.booleans(), REASONS, DEBT)
def test_without_an_override_only_what_was_shown_passes(
    findings: tuple[Finding, ...],
    decision: Decision,
    holder: int | None,
    first: bool,
    reason: str | None,
    debt: tuple[Debt, ...],
) -> None:
    """Allowed means: judged, neither FAIL nor ERROR, not held, no debt, and `first` exactly where nobody was;
    or else a person's reason."""
    permission = may_promote(
        CLEAN, "production", holder=holder, findings=findings, decision=decision, first=first,
        override_reason=reason, debt=debt,
    )  # fmt: skip
    shown = (
        combine(each.verdict for each in findings) in (Verdict.PASS, Verdict.INCONCLUSIVE)
        and decision in (Decision.ALLOW, Decision.WARN)
        and not debt
    )

    if holder == CLEAN.number:
        assert permission == AlreadyThere()
    elif isinstance(permission, Allowed):
        assert (holder is None) == first
        assert shown or (reason is not None and reason.strip())
        assert permission.how is (How.FIRST if shown and first else How.PROMOTE if shown else How.OVERRIDE)
    else:
        assert isinstance(permission, Refused)
        blank = reason is not None and not reason.strip()
        assert not shown or (holder is None) != first or blank
        assert permission.reasons
        assert permission.next_step


@given(FINDINGS, st.sampled_from(OnInconclusive), DEBT)
def test_the_kind_of_refusal_follows_the_findings(
    findings: tuple[Finding, ...], on_inconclusive: OnInconclusive, debt: tuple[Debt, ...]
) -> None:
    """FAIL beats ERROR beats INCONCLUSIVE; debt alone holds; the reasons carry the findings' own words."""
    verdict = combine(each.verdict for each in findings)
    decision = decide(verdict, on_inconclusive, debt=len(debt))
    expected = {Verdict.FAIL: Refusal.BLOCKED, Verdict.ERROR: Refusal.FIX}.get(verdict, Refusal.HELD)

    permission = may_promote(CLEAN, "production", holder=2, findings=findings, decision=decision, debt=debt)

    if decision in (Decision.ALLOW, Decision.WARN):
        assert permission == Allowed(how=How.PROMOTE)
    else:
        assert isinstance(permission, Refused)
        assert permission.refusal is expected


def test_debt_alone_holds_and_names_what_settles_it() -> None:
    """Everything passed, and yet a stage never ran: held, with the command, and passable in one's own name."""
    passed = {"holder": 2, "findings": (finding(Verdict.PASS),), "decision": Decision.ALLOW, "debt": (OWED,)}

    held = may_promote(CLEAN, "production", **passed)  # type: ignore[arg-type]  # drawn as fields of any type
    overridden = may_promote(CLEAN, "production", **passed, override_reason="launch day")  # type: ignore[arg-type]  # drawn as fields of any type

    assert isinstance(held, Refused)
    assert held.refusal is Refusal.HELD
    assert held.reasons == ("debt: train was deferred in run run (input 333333333333): this machine has no GPU",)
    assert "run `seatrial run` at commit cccccccccc on a machine that has what train needs" in held.next_step
    assert overridden == Allowed(how=How.OVERRIDE)


def test_the_first_version_needs_to_be_called_first() -> None:
    """And the next step is the very command."""
    permission = may_promote(
        CLEAN, "production", holder=None, findings=(finding(Verdict.PASS),), decision=Decision.ALLOW
    )

    assert isinstance(permission, Refused)
    assert permission.refusal is Refusal.FIX
    assert permission.next_step == "seatrial models promote digits@3 --to production --first"


def test_first_is_refused_where_somebody_was() -> None:
    """It would skip the comparison."""
    permission = may_promote(
        CLEAN, "production", holder=2, findings=(finding(Verdict.PASS),), decision=Decision.ALLOW, first=True
    )

    assert isinstance(permission, Refused)
    assert permission.next_step == "seatrial models promote digits@3 --to production"


STEPS = st.lists(st.one_of(st.none(), st.integers(1, 6)), max_size=12)


@given(STEPS)
def test_rolling_back_again_and_again_ends_at_the_first_holder(steps: list[int | None]) -> None:
    """Whatever was promoted (a number) and rolled back (None) before, walking back never goes round in circles."""
    ledger: list[AliasMove] = []
    for step in steps:
        holder = ledger[-1].version if ledger else None
        if step is not None and step != holder:
            ledger.append(_row(step, holder, How.PROMOTE))
        elif step is None and _can(ledger):
            ledger.append(_row(rollback_target(ledger, "production"), holder, How.ROLLBACK))

    walked = 0
    while _can(ledger):
        target = rollback_target(ledger, "production")
        ledger.append(_row(target, ledger[-1].version, How.ROLLBACK))
        walked += 1

    assert walked <= len(steps)
    assert not ledger or ledger[-1].version == ledger[0].version


def _can(ledger: list[AliasMove]) -> bool:
    try:
        rollback_target(ledger, "production")
    except UsageError:
        return False
    return True


def _row(version: int, previous: int | None, how: How) -> AliasMove:
    return AliasMove(
        model="digits", alias="production", version=version, previous=previous, how=how, actor=ACTOR, at=ISO
    )
