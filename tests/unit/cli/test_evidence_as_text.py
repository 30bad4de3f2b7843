"""Evidence in words and lines."""

from __future__ import annotations

from seatrial.change.symbols import BODY
from seatrial.cli.evidence_text import chain_lines, grouped, reason_of, said, way_lines
from seatrial.pipeline.evidence_of_change import Evidence, Grade, Hop
from seatrial.replacing import replace

WAY = (Hop("src/train.py", 20, "data"), Hop("src/data.py", 1, BODY), Hop("src/data.py", 120, "LIMIT"))
FOUND = Evidence(path="src/data.py", grade=Grade.SYMBOL, reason="src/data.py:120 LIMIT changed", chain=WAY)


def test_a_way_is_a_column_of_places_and_a_column_of_names() -> None:
    """What runs on loading has no name of its own."""
    assert chain_lines(WAY) == [
        "  src/train.py:20  data",
        "  src/data.py:1    (when it is loaded)",
        "  src/data.py:120  LIMIT",
    ]


def test_of_a_long_way_both_ends_are_shown() -> None:
    """The root and what changed say most."""
    lines = chain_lines([Hop(f"f{number}.py", number + 1, "x") for number in range(40)])

    assert len(lines) == 13
    assert lines[0].split() == ["f0.py:1", "x"]
    assert lines[-1].split() == ["f39.py:40", "x"]
    assert "  (28 places more)" in lines


def test_cells_that_go_one_way_are_told_together() -> None:
    """All cells of a stage as one; a part of them by name."""
    cells = [("train[seed=0]", "train", (FOUND,)), ("train[seed=1]", "train", (FOUND,)), ("lint", "lint", ())]
    other = ("train[seed=2]", "train", (replace(FOUND, chain=WAY[1:]),))

    assert way_lines(cells)[:2] == ["", "train (2 cells):"]
    assert way_lines([*cells, other])[1] == "train[seed=0], train[seed=1]:"
    assert grouped([("a", "a"), ("b", "b")], {"a": 1, "b": 1}) == "a, b"


def test_a_reason_says_how_much_more_there_is() -> None:
    """Weak evidence is not more of the kind; another reason is no evidence."""
    weak = replace(FOUND, weak=True)

    assert reason_of((FOUND, FOUND, weak), FOUND.reason) == "src/data.py:120 LIMIT changed, and 1 more"
    assert reason_of((FOUND, weak), FOUND.reason) == FOUND.reason
    assert reason_of((FOUND, FOUND), "same inputs as run r") == "same inputs as run r"


def test_sentences_are_wrapped_and_safe() -> None:
    """Names of files may hold what a terminal obeys."""
    lines = said("note: \x1b[31m" + "word " * 40).split("\n")

    assert max(map(len, lines)) <= 80
    assert all(line.startswith("  ") for line in lines[1:])
    assert "\x1b" not in "".join(lines)
