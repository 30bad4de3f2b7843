"""What becomes of a file that was rendered before, and that somebody may have changed."""

from __future__ import annotations

import pytest

from seatrial.forge.workflows.keeping import (
    BETWEEN,
    OURS,
    THEIRS,
    Conflict,
    Copy,
    Did,
    Fault,
    Layout,
    Merge,
    Step,
    as_copy,
    decide,
    of_copy,
    resolved,
)

PATH = ".github/workflows/seatrial-x.yml"


def never(mine: str, copy: str, new: str) -> str:
    raise AssertionError("nothing has to be merged")


def sound(text: str) -> None:
    """No fault of any text."""


def decided(
    new: str | None,
    copy: str | None,
    mine: str | None,
    *,
    genuine: bool = True,
    again: bool = False,
    merge: Merge = never,
    fault: Fault = sound,
) -> Step:
    kept = None if copy is None else Copy(text=copy, genuine=genuine)
    return decide(PATH, new=new, copy=kept, mine=mine, again=again, merge=merge, fault=fault)


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
    step = decided(new, copy, mine)

    assert (step.did, step.text, step.copy) == (did, text, kept)


def test_both_have_changed_it() -> None:
    step = decided("n", "c", "m", merge=lambda mine, copy, new: f"{mine}{copy}{new}")

    assert (step.did, step.text, step.copy, step.in_step) == (Did.MERGED, "mcn", "n", False)


def test_a_deleted_file_comes_back_when_it_is_asked_for() -> None:
    assert decided("n", "c", None, again=True).text == "n"


def test_a_copy_that_is_lost_or_old_is_noticed() -> None:
    assert not decided("n", None, "n").in_step
    assert not decided("n", "c", "n").in_step
    assert decided("n", "n", "n").in_step


def test_where_both_changed_the_same_lines_the_users_stay() -> None:
    marked = f"a\n{OURS} mine\nb\nc\n{BETWEEN}\nd\n{THEIRS} new\ne\n{OURS} mine\n{BETWEEN}\nf\n{THEIRS} new\n"

    text, conflicts = resolved(marked)

    assert text == "a\nb\nc\ne\n"
    assert conflicts == (Conflict(line=2, ours=("d",)), Conflict(line=5, ours=("f",)))


def test_marks_of_git_in_a_users_file_are_text() -> None:
    marked = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n"

    assert resolved(marked) == (marked, ())


def test_a_copy_says_what_it_is_and_gives_the_text_back() -> None:
    assert of_copy(as_copy("name: x\n")) == Copy(text="name: x\n")
    assert as_copy("name: x\n").startswith("# What `seatrial workflows render` wrote last")


@pytest.mark.parametrize(
    "data",
    [
        as_copy("name: x\n").replace("x", "y"),
        as_copy("name: x\n") + "\n",
        as_copy("name: x\n").partition("\n")[2],
        as_copy("name: x\n").replace(" (", "\n("),
        "",
    ],
)
def test_a_copy_that_somebody_has_changed_is_no_witness(data: str) -> None:
    assert not of_copy(data).genuine


@pytest.mark.parametrize(
    ("new", "copy", "mine", "did", "text", "kept"),
    [
        ("n", "e", "e", Did.REFUSED, "e", "e"),  # both changed in the same way: it is not unedited
        ("n", "e", "m", Did.REFUSED, "m", "e"),
        ("n", "n", "m", Did.REFUSED, "m", "n"),
        (None, "e", "e", Did.REFUSED, "e", "e"),
        ("n", "e", "n", Did.SAME, "n", "n"),
        ("n", "e", None, Did.DELETED, None, "n"),
        (None, "e", None, Did.SAME, None, None),
    ],
)
def test_with_an_edited_copy_nothing_of_the_users_is_replaced(
    new: str | None, copy: str, mine: str | None, did: Did, text: str | None, kept: str | None
) -> None:
    step = decided(new, copy, mine, genuine=False)

    assert (step.did, step.text, step.copy) == (did, text, kept)


def test_a_merge_that_is_no_workflow_any_more_is_refused() -> None:
    def fault(text: str) -> str | None:
        return "line 1: it is broken" if text == "broken" else None

    step = decided("n", "c", "m", merge=lambda *_: "broken", fault=fault)

    assert (step.did, step.text, step.copy) == (Did.REFUSED, "m", "c")
    assert "line 1: it is broken" in step.why


def test_what_the_user_broke_is_merged_all_the_same() -> None:
    assert decided("n", "c", "m", merge=lambda *_: "x", fault=lambda _: "broken").did is Did.MERGED


@pytest.mark.parametrize("path", [".github/workflows/seatrial-x.yml", ".github/actions/seatrial/action.yml"])
def test_a_copy_leads_back_to_its_file(path: str) -> None:
    layout = Layout(copies=".github/seatrial/rendered", marker="#")

    assert layout.live_of(layout.copy_of(path).rpartition("/")[2]) == path
