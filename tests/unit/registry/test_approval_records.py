"""Approvals in a model's stream: written, folded, withdrawn, and asked for by the moves that rest on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import ConflictError, StateError, UsageError
from seatrial.registry.history import fold
from seatrial.registry.records import AliasMove, Approval, ApprovedBy, How, Revoked
from seatrial.registry.registry import Registry
from seatrial.registry.serial import from_body, to_body
from seatrial.replacing import replace
from seatrial.store.blobs import BlobStore
from seatrial.store.state import Entry
from tests.support.approvals import approval, github
from tests.support.drafts import ACTOR, draft
from tests.support.instants import ISO
from tests.support.memory_state import MemoryState

ANN, BEN = github("ann"), github("ben")


@pytest.fixture
def state(tmp_path: Path) -> MemoryState:
    return MemoryState(tmp_path / "state-blobs")


@pytest.fixture
def registry(state: MemoryState, tmp_path: Path) -> Registry:
    """Two versions of `digits`."""
    source = BlobStore(tmp_path / "cas")
    registry = Registry(state)
    for run in range(2):
        registry.register(draft(source, tmp_path, run=f"run-{run}"), source=source)
    return registry


def _of(version: int, actor: object = ANN, **other: object) -> Approval:
    return replace(approval(ANN), version=version, actor=actor, **other)  # type: ignore[arg-type]  # any field


def _revoke(version: int, of: object = ANN, alias: str = "production") -> Revoked:
    return Revoked(version=version, alias=alias, of=of, actor=BEN, at=ISO)  # type: ignore[arg-type]  # an Actor


def test_an_approval_is_of_one_version_for_one_alias(registry: Registry) -> None:
    """Neither counts for another."""
    registry.approve("digits", _of(1))
    registry.approve("digits", _of(2, alias="staging"))
    history = registry.history("digits")

    assert [one.approval for one in history.approvals_of(1, "production")] == [_of(1)]
    assert history.approvals_of(1, "staging") == ()
    assert history.approvals_of(2, "production") == ()


def test_withdrawing_voids_what_that_person_gave_before_and_nothing_after(registry: Registry) -> None:
    """Nor what others gave, nor for another alias or version."""
    for one in (_of(1), _of(1, BEN), _of(2), _of(1, alias="staging")):
        registry.approve("digits", one)
    registry.revoke("digits", _revoke(1))
    registry.approve("digits", _of(1, note="after all"))
    history = registry.history("digits")

    assert [(one.approval.note, one.revoked is None) for one in history.approvals_of(1, "production")] == [
        (None, False), (None, True), ("after all", True),
    ]  # fmt: skip
    assert all(
        one.revoked is None for one in (*history.approvals_of(2, "production"), *history.approvals_of(1, "staging"))
    )


def test_there_is_nothing_to_withdraw_twice(registry: Registry, state: MemoryState) -> None:
    """The second writes nothing."""
    registry.approve("digits", _of(1))
    registry.revoke("digits", _revoke(1))
    length = len(state.read("models/digits"))

    assert registry.revoke("digits", _revoke(1)) is None
    assert len(state.read("models/digits")) == length


def test_an_approval_is_withdrawn_by_the_first_who_does_it(registry: Registry) -> None:
    """A later withdrawal, of a later approval, tells no other story of this one."""
    registry.approve("digits", _of(1))
    registry.revoke("digits", _revoke(1))
    registry.approve("digits", _of(1, note="after all"))
    registry.revoke("digits", replace(_revoke(1), note="no"))

    withdrawn = [one.revoked for one in registry.history("digits").approvals_of(1, "production")]
    assert [one.note if one else "stands" for one in withdrawn] == [None, "no"]


def test_a_version_that_is_not_there_is_not_approved(registry: Registry) -> None:
    """The message says what there is."""
    with pytest.raises(UsageError, match="digits has no version 7"):
        registry.approve("digits", _of(7))


def test_a_move_names_its_approvals_and_is_not_made_once_one_was_withdrawn(registry: Registry) -> None:
    """Between judging and moving somebody may have had second thoughts: then nothing moves."""
    given = registry.approve("digits", _of(1))
    rests_on = (ApprovedBy(actor=given.actor, at=given.at),)

    def move(version: int, holder: int | None) -> AliasMove:
        return registry.move_alias(
            "digits", "production", version, expected_holder=holder, how=How.PROMOTE, actor=ACTOR, at=ISO,
            approvals=rests_on,
        )  # fmt: skip

    assert move(1, None).approvals == rests_on
    with pytest.raises(ConflictError, match="the approval of ann for production was withdrawn"):
        move(2, 1)  # it was of version 1
    registry.revoke("digits", _revoke(1))
    registry.move_alias("digits", "production", 2, expected_holder=1, how=How.ROLLBACK, actor=ACTOR, at=ISO)
    with pytest.raises(ConflictError, match="was withdrawn meanwhile"):
        move(1, 2)
    assert registry.aliases("digits") == {"production": 2}


@pytest.mark.parametrize("record", [_of(1, note="fine", where="https://x.example/1"), _revoke(1)])
def test_every_field_survives(record: Approval | Revoked) -> None:
    """Through the bytes of a record and back."""
    assert from_body(to_body(record), shown="here") == record


def test_a_move_without_approvals_is_written_as_ever() -> None:
    """A program that does not know approvals reads every row that rests on none."""
    plain = AliasMove(model="digits", alias="a", version=1, previous=None, how=How.FIRST, actor=ACTOR, at=ISO)
    data = to_body(plain)["data"]

    assert isinstance(data, dict)
    assert {"approvals", "rules"} & data.keys() == set()
    assert from_body(to_body(plain), shown="here") == plain


def test_an_approval_of_a_version_that_never_was_contradicts_the_records(state: MemoryState) -> None:
    """An undamaged record can still be wrong."""
    entry = Entry(stream="models/digits", number=1, digest="b3:0", previous=None, at=ISO, body=to_body(_of(1)))

    with pytest.raises(StateError, match="contradicts"):
        fold("digits", [entry])
