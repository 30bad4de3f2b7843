"""What becomes of a file that was rendered before, and that somebody may have changed."""

from __future__ import annotations

import pytest

from seatrial.forge.workflows.keeping import (
    BETWEEN,
    OURS,
    THEIRS,
    Conflict,
    Did,
    Layout,
    as_copy,
    decide,
    of_copy,
    resolved,
)

PATH = ".github/workflows/seatrial-x.yml"


def never(mine: str, copy: str, new: str) -> str:
    raise AssertionError("nothing has to be merged")


@pytest.mark.parametrize(
    ("new", "copy", "mine", "did", "text", "kept"),
    [
        ("n", None, None, Did.CREATED, "n", "n"),
        ("n", "n", "n", Did.SAME, "n", "n"),
        ("n", "c", "c", Did.UPDATED, "n", "n"),
        ("n", "c", "n", Did.SAME, "n", "n"),
        ("n", None, "n", Did.SAME, "n", "n"),
        ("n", None, "m", Did.REFUSED, "m", None),
        ("c", "c", "m", Did.SAME, "m", "c"),
        ("n", "c", None, Did.DELETED, None, "c"),
        (None, "c", "c", Did.REMOVED, None, None),
        (None, "c", "m", Did.LEFT, "m", "c"),
        (None, "c", None, Did.SAME, None, None),
        (None, None, "m", Did.SAME, "m", None),
    ],
)
def test_three_texts_say_what_becomes_of_a_file(
    new: str | None, copy: str | None, mine: str | None, did: Did, text: str | None, kept: str | None
) -> None:
    step = decide(PATH, new=new, copy=copy, mine=mine, again=False, merge=never)

    assert (step.did, step.text, step.copy) == (did, text, kept)


def test_both_have_changed_it() -> None:
    step = decide(PATH, new="n", copy="c", mine="m", again=False, merge=lambda mine, copy, new: f"{mine}{copy}{new}")

    assert (step.did, step.text, step.copy, step.in_step) == (Did.MERGED, "mcn", "n", False)


def test_a_deleted_file_comes_back_when_it_is_asked_for() -> None:
    assert decide(PATH, new="n", copy="c", mine=None, again=True, merge=never).text == "n"


def test_a_copy_that_is_lost_or_old_is_noticed() -> None:
    assert not decide(PATH, new="n", copy=None, mine="n", again=False, merge=never).in_step
    assert not decide(PATH, new="n", copy="c", mine="n", again=False, merge=never).in_step
    assert decide(PATH, new="n", copy="n", mine="n", again=False, merge=never).in_step


def test_where_both_changed_the_same_lines_the_users_stay() -> None:
    marked = f"a\n{OURS} mine\nb\nc\n{BETWEEN}\nd\n{THEIRS} new\ne\n{OURS} mine\n{BETWEEN}\nf\n{THEIRS} new\n"

    text, conflicts = resolved(marked)

    assert text == "a\nb\nc\ne\n"
    assert conflicts == (Conflict(line=2, ours=("d",)), Conflict(line=5, ours=("f",)))


def test_marks_of_git_in_a_users_file_are_text() -> None:
    marked = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n"

    assert resolved(marked) == (marked, ())


def test_a_copy_says_what_it_is_and_gives_the_text_back() -> None:
    assert of_copy(as_copy("name: x\n")) == "name: x\n"
    assert as_copy("name: x\n").startswith("# What `seatrial workflows render` wrote last")


@pytest.mark.parametrize("path", [".github/workflows/seatrial-x.yml", ".github/actions/seatrial/action.yml"])
def test_a_copy_leads_back_to_its_file(path: str) -> None:
    layout = Layout(copies=".github/seatrial/rendered", marker="#")

    assert layout.live_of(layout.copy_of(path).rpartition("/")[2]) == path
