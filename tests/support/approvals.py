"""Approvals, actors and rules with plain defaults, for tests of who may let a version pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from seatrial.clock import iso
from seatrial.registry.approval import Given, Standing, standing
from seatrial.registry.approval_evidence import evidence_digest
from seatrial.registry.approval_policy import ApprovalRule, Person
from seatrial.registry.people import Author, Authors
from seatrial.registry.records import Actor, Approval, IdentifiedBy, Revoked
from seatrial.replacing import replace
from tests.support.instants import INSTANT

SHOWN = {"artifact": "b3:" + "a" * 64, "findings": "b3:" + "f" * 64}
POLICY = "b3:" + "c" * 64
NOBODY = Authors()


def github(login: str) -> Actor:
    """Somebody whose review GitHub reports."""
    return Actor(name=login, identified_by=IdentifiedBy.GITHUB_REVIEW)


def git(text: str) -> Actor:
    """Somebody as git's configuration has them."""
    return Actor(name=text, identified_by=IdentifiedBy.GIT_CONFIG)


def rule(*people: str | tuple[str, ...], **other: object) -> ApprovalRule:
    """A rule that lists people, each by one name or by several."""
    listed = tuple(Person(names=(one,) if isinstance(one, str) else one) for one in people)
    return replace(ApprovalRule(people=listed), **other)  # type: ignore[arg-type]  # fields of any type


def approval(actor: Actor, *, at: datetime = INSTANT, **other: object) -> Approval:
    """An approval of version 3 for production, as things stand."""
    plain = Approval(
        version=3,
        alias="production",
        evidence=evidence_digest(SHOWN),
        policy=POLICY,
        actor=actor,
        at=iso(at),
        shown=SHOWN,
    )
    return replace(plain, **other)  # type: ignore[arg-type]  # fields of any type


def given(one: Approval, *, withdrawn: bool = False) -> Given:
    """As the records tell it."""
    at = iso(datetime.fromisoformat(one.at) + timedelta(seconds=1))
    revoked = Revoked(version=one.version, alias=one.alias, of=one.actor, actor=one.actor, at=at)
    return Given(approval=one, revoked=revoked if withdrawn else None)


def wrote(*names: str | Actor) -> Authors:
    """Those who wrote the commit."""
    actors = [git(name) if isinstance(name, str) else name for name in names]
    return Authors(known=tuple(Author(actor=actor, did="wrote commit abc") for actor in actors))


def stand(
    *approvals: Approval | Given,
    under: ApprovalRule | None,
    now: datetime = INSTANT,
    authors: Authors = NOBODY,
    evidence: dict[str, str] | None = None,
    policy: str = POLICY,
) -> Standing:
    """How approvals stand."""
    return standing(
        [one if isinstance(one, Given) else given(one) for one in approvals],
        under,
        evidence=SHOWN if evidence is None else evidence,
        policy=policy,
        now=now,
        authors=authors,
    )
