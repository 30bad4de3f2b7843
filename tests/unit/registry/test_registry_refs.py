"""`NAME@17` and `NAME@ALIAS`."""

from __future__ import annotations

import pytest

from seatrial.errors import UsageError
from seatrial.registry.refs import AliasRef, NumberRef, Ref, parse_ref


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("digits@17", NumberRef(model="digits", number=17)),
        ("a.b-c_1@1", NumberRef(model="a.b-c_1", number=1)),
        ("digits@production", AliasRef(model="digits", alias="production")),
        ("digits@v17", AliasRef(model="digits", alias="v17")),
    ],
)
def test_a_reference_is_read_and_written_alike(text: str, expected: Ref) -> None:
    """Digits alone are a number, everything else an alias."""
    assert parse_ref(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "text",
    ["", "@", "digits", "digits@", "@17", "digits@0", "digits@017", "digits@-1", "digits@1.0@2", "Digits@1",
     "digits@Production", "digits@main", "../x@1", "digits@../x", "digits@17\n", "digits@" + "9" * 5000, "a b@1",
     "digits@\u0663"],
)  # fmt: skip
def test_anything_else_is_refused_with_a_next_step(text: str) -> None:
    """Nothing is guessed from what merely looks like a reference."""
    with pytest.raises(UsageError) as refused:
        parse_ref(text)

    assert refused.value.next_step
