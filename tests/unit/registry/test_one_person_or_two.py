"""Telling people apart by their names, of which some can be compared."""

from __future__ import annotations

import pytest

from seatrial.registry.approval_policy import Person
from seatrial.registry.people import is_bot, listed, same
from seatrial.registry.records import Actor, IdentifiedBy
from tests.support.approvals import git, github

ANN = Person(names=("ann", "ann@example.org"))
BEN = Person(names=("ben",))
CLEO = Person(names=("Cleo Ray",))
PEOPLE = (ANN, BEN, CLEO)


def _os(name: str) -> Actor:
    return Actor(name=name, identified_by=IdentifiedBy.OS_USER)


@pytest.mark.parametrize(
    ("actor", "person"),
    [
        (github("ann"), ANN),
        (github("ANN"), ANN),
        (github("anna"), None),
        (Actor(name="ben", identified_by=IdentifiedBy.GITLAB_COMMENT), BEN),
        (Actor(name="ben", identified_by=IdentifiedBy.GITLAB_CI), BEN),
        (git("Whoever <Ann@Example.org>"), ANN),
        (git("ann <ann@elsewhere.org>"), None),
        (git("ben <ben@anywhere.org>"), BEN),
        (git("Cleo Ray <c@anywhere.org>"), CLEO),
        (github("cleo ray"), None),
        (git("Eve <ben>"), None),
        (git("Eve <ann@example.org> <eve@example.org>"), None),
        (_os("ben"), BEN),
        (github("ann@example.org"), None),
    ],
    ids=lambda value: str(value) if isinstance(value, Person) else getattr(value, "name", "nobody"),
)
def test_who_of_a_list_an_actor_is(actor: Actor, person: Person | None) -> None:
    """A login at a forge, an address in git; a name of git only for somebody whose address is not listed."""
    assert listed(actor, PEOPLE) == person


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (github("ann"), github("Ann"), True),
        (github("ann"), github("ben"), False),
        (github("ann"), git("Ann <123+ann@users.noreply.github.com>"), True),
        (github("ann"), git("Ann <123+anna@users.noreply.github.com>"), True),  # her name in git is that login
        (github("ann"), git("A. Lee <123+anna@users.noreply.github.com>"), False),
        (github("ann"), git("A. Lee <12-anna@users.noreply.gitlab.com>"), False),
        (github("ann"), git("A. Lee <a.lee@corp.example>"), None),
        (github("ann"), git("A. Lee <ann@corp.example>"), True),  # looks alike, which lets nothing through
        (git("Ann <a@x.org>"), git("Bea <A@X.org>"), True),
        (git("Ann <a@x.org>"), git("Bea <b@x.org>"), False),
        (git("Ann Lee <a@x.org>"), git("ann lee <private@home.org>"), True),
        (_os("runner"), git("Bea <b@x.org>"), None),
        (_os("runner"), _os("runner"), True),
        (_os("ann"), _os("bea"), False),
    ],
)
def test_what_can_be_compared_is_and_nothing_else(one: Actor, other: Actor, answer: bool | None) -> None:
    """None is never "somebody else"."""
    assert same(one, other) is answer
    assert same(other, one) is answer


def test_a_list_says_which_names_are_one_persons() -> None:
    """A login whose address is listed can be told from any address; and so can one from the author who is listed."""
    author = git("A. Lee <ann@example.org>")

    assert same(github("ann"), author, PEOPLE) is True
    assert same(github("ben"), author, PEOPLE) is False  # the author is ann, whose login is known
    assert same(github("ben"), git("X <x@y.org>"), PEOPLE) is None


@pytest.mark.parametrize(
    ("actor", "program"),
    [
        (git("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"), True),
        (git("Some Tool <noreply@tool.example>"), True),
        (github("github-actions[bot]"), True),
        (git("Ann <ann@users.noreply.github.com>"), False),
        (github("robot"), False),
    ],
)
def test_programs_are_no_authors(actor: Actor, program: bool) -> None:
    """Anybody may approve of what one wrote."""
    assert is_bot(actor) is program
    if program:
        assert same(github("ann"), actor) is False
