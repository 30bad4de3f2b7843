"""Are these two the same person, as far as their names tell? Pure.

Called by `approval.py`, to find an approver among the people of a rule, and to tell an approver from the authors of
what is approved. A person is met under several kinds of names: a login at a forge, a mail address and a name in git, an
account on a machine.

Subtle: the answer has three values. Two names of one kind can be compared; a login and a mail address cannot, unless
the address holds the login, or a rule lists both as names of one person. Where it cannot be told, it is None, and never
"somebody else". Names that merely look alike (the login `ann`, the address `ann@example.org`) count as the same, since
that errs on the side that lets nothing through. Whom a rule lists is met strictly, letter by letter; whether somebody
is an author is asked with every spelling of an address. And what git says of itself makes nobody a program: only a
forge knows which of its logins are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.registry.approval_policy import KnownBy, Person
from seatrial.registry.mailboxes import canonical, is_nobodys, login_in, mailbox, tells_whose
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
_BOT = "[bot]"
_SAID_BY_FORGE = frozenset({KnownBy.GITHUB, KnownBy.GITLAB})


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
        """Everything that may look like a login, in one spelling."""
        written = self.logins | self.names | self.accounts
        return frozenset(map(canonical, written)) | {box.partition("@")[0] for box in self.boxes}

    @property
    def boxes(self) -> frozenset[str]:
        """The mailboxes that the addresses mean."""
        return frozenset(map(mailbox, self.mails))

    @property
    def tell_whose(self) -> bool:
        """Whether any address says whose it is."""
        return any(map(tells_whose, self.mails))


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
    one, other = _with_listed(names_of(actor), people), _with_listed(names_of(author), people)
    if one.boxes & other.boxes or one.words & other.words:
        return True
    comparable = (
        is_bot(author)
        or (one.tell_whose and other.tell_whose)
        or (one.logins and other.logins)
        or (one.accounts and other.accounts)
    )
    return False if comparable else None


def is_bot(actor: Actor) -> bool:
    """Whether a forge says that this is a program, which approves nothing and whose work anybody may approve."""
    return WAYS[actor.identified_by] in _SAID_BY_FORGE and actor.name.endswith(_BOT)


def names_nobody(identity: str) -> bool:
    """Whether an identity in git has no address that anybody reads."""
    mails = _written(identity).mails
    return bool(mails) and all(map(is_nobodys, mails))


def meant(actor: Actor, people: Iterable[Person]) -> Person | None:
    """Whom of a list an actor may be, by any spelling of any name."""
    return _meant(names_of(actor), people)


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
    person = _meant(names, people)
    return names if person is None else names | _names_of_person(person)


def _meant(names: Names, people: Iterable[Person]) -> Person | None:
    for person in people:
        theirs = _names_of_person(person)
        if names.boxes & theirs.boxes or names.logins & theirs.logins or names.names & theirs.names:
            return person
    return None


def _login_in(mail: str) -> frozenset[str]:
    login = login_in(mail)
    return frozenset() if login is None else frozenset({login})


def _folded(text: str) -> str:
    return text.strip().casefold()
