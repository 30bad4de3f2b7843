"""The shared cache as one run uses it: asked and told beside the loop, which does all that touches the tree.

Called by the executor: for a cell whose key is not in the local cache, for a result that was just stored here, and
for one that is reused and has not reached the shared cache yet, because the run that made it was killed or
nobody answered. Where nothing is shared, nothing of this does anything, and no thread is started.

Subtle: what was just made is offered while its outs stay locked and its readers wait, because their keys depend on
whether another machine was first. What is offered again has readers already, so nobody waits for it: if another
machine was first, the next run of this tree finds its result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial.pipeline.adoption import adopt
from seatrial.pipeline.beside import Beside, Job
from seatrial.pipeline.cell_keys import shared_outs
from seatrial.pipeline.errands import Errand
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.reads import holds
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.session import Session
from seatrial.replacing import replace
from seatrial.store.locks import Held

if TYPE_CHECKING:
    from seatrial.pipeline.shared_cache import SharedCache  # transfers, for projects that share

QUESTIONS = 8
"""Keys that are asked for at once."""

OFFERS = 2
"""Results that are on their way to the shared cache at once."""

MOST_AGAIN = 32
"""Results of earlier runs that one run offers again."""

LINGER = 10.0
"""Seconds that a run waits at its end for what it offers again."""


class _Again(Struct, frozen=True, kw_only=True):
    stored: StageResult
    job: Job[StageResult]


class Sharing:
    """What one run fetches from a shared cache and brings there."""

    def __init__(self, session: Session, outs: Outs) -> None:
        self._cache = session.cache
        self._outs = outs
        self._beside = Beside(session.events.add)
        self._questions = self._beside.lane(QUESTIONS)
        self._offers = self._beside.lane(OFFERS)
        self._late = self._beside.lane(1)
        self._unshared: frozenset[str] | None = None
        self._again: list[_Again] = []
        if session.cache.shared is not None:
            session.cache.shared.tell = self._beside.say
            session.cache.shared.holds = partial(holds, now=session.survey.reads.in_any_thread())

    # -- back -------------------------------------------------------------------------

    def fetch(self, cell: Cell, action_key: str) -> Errand | None:
        """Look for a result that is not here; None when it was looked for already, or nothing is shared."""
        shared = self._cache.shared
        if shared is None or not shared.asks(action_key):
            return None
        job = self._questions.ask(lambda: shared.fetch(action_key, shared_outs(cell)))
        return Errand(text="fetching from the shared cache", job=job, then=lambda: _looked(job))

    # -- there ------------------------------------------------------------------------

    def promise(self, action_key: str) -> None:
        """A result is about to be stored here that has to go there."""
        if self._cache.shared is not None and self._cache.shared.takes:
            self._cache.results.unshared.add(action_key, self._cache.shared.domain)

    def offer(
        self, cell: Cell, paths: Mapping[str, str], held: Held, outcome: CellOutcome, result: StageResult
    ) -> Errand | None:
        """Bring a result there that was just stored here, with its outs at `paths` locked by `held`.

        None when it goes nowhere. The errand's end gives the locks back.
        """
        shared = self._cache.shared
        if shared is None or not (shared.takes and shared.answers):
            return None
        job = self._offers.ask(lambda: shared.offer(result, shared_outs(cell)))

        def then() -> CellOutcome:
            try:
                counts = job.result() if job.done else result  # given up: a later run offers it
                if counts is not result:
                    counts = adopt(self._cache, self._outs, paths, result, counts)
            finally:
                held.release()
            return replace(outcome, result=counts)

        return Errand(text="sharing its result", job=job, then=then, drop=held.release)

    def again(self, cell: Cell, stored: StageResult) -> None:
        """A result is reused: bring it there if it is not known to be there. Nobody waits for that yet."""
        shared = self._cache.shared
        if shared is None or not (shared.takes and shared.answers) or len(self._again) >= MOST_AGAIN:
            return
        if self._unshared is None:
            self._unshared = self._cache.results.unshared.meant_for(shared.domain)
        if stored.action_key in self._unshared:
            self._again.append(_Again(stored=stored, job=self._late.ask(_offering(shared, stored, shared_outs(cell)))))

    # -- the end ----------------------------------------------------------------------

    def linger(self) -> None:
        """Give what is offered again some time, and take in what came of it."""
        if not self._again:
            return
        self._late.idle(LINGER)
        for one in self._again:
            if one.job.done:
                self._settle(one.stored, one.job.result())
        self._beside.flush()

    def close(self) -> None:
        """Begin nothing more."""
        self._beside.flush()
        self._beside.close()

    def _settle(self, stored: StageResult, counts: StageResult) -> None:
        if counts is stored:
            return
        results, shared = self._cache.results, self._cache.shared
        results.discard(stored.action_key)
        results.put(counts)
        results.unshared.remove(counts.action_key)
        if shared is not None:
            shared.warn(
                f"another machine shared a result of {stored.cell} before this one did; the next run takes that one"
            )


def _looked(job: Job[StageResult | None]) -> None:
    """The cell is begun anew, and finds what was fetched in the local cache. A defect is raised."""
    if job.done:
        job.result()


def _offering(shared: SharedCache, stored: StageResult, kept: tuple[str, ...]) -> Callable[[], StageResult]:
    return lambda: shared.offer(stored, kept)
