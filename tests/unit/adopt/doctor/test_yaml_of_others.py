"""YAML that others wrote is read without trust: aliases stand, bombs do not go off, nothing is guessed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.adopt.doctor.foreign_yaml import MAX_BYTES, MAX_WEIGHT, UnreadableError, Yaml, read_documents


def _plain(node: Yaml) -> object:
    if isinstance(node.value, dict):
        return {name: _plain(value) for name, value in node.value.items()}
    return [_plain(value) for value in node.value] if isinstance(node.value, list) else node.value


def _read(text: str) -> object:
    (document,) = read_documents(text.encode())
    return _plain(document)


def test_scalars_stay_what_is_written() -> None:
    """`on` is a key and 3.10 no 3.1, as CI systems have it."""
    assert _read("on: push\npython: 3.10\nyes: no\n") == {"on": "push", "python": "3.10", "yes": "no"}


def test_aliases_and_merge_keys_stand_for_what_they_name() -> None:
    """Our own files may not have them; those of others do."""
    text = "base: &base {a: 1, b: 2}\none:\n  <<: *base\n  b: 3\ntwo: {b: 3, <<: *base}\nlist: [*base]\n"

    assert _read(text) == {
        "base": {"a": "1", "b": "2"},
        "one": {"a": "1", "b": "3"},
        "two": {"b": "3", "a": "1"},
        "list": [{"a": "1", "b": "2"}],
    }


def test_a_few_lines_that_stand_for_gigabytes_are_refused() -> None:
    """The billion laughs: nine lines, 10^9 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(UnreadableError, match=f"{MAX_WEIGHT:,} values"):
        read_documents("\n".join(lines).encode())


def test_an_anchor_that_contains_itself_ends() -> None:
    """`&a [*a]` is no list without end."""
    assert _read("a: &a [1, *a]\n") == {"a": ["1", ""]}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a: [1\n", "broken YAML at line 2"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100 + b"]" * 100, "nest deeper"),
        (b"a: " + b"x" * MAX_BYTES, "bytes"),
        (b"a: {{ jinja }}\nb: {% if %}\n", "broken YAML"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, why: str) -> None:
    """It is told as not looked at, never as an empty file."""
    with pytest.raises(UnreadableError, match=why):
        read_documents(data)


def test_lines_are_those_of_the_file() -> None:
    """Of mappings that of their first key, of block texts that of the mark before them."""
    (document,) = read_documents(b"a: 1\nb:\n  - run: |\n      x\n      y\n")
    step = document.get("b").items()[0]

    assert document.get("a").line == 1
    assert step.line == 3
    assert (step.get("run").line, step.get("run").block) == (3, True)


def test_what_is_not_there_is_empty_and_not_an_error() -> None:
    """A list where a mapping is expected is no mapping."""
    (document,) = read_documents(b"jobs: [1, 2]\n")

    assert not document.get("jobs", "one", "steps")
    assert document.get("jobs", "one").items() == []


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other exception, whatever stands in the file."""
    with contextlib.suppress(UnreadableError):
        assert isinstance(read_documents(text.encode("utf-8", "replace")), list)
