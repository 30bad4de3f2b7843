"""From what was done with files to what was an input: what a command made itself is none."""

from __future__ import annotations

import pytest

from seatrial.process.trace.seen import Kind, Touch, inputs_of

READ, SOUGHT, LISTED, MADE, REMOVED = Kind.READ, Kind.SOUGHT, Kind.LISTED, Kind.MADE, Kind.REMOVED


@pytest.mark.parametrize(
    ("touches", "reads", "sought"),
    [
        ([(READ, "/a", 5)], {"/a": 5}, ()),
        ([(MADE, "/a"), (READ, "/a", 5)], {}, ()),
        ([(MADE, "/d"), (READ, "/d/e/a", 5), (SOUGHT, "/d/b")], {}, ()),
        ([(READ, "/a", 5), (MADE, "/a")], {"/a": 5}, ()),
        ([(SOUGHT, "/a"), (MADE, "/a"), (READ, "/a", 5)], {}, ()),
        ([(SOUGHT, "/a")], {}, ("/a",)),
        ([(SOUGHT, "/a"), (READ, "/a", 5)], {"/a": 5}, ()),
        ([(REMOVED, "/a"), (SOUGHT, "/a")], {}, ()),
        ([(READ, "/a"), (READ, "/a", 5)], {"/a": 5}, ()),
        ([(MADE, "/ab"), (READ, "/a", 5)], {"/a": 5}, ()),
    ],
)
def test_inputs(touches: list[tuple[object, ...]], reads: dict[str, int], sought: tuple[str, ...]) -> None:
    """In order of time."""
    found = inputs_of(_touches(touches))

    assert (found.reads, found.sought, found.changed) == (reads, sought, frozenset())


@pytest.mark.parametrize(
    "touches",
    [
        [(READ, "/a", 5), (READ, "/a", 6)],
        [(READ, "/a", 5), (REMOVED, "/a")],
        [(READ, "/a", 5), (REMOVED, "/a"), (MADE, "/a")],
    ],
)
def test_an_input_that_did_not_stay(touches: list[tuple[object, ...]]) -> None:
    """Changed by whoever, or taken away by the command."""
    assert inputs_of(_touches(touches)).changed == {"/a"}


def test_a_folder_in_which_the_command_makes_something_is_its_work_bench() -> None:
    """The names in it are of its own doing; those of other folders, above and below, are not."""
    found = inputs_of(_touches([(LISTED, "/d", 1), (LISTED, "/d/e", 2), (LISTED, "/", 3), (MADE, "/d/new")]))

    assert found.listings == {"/d/e": 2, "/": 3}


def _touches(rows: list[tuple[object, ...]]) -> list[Touch]:
    return [
        Touch(Kind(str(row[0])), str(row[1]), place, int(str(row[2])) if len(row) > 2 else None)
        for place, row in enumerate(rows)
    ]
