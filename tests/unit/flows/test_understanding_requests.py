"""The words after `seatrial run`, as far as a settled run understands them."""

from __future__ import annotations

import pytest

from seatrial.flows.settled import understood


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([], []),
        (["--json"], []),
        (["-j", "4", "train"], ["train"]),
        (["train", "--jobs=4", "test[seed=0]"], ["train", "test[seed=0]"]),
        (["--tier", "pr"], ["--tier", "pr"]),
        (["a", "-t", "pr", "--set-param=x.y=1"], ["--tier", "pr", "--set-param", "x.y=1", "a"]),
        (["-S", "a=b=c"], ["--set-param", "a=b=c"]),
    ],
)
def test_a_request_is_the_same_however_it_is_spelled(typed: list[str], words: list[str]) -> None:
    """In the order in which `run` repeats it in its report."""
    asked = understood(typed)

    assert asked is not None
    assert list(asked.words) == ["seatrial", "run", *words]
    assert asked.as_json == ("--json" in typed)


@pytest.mark.parametrize(
    "typed",
    [
        ["--help"],
        ["-h"],
        ["--"],
        ["--jobs"],
        ["--jobs", "0"],
        ["--jobs", "many"],
        ["-j4"],
        ["--json=yes"],
        ["--paranoid"],
        ["--set-param", "x"],
        ["-S", "x=1", "-S", "x=2"],
        ["--tier"],
        ["-t=pr"],
    ],
    ids=" ".join,
)
def test_what_is_not_understood_is_left_to_the_command_line(typed: list[str]) -> None:
    """An option of tomorrow may mean anything."""
    assert understood(typed) is None
