"""Whatever a value holds, it stays inside its argument."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from seatrial.pipeline import template

VALUES = st.text(max_size=30)
WORDS = st.text(alphabet=st.characters(exclude_characters="${}", exclude_categories=["Cs"]), max_size=12)


@given(VALUES, WORDS, WORDS)
def test_a_value_never_leaves_its_argument(value: str, before: str, after: str) -> None:
    """Spaces, quotes, semicolons and newlines in a value split nothing and are kept."""
    command = f"run {shlex.quote(before + '${params.x}' + after)} last"
    filled = template.fill_command(template.split(command), lambda _: value, {})

    assert filled == ["run", before + value + after, "last"]


@given(VALUES)
def test_a_value_is_not_filled_in_again(value: str) -> None:
    """A value that looks like a reference is text."""
    text = value + "${params.y}"

    assert template.fill(template.parse("${params.x}"), lambda _: text) == text


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=5))
def test_text_without_references_is_what_a_shell_would_split(words: list[str]) -> None:
    """Splitting agrees with the shell's own quoting."""
    command = " ".join(map(shlex.quote, words))

    assert template.fill_command(template.split(command), str, {}) == words


@given(WORDS, WORDS)
def test_a_doubled_dollar_is_a_literal_reference(before: str, after: str) -> None:
    """`$${` is `${`, wherever it stands."""
    text = f"{before}$${{params.x}}{after}"

    assert template.fill(template.parse(text), lambda _: "never") == f"{before}${{params.x}}{after}"


@given(st.lists(VALUES, max_size=5))
def test_a_dep_of_its_own_becomes_one_argument_a_path(paths: list[str]) -> None:
    """None, one or several; no path is split or joined."""
    filled = template.fill_command(template.split("cat ${deps.x} end"), str, {"x": paths})

    assert filled == ["cat", *paths, "end"]


@given(st.text(alphabet="ab${}'\"\\ \t\r\n\x0b\u00a0#", max_size=20))
def test_words_are_those_of_the_library(command: str) -> None:
    """The quick way for commands without quotes splits at the same places, and nowhere else."""
    try:
        expected: list[str] | None = shlex.split(command)
    except ValueError:
        expected = None
    try:
        found: list[str] | None = template.words(command)
    except ValueError:
        found = None

    assert found == expected
