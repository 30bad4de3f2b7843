"""The command of a server as words: what is filled in stays inside its word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.serving.launch import words_of

VALUES = {"model": "a model's; rm -rf $HOME", "port": "80", "host": "127.0.0.1"}


def test_values_stay_inside_their_word() -> None:
    assert words_of("serve -m ${model} --at=${host}:${port} 'a b'", VALUES) == [
        "serve",
        "-m",
        "a model's; rm -rf $HOME",
        "--at=127.0.0.1:80",
        "a b",
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_value_adds_a_word_or_is_filled_in_itself(value: str) -> None:
    assert words_of("serve ${model} ${port}", {"model": value, "port": "1"}) == ["serve", value, "1"]
