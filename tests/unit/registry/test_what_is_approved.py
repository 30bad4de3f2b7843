"""What an approval is bound to, part by part, and what approvals do to a promotion."""

from __future__ import annotations

import pytest

from seatrial.registry.approval import Standing
from seatrial.registry.approval_evidence import evidence_digest, findings_digest, grounds, policy_digest
from seatrial.registry.promotion import Allowed, Permission, Refusal, Refused, may_promote
from seatrial.registry.records import AliasMove, How, StoredFile, UnpinnedReads, Version
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Verdict
from tests.properties.test_registry_promotion import CLEAN, OWED
from tests.support.approvals import approval, github, rule, stand
from tests.support.drafts import ACTOR, finding
from tests.support.instants import ISO

HOLDER = replace(CLEAN, number=2)
MOVE = AliasMove(model="digits", alias="production", version=2, previous=None, how=How.FIRST, actor=ACTOR, at=ISO)
OTHER = Artifact(digest="b3:" + "7" * 64, kind="file", size=1)
ONE = stand(approval(github("ann")), under=None)
ASKED = stand(under=rule("ann", "ben"))
GIVEN = stand(approval(github("ann")), under=rule("ann", "ben"))


def _changed(**parts: object) -> set[str]:
    """Which parts are others than before."""
    usual: dict[str, object] = {"version": CLEAN, "holder": HOLDER, "ledger": (MOVE,), "debt": ()}

    def ground(given: dict[str, object]) -> dict[str, str]:
        return grounds(
            given["version"], "production", holder=given["holder"], ledger=given["ledger"], debt=given["debt"]  # type: ignore[arg-type]  # as above
        )  # fmt: skip

    before, after = ground(usual), ground(usual | parts)
    assert (evidence_digest(before) == evidence_digest(after)) is (before == after)
    return {part for part in before if before[part] != after[part]}


def _with(**fields: object) -> Version:
    return replace(CLEAN, **fields)  # type: ignore[arg-type]  # fields of any type


@pytest.mark.parametrize(
    ("parts", "changed"),
    [
        ({}, set()),
        ({"version": _with(artifact=OTHER)}, {"artifact", "files"}),
        ({"version": _with(metrics_files=(StoredFile(path="m.json", artifact=OTHER),))}, {"files"}),
        ({"version": _with(unpinned=(UnpinnedReads(cell="train", paths=("/x",), in_all=1),))}, {"unpinned"}),
        ({"version": _with(tags={"a": "b"}, links=("https://x.example/",))}, set()),
        ({"holder": replace(HOLDER, number=1)}, {"holder"}),
        ({"holder": replace(HOLDER, artifact=OTHER)}, {"holder"}),
        ({"holder": None}, {"holder"}),
        ({"ledger": (MOVE, MOVE, MOVE)}, {"holder"}),
        ({"ledger": (MOVE, replace(MOVE, alias="staging"))}, set()),
        ({"debt": (OWED,)}, {"debt"}),
        ({"debt": (OWED, replace(OWED, cell="b"))}, {"debt"}),
    ],
)  # fmt: skip
def test_what_another_ground_is(parts: dict[str, object], changed: set[str]) -> None:
    """Labels are none; each move of this alias is."""
    assert _changed(**parts) == changed


def test_the_order_of_debts_is_no_news() -> None:
    """They are the same debts."""
    other = replace(OWED, cell="b")
    pairs = ((OWED, other), (other, OWED))

    assert len({grounds(CLEAN, "a", holder=None, ledger=(), debt=debt)["debt"] for debt in pairs}) == 1


def test_findings_are_bound_with_their_figures_and_the_decision() -> None:
    """A word or a digit makes another judgement."""
    plain = finding(Verdict.PASS)
    digests = {
        findings_digest(findings, decision)
        for findings in ((plain,), (replace(plain, estimate=0.9),), (replace(plain, message="else"),), ())
        for decision in (Decision.ALLOW, Decision.HOLD)
    }

    assert len(digests) == 8


def test_the_policy_is_gates_cases_and_rule() -> None:
    """Each of them counts."""
    asked = rule("ann")
    digests = {
        policy_digest(gates, cases, approvals)
        for gates in ({}, {"mode": "observe"})
        for cases in ({}, {"cases.yaml": "b3:1"})
        for approvals in (None, asked, rule("ann", "ben"), replace(asked, min=2), replace(asked, expires=60.0))
    }

    assert len(digests) == 20


def _asked(verdict: Verdict, decision: Decision, approvals: Standing, **other: object) -> Permission:
    return may_promote(
        CLEAN, "production", holder=2, findings=(finding(verdict),), decision=decision, approvals=approvals, **other,  # type: ignore[arg-type]  # as given
    )  # fmt: skip


@pytest.mark.parametrize("approvals", [ONE, GIVEN], ids=["unruled", "ruled"])
@pytest.mark.parametrize(
    ("verdict", "decision", "refusal"),
    [
        (Verdict.PASS, Decision.ALLOW, None),
        (Verdict.INCONCLUSIVE, Decision.WARN, None),
        (Verdict.INCONCLUSIVE, Decision.HOLD, None),
        (Verdict.INCONCLUSIVE, Decision.BLOCK, Refusal.HELD),
        (Verdict.FAIL, Decision.BLOCK, Refusal.BLOCKED),
        (Verdict.FAIL, Decision.HOLD, Refusal.BLOCKED),
        (Verdict.ERROR, Decision.BLOCK, Refusal.FIX),
        (Verdict.ERROR, Decision.ALLOW, Refusal.FIX),
    ],
)
def test_an_approval_lifts_a_hold_and_no_block(
    approvals: Standing, verdict: Verdict, decision: Decision, refusal: Refusal | None
) -> None:
    """Whatever decision is claimed beside a FAIL or an ERROR."""
    said = _asked(verdict, decision, approvals)

    assert (said.refusal if isinstance(said, Refused) else None) is refusal


def test_debt_and_unpinned_reads_are_lifted_too() -> None:
    """They were there when the approval was given, or it would be void."""
    assert isinstance(_asked(Verdict.PASS, Decision.ALLOW, GIVEN, debt=(OWED,)), Allowed)
    assert isinstance(_asked(Verdict.PASS, Decision.ALLOW, Standing(), debt=(OWED,)), Refused)


def test_missing_approvals_hold_what_would_pass_and_an_override_passes_them() -> None:
    """And are told beside whatever else holds."""
    passes = _asked(Verdict.PASS, Decision.ALLOW, ASKED)
    owes = _asked(Verdict.PASS, Decision.ALLOW, ASKED, debt=(OWED,))

    assert isinstance(passes, Refused)
    assert (passes.refusal, len(passes.reasons)) == (Refusal.HELD, 1)
    assert isinstance(owes, Refused)
    assert [reason.partition(" ")[0] for reason in owes.reasons] == ["debt:", "production"]
    assert _asked(Verdict.PASS, Decision.ALLOW, ASKED, override_reason="launch") == Allowed(how=How.OVERRIDE)
    assert _asked(Verdict.PASS, Decision.ALLOW, GIVEN, override_reason="launch") == Allowed(how=How.PROMOTE)


def test_a_block_does_not_ask_for_approvals_that_would_not_lift_it() -> None:
    """The next step is the one that helps."""
    said = _asked(Verdict.INCONCLUSIVE, Decision.BLOCK, ASKED)

    assert isinstance(said, Refused)
    assert "models approve" not in said.next_step
