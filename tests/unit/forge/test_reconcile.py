"""What is to become of the comments that stand there."""

from __future__ import annotations

from seatrial.forge.marker import Marker, Said, marked
from seatrial.forge.port import Comment
from seatrial.forge.reconcile import standing, strangers

ABOUT = ("digits", "main")
NOW = Said(sha="c" * 40, run="05", headline="PASS")


def _comment(key: str, run: str, *, model: str = "main", ours: bool = True, sha: str = "b" * 40) -> Comment:
    said = Said(sha=sha, run=run, headline=f"said by {run}")
    body = marked(f"text of {run}", Marker(project="digits", model=model, said=said))
    return Comment(id=key, body=body, author="bot" if ours else "somebody", ours=ours)


def test_where_there_is_no_comment_of_ours_one_is_added() -> None:
    """Somebody else's that looks like ours counts for nothing, nor does ours about something else."""
    others = [_comment("1", "01", ours=False), _comment("2", "01", model="other")]
    found = standing([*others, Comment(id="3", body="hello", author="bot", ours=True)], ABOUT, NOW)

    assert (found.keep, found.remove, found.write, found.earlier) == (None, (), True, ())


def test_the_oldest_of_ours_is_written_into_and_the_others_go() -> None:
    """Which one that is changes under nobody's hands."""
    oldest, newer = _comment("1", "01"), _comment("2", "03")
    found = standing([oldest, newer], ABOUT, NOW)

    assert (found.keep, found.remove, found.write, found.carry) == (oldest, (newer,), True, None)


def test_a_run_that_ends_late_does_not_write_over_a_later_one() -> None:
    later = _comment("1", "09")
    found = standing([later], ABOUT, NOW)

    assert (found.keep, found.remove, found.write, found.carry) == (later, (), False, None)


def test_what_a_later_run_said_is_not_lost_with_a_comment_that_goes() -> None:
    """It stands in the one that must go: the one that stays takes it over as it is."""
    oldest, later = _comment("1", "01"), _comment("2", "09")
    found = standing([oldest, later], ABOUT, NOW)

    assert (found.keep, found.remove, found.write) == (oldest, (later,), False)
    assert found.carry == later.body


def test_the_same_run_may_say_it_again() -> None:
    """A report that is posted a second time is written a second time."""
    assert standing([_comment("1", "05")], ABOUT, NOW).write


def test_earlier_revisions_are_each_remembered_by_their_last_word() -> None:
    """The newest first, and never the commit that is spoken of now."""
    first = Marker(
        project="digits",
        model="main",
        said=Said(sha="b", run="04", headline="last word of b"),
        earlier=(Said(sha="b", run="02", headline="first word of b"), Said(sha=NOW.sha, run="03", headline="now")),
    )
    second = Marker(project="digits", model="main", said=Said(sha="a", run="01", headline="word of a"))
    comments = [
        Comment(id=str(at), body=marked("", one), author="bot", ours=True) for at, one in enumerate((first, second))
    ]

    assert [one.headline for one in standing(comments, ABOUT, NOW).earlier] == ["last word of b", "word of a"]


def test_comments_about_models_that_are_gone_are_ours_to_remove_unless_a_later_run_wrote_them() -> None:
    """A later run may have a model that this one has not heard of."""
    gone, kept, later = _comment("1", "01", model="gone"), _comment("2", "01"), _comment("3", "09", model="new")
    foreign = _comment("4", "01", model="gone", ours=False)

    assert strangers([gone, kept, later, foreign], "digits", ["main"], NOW) == (gone,)
    assert strangers([gone], "another project", ["main"], NOW) == ()
