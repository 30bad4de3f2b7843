"""Plain scalars: the core schema's rules, stated once more and independently."""

from __future__ import annotations

import json
import math
import string

import yaml
from hypothesis import given
from hypothesis import strategies as st

from seatrial.config.scalars import resolve
from seatrial.config.source import Source
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError, Problem

LETTERS = st.text(string.ascii_letters + string.digits + "_.+-", min_size=1, max_size=12)


@given(st.integers(-(2**63), 2**64 - 1))
def test_an_integer_is_itself_in_every_notation(number: int) -> None:
    assert resolve(str(number)) == number
    if number >= 0:
        assert resolve(hex(number)) == resolve(f"0o{number:o}") == resolve(f"+{number}") == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_survives_being_written(number: float) -> None:
    assert resolve(repr(number)) == number
    assert resolve(f"{number:e}") == float(f"{number:e}")


@given(LETTERS)
def test_every_word_is_text_unless_the_schema_names_it(word: str) -> None:
    try:
        value = resolve(word)
    except ValueError:
        return
    match value:
        case None | bool():
            assert word.lower() in ("null", "true", "false")
        case int():
            assert int(word, 0 if word.startswith(("0x", "0o")) else 10) == value
        case float():
            assert math.isfinite(value)
            assert float(word) == value
        case _:
            assert value == word


def outcome(data: bytes, parser: type[yaml.CLoader | yaml.Loader] = yaml.CLoader) -> Source | tuple[Problem, ...]:
    """What parsing gives: values, or the problems of a ConfigError; anything else escapes."""
    try:
        return parse_yaml(data, "f.yaml", parser=parser)
    except ConfigError as error:
        return error.problems


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=30))
def test_quoted_text_is_text_whatever_it_looks_like(text: str) -> None:
    found = outcome(b"a: " + json.dumps(text).encode())

    assert isinstance(found, Source)
    assert found.value == {"a": text}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_as_configuration(data: bytes) -> None:
    for parser in (yaml.CLoader, yaml.Loader):
        found = outcome(data, parser)

        assert isinstance(found, Source) or found


@given(st.text("ab:-[]{}&*!|>'\"#%@,? \n\t~<1.e", max_size=60))
def test_any_yaml_like_text_is_read_or_refused_with_a_line(text: str) -> None:
    found = outcome(text.encode())

    assert isinstance(found, Source) or all(problem.place and problem.place.line for problem in found)
