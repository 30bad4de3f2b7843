"""Telling people apart by their names, of which some can be compared."""

from __future__ import annotations

import pytest

from seatrial.registry.approval_policy import Person
from seatrial.registry.people import is_bot, listed, meant, same
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
    ("author", "answer"),
    [
        ("B. <ben+work@example.org>", True),
        ("B. <BEN@EXAMPLE.ORG>", True),
        ("B. <ben@example.org.>", True),
        ("B. <\uff42\uff45\uff4e@example.org>", True),
        ("x[bot] <ben@example.org>", True),
        ("B. <ben@ex\u0430mple.org>", True),  # the word before the @ is his
        ("B. <b.r@ex\u0430mple.org>", None),
        ("B. <b.r@xn--exmple-4nf.org>", None),
        ("B. <b\u0435n@example.org>", None),
        ('B. <"b"@example.org>', None),
        ("B. <b(r)@example.org>", None),
        ("B. <noreply@example.org>", None),
        ("x[bot] <no-reply+x@example.org>", None),
        ("B. <>", None),
        ("Dora <+dora@example.org>", False),
        ("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", False),
        ("Dora <dora@example.org>", False),
    ],
)
@pytest.mark.parametrize("approver", [git("Ben <ben@example.org>"), github("ben")], ids=["git", "github"])
def test_no_spelling_of_an_address_makes_an_author_somebody_else(
    approver: Actor, author: str, answer: bool | None
) -> None:
    """What an identity in git says of itself is anybody's word."""
    people = (Person(names=("ben", "ben@example.org")),)

    assert same(approver, git(author), people) is answer
    assert same(git(author), approver, people) is answer


def test_whom_a_rule_lists_is_met_letter_by_letter() -> None:
    """What errs on the safe side for an author would let others in here."""
    for text in ("B <ann+x@example.org>", "B <ann@example.org.>", "B <\uff41nn@example.org>"):
        assert listed(git(text), PEOPLE) is None
        assert meant(git(text), PEOPLE) == ANN


@pytest.mark.parametrize(
    ("actor", "program"),
    [
        (git("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"), False),
        (git("Some Tool <noreply@tool.example>"), False),
        (Actor(name="x[bot]", identified_by=IdentifiedBy.GITHUB_ACTIONS), False),
        (_os("x[bot]"), False),
        (github("github-actions[bot]"), True),
        (github("x[bot]y"), False),
        (git("Ann <ann@users.noreply.github.com>"), False),
        (github("robot"), False),
    ],
)
def test_a_program_is_what_a_forge_calls_one(actor: Actor, program: bool) -> None:
    """Anybody may approve of what one wrote; so nobody may call themselves one."""
    assert is_bot(actor) is program
    if program:
        assert same(git("Ann <ann@example.org>"), actor) is False
