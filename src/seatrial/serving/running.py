"""A model that runs: started, awaited, asked, and stopped with all that it started.

`serve` is the way in, for `measure`, `answers` and `contract`. Whatever goes wrong is told once, in words: that it
never became ready, with what it said instead; that it died, with how, and the last lines of its log. Subtle: what a
client sees of a server that dies is a connection that is cut off, so after each question without an answer the process
is looked at, and waited for a moment: the connection is closed before the process is gone. And a port chosen as free
may be taken by another program before the server has it: a server that ends while something answers is not ready.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from signal import SIGTERM, Signals
from threading import Lock

from seatrial.digest import Json
from seatrial.errors import OutsideError, StageError, UsageError
from seatrial.process import group
from seatrial.process.group import Ended
from seatrial.serving import launch
from seatrial.serving.asking import Asker, Reply, UnansweredError, Why
from seatrial.serving.http_asker import HttpAsker
from seatrial.serving.launch import Ground, Launched
from seatrial.serving.memory import PeakMemory
from seatrial.serving.pipe_asker import PipeAsker
from seatrial.serving.policy import LOOPBACK, Callable, Command, Server, Url
from seatrial.serving.presets import WIRE

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25
_ONE_LOOK = 5.0  # seconds that one look at whether it is ready may take
_DYING = 1.0  # seconds between a connection that is cut off and the end of its process
_LOOK_EVERY = 0.5  # seconds between two looks at memory
_LOST = (Why.REFUSED, Why.CUT_OFF)


class Running:
    """One model that can be asked. `name` is how messages call it."""

    def __init__(self, name: str, server: Server, askers: Sequence[Asker], launched: Launched | None) -> None:
        """`askers` are the ways to it, one for each caller who asks at a time."""
        self.name = name
        self.server = server
        self._askers = askers
        self._idle: SimpleQueue[Asker] = SimpleQueue()
        for asker in askers:
            self._idle.put(asker)
        self._lock = Lock()
        self._launched = launched
        self._memory = PeakMemory(launched.child.pid) if launched is not None else None
        self._looked = 0.0
        self._ended: Ended | None = None

    @property
    def takes_many(self) -> bool:
        """Whether one request may hold more than one input."""
        return self._askers[0].takes_many

    @property
    def since_start(self) -> float | None:
        """Milliseconds since its process was started; None for one that ran before."""
        return None if self._launched is None else (time.monotonic() - self._launched.child.started) * 1000.0

    def ask(self, inputs: Sequence[Json]) -> Reply:
        """Ask once; as many threads may do so at a time as the server has callers. Raises UnansweredError, which names
        the end of its process where that is why."""
        if self._ended is not None:
            raise UnansweredError(Why.DIED, self._death())
        asker = self._idle.get()
        try:
            reply = asker.ask(inputs)
        except UnansweredError as error:
            if error.why in _LOST and self._has_ended(_DYING):
                raise UnansweredError(Why.DIED, self._death(), ms=error.ms, next_step=self.see_log()) from error
            raise
        finally:
            self._idle.put(asker)
        self._look()
        return reply

    def peak_memory(self) -> int | None:
        """The peak so far of all its processes, in bytes; None where nobody can tell."""
        if self._memory is not None and self._ended is None:
            self._memory.look()
        known = self._memory.peak if self._memory is not None else None
        return known or (self._ended.peak_memory if self._ended is not None else None)

    def await_ready(self) -> None:
        """Wait until it can be asked. Raises StageError, or OutsideError for a server that is not ours."""
        patience = self.server.timeouts.ready
        until, pause = time.monotonic() + patience, _FIRST_PAUSE
        while True:
            left = until - time.monotonic()
            try:
                said = self._askers[0].is_ready(max(0.01, min(left, _ONE_LOOK)))
            except UnansweredError as error:
                ending = f"; {self._death()}" if error.why is Why.CUT_OFF and self._has_ended(_DYING) else ""
                raise StageError(f"{self.name} cannot be loaded: {error}{ending}", next_step=self.see_log()) from error
            if self._has_ended(0.0):
                raise StageError(f"{self.name} never became ready: {self._death()}", next_step=self.see_log())
            if said is None:
                return
            if time.monotonic() >= until:
                raise self._never_ready(patience, said)
            time.sleep(min(pause, max(0.0, until - time.monotonic())))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def stop(self) -> None:
        """End its processes, kindly first, and wait until they are gone."""
        try:
            self._stop_kindly()
        except BaseException:  # asked to stop while it is waited for: now there is no time left to be kind
            if self._launched is not None and self._ended is None:
                with suppress(ChildProcessError):  # it was gone in that very moment
                    group.end_now(self._launched.child)
            raise

    def _stop_kindly(self) -> None:
        self.peak_memory()
        for asker in self._askers:
            asker.close()
        if self._launched is None or self._ended is not None:
            return
        self._launched.child.send(SIGTERM)
        if not self._has_ended(self.server.timeouts.stop):
            group.end_now(self._launched.child)

    def _has_ended(self, patience: float) -> bool:
        """Whether its process is gone, waited for a while."""
        if self._launched is None:
            return False
        until = time.monotonic() + patience
        with self._lock:
            while self._ended is None:
                self._ended = self._launched.child.poll()
                left = until - time.monotonic()
                if self._ended is not None or left <= 0:
                    break
                group.wait_any([self._launched.child], left)
        return self._ended is not None

    def _look(self) -> None:
        if self._memory is None or time.monotonic() - self._looked < _LOOK_EVERY:
            return
        if self._lock.acquire(blocking=False):  # else somebody looks, and nobody who is timed waits for that
            try:
                self._memory.look()
                self._looked = time.monotonic()
            finally:
                self._lock.release()

    def _never_ready(self, patience: float, said: str) -> StageError | OutsideError:
        message = f"{self.name} never became ready within {patience:g} s: {said}"
        if self._launched is None:
            return OutsideError(message, next_step="start the server, or correct its address")
        return StageError(f"{message}{self._log_end()}", next_step=self.see_log())

    def _death(self) -> str:
        ended = self._ended
        if ended is None:
            return ""
        how = f"was killed by {Signals(ended.signal).name}" if ended.signal else f"ended with exit code {ended.code}"
        return f"its process {how}{self._log_end()}"

    def _log_end(self) -> str:
        lines = launch.last_lines(self._launched.log) if self._launched is not None else ""
        return f"; the last lines of its log:\n{lines}" if lines else "; it printed nothing"

    def see_log(self) -> str | None:
        """What to do about a model that misbehaves; None for one of somebody else's."""
        return f"look at {self._launched.log}" if self._launched is not None else None


@contextmanager
def serve(server: Server, ground: Ground, *, model: str | None = None, name: str = "the model") -> Iterator[Running]:
    """A model that is ready to be asked, and stopped at the end whatever happens.

    Raises UsageError for what cannot be meant, StageError for a server that cannot be started or does not become ready,
    OutsideError for one of somebody else's that is not there.
    """
    if WIRE[server.preset].needs_name and not isinstance(server.behind, Callable) and not server.name:
        raise UsageError(
            f"`{server.preset}` asks a model by its name, and none is given", next_step="add `name:` to the server"
        )
    if isinstance(server.behind, Callable) and server.concurrency != 1:
        raise UsageError("a function answers one caller at a time", next_step="take `concurrency` out")
    mark = launch.new_mark()
    running = None
    try:
        running = _begun(server, ground, model, name, mark)
        running.await_ready()
        yield running
    finally:
        if running is not None:
            running.stop()
        elif not isinstance(sys.exception(), Exception):  # stopped in the very moment of starting
            launch.end_marked(mark)


def _begun(server: Server, ground: Ground, model: str | None, name: str, mark: str) -> Running:
    file = "".join(letter if letter.isalnum() else "-" for letter in name)
    headers = _headers(server.headers, ground.environment)
    match server.behind:
        case Url(url=url):
            return Running(name, server, _callers(server, url, headers), None)
        case Callable() as behind:
            made = launch.launch_callable(behind, model, ground, file, mark)
            asker = PipeAsker(made.questions, made.replies, patience=server.timeouts.request)
            return Running(name, server, (asker,), made)
        case Command() as command:
            made = launch.launch_command(command, model, ground, file, mark)
            return Running(name, server, _callers(server, f"http://{LOOPBACK}:{made.port}", headers), made)


def _callers(server: Server, url: str, headers: Mapping[str, str]) -> tuple[HttpAsker, ...]:
    """A connection for each caller. Raises UsageError for an address that is none."""
    return tuple(HttpAsker(server, url, headers) for _ in range(server.concurrency))


def _headers(declared: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """The headers with `$NAME` filled in. Raises UsageError for a variable that is not set."""
    filled: dict[str, str] = {}
    for header, value in declared.items():
        before, dollar, variable = value.partition("$")
        if dollar and variable not in environment:
            raise UsageError(f"header {header} takes ${variable}, which is not set", next_step=f"export {variable}=...")
        filled[header] = before + (environment[variable] if dollar else "")
    return filled
