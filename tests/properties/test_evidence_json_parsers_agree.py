"""The fast JSON reader and the slow walk that explains its refusals accept the same texts."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.errors import EvidenceError
from seatrial.evidence import strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


@st.composite
def nearly_json(draw: st.DrawFn) -> bytes:
    """JSON text, often with a character dropped, doubled or changed."""
    text = json.dumps(draw(VALUES), ensure_ascii=draw(st.booleans()))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.sampled_from(["", ",", '"', "0", "1e999", "}", "\\", "\n", "-", "NaN"]))
            + text[at + 1 :]
        )
    return text.encode("utf-8", "surrogatepass")


@given(nearly_json())
@example(b'{"a": 1, "a": 2}')
@example(b'"\\ud800"')
@example(b'{"\\ud83d\\ude00": 1}')
@example(b"[" * 65 + b"]" * 65)
@example(b"[" * 64 + b"]" * 64)
@example(b"-")
@example(b"01")
@example(b"1" * 310)
@example(b"")
def test_both_parsers_accept_the_same_texts(data: bytes) -> None:
    """What one refuses the other refuses, and what both accept they read as the same value."""
    refused: EvidenceError | None = None
    try:
        fast = strict_json.loads(data, file="x.json")
    except EvidenceError as error:
        refused = error
    walk = strict_json.examine(data, file="x.json")

    if refused is None:
        assert not walk.problems
        assert walk.value == fast
    else:
        assert walk.problems
        assert {problem.place and problem.place.file for problem in refused.problems} == {"x.json"}


@given(VALUES)
def test_finite_json_survives_a_round_trip(value: object) -> None:
    """Whatever json.dumps writes without NaN is read back as it was."""
    try:
        data = json.dumps(value, allow_nan=False).encode()
    except ValueError:
        return

    assert strict_json.loads(data, file="x.json") == value
