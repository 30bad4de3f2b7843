"""What is to become of the comments that stand there, for a run of the head."""

from __future__ import annotations

from seatrial.forge.marker import Marker, Said, Subject, marked
from seatrial.forge.port import Comment
from seatrial.forge.reconcile import has_said, outlived, standing

ABOUT = Subject(project="digits", tier="pr", model="main")
HEAD, OLD = "c" * 40, "b" * 40
NOW = Said(sha=HEAD, run="05", headline="PASS")


def _comment(
    key: str,
    run: str,
    *,
    sha: str = HEAD,
    model: str = "main",
    tier: str = "pr",
    project: str = "digits",
    ours: bool = True,
) -> Comment:
    said = Said(sha=sha, run=run, headline=f"said by {run}")
    about = Subject(project=project, tier=tier, model=model)
    body = marked(f"text of {run}", Marker(subject=about, said=said))
    return Comment(id=key, body=body, author="bot" if ours else "somebody", ours=ours)


def test_where_there_is_no_comment_of_ours_one_is_added() -> None:
    """Somebody else's that looks like ours counts for nothing, nor does ours about something else."""
    others = [
        _comment("1", "01", ours=False),
        _comment("2", "01", model="other"),
        _comment("3", "01", tier="nightly"),
        _comment("4", "01", project="other"),
        Comment(id="5", body="hello", author="bot", ours=True),
    ]
    found = standing(others, ABOUT, NOW)

    assert (found.keep, found.remove, found.write, found.earlier) == (None, (), True, ())


def test_the_oldest_of_ours_is_written_into_and_the_others_go() -> None:
    """Which one that is changes under nobody's hands."""
    oldest, newer = _comment("1", "01"), _comment("2", "03")
    found = standing([oldest, newer], ABOUT, NOW)

    assert (found.keep, found.remove, found.write, found.carry) == (oldest, (newer,), True, None)


def test_a_run_that_ends_late_does_not_write_over_a_later_one_of_its_commit() -> None:
    later = _comment("1", "09")
    found = standing([later], ABOUT, NOW)

    assert (found.keep, found.remove, found.write, found.carry) == (later, (), False, None)


def test_between_commits_the_names_of_runs_decide_nothing() -> None:
    """The clocks of two machines differ: the head's run speaks."""
    found = standing([_comment("1", "09", sha=OLD), _comment("2", "08", sha=OLD)], ABOUT, NOW)

    assert found.write
    assert found.carry is None


def test_what_a_later_run_said_is_not_lost_with_a_comment_that_goes() -> None:
    """It stands in the one that must go: the one that stays takes it over as it is."""
    oldest, later = _comment("1", "99", sha=OLD), _comment("2", "09")
    found = standing([oldest, later], ABOUT, NOW)

    assert (found.keep, found.remove, found.write) == (oldest, (later,), False)
    assert found.carry == later.body


def test_the_same_run_may_say_it_again() -> None:
    """A report that is posted a second time is written a second time."""
    assert standing([_comment("1", "05")], ABOUT, NOW).write


def test_earlier_revisions_are_each_remembered_by_their_last_word() -> None:
    """The newest first, and never the commit that is spoken of now."""
    first = Marker(
        subject=ABOUT,
        said=Said(sha="b", run="04", headline="last word of b"),
        earlier=(Said(sha="b", run="02", headline="first word of b"), Said(sha=HEAD, run="03", headline="now")),
    )
    second = Marker(subject=ABOUT, said=Said(sha="a", run="01", headline="word of a"))
    comments = [
        Comment(id=str(at), body=marked("", one), author="bot", ours=True) for at, one in enumerate((first, second))
    ]

    assert [one.headline for one in standing(comments, ABOUT, NOW).earlier] == ["last word of b", "word of a"]


def test_comments_about_models_that_are_gone_are_ours_to_remove() -> None:
    """Unless a later run of this commit wrote them, which may have a model that this one has not heard of. Those of
    another tier, another project or somebody else are not looked at."""
    gone, old = _comment("1", "01", model="gone"), _comment("2", "09", model="older", sha=OLD)
    others = [
        _comment("3", "01"),
        _comment("4", "09", model="new"),
        _comment("5", "01", model="gone", ours=False),
        _comment("6", "01", model="gone", tier="nightly"),
        _comment("7", "01", model="gone", project="other"),
    ]

    assert outlived([gone, old, *others], [ABOUT], NOW) == (gone, old)
    assert outlived([gone], [], NOW) == ()


def test_a_run_has_said_it_where_one_comment_of_ours_says_so() -> None:
    """Not where there are two, nor where somebody else wrote it."""
    mine = _comment("1", "05")

    assert has_said([mine, _comment("2", "05", ours=False), _comment("3", "05", model="other")], ABOUT, NOW)
    assert not has_said([mine, _comment("2", "01")], ABOUT, NOW)
    assert not has_said([_comment("1", "04")], ABOUT, NOW)
    assert not has_said([_comment("1", "05", sha=OLD)], ABOUT, NOW)
    assert not has_said([], ABOUT, NOW)
