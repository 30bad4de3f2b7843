"""One channel's memory in the state: what it was told is looked up, claimed before it is told, and settled after.

Called by `telling.py`, one for each channel and occasion. Of two runs that come to the same at once, one writes its
claim first; the other finds it, and has nothing left to tell.

Subtle: reading verifies the whole stream, so it is done once, and again only where somebody else got ahead. What is
known meanwhile may be old, and that does no harm: nothing is written after anything but the end that was seen.
"""

from __future__ import annotations

from datetime import datetime

from seatrial.clock import iso
from seatrial.errors import ConflictError
from seatrial.flows.telling_rule import Situation, due
from seatrial.flows.told import Claim, How, Memory, Outcome, delivery_id, fold, stream_of, to_body
from seatrial.forge.channels import Channel
from seatrial.store.state import StateStore

_ATTEMPTS = 50  # others append too; each time one of them got ahead of us there is news to look at


class ChannelMemory:
    """What a channel was told. Methods raise OutsideError where the state cannot be read or written."""

    def __init__(self, state: StateStore, channel: Channel) -> None:
        self._state = state
        self._channel = channel
        self._stream = stream_of(channel.name)
        self._read: Memory | None = None

    def claim(self, situation: Situation, *, now: datetime, run: str | None) -> Claim | None:
        """Claim what is news of a situation; None where nothing is, or somebody else tells it. Raises ConflictError
        where others write without end."""
        for attempt in range(_ATTEMPTS):
            memory = self._memory()
            news = due(memory.of(situation.subject), situation, at=now, quiet=self._channel.quiet)
            if news is None:
                return None
            fresh = delivery_id(self._channel.name, situation.subject, news.event, news.reasons, length=memory.length)
            claim = Claim(
                delivery=news.delivery or fresh,
                subject=situation.subject,
                event=news.event,
                reasons=news.reasons,
                at=iso(now),
                run=run,
            )
            if self._append(claim, last=attempt + 1 == _ATTEMPTS):
                return claim
        raise AssertionError("the last attempt raises")

    def settle(self, claim: Claim, how: How, said: str, *, now: datetime) -> None:
        """Remember what became of a claim."""
        outcome = Outcome(delivery=claim.delivery, how=how, said=said, at=iso(now))
        for attempt in range(_ATTEMPTS):
            if self._append(outcome, last=attempt + 1 == _ATTEMPTS):
                return

    def _append(self, record: Claim | Outcome, *, last: bool) -> bool:
        """Whether the record could be written after what is known here."""
        before = self._memory()
        self._read = None
        try:
            entry = self._state.append(self._stream, to_body(record), expected=before.length)
        except ConflictError:
            if last:
                raise
            return False
        self._read = before.after(entry)
        return True

    def _memory(self) -> Memory:
        if self._read is None:
            self._read = fold(self._state.read(self._stream))
        return self._read
