"""A memo is read as it was written, or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatrial.flows import settled

HEADER = {"root": "/somewhere", "followed": ["a"], "plain": [], "restless": {}}
PARTS = st.fixed_dictionaries(
    {"followed": st.binary(max_size=40), "plain": st.binary(max_size=40), "events": st.binary(max_size=40)}
)


def _recalled(data: bytes) -> settled.Memo | None:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        return settled.recall(file.name)


@given(PARTS)
def test_what_was_packed_is_recalled(parts: dict[str, bytes]) -> None:
    """Byte for byte, whatever the parts hold."""
    memo = _recalled(settled.pack(HEADER, parts))

    assert memo is not None
    assert {"followed": memo.followed, "plain": memo.plain, **memo.texts} == parts
    assert {name: memo.header[name] for name in HEADER} == HEADER


@given(PARTS, st.data())
def test_a_memo_of_which_a_part_was_written_is_none(parts: dict[str, bytes], data: st.DataObject) -> None:
    """A kill or a full disk in the middle of it leaves nothing that is believed."""
    whole = settled.pack(HEADER, parts)
    cut = data.draw(st.integers(0, len(whole) - 1))

    assert _recalled(whole[:cut]) is None


@given(PARTS, st.data())
def test_a_memo_with_a_changed_byte_is_none(parts: dict[str, bytes], data: st.DataObject) -> None:
    """Wherever the byte stands, in the seal too."""
    whole = bytearray(settled.pack(HEADER, parts))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))

    assert _recalled(bytes(whole)) is None


@given(st.binary(max_size=200))
def test_what_is_no_memo_is_none(data: bytes) -> None:
    """Anything may lie in that folder."""
    assert _recalled(data) is None
