"""The caps of the strict JSON reader, and what it must not mistake for a fault."""

from __future__ import annotations

import pytest

from seatrial.errors import EvidenceError
from seatrial.evidence import strict_json


def test_larger_than_the_cap_is_refused_before_parsing() -> None:
    """The size is checked first, so that even broken data is only called too large."""
    with pytest.raises(EvidenceError, match="larger than 4 bytes") as caught:
        strict_json.loads(b"[[[[[", file="x.json", max_bytes=4)

    assert str(caught.value.problems[0]).startswith("x.json: ")
    assert caught.value.next_step


def test_nesting_is_allowed_up_to_the_cap() -> None:
    """Exactly `max_depth` levels are read, one more is refused with its place."""
    assert strict_json.loads(b"[[[1]]]", file="x.json", max_depth=3) == [[[1]]]
    with pytest.raises(EvidenceError, match="deeper than 3") as caught:
        strict_json.loads(b"[[[[1]]]]", file="x.json", max_depth=3)

    assert str(caught.value.problems[0]).startswith("x.json:1:4")


def test_a_million_brackets_do_not_reach_the_recursion() -> None:
    """A hostile file is an error like any other, not a crash."""
    with pytest.raises(EvidenceError, match="deeper than 64"):
        strict_json.loads(b'{"a":[' * 500_000, file="x.json")


def test_brackets_inside_strings_are_not_nesting() -> None:
    """Depth counts structure, not text; escaped quotes do not end a string."""
    text = b'["' + b"[{" * 100 + b'\\"[[", "\\\\"]'

    assert strict_json.loads(text, file="x.json") == ["[{" * 100 + '"[[', "\\"]


def test_surrogate_pairs_are_text() -> None:
    """An emoji written as two escapes is one character."""
    assert strict_json.loads(b'"\\ud83d\\ude00"', file="x.json") == "\U0001f600"


def test_line_numbers_start_where_the_caller_says() -> None:
    """A line of JSONL reports its own number."""
    with pytest.raises(EvidenceError) as caught:
        strict_json.loads(b'{"a": NaN}', file="x.jsonl", first_line=7)

    assert str(caught.value.problems[0]).startswith("x.jsonl:7:7 a: ")
