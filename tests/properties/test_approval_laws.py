"""What holds of approvals whatever they are, and in whatever order they were given."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given as drawn
from hypothesis import strategies as st

from seatrial.registry.approval import Given
from seatrial.registry.approval_policy import ApprovalRule, KnownBy
from seatrial.registry.promotion import Allowed, may_promote
from seatrial.verdict import Decision, Finding, Verdict
from tests.properties.test_registry_promotion import CLEAN, DEBT, FINDINGS
from tests.support.approvals import SHOWN, approval, git, github, given, rule, stand, wrote
from tests.support.instants import INSTANT

ACTORS = st.sampled_from(
    [github("ann"), github("ben"), git("Ann <ann@x.org>"), git("Ben <ben@x.org>"), github("eve"), github("cleo")]
)
GIVEN = st.builds(
    lambda actor, hours, other, policy, withdrawn: given(
        approval(
            actor,
            at=INSTANT - timedelta(hours=hours),
            shown={**SHOWN, "artifact": "b3:" + "9" * 64} if other else SHOWN,
            **({"policy": "another"} if policy else {}),
        ),
        withdrawn=withdrawn,
    ),
    ACTORS,
    st.integers(0, 60),
    st.booleans(),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, True]),
)
MANY = st.lists(GIVEN, max_size=7)
BOTH_WAYS = (KnownBy.GITHUB, KnownBy.GIT)
TWO = rule(("ann", "ann@x.org"), ("ben", "ben@x.org"), min=2, expires=86400.0, known_by=BOTH_WAYS)
RULES = st.sampled_from([None, TWO, rule("ben")])
AUTHORS = wrote("Cleo <1+cleo@users.noreply.github.com>")


@drawn(MANY, RULES, st.randoms(use_true_random=False))
def test_the_order_of_approvals_does_not_matter(many: list[Given], asked: ApprovalRule | None, chance: object) -> None:
    """Neither for what counts nor for why the rest does not."""
    shuffled = [*many]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random

    assert stand(*many, under=asked, authors=AUTHORS) == stand(*shuffled, under=asked, authors=AUTHORS)


@drawn(MANY, RULES)
def test_each_is_counted_or_void_and_no_person_counts_twice(many: list[Given], asked: ApprovalRule | None) -> None:
    """Nothing is lost, and two names of one person are one."""
    found = stand(*many, under=asked, authors=AUTHORS)
    names = [one.actor.name.partition(" ")[0].casefold() for one in found.valid]

    assert len(found.valid) + len(found.void) == len(many)
    if asked is not None:
        assert len(names) == len(set(names))
        assert set(names) <= {"ann", "ben"}


@drawn(MANY, GIVEN, RULES, FINDINGS, st.sampled_from(Decision), DEBT)
def test_a_void_approval_never_lets_anything_through(
    many: list[Given],
    more: Given,
    asked: ApprovalRule | None,
    findings: tuple[Finding, ...],
    decision: Decision,
    debt: tuple[object, ...],
) -> None:
    """Whatever was refused without it is refused with it."""
    without, with_it = stand(*many, under=asked, authors=AUTHORS), stand(*many, more, under=asked, authors=AUTHORS)
    if more.approval in with_it.valid:
        return

    def allowed(standing: object) -> bool:
        said = may_promote(
            CLEAN, "production", holder=2, findings=findings, decision=decision, debt=debt, approvals=standing,  # type: ignore[arg-type]  # as drawn
        )  # fmt: skip
        return isinstance(said, Allowed)

    assert len(with_it.valid) == len(without.valid)
    assert allowed(with_it) == allowed(without)


@drawn(MANY, RULES, FINDINGS, st.sampled_from(Decision), DEBT)
def test_approvals_lift_holds_and_nothing_else(
    many: list[Given],
    asked: ApprovalRule | None,
    findings: tuple[Finding, ...],
    decision: Decision,
    debt: tuple[object, ...],
) -> None:
    """No FAIL, no ERROR, no block, and none of them where the rule asks for more."""
    found = stand(*many, under=asked, authors=AUTHORS)
    said = may_promote(
        CLEAN, "production", holder=2, findings=findings, decision=decision, debt=debt, approvals=found,  # type: ignore[arg-type]  # as drawn
    )  # fmt: skip
    verdicts = {each.verdict for each in findings}
    blocked = not findings or bool(verdicts & {Verdict.FAIL, Verdict.ERROR}) or decision is Decision.BLOCK
    free = decision in (Decision.ALLOW, Decision.WARN) and not debt

    assert isinstance(said, Allowed) == (not blocked and not found.missing and (free or found.lifts))
