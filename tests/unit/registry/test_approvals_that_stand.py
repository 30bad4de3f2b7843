"""Which approvals count, and why the others do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrial.registry.approval import SKEW, Void
from seatrial.registry.approval_policy import KnownBy
from seatrial.registry.people import Authors
from seatrial.registry.records import Actor, IdentifiedBy
from tests.support.approvals import SHOWN, approval, git, github, given, rule, stand, wrote
from tests.support.instants import INSTANT

ANN, BEN = github("ann"), github("ben")
WEEK = 7 * 86400.0


def _reasons(standing: object) -> list[Void]:
    return [one.reason for one in standing.void]  # type: ignore[attr-defined]  # a Standing


def test_an_approval_of_what_is_shown_now_counts() -> None:
    """By somebody listed, under the same policy, before it expires."""
    found = stand(approval(ANN), under=rule("ann", "ben", expires=WEEK), authors=wrote(github("cleo")))

    assert [one.actor for one in found.valid] == [ANN]
    assert (found.missing, found.lifts, found.void) == (0, True, ())


@pytest.mark.parametrize("part", list(SHOWN))
def test_anything_else_that_is_shown_voids_it_and_is_named(part: str) -> None:
    """New evidence, part by part."""
    found = stand(approval(ANN), under=rule("ann", "ben"), evidence={**SHOWN, part: "b3:" + "9" * 64})

    assert _reasons(found) == [Void.OTHER_EVIDENCE]
    assert {"artifact": "the artifact", "findings": "what the gates find"}[part] in found.void[0].why
    assert found.missing == 1


def test_a_part_that_the_approver_was_not_shown_voids_it() -> None:
    """A new kind of evidence is new evidence."""
    assert _reasons(stand(approval(ANN, shown={}), under=rule("ann"))) == [Void.OTHER_EVIDENCE]


def test_parts_that_were_not_worked_out_are_not_compared() -> None:
    """A listing judges nothing, so it cannot know the findings."""
    found = stand(approval(ANN), under=rule("ann"), evidence={"artifact": SHOWN["artifact"]})

    assert found.valid


def test_another_policy_voids_it() -> None:
    """Other gates, or another rule for approvals."""
    assert _reasons(stand(approval(ANN), under=rule("ann"), policy="b3:" + "d" * 64)) == [Void.OTHER_POLICY]


@pytest.mark.parametrize(("after", "counts"), [(-1, True), (0, False), (1, False)])
def test_it_expires_to_the_second(after: int, counts: bool) -> None:
    """At the very instant it is over."""
    now = INSTANT + timedelta(seconds=WEEK + after)
    found = stand(approval(ANN), under=rule("ann", expires=WEEK), now=now)

    assert bool(found.valid) is counts
    assert _reasons(found) == ([] if counts else [Void.EXPIRED])


def test_without_expiry_it_counts_for_good() -> None:
    """Until something else is another."""
    assert stand(approval(ANN), under=rule("ann"), now=INSTANT + timedelta(days=4000)).valid


@pytest.mark.parametrize(("ahead", "counts"), [(SKEW, True), (SKEW + timedelta(seconds=1), False)])
def test_one_that_is_still_to_come_is_void_beyond_what_clocks_differ_by(ahead: timedelta, counts: bool) -> None:
    """Else a date in the future would be a way around expiry."""
    found = stand(approval(ANN, at=INSTANT + ahead), under=rule("ann", expires=WEEK))

    assert bool(found.valid) is counts
    assert _reasons(found) == ([] if counts else [Void.NOT_YET])


def test_one_that_was_withdrawn_is_void() -> None:
    """It stays in the ledger, and says who withdrew it."""
    found = stand(given(approval(ANN), withdrawn=True), under=rule("ann"))

    assert _reasons(found) == [Void.WITHDRAWN]
    assert "ann withdrew it" in found.void[0].why


def test_somebody_who_is_not_listed_does_not_count() -> None:
    """The reason names who is."""
    found = stand(approval(github("eve")), under=rule("ann", "ben"))

    assert _reasons(found) == [Void.NOT_LISTED]
    assert "ann, ben" in found.void[0].why


def test_a_way_of_knowing_that_the_rule_does_not_name_does_not_count() -> None:
    """Anybody can write another's name into git's configuration."""
    only_forge = rule(("ann", "ann@example.org"), known_by=(KnownBy.GITHUB,))

    assert stand(approval(ANN), under=only_forge).valid
    assert _reasons(stand(approval(git("Ann <ann@example.org>")), under=only_forge)) == [Void.KNOWN_OTHERWISE]
    on_runner = Actor(name="ann", identified_by=IdentifiedBy.GITHUB_ACTIONS)
    assert _reasons(stand(approval(on_runner), under=only_forge)) == [Void.KNOWN_OTHERWISE]


@pytest.mark.parametrize(
    ("ann", "way"),
    [
        (Actor(name="ann", identified_by=IdentifiedBy.OS_USER), KnownBy.OS),
        (Actor(name="ann", identified_by=IdentifiedBy.GITHUB_ACTIONS), KnownBy.CI),
        (Actor(name="ann", identified_by=IdentifiedBy.GITLAB_CI), KnownBy.CI),
        (git("Ann <ann@example.org>"), KnownBy.GIT),
    ],
)
def test_what_whoever_types_lets_it_say_counts_only_where_a_rule_names_it(ann: Actor, way: KnownBy) -> None:
    """An account, a variable, git's configuration."""
    both = ("ann", "ann@example.org")

    assert _reasons(stand(approval(ann), under=rule(both))) == [Void.KNOWN_OTHERWISE]
    assert _reasons(stand(approval(ann), under=None)) == [Void.KNOWN_OTHERWISE]
    assert stand(approval(ann), under=rule(both, known_by=(way,))).valid


@pytest.mark.parametrize(
    "way", [IdentifiedBy.GITHUB_COMMENT, IdentifiedBy.GITLAB_APPROVAL, IdentifiedBy.GITLAB_COMMENT]
)
def test_the_word_of_a_forge_counts_by_itself(way: IdentifiedBy) -> None:
    """It says itself who wrote a comment or gave a review."""
    ann = Actor(name="ann", identified_by=way)

    assert stand(approval(ann), under=rule("ann")).valid
    assert stand(approval(ann), under=None).lifts


def test_an_author_does_not_approve_of_their_own_work() -> None:
    """Unless the rule says that this may be."""
    authors = wrote("Ann Lee <ann@example.org>")
    both = ("ann", "ann@example.org")

    assert _reasons(stand(approval(ANN), under=rule(both, "ben"), authors=authors)) == [Void.AUTHOR]
    assert stand(approval(ANN), under=rule(both, "ben", not_author=False), authors=authors).valid


@pytest.mark.parametrize("who", ["B <ben+x@example.org>", "x[bot] <ben@example.org>", "B <noreply@example.org>"])
def test_an_author_under_another_spelling_approves_nothing(who: str) -> None:
    """Found to be the author, or not known to be somebody else."""
    found = stand(approval(BEN), under=rule(("ben", "ben@example.org")), authors=wrote(who))

    assert not found.lifts
    assert _reasons(found)[0] in (Void.AUTHOR, Void.AUTHOR_UNKNOWN)


def test_an_author_under_another_spelling_is_not_named_as_one_who_may() -> None:
    assert stand(under=rule("ann", ("ben", "ben@x.org")), authors=wrote("B <ben+x@x.org>")).may == ("ann",)


def test_where_it_cannot_be_told_whether_somebody_is_the_author_it_does_not_count() -> None:
    """A login and an address cannot be compared; the reason says how to make them comparable."""
    authors = wrote("Somebody <some@example.org>")
    found = stand(approval(BEN), under=rule("ben"), authors=authors)

    assert _reasons(found) == [Void.AUTHOR_UNKNOWN]
    assert "from: [[LOGIN, MAIL], ...]" in found.void[0].why
    assert stand(approval(BEN), under=rule(("ben", "ben@example.org")), authors=authors).valid


def test_authors_that_cannot_be_looked_up_make_everybody_unknown() -> None:
    """A commit that is not in this clone may be anybody's."""
    found = stand(approval(ANN), under=rule("ann"), authors=Authors(unknown="this clone is shallow"))

    assert _reasons(found) == [Void.AUTHOR_UNKNOWN]
    assert "this clone is shallow" in found.void[0].why


def test_one_person_counts_once_however_known() -> None:
    """The newest that counts stands; a login and an address of one person are one."""
    both = ("ann", "ann@example.org")
    older, newer = approval(ANN), approval(git("Ann <ann@example.org>"), at=INSTANT + timedelta(seconds=9))
    asked = rule(both, "ben", min=2, known_by=(KnownBy.GITHUB, KnownBy.GIT))
    found = stand(older, newer, under=asked, now=INSTANT + timedelta(hours=1))

    assert found.valid == (newer,)
    assert _reasons(found) == [Void.REPEATED]
    assert (found.missing, found.may) == (1, ("ben",))


def test_a_newer_one_that_is_void_does_not_take_the_place_of_an_older_one() -> None:
    """Approving once more, of something else, is not withdrawing."""
    older = approval(ANN)
    newer = approval(ANN, at=INSTANT + timedelta(seconds=9), shown={**SHOWN, "artifact": "b3:" + "9" * 64})

    assert stand(older, newer, under=rule("ann"), now=INSTANT + timedelta(hours=1)).valid == (older,)


def test_who_may_give_what_is_missing_is_said() -> None:
    """Not those who have, nor those who wrote it."""
    asked = rule("ann", "ben", ("cleo", "cleo@x.org"), min=2)
    found = stand(approval(ANN), under=asked, authors=wrote("C <cleo@x.org>"))

    assert found.wanted("production") == ("production asks for 2 approvals and has 1, by ann; may be given by ben")
    assert "cleo" in stand(approval(ANN), under=asked).wanted("production")


def test_without_a_rule_one_by_somebody_else_lifts_holds_and_none_is_asked_for() -> None:
    """Nobody is listed, so nobody is missing."""
    ann, cleo = ANN, "Cleo <1+cleo@users.noreply.github.com>"

    assert stand(approval(ann), under=None, authors=wrote(cleo)).lifts
    assert _reasons(stand(approval(ann), under=None, authors=wrote("A <ann@example.org>"))) == [Void.AUTHOR]
    assert not stand(approval(ann), under=None, authors=wrote("A <ann@example.org>")).lifts
    assert stand(under=None).missing == 0
    assert not stand(under=None).lifts


def test_a_program_approves_nothing_that_no_rule_lets_it() -> None:
    """Its approval says that nobody looked."""
    assert _reasons(stand(approval(github("renovate[bot]")), under=None)) == [Void.NOT_LISTED]
