"""One comment for each subject, of the head's newest run, whoever else is at work; and a marker that is found again.

All runs here are of the head: one of an older commit writes no comment (`flows/posting.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from seatrial.forge.failures import GoneError
from seatrial.forge.marker import MOST_BYTES, Marker, Said, Subject, marked, marker_in
from seatrial.forge.port import Comment
from seatrial.replacing import replace
from tests.support.sticky_comment import ABOUT, post, posting, said, stands, text_of

RUNS = st.lists(st.sampled_from([f"{number:02}" for number in range(1, 7)]), min_size=1, max_size=5, unique=True)


class _Comments:
    """Comments on one pull request, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Comment] = {}
        self._number = 0

    def comments(self, number: int) -> tuple[Comment, ...]:
        return tuple(self.kept.values())

    def add_comment(self, number: int, body: str) -> Comment:
        return self.put(body, ours=True)

    def put(self, body: str, *, ours: bool) -> Comment:
        self._number += 1
        key = str(self._number)
        self.kept[key] = Comment(id=key, body=body, author="bot" if ours else "somebody", ours=ours)
        return self.kept[key]

    def change_comment(self, number: int, comment: str, body: str) -> None:
        if comment not in self.kept:
            raise GoneError("deleted by hand")
        self.kept[comment] = Comment(id=comment, body=body, author="bot", ours=True)

    def remove_comment(self, number: int, comment: str) -> None:
        self.kept.pop(comment, None)


@st.composite
def _there(draw: st.DrawFn) -> tuple[_Comments, list[Comment], str]:
    """Comments of ours and of others on this and that, those that must stay as they are, and the head's newest run."""
    store = _Comments()
    untouched: list[Comment] = []
    newest = ""
    for _ in range(draw(st.integers(0, 6))):
        run = draw(st.sampled_from(["01", "03", "05", "09"]))
        kind = draw(st.sampled_from(["ours", "ours", "old", "of others", "other model", "no marker", "looks like it"]))
        about = replace(ABOUT, model="other") if kind == "other model" else ABOUT
        word = said(run, sha="b" * 40) if kind == "old" else said(run)
        body = marked(text_of(word), Marker(subject=about, said=word))
        if kind == "no marker":
            body = "hello"
        if kind == "looks like it":
            body = f"> quoting\n{body}"
        comment = store.put(body, ours=kind != "of others")
        if kind == "ours":
            newest = max(newest, run)
        elif kind != "old":
            untouched.append(comment)
    return store, untouched, newest


@given(there=_there(), runs=RUNS)
def test_after_any_runs_in_any_order_there_is_one_comment_and_it_is_the_newest(
    there: tuple[_Comments, list[Comment], str], runs: list[str]
) -> None:
    """Whatever stood there before, and nothing of anybody else's is touched."""
    store, untouched, newest = there
    for run in runs:
        post(store, 7, said(run))

    assert stands(store.comments(7)) == [text_of(said(max(*runs, newest)))]
    assert [one for one in store.comments(7) if one in untouched] == untouched


@given(there=_there(), runs=RUNS, data=st.data())
def test_runs_that_post_at_once_leave_one_comment(
    there: tuple[_Comments, list[Comment], str], runs: list[str], data: st.DataObject
) -> None:
    """However their steps are mixed. Once the newest has looked again, it is the newest's."""
    store, untouched, newest = there
    going: list[Iterator[None]] = [posting(store, 7, said(run)) for run in runs]
    while going:
        at = data.draw(st.integers(0, len(going) - 1))
        if next(going[at], "ended") == "ended":
            del going[at]

    assert len(stands(store.comments(7))) == 1
    post(store, 7, said(max(runs)))
    assert stands(store.comments(7)) == [text_of(said(max(*runs, newest)))]
    assert [one for one in store.comments(7) if one in untouched] == untouched


@given(there=_there(), runs=RUNS, data=st.data())
def test_comments_that_are_deleted_by_hand_meanwhile_are_written_again(
    there: tuple[_Comments, list[Comment], str], runs: list[str], data: st.DataObject
) -> None:
    """By the next run at the latest."""
    store, _, _ = there
    going: list[Iterator[None]] = [posting(store, 7, said(run)) for run in runs]
    while going:
        at = data.draw(st.integers(0, len(going)))
        if at == len(going):
            if not store.kept:
                continue
            store.kept.pop(data.draw(st.sampled_from(sorted(store.kept))))
        elif next(going[at], "ended") == "ended":
            del going[at]
    post(store, 7, said("99"))

    assert stands(store.comments(7)) == [text_of(said("99"))]


SAID = st.builds(Said, sha=st.text(), run=st.text(), headline=st.text())
SUBJECTS = st.builds(Subject, project=st.text(), tier=st.text(), model=st.text())
MARKERS = st.builds(Marker, subject=SUBJECTS, said=SAID, earlier=st.lists(SAID).map(tuple))


@given(marker=MARKERS, body=st.text())
def test_a_marker_is_always_found_again_and_hides_what_it_holds(marker: Marker, body: str) -> None:
    """Whatever the names and headlines hold."""
    whole = marked(body, marker)
    line, _, rest = whole.partition("\n")
    found = marker_in(whole)

    assert rest == body
    assert len(line.encode()) <= MOST_BYTES
    assert "--" not in line[4:-3]
    assert found is not None
    assert found.subject == marker.subject.bounded
    if max(map(len, (marker.said.headline, marker.said.sha, marker.said.run))) < 20:
        assert found.said == marker.said


@given(one=SUBJECTS, other=SUBJECTS)
def test_two_subjects_stay_two(one: Subject, other: Subject) -> None:
    assert (one.bounded == other.bounded) == (one == other)


@given(text=st.text())
def test_reading_what_anybody_wrote_breaks_nothing(text: str) -> None:
    """A comment may hold anything; what is read of it is a marker or nothing."""
    for body in (text, f"<!-- seatrial:comment {{{text}}} -->", f'<!-- seatrial:comment {{"schema": 1{text}}} -->'):
        found = marker_in(body)
        assert found is None or isinstance(found, Marker)
