"""Work that is done beside the scheduler's loop: a few threads, and a descriptor that wakes the loop.

Called by `sharing.py` (the shared cache) and `flows/recording.py` (runs across machines), for what waits on
a network. Nothing is started, no thread and no pipe, before the first job is asked for.

Subtle: threads are daemons, so that a request that hangs never keeps a run from ending. What a cut-off job had
not finished is as if the run had been killed there, which everything that is done here must stand anyway.
Events are only kept here and written by the loop (`heard`): the log of a run has one writer.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from seatrial.digest import Json

T = TypeVar("T")
_MUCH = 4096
_PAUSE = 0.02  # seconds between looks whether all is done, at the end of a run


class Job(Generic[T]):
    """Something that was asked for. `done` once it has ended, well or not."""

    def __init__(self, beside: Beside, do: Callable[[], T]) -> None:
        self.beside = beside
        self.done = False
        self._do = do
        self._result: tuple[T] | None = None
        self._error: BaseException | None = None

    def result(self) -> T:
        """What came of it; raises what it raised. Only once it is done."""
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise RuntimeError("this job is not done")
        return self._result[0]

    def work(self) -> None:
        """Do it, in a thread."""
        try:
            self._result = (self._do(),)
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            self._error = error
        self.done = True


class Beside:
    """What goes on beside one loop: its lanes, the descriptor that they wake it by, and events they have to tell."""

    def __init__(self, tell: Callable[..., None]) -> None:
        """`tell` writes an event; the loop calls it, in `heard`."""
        self._tell = tell
        self._said: deque[tuple[str, dict[str, Json]]] = deque()
        self._lock = threading.Lock()
        self._pipe: tuple[int, int] | None = None
        self._lanes: list[Lane] = []

    def lane(self, threads: int) -> Lane:
        """A lane in which at most `threads` jobs are done at once."""
        self._lanes.append(Lane(self, threads))
        return self._lanes[-1]

    @property
    def descriptor(self) -> int | None:
        """Readable when a job has ended or an event waits to be written; None before the first job."""
        return self._pipe[0] if self._pipe is not None else None

    def say(self, event: str, **fields: Json) -> None:
        """Have an event written by the loop. Called by jobs."""
        self._said.append((event, fields))
        self.wake()

    def heard(self) -> None:
        """Take in what woke the loop, before any job is looked at."""
        if self._pipe is not None:
            with contextlib.suppress(BlockingIOError):
                while len(os.read(self._pipe[0], _MUCH)) == _MUCH:
                    pass
        self.flush()

    def flush(self) -> None:
        """Write the events that wait. Called by the loop, also after it has seen that a job is done."""
        while self._said:
            event, fields = self._said.popleft()
            self._tell(event, **fields)

    def open(self) -> None:
        """Somebody is going to wait."""
        with self._lock:
            if self._pipe is None:
                self._pipe = os.pipe()
                for end in self._pipe:
                    os.set_blocking(end, False)

    def wake(self) -> None:
        """Let the loop look. Called by jobs."""
        with self._lock:  # a descriptor that was closed may be somebody else's by now
            if self._pipe is not None:
                with contextlib.suppress(BlockingIOError):  # full: the loop is to wake anyway
                    os.write(self._pipe[1], b"\0")

    def close(self) -> None:
        """Begin nothing more. A job that is under way is left to itself."""
        for lane in self._lanes:
            lane.close()
        with self._lock:
            pipe, self._pipe = self._pipe, None
        for end in pipe or ():
            os.close(end)


class Lane:
    """At most so many jobs at once; more wait in the order in which they were asked for."""

    def __init__(self, beside: Beside, threads: int) -> None:
        self._beside = beside
        self._most = threads
        self._queue: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._left = 0
        self._closed = False

    def ask(self, do: Callable[[], T]) -> Job[T]:
        """Have something done. Called by the loop."""
        self._beside.open()
        job = Job(self._beside, do)
        self._queue.put(job)
        with self._lock:
            self._left += 1
            more = self._threads < min(self._most, self._left)
            self._threads += more
        if more:
            self._start()
        return job

    def idle(self, seconds: float) -> bool:
        """Wait until every job has ended, at most so long; whether that is so."""
        until = time.monotonic() + seconds
        while self._left and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _PAUSE))
        return not self._left

    def close(self) -> None:
        """Begin nothing more."""
        with self._lock:
            self._closed = True
            for _ in range(self._threads):
                self._queue.put(None)

    def _start(self) -> None:
        try:
            threading.Thread(target=self._work, name="beside the loop", daemon=True).start()
        except RuntimeError:  # the machine gives no more threads
            with self._lock:
                self._threads -= 1
                none = self._threads == 0
            if none:
                self._queue.put(None)
                self._work()  # then the loop has to wait

    def _work(self) -> None:
        while (job := self._queue.get()) is not None and not self._closed:
            job.work()
            with self._lock:
                self._left -= 1
            self._beside.wake()
