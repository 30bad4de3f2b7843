"""Asks a function of the user, which `process/guest.py` keeps loaded in the user's interpreter, over two pipes.

Built by `running`. A question is a line of JSON, and so is an answer. Subtle: a function that hangs must not hang
whoever asks, so nothing is read without waiting for it first, and a question that is longer than a pipe holds is
written as far as it goes; a question that was given up is never asked again on the same pipes, because its late answer
would be taken for that of the next.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Mapping, Sequence

from seatrial.digest import Json
from seatrial.serving.asking import MOST, Reply, UnansweredError, UnusableJsonError, Why, decoded

_PIECE = 1 << 16


class PipeAsker:
    """The two ends of one function's pipes that are ours."""

    def __init__(self, questions: int, replies: int, *, patience: float) -> None:
        """`patience` is how many seconds one answer may take."""
        self._questions, self._replies = questions, replies
        self._patience = patience
        self._left_over = bytearray()
        self._loaded = False
        self._given_up = False
        os.set_blocking(questions, False)
        os.set_blocking(replies, False)

    @property
    def takes_many(self) -> bool:
        return True

    def is_ready(self, patience: float) -> str | None:
        if self._loaded:
            return None
        try:
            document = self._take(time.monotonic() + patience, patience)
        except UnansweredError as error:
            if error.why is not Why.TIMEOUT:
                raise
            return "the model is still being loaded"
        if "error" in document:
            raise UnansweredError(Why.RAISED, str(document["error"]))
        self._loaded = True
        return None

    def ask(self, inputs: Sequence[Json]) -> Reply:
        if self._given_up:
            raise UnansweredError(
                Why.TIMEOUT, "an earlier request was never answered, so no later one can be told apart"
            )
        try:
            line = json.dumps({"inputs": list(inputs)}, allow_nan=False).encode() + b"\n"
        except ValueError as error:
            raise UnansweredError(Why.UNASKABLE, f"this request cannot be sent: {error}") from error
        began = time.monotonic()
        try:
            self._give(line, began + self._patience)
            document = self._take(began + self._patience, self._patience)
        except UnansweredError as error:
            self._given_up = error.why is not Why.WRONG_SHAPE  # that was a whole line, and the next is another answer
            error.ms = (time.monotonic() - began) * 1000.0
            raise
        ms = (time.monotonic() - began) * 1000.0
        if "raised" in document:
            raise UnansweredError(Why.RAISED, str(document["raised"]), ms=ms)
        if "unfit" in document:
            raise UnansweredError(Why.NOT_JSON, str(document["unfit"]), ms=ms)
        outputs = document.get("outputs")
        if not isinstance(outputs, list) or len(outputs) != len(inputs):
            came = f"{len(outputs)} came back" if isinstance(outputs, list) else "no list came back"
            raise UnansweredError(
                Why.WRONG_SHAPE, f"{len(inputs)} inputs were given, one answer each is wanted, and {came}", ms=ms
            )
        return Reply(answers=tuple(outputs), ms=ms)

    def close(self) -> None:
        for descriptor in (self._questions, self._replies):
            if descriptor >= 0:
                os.close(descriptor)
        self._questions = self._replies = -1

    def _give(self, line: bytes, until: float) -> None:
        rest = memoryview(line)
        while rest:
            _wait(self._questions, select.POLLOUT, until, self._patience)
            try:
                rest = rest[os.write(self._questions, rest[:_PIECE]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise UnansweredError(Why.CUT_OFF, "the process no longer reads what it is asked") from error

    def _take(self, until: float, patience: float) -> Mapping[str, Json]:
        """The next line. Raises UnansweredError."""
        while (end := self._left_over.find(b"\n")) < 0:
            if len(self._left_over) > MOST:
                raise UnansweredError(Why.TOO_LARGE, f"the answer has more than {MOST >> 20} MiB")
            _wait(self._replies, select.POLLIN, until, patience)
            try:
                piece = os.read(self._replies, _PIECE)
            except BlockingIOError:
                continue
            if not piece:
                raise UnansweredError(Why.CUT_OFF, "the process ended, or closed its pipe, before an answer")
            self._left_over += piece
        line = bytes(self._left_over[:end])
        del self._left_over[: end + 1]
        try:
            document = decoded(line)
        except UnusableJsonError as error:
            raise UnansweredError(Why.WRONG_SHAPE, f"what came back is JSON that {error}") from error
        except ValueError as error:
            raise UnansweredError(Why.NOT_JSON, f"what came back is no plain value: {error}") from error
        if not isinstance(document, Mapping):
            raise UnansweredError(Why.NOT_JSON, "what came back is no object")
        return document


def _wait(descriptor: int, what: int, until: float, patience: float) -> None:
    left = until - time.monotonic()
    poll = select.poll()
    poll.register(descriptor, what)
    if left <= 0 or not poll.poll(left * 1000):
        raise UnansweredError(Why.TIMEOUT, f"no answer came within {patience:g} s")
