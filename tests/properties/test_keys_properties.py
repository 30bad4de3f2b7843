"""Keys: equal parts and equal keys are the same thing, and `changes` tells exactly the difference."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.digest import Json
from seatrial.pipeline.key import action_key, changes, input_digest

NAMES = st.sampled_from(["cmd", "params.a", "params.a.b", "files.x", "deps.d", "deps.d/x", "env.E", "environment"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)
PARTS = st.dictionaries(NAMES, VALUES, max_size=5)


def same(one: object, other: object) -> bool:
    """Equal as JSON: 1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(PARTS, PARTS)
def test_keys_are_equal_exactly_when_parts_are(one: dict[str, Json], other: dict[str, Json]) -> None:
    """No two different mappings share a key."""
    assert (action_key(one) == action_key(other)) == same(one, other)
    assert (input_digest(one) == input_digest(other)) == same(one, other)


@given(PARTS)
def test_the_order_of_parts_does_not_count(parts: dict[str, Json]) -> None:
    """A mapping has none."""
    assert action_key(dict(reversed(parts.items()))) == action_key(parts)


@given(PARTS, PARTS)
@example({"params.a": 1}, {"params.a": True})
@example({"params.a": 1}, {"params.a": 1.0})
@example({"params.a": None}, {})
def test_changes_name_exactly_what_differs(one: dict[str, Json], other: dict[str, Json]) -> None:
    """Different keys always have a reason, and equal ones have none."""
    told = {change.part for change in changes(one, other)}
    differing = {
        name
        for name in one.keys() | other.keys()
        if not (name in one and name in other and same(one[name], other[name]))
    }

    assert told == differing


@given(PARTS)
def test_parts_survive_being_stored(parts: dict[str, Json]) -> None:
    """A result read back has the key it was stored under."""
    assert action_key(json.loads(json.dumps(parts))) == action_key(parts)
