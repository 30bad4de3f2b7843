"""`seatrial why` in words."""

from __future__ import annotations

from seatrial.cli.why import said_of
from seatrial.pipeline.why import Explanation, Past


def test_an_unstored_result_is_said_after_the_run_that_made_it() -> None:
    """`its result was not stored in RUN` would be read as if another run had it."""
    past = Past(run="r1", at="2026-11-21T08:00:00.000Z", did="used", reason="a.py changed while it ran")
    told = said_of(Explanation(cell="train", past=past, action="run", reason="x", changed=(), links={}))

    assert "ran in r1 (2026-11-21T08:00:00.000Z), and its result was not stored" in " ".join(told.split())
