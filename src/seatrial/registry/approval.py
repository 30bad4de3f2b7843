"""Which approvals stand, which are void and why, and how many are missing. Pure.

Called by `promotion.py`'s flow before an alias moves, by the flow that records approvals, and by listings. An approval
is a person's word about what that person was shown. It is never erased: one that no longer counts is shown as void,
with the reason.

Subtle: nothing here depends on the order of approvals. Of several by one person the newest that counts is the one that
stands. And what cannot be found out (who wrote a commit that is not here, whether a login and a mail address are one
person) makes an approval void, since unknown is never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from seatrial.errors import some_of
from seatrial.registry.approval_policy import UNRULED, ApprovalRule, Person
from seatrial.registry.people import WAYS, Authors, is_bot, listed, meant, same
from seatrial.registry.records import Actor, Approval, ApprovedBy, Revoked

SKEW = timedelta(minutes=5)
"""How far another machine's clock may be ahead of ours."""

_PARTS = {
    "artifact": "the artifact",
    "files": "the evidence files",
    "holder": "the version before it, or the alias has moved since",
    "debt": "the open debt",
    "unpinned": "what was read unpinned",
    "findings": "what the gates find",
}


class Void(StrEnum):
    """Why an approval does not count."""

    WITHDRAWN = "withdrawn"
    NOT_LISTED = "not_listed"
    KNOWN_OTHERWISE = "known_otherwise"
    AUTHOR = "author"
    AUTHOR_UNKNOWN = "author_unknown"
    OTHER_EVIDENCE = "other_evidence"
    OTHER_POLICY = "other_policy"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REPEATED = "repeated"


class Given(Struct, frozen=True, kw_only=True):
    """An approval as the records tell it: with its withdrawal, where there is one."""

    approval: Approval
    revoked: Revoked | None = None


class Voided(Struct, frozen=True, kw_only=True):
    """An approval that does not count; `why` is the reason as a clause."""

    approval: Approval
    reason: Void
    why: str

    def __str__(self) -> str:
        return f"the approval of {self.approval.actor.name} is void: {self.why}"


class Standing(Struct, frozen=True, kw_only=True):
    """What the approvals of one version for one alias come to. `needed` is 0 where no rule asks for any. `may` are
    those who could give one that is missing."""

    valid: tuple[Approval, ...] = ()
    void: tuple[Voided, ...] = ()
    needed: int = 0
    may: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """How many approvals the rule still asks for."""
        return max(0, self.needed - len(self.valid))

    @property
    def lifts(self) -> bool:
        """Whether a hold is lifted: by as many as the rule asks for, and by one where there is no rule."""
        return len(self.valid) >= max(1, self.needed)

    @property
    def rests_on(self) -> tuple[ApprovedBy, ...]:
        """What a row of the ledger keeps of them."""
        return tuple(ApprovedBy(actor=one.actor, at=one.at, note=one.note, where=one.where) for one in self.valid)

    def wanted(self, alias: str) -> str:
        """What is missing, as a sentence; empty where nothing is."""
        if not self.missing:
            return ""
        asked = f"{self.needed} approval{'' if self.needed == 1 else 's'}"
        have = f"{len(self.valid)}, by {some_of([one.actor.name for one in self.valid])}" if self.valid else "none"
        may = f"; may be given by {some_of(self.may)}" if self.may else "; nobody else is listed who may give one"
        return f"{alias} asks for {asked} and has {have}{may}"


def standing(
    given: Iterable[Given],
    rule: ApprovalRule | None,
    *,
    evidence: Mapping[str, str],
    policy: str,
    now: datetime,
    authors: Authors,
) -> Standing:
    """What approvals of one version for one alias come to now.

    `evidence` are the digests of what would be shown now, part by part; a part that was not worked out is left out, and
    is then not compared. `policy` is the digest of the gates and the rule of now.
    """
    how = rule or UNRULED
    kept: dict[str, Approval] = {}
    void: list[Voided] = []
    newest_first = sorted(given, key=lambda one: (one.approval.at, _identity(one)), reverse=True)
    for one in newest_first:
        approval = one.approval
        fault = (
            _withdrawn(one)
            or barred(approval.actor, rule, authors)
            or _outdated(approval, evidence, policy)
            or _timed_out(approval, how, now)
        )
        person = _person(approval.actor, rule)
        if fault is None and person in kept:
            fault = Void.REPEATED, "the same person has approved it again since"
        if fault is None:
            kept[person] = approval
        else:
            void.append(Voided(approval=approval, reason=fault[0], why=fault[1]))
    return Standing(
        valid=tuple(reversed(kept.values())),
        void=tuple(reversed(void)),
        needed=0 if rule is None else rule.min,
        may=_who_may(rule, kept, authors),
    )


def barred(actor: Actor, rule: ApprovalRule | None, authors: Authors) -> tuple[Void, str] | None:
    """Why this person's approval cannot count, whatever is approved; None where it can."""
    how = rule or UNRULED
    people = how.people
    if rule is not None and listed(actor, people) is None:
        return Void.NOT_LISTED, f"the rule lists {some_of([str(person) for person in people])}"
    if rule is None and is_bot(actor):
        return Void.NOT_LISTED, "it is a program's, and no rule lists it"
    if WAYS[actor.identified_by] not in how.known_by:
        ways = ", ".join(way.value for way in how.known_by)
        return Void.KNOWN_OTHERWISE, f"{actor.name} is known from {actor.identified_by}, and what counts is {ways}"
    return _author(actor, people, authors) if how.not_author else None


def _author(actor: Actor, people: Sequence[Person], authors: Authors) -> tuple[Void, str] | None:
    unsure = []
    for author in authors.known:
        answer = same(actor, author.actor, people)
        if answer:
            return Void.AUTHOR, f"{actor.name} {author.did}"
        if answer is None:
            unsure.append(f"{author.actor.name}, who {author.did},")
    if unsure:
        names = "; list both names of a person, `from: [[LOGIN, MAIL], ...]`"
        return Void.AUTHOR_UNKNOWN, f"whether {actor.name} is {some_of(unsure)} cannot be told{names}"
    if authors.unknown is not None:
        return Void.AUTHOR_UNKNOWN, f"whether {actor.name} is an author cannot be told: {authors.unknown}"
    return None


def _withdrawn(one: Given) -> tuple[Void, str] | None:
    if one.revoked is None:
        return None
    return Void.WITHDRAWN, f"{one.revoked.actor.name} withdrew it at {one.revoked.at}"


def _outdated(approval: Approval, evidence: Mapping[str, str], policy: str) -> tuple[Void, str] | None:
    other = [part for part, digest in evidence.items() if approval.shown.get(part) != digest]
    if other:
        return Void.OTHER_EVIDENCE, f"not the same any more: {', '.join(_PARTS.get(part, part) for part in other)}"
    if approval.policy != policy:
        return Void.OTHER_POLICY, "the gates or the rule for approvals are others than they were"
    return None


def _timed_out(approval: Approval, rule: ApprovalRule, now: datetime) -> tuple[Void, str] | None:
    at = datetime.fromisoformat(approval.at)
    if at > now + SKEW:
        return Void.NOT_YET, f"it says it was given at {approval.at}, which is still to come"
    if rule.expires is not None and now >= at + timedelta(seconds=rule.expires):
        return Void.EXPIRED, f"it was given at {approval.at}, and one counts for {_span(rule.expires)}"
    return None


def _person(actor: Actor, rule: ApprovalRule | None) -> str:
    person = listed(actor, rule.people) if rule else None
    return actor.name if person is None else str(person)


def _who_may(rule: ApprovalRule | None, kept: Mapping[str, Approval], authors: Authors) -> tuple[str, ...]:
    """Those of a rule who have not approved and are not known to be authors."""
    if rule is None:
        return ()
    wrote = {str(person) for one in authors.known if (person := meant(one.actor, rule.people)) is not None}
    barred_ones = wrote if rule.not_author else set()
    return tuple(str(person) for person in rule.people if str(person) not in kept and str(person) not in barred_ones)


def _identity(one: Given) -> str:
    """Any order will do for two of one instant, as long as it is always the same."""
    return repr(one)


def _span(seconds: float) -> str:
    for name, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f}{name}"
    return f"{seconds:g}s"
