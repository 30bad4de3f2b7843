"""Are these two the same person, as far as their names tell? Pure.

Called by `approval.py`, to find an approver among the people of a rule, and to tell an approver from the authors of
what is approved. A person is met under several kinds of names: a login at a forge, a mail address and a name in git, an
account on a machine.

Subtle: the answer has three values. Two names of one kind can be compared; a login and a mail address cannot, unless
the address holds the login, or a rule lists both as names of one person. Where it cannot be told, it is None, and never
"somebody else". Names that merely look alike (the login `ann`, the address `ann@example.org`) count as the same, since
that errs on the side that lets nothing through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.registry.approval_policy import KnownBy, Person
from seatrial.registry.records import Actor, IdentifiedBy

WAYS: Mapping[IdentifiedBy, KnownBy] = {
    IdentifiedBy.GITHUB_REVIEW: KnownBy.GITHUB,
    IdentifiedBy.GITHUB_COMMENT: KnownBy.GITHUB,
    IdentifiedBy.GITLAB_APPROVAL: KnownBy.GITLAB,
    IdentifiedBy.GITLAB_COMMENT: KnownBy.GITLAB,
    IdentifiedBy.GITHUB_ACTIONS: KnownBy.CI,
    IdentifiedBy.GITLAB_CI: KnownBy.CI,
    IdentifiedBy.GIT_CONFIG: KnownBy.GIT,
    IdentifiedBy.OS_USER: KnownBy.OS,
}
_MAIL = re.compile(r"(?P<name>[^<>]*)<(?P<mail>[^<>@\s]+@[^<>@\s]+)>\Z")
_OF_FORGE = re.compile(r"(?:[0-9]+[+-])?([A-Za-z0-9][A-Za-z0-9_.-]*)@users\.noreply\.(?:github|gitlab)\.com\Z")
_BOT = "[bot]"
_NOBODY = frozenset({"noreply", "no-reply"})


class Author(Struct, frozen=True, kw_only=True):
    """One who had a hand in a version, and in what."""

    actor: Actor
    did: str


class Authors(Struct, frozen=True, kw_only=True):
    """All who had a hand in a version. `unknown` says why there may be others that could not be looked up."""

    known: tuple[Author, ...] = ()
    unknown: str | None = None


class Names(Struct, frozen=True, kw_only=True):
    """What somebody is called, by kind, in small letters."""

    logins: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def __or__(self, other: Names) -> Names:
        return Names(
            logins=self.logins | other.logins,
            mails=self.mails | other.mails,
            names=self.names | other.names,
            accounts=self.accounts | other.accounts,
        )

    @property
    def words(self) -> frozenset[str]:
        """Everything that may look like a login."""
        return self.logins | self.names | self.accounts | {mail.partition("@")[0] for mail in self.mails}


def listed(actor: Actor, people: Sequence[Person]) -> Person | None:
    """Whom of a list an actor is, strictly: by login at a forge or on a runner, by address in git, by account on a
    machine. A name of git counts only for somebody whose address is not listed."""
    mine, way = names_of(actor), WAYS[actor.identified_by]
    for person in people:
        theirs = _names_of_person(person)
        match way:
            case KnownBy.GITHUB | KnownBy.GITLAB | KnownBy.CI:
                found = bool(mine.logins & theirs.logins)
            case KnownBy.GIT:
                found = bool(mine.mails & theirs.mails)
            case KnownBy.OS:
                found = bool(mine.accounts & (theirs.logins | theirs.names))
        if found:
            return person
    if way is not KnownBy.GIT:
        return None
    by_name = (person for person in people if not _names_of_person(person).mails)
    return next((person for person in by_name if mine.names & _names_of_person(person).names), None)


def same(actor: Actor, author: Actor, people: Sequence[Person] = ()) -> bool | None:
    """Whether both are one person; None where their names cannot be compared. `people` says who has which names."""
    if is_bot(author):
        return False
    one, other = _with_listed(names_of(actor), people), _with_listed(names_of(author), people)
    if one.mails & other.mails or one.words & other.words:
        return True
    comparable = (one.mails and other.mails) or (one.logins and other.logins) or (one.accounts and other.accounts)
    return False if comparable else None


def is_bot(actor: Actor) -> bool:
    """Whether this is a program, which approves nothing and whose work anybody may approve."""
    mails = names_of(actor).mails
    return _BOT in actor.name or (bool(mails) and all(mail.partition("@")[0] in _NOBODY for mail in mails))


def names_of(actor: Actor) -> Names:
    """What an actor is called, by how it is known."""
    match WAYS[actor.identified_by]:
        case KnownBy.GITHUB | KnownBy.GITLAB | KnownBy.CI:
            return Names(logins=frozenset({_folded(actor.name)}))
        case KnownBy.OS:
            return Names(accounts=frozenset({_folded(actor.name)}))
        case KnownBy.GIT:
            return _written(actor.name)


def _written(text: str) -> Names:
    """`Ann Lee <ann@example.org>`, an address alone, or a name."""
    found = _MAIL.match(text.strip())
    if found is not None:
        named = frozenset({_folded(found["name"])} - {""})
        return Names(names=named, mails=frozenset({_folded(found["mail"])}), logins=_login_in(found["mail"]))
    if "@" in text:
        return Names(mails=frozenset({_folded(text)}), logins=_login_in(text))
    return Names(names=frozenset({_folded(text)}))


def _names_of_person(person: Person) -> Names:
    """A word alone may be a login as well as a name."""
    found = Names()
    for text in person.names:
        found |= _written(text)
        if "@" not in text and " " not in text.strip():
            found |= Names(logins=frozenset({_folded(text)}))
    return found


def _with_listed(names: Names, people: Iterable[Person]) -> Names:
    """With every other name of the listed person who has one of these."""
    for person in people:
        theirs = _names_of_person(person)
        if names.mails & theirs.mails or names.logins & theirs.logins or names.names & theirs.names:
            return names | theirs
    return names


def _login_in(mail: str) -> frozenset[str]:
    """The login in an address that a forge gives to those who hide their own."""
    found = _OF_FORGE.match(mail.strip())
    return frozenset({_folded(found[1])}) if found else frozenset()


def _folded(text: str) -> str:
    return text.strip().casefold()
