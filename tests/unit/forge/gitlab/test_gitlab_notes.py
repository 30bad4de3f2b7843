"""Comments on merge requests of GitLab: all pages, whose they are, and nothing that GitLab would carry out."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.forge.failures import ForbiddenError, GoneError, RefusedError, UnreachableError
from seatrial.forge.gitlab import asking
from seatrial.forge.gitlab.adapter import GitLab
from seatrial.forge.marker import Marker, Said, Subject, marked, marker_in
from tests.support.fake_gitlab import FakeGitLab
from tests.unit.forge.gitlab.conftest import Connect

MARKER = Marker(
    subject=Subject(project="digits", tier="", model="digits"), said=Said(sha="a" * 40, run="01jd", headline="PASS")
)


def test_a_note_is_written_found_changed_and_removed(forge: GitLab) -> None:
    written = forge.add_comment(3, marked("# PASS", MARKER))
    forge.change_comment(3, written.id, marked("# FAIL", MARKER))
    [found] = forge.comments(3)

    assert (found.id, found.author, found.ours) == (written.id, "project_7_bot", True)
    assert found.body == marked("# FAIL", MARKER)
    assert marker_in(found.body) == MARKER

    forge.remove_comment(3, written.id)
    forge.remove_comment(3, written.id)

    assert forge.comments(3) == ()


def test_notes_of_others_are_not_ours_and_those_of_gitlab_itself_are_none(forge: GitLab, fake: FakeGitLab) -> None:
    fake.add_note(3, marked("planted", MARKER), by=5)
    fake.add_note(3, "added 1 commit", system=True)
    forge.add_comment(3, "mine")

    assert [(note.author, note.ours) for note in forge.comments(3)] == [("mallory", False), ("project_7_bot", True)]


@pytest.mark.parametrize("by_link", [False, True])
def test_every_page_is_read_and_the_oldest_comes_first(forge: GitLab, fake: FakeGitLab, by_link: bool) -> None:
    """GitLab tells the next page by number, and in lists without an end by a link alone."""
    fake.by_link = by_link
    for number in range(230):
        fake.add_note(3, f"note {number}")

    assert [note.body for note in forge.comments(3)] == [f"note {number}" for number in range(230)]


def test_a_list_without_an_end_is_an_error_and_no_half_of_it(
    forge: GitLab, fake: FakeGitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own comment may stand in the other half, and would be written again."""
    monkeypatch.setattr(asking, "MOST_PAGES", 2)
    for number in range(201):
        fake.add_note(3, f"note {number}")

    with pytest.raises(RefusedError, match="more than 200 entries"):
        forge.comments(3)


def test_two_full_pages_are_no_list_without_an_end(
    forge: GitLab, fake: FakeGitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_PAGES", 2)
    for number in range(200):
        fake.add_note(3, f"note {number}")

    assert len(forge.comments(3)) == 200


def test_a_next_page_on_another_server_is_not_asked(forge: GitLab, fake: FakeGitLab) -> None:
    """The token would go there."""
    link = {"Link": '<http://elsewhere.invalid/api/v4/x>; rel="next"'}
    fake.plant("GET", "/notes", 200, headers=link, body=b"[]")

    with pytest.raises(RefusedError, match="another server"):
        forge.comments(3)


def test_a_comment_that_somebody_deleted_is_gone(forge: GitLab, fake: FakeGitLab) -> None:
    written = forge.add_comment(3, "mine")
    fake.notes[3].clear()

    with pytest.raises(GoneError):
        forge.change_comment(3, written.id, "again")


def test_a_comment_of_somebody_else_is_not_changed(forge: GitLab, fake: FakeGitLab) -> None:
    note = fake.add_note(3, "theirs")

    with pytest.raises(ForbiddenError):
        forge.change_comment(3, str(note["id"]), "mine")
    assert fake.notes[3][0]["body"] == "theirs"


@pytest.mark.parametrize(
    "body", ["/merge", "x\n/close\ny", "x\n\r/merge", "/approve\r\n/merge", "```\n/close\n```", "<p>\n/label ~a\n</p>"]
)
def test_no_line_of_a_note_is_carried_out(forge: GitLab, fake: FakeGitLab, body: str) -> None:
    """Whoever wrote the text: the report lets none through, and this is the second wall."""
    written = forge.add_comment(3, body)
    forge.change_comment(3, written.id, body)

    assert fake.commands == []
    assert forge.comments(3)[0].body.replace("\\", "") == body.replace("\r", "")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(["/merge", "/close", " ", "\n", "\r", "\\", "x", "/", "`", ">", "\u2028"]), min_size=1))
def test_no_text_at_all_is_carried_out(forge: GitLab, fake: FakeGitLab, pieces: list[str]) -> None:
    forge.add_comment(3, f"{''.join(pieces)}.")

    assert fake.commands == []


def test_the_fake_carries_commands_out() -> None:
    """Else the tests above could not fail."""
    fake = FakeGitLab()

    assert fake.carried_out("hello\n/merge\nbye") == "hello\nbye"
    assert fake.commands == ["/merge"]


def test_a_lost_answer_is_told_and_the_note_is_there(forge: GitLab, fake: FakeGitLab) -> None:
    """It is not written again: whoever asked has to look first."""
    fake.plant("POST", "/notes", after=True)

    with pytest.raises(UnreachableError) as raised:
        forge.add_comment(3, "mine")

    assert raised.value.may_be_done
    assert [note.body for note in forge.comments(3)] == ["mine"]


def test_a_job_token_reads_and_may_not_write(connect: Connect, fake: FakeGitLab) -> None:
    """It is not told who it is, so no comment counts as its own."""
    forge = connect(job=True)
    fake.add_note(3, "by the bot", by=1)

    assert [note.ours for note in forge.comments(3)] == [False]
    with pytest.raises(ForbiddenError, match="403") as raised:
        forge.add_comment(3, "mine")
    assert "CI_JOB_TOKEN" in str(raised.value.next_step)
    assert "project access token" in str(raised.value.next_step)


def test_a_merge_request_that_is_not_there_is_gone(forge: GitLab) -> None:
    with pytest.raises(GoneError):
        forge.comments(99)
    with pytest.raises(GoneError):
        forge.add_comment(99, "mine")


def test_comments_have_an_address_once_the_merge_request_is_known(forge: GitLab) -> None:
    forge.pull(3)
    written = forge.add_comment(3, "mine")

    assert written.url == f"https://gitlab.example/group/digits/-/merge_requests/3#note_{written.id}"
