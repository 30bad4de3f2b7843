"""Patterns of users: which are refused, and that none can stop a gate."""

from __future__ import annotations

import pytest

from seatrial.evidence.linear_regex import MOST_CHARACTERS, found, refused


def test_a_pattern_that_stops_python_for_ever_is_answered() -> None:
    """`re` would take 2^5000 steps for this; here it is one pass."""
    text = "a" * 5_000 + "!"

    assert not found(r"^(a+)+$", text)
    assert found(r"^(a+)+!$", text)
    assert not found(r"^(a|a?)+$", text)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "unclosed group"),
        ("[a", "unclosed character class"),
        ("*a", "repetition operator missing expression"),
        (r"(?=a)", "look-around"),
        (r"(a)\1", "backreferences are not supported"),
        (r"a\Z", "unrecognized escape sequence"),
        ("(a{1000}){1000}", "size limit"),
        ("a" * (MOST_CHARACTERS + 1), "2,001 characters"),
    ],
)
def test_what_cannot_be_matched_in_one_pass_is_refused_with_the_reason(pattern: str, why: str) -> None:
    """The reason is the engine's, without its drawing of the pattern, and a next step stands beside it."""
    fault = refused(pattern)

    assert fault is not None
    assert why in fault[0]
    assert "\n" not in fault[0]
    assert fault[1]


@pytest.mark.parametrize("pattern", [r"^\d+$", "é", "(?i)x", r"\p{Greek}", "(?P<year>[0-9]{4})", r"a\z", ""])
def test_ordinary_patterns_are_accepted(pattern: str) -> None:
    """Nothing is refused that one pass can match."""
    assert refused(pattern) is None


def test_the_end_is_the_end_of_the_text() -> None:
    """Python's `$` also matches before a last line break."""
    assert found("a$", "a")
    assert not found("a$", "a\n")
