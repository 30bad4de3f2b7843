"""Moving aliases: compare-and-swap on the holder, and a ledger of every move."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import ConflictError, UsageError
from seatrial.registry.promotion import rollback_target
from seatrial.registry.records import AliasMove, How
from seatrial.registry.refs import NumberRef
from seatrial.registry.registry import Registry
from seatrial.store.blobs import BlobStore
from seatrial.verdict import Decision, Verdict
from tests.support.drafts import ACTOR, draft, finding
from tests.support.instants import ISO
from tests.support.memory_state import MemoryState


@pytest.fixture
def state(tmp_path: Path) -> MemoryState:
    return MemoryState(tmp_path / "state-blobs")


@pytest.fixture
def registry(state: MemoryState, tmp_path: Path) -> Registry:
    """Four versions of `digits`, none of them promoted."""
    source = BlobStore(tmp_path / "cas")
    registry = Registry(state)
    for run in range(4):
        registry.register(draft(source, tmp_path, run=f"run-{run}"), source=source)
    return registry


def move(
    registry: Registry, version: int, holder: int | None, *, alias: str = "production", how: How = How.PROMOTE
) -> AliasMove:
    return registry.move_alias("digits", alias, version, expected_holder=holder, how=how, actor=ACTOR, at=ISO)


def test_an_alias_points_where_it_was_moved(registry: Registry) -> None:
    """Each alias on its own."""
    move(registry, 1, None, how=How.FIRST)
    move(registry, 2, 1)
    move(registry, 3, None, alias="staging", how=How.FIRST)

    assert registry.aliases("digits") == {"production": 2, "staging": 3}
    assert registry.resolve("digits@production").number == 2
    holder = registry.holder("digits", "staging")
    assert holder is not None
    assert holder.number == 3


def test_the_ledger_keeps_what_each_move_rested_on(registry: Registry) -> None:
    """Every row can be explained years later, without the run that led to it."""
    findings = (finding(Verdict.INCONCLUSIVE, "450 rows do not say"),)
    registry.move_alias(
        "digits", "production", 1, expected_holder=None, how=How.OVERRIDE, actor=ACTOR, at=ISO,
        decision=Decision.HOLD, findings=findings, gate_set="promote", reason="launch day",
    )  # fmt: skip

    assert registry.ledger("digits") == (
        AliasMove(
            model="digits", alias="production", version=1, previous=None, how=How.OVERRIDE, actor=ACTOR, at=ISO,
            decision=Decision.HOLD, findings=findings, gate_set="promote", reason="launch day",
        ),
    )  # fmt: skip


@pytest.mark.parametrize("expected", [None, 2, 3])
def test_a_move_judged_against_another_holder_is_a_conflict(registry: Registry, expected: int | None) -> None:
    """The judgement is stale; the alias stays."""
    move(registry, 1, None, how=How.FIRST)

    with pytest.raises(ConflictError, match="moved meanwhile") as refused:
        move(registry, 3, expected)

    assert registry.aliases("digits") == {"production": 1}
    assert "digits@1 holds it" in str(refused.value)
    assert refused.value.next_step


def test_a_racer_who_moves_the_alias_wins(state: MemoryState, registry: Registry) -> None:
    """Exactly one of two promotes gets through, also when both looked before either wrote."""
    move(registry, 1, None, how=How.FIRST)

    def race(stream: str) -> None:
        state.before_append = lambda stream: None
        move(registry, 2, 1)

    state.before_append = race

    with pytest.raises(ConflictError):
        move(registry, 3, 1)
    assert registry.aliases("digits") == {"production": 2}
    assert len(registry.ledger("digits")) == 2


def test_a_racer_who_does_something_else_is_no_conflict(state: MemoryState, registry: Registry) -> None:
    """A tag in between changes nothing that was judged."""
    move(registry, 1, None, how=How.FIRST)

    def race(stream: str) -> None:
        state.before_append = lambda stream: None
        registry.tag(NumberRef(model="digits", number=1), "team", "vision", actor=ACTOR, at=ISO)
        move(registry, 4, None, alias="staging", how=How.FIRST)

    state.before_append = race

    assert move(registry, 3, 1).previous == 1
    assert registry.aliases("digits") == {"production": 3, "staging": 4}


def test_moving_to_the_holder_itself_writes_nothing(state: MemoryState, registry: Registry) -> None:
    """A repeated command gives the row that is there."""
    first = move(registry, 1, None, how=How.FIRST)
    before = state.read("models/digits")

    assert move(registry, 1, 1) == first
    assert state.read("models/digits") == before


def test_an_alias_never_points_at_what_does_not_exist(registry: Registry) -> None:
    """Version 9 is not there."""
    with pytest.raises(UsageError, match=r"has no version 9 \(versions: 1 to 4; aliases: none\)"):
        move(registry, 9, None)


@pytest.mark.parametrize("alias", ["17", "007", "main", "", "Prod", "a b", "../x", "a\n"])
def test_unusable_alias_names_are_refused(registry: Registry, alias: str) -> None:
    """A number would be taken for a version, `main` for the branch."""
    with pytest.raises(UsageError):
        move(registry, 1, None, alias=alias)


def test_rolling_back_walks_back_step_by_step(registry: Registry) -> None:
    """Twice leads further back, not to where one came from; a promotion starts a new path from there."""
    move(registry, 1, None, how=How.FIRST)
    move(registry, 2, 1)
    move(registry, 3, 2)
    walked = []
    for _ in range(2):
        holder = registry.aliases("digits")["production"]
        target = rollback_target(registry.ledger("digits"), "production")
        walked.append(move(registry, target, holder, how=How.ROLLBACK).version)

    assert walked == [2, 1]
    with pytest.raises(UsageError, match="first version that held"):
        rollback_target(registry.ledger("digits"), "production")

    move(registry, 4, 1)
    assert rollback_target(registry.ledger("digits"), "production") == 1


def test_a_rollback_may_name_any_earlier_holder(registry: Registry) -> None:
    """But not one that never held the alias, nor one that was rolled back from: those are promoted."""
    move(registry, 1, None, how=How.FIRST)
    move(registry, 2, 1)
    move(registry, 3, 2)
    ledger = registry.ledger("digits")

    assert rollback_target(ledger, "production", to=1) == 1
    for unfit in (3, 4):
        with pytest.raises(UsageError):
            rollback_target(ledger, "production", to=unfit)

    move(registry, 1, 3, how=How.ROLLBACK)
    with pytest.raises(UsageError) as refused:
        rollback_target(registry.ledger("digits"), "production", to=3)
    assert refused.value.next_step == "seatrial models promote digits@3 --to production"


def test_there_is_no_rollback_of_what_nobody_holds(registry: Registry) -> None:
    """Nor of one alias along another's path."""
    move(registry, 1, None, how=How.FIRST)
    move(registry, 2, 1)

    with pytest.raises(UsageError, match="nobody holds staging"):
        rollback_target(registry.ledger("digits"), "staging")
