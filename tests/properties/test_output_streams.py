"""The output of a command on its way into its log: where its chunks end makes no difference."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatrial.process.bounded_log import BoundedLog, LogLimits
from seatrial.process.masking import Masker, forms


@given(st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=70))
def test_beginning_and_end_are_kept_whatever_the_chunks(size: int, chunk: int) -> None:
    """Up to the limit everything is there; beyond it the first and the last bytes are."""
    data = bytes(65 + number % 26 for number in range(size))
    with tempfile.TemporaryDirectory() as folder:
        log = BoundedLog(Path(folder, "log"), LogLimits(head=10, tail=20))
        for at in range(0, size, chunk):
            log.write(data[at : at + chunk])
        log.close()
        text = Path(folder, "log").read_bytes()

    if size <= 30:
        assert text == data
    else:
        assert text == data[:10] + f"\n[seatrial: {size - 30:,} bytes left out here]\n".encode() + data[-20:]


@given(
    st.text(alphabet="ab", min_size=4, max_size=6),
    st.text(alphabet="ab ", max_size=60),
    st.lists(st.integers(min_value=1, max_value=9), max_size=30),
)
def test_where_chunks_end_makes_no_difference(secret: str, text: str, sizes: list[int]) -> None:
    """Whatever the cuts, the stream comes out as if it had come in one piece."""
    data, masker, shown, at = text.encode(), Masker(forms([secret])), b"", 0
    for size in sizes:
        shown += masker.feed(data[at : at + size])
        at += size
    shown += masker.feed(data[at:]) + masker.finish()

    whole = Masker(forms([secret]))

    assert shown == whole.feed(data) + whole.finish()
    assert secret.encode() not in shown
