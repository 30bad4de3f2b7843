"""What the loader accepts an editor does not underline: a valid file with any of its values exchanged or left out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from seatrial.config.schema.documents import SCHEMAS, schema_of
from seatrial.errors import ConfigError
from tests.support.editor_schemas import FILES, at, read, values_of

VALIDATORS = {name: Draft7Validator(dict(schema_of(name))) for name in SCHEMAS}
VALUES: tuple[object, ...] = (
    0, 1, 2, 17, 0.5, -1, 1e-9, 0.999, 1.5, 1 << 40, True, False, None, "", " ", "x", "a.b", "a/b", "/a", "../a", "~",
    "17", "10%", "5 %", "0.5", "90s", "2h", "0d", "1GiB", "10 kB", "off", "local", "main", "register", "int", "text",
    "number", "datetime", "2026-01-31", "both", "hold", "observe", "git", "file:///srv", "s3://bucket", "NAME", "defer",
    "https://a.example/b", "http://127.0.0.1:80", "pkg.mod:name", "a@1", "ünï", "A", "a b", "${matrix.seed}", "$TOKEN",
    "x" * 101, [], ["x"], ["x", "y"], [["x", "y"]], [["x"]], [1, "1", None], {}, {"x": 1}, {"x": "y"}, {"x": {}},
    {"max": 1}, {"min": 0, "max": 0.5}, {"floor": 0.1}, {"path": "p"}, {"path": "p", "as": "junit"}, {"tolerance": 0},
    {"count": 1},
)  # fmt: skip
TEXTS = st.text(max_size=4) | st.from_regex(r"[a-z0-9._/%@:-]{1,8}", fullmatch=True)


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values below a value."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for part, under in inner:
        yield (*path, part)
        yield from _places(under, (*path, part))


def _edited(whole: Any, path: tuple[str | int, ...], value: object, *, gone: bool) -> Any:
    made = copy.deepcopy(whole)
    into = made
    for part in path[:-1]:
        into = into[part]
    if gone:
        del into[path[-1]]
    else:
        into[path[-1]] = value
    return made


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_the_readers_accept_the_schema_accepts(name: str) -> None:
    whole = values_of(FILES[name])
    places = sorted(_places(whole), key=str)
    accepted = []

    @given(st.sampled_from(places), st.sampled_from(VALUES) | TEXTS | st.floats(-2, 200), st.integers(0, 9))
    @settings(max_examples=600, deadline=None)
    def accept(path: tuple[str | int, ...], value: object, dice: int) -> None:
        made = _edited(whole, path, value, gone=dice == 0)
        try:
            mistakes = read(name, json.dumps(made))
        except ConfigError:
            return  # what YAML does not read here, such as a control character
        if mistakes:
            return
        accepted.append(path)
        errors = [error.message for error in VALIDATORS[name].iter_errors(made)]

        assert errors == [], path

    accept()
    assert len(accepted) > 60


BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _at_bounds(schema: Any, path: tuple[str | int, ...]) -> Iterator[object]:
    """Values at and a little beside each bound that a schema sets at a path; texts as long as allowed, and longer."""
    for each in at(schema, path, schema):
        for bound in (each[word] for word in BOUNDS if word in each):
            yield from (bound, bound + 1, bound - 1, bound * (1 + 1e-9) + 1e-12, bound * (1 - 1e-9) - 1e-12)
        if "maxLength" in each:
            yield from ("a" * each["maxLength"], "a" * (each["maxLength"] + 1), "9" * (each["maxLength"] + 1))
        if "minItems" in each:
            yield from ([], ["x"], ["x", "y"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_bounds_leave_out_nothing_that_the_readers_accept(name: str) -> None:
    """A bound that is a little too narrow is hardly met by chance, so every one of them is tried."""
    whole = values_of(FILES[name])
    tried = 0
    for path in _places(whole):
        for value in _at_bounds(schema_of(name), path):
            made = _edited(whole, path, value, gone=False)
            if read(name, json.dumps(made)):
                continue
            tried += 1
            errors = [error.message for error in VALIDATORS[name].iter_errors(made)]

            assert errors == [], (path, value)
    assert tried > 40


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_key_that_the_readers_miss_is_missed_in_an_editor(name: str) -> None:
    whole = values_of(FILES[name])
    missed = []
    for path in _places(whole):
        made = _edited(whole, path, None, gone=True)
        if any("is missing" in mistake for mistake in read(name, json.dumps(made))):
            missed.append(path)

            assert not VALIDATORS[name].is_valid(made), path
    assert len(missed) > 4
