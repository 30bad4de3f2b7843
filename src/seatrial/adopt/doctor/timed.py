"""A question with a time limit: asked in a thread of its own, and left alone there when no answer comes.

Called by `examine.py` and `machine.py`. The thread ends with the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Timed(Generic[_T]):
    """One question that is being answered."""

    def __init__(self, name: str, ask: Callable[[], _T]) -> None:
        self._ask = ask
        self._answer: list[_T] = []
        self._error: list[Exception] = []
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"doctor-{name}", daemon=True)
        self._thread.start()

    def answer(self, patience: float) -> _T:
        """The answer. Raises TimeoutError when none came `patience` seconds after it was asked, and what was raised
        instead of one."""
        self._thread.join(max(0.0, self._begun + patience - time.monotonic()))
        if self._error:
            raise self._error[0]
        if not self._answer:
            raise TimeoutError(f"no answer within {patience:g} s")
        return self._answer[0]

    def _run(self) -> None:
        try:
            self._answer.append(self._ask())
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer is told
            self._error.append(error)
