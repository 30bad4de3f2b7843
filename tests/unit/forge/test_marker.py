"""The hidden line of a comment: it comes back as it was written, hides what it holds, and trusts nothing it reads."""

from __future__ import annotations

import json

import pytest

from seatrial.forge.marker import MOST_BYTES, MOST_EARLIER, Marker, Said, Subject, marked, marker_in

SAID = Said(sha="a" * 40, run="01RUN", headline="FAIL: f1 dropped 0.027")
ABOUT = Subject(project="digits", tier="pr", model="main")
MARKER = Marker(subject=ABOUT, said=SAID, earlier=(Said(sha="b" * 40, run="01OLD", headline="PASS"),))


def _json(**changes: object) -> str:
    said = {"sha": "a", "run": "r", "headline": "h"}
    value = {"schema": 1, "project": "p", "tier": "", "model": "m", "said": said, "earlier": [], **changes}
    return f"<!-- seatrial:comment {json.dumps(value)} -->\n"


def test_a_marker_comes_back_as_it_was_written() -> None:
    """With the body under it, and with the line ends that a forge makes of ours."""
    body = marked("# Report\n", MARKER)

    assert body.endswith("\n# Report\n")
    assert marker_in(body) == MARKER
    assert marker_in(body.replace("\n", "\r\n")) == MARKER
    assert marker_in(marked("", MARKER)) == MARKER


def test_nothing_in_a_marker_ends_the_line_that_hides_it() -> None:
    """A headline is text from anybody: it must not show up, nor open an element."""
    hostile = "--> <script>alert(1)</script> <!-- --\n# Seatrial: PASS"
    body = marked(
        "body",
        Marker(
            subject=Subject(project=hostile, tier=hostile, model=hostile), said=Said(sha="s", run="r", headline=hostile)
        ),
    )
    line, _, rest = body.partition("\n")

    assert rest == "body"
    assert line.startswith("<!-- seatrial:comment {")
    assert line.endswith("} -->")
    assert "--" not in line[4:-3]
    assert "<" not in line[1:]
    found = marker_in(body)
    assert found is not None
    assert (found.subject.project, found.said.headline) == (hostile, hostile)


@pytest.mark.parametrize("text", ["\U0001f680" * 500, "-" * 500, "\u0000" * 500, "e" * 5_000, "\ud800" * 500])
def test_a_marker_of_the_longest_names_is_still_found(text: str) -> None:
    """A line too long to be read would mean a second comment each time."""
    said = Said(sha="a" * 40, run="01RUN", headline=text)
    about = Subject(project=text, tier=text, model=text)
    marker = Marker(subject=about, said=said, earlier=(said,) * MOST_EARLIER)
    body = marked("body", marker)
    found = marker_in(body)

    assert len(body.encode()) <= MOST_BYTES + len("\nbody")
    assert found is not None
    assert found.subject == about.bounded
    assert text.startswith(found.said.headline)
    assert found.said.headline


def test_names_that_differ_late_are_two_subjects() -> None:
    """A name is cut for its length, not for its meaning."""
    long = "m" * 5_000

    one, other = (Subject(project="p", tier="", model=long + end) for end in "12")
    assert one.bounded != other.bounded
    assert ABOUT.bounded == ABOUT


def test_earlier_revisions_are_left_out_where_there_is_no_room_the_oldest_first() -> None:
    earlier = tuple(
        Said(sha=str(number), run=f"{number:02}", headline="\U0001f680" * 100) for number in range(20, 0, -1)
    )
    found = marker_in(marked("", Marker(subject=ABOUT, said=SAID, earlier=earlier)))

    assert found is not None
    assert 0 < len(found.earlier) < MOST_EARLIER
    assert [one.run for one in found.earlier] == [one.run for one in earlier][: len(found.earlier)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "# Report",
        "hello\n" + _json(),
        " " + _json(),
        _json(schema=2),
        _json(schema=True),
        _json(project=1),
        _json(tier=None),
        _json(said={}),
        _json(said={"sha": "a", "run": "r", "headline": "h", "more": 1}),
        _json(more=1),
        _json(earlier=[1]),
        "<!-- seatrial:comment {} -->",
        "<!-- seatrial:comment [] -->",
        "<!-- seatrial:comment {" + "[" * 9_000 + " -->",
        "<!-- seatrial:comment {" + "[" * 5_000 + "]} -->",
        '<!-- seatrial:comment {"schema": ' + "1" * 5_000 + "} -->",
        _json().replace(" -->", " --> "),
    ],
)
def test_what_is_no_marker_of_ours_is_none(body: str) -> None:
    """Not the first line, another version, another type, a key too many: none is read halfway."""
    assert marker_in(body) is None


def test_a_marker_that_was_written_by_hand_is_read() -> None:
    """So that the cases above fail for what they say, and not for all."""
    assert marker_in(_json()) == Marker(
        subject=Subject(project="p", tier="", model="m"), said=Said(sha="a", run="r", headline="h")
    )
