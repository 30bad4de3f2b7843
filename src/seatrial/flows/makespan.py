"""How long cells of known durations take together, and what they wait for. Pure.

Called by `forecast` and `budgeting`. This plays the scheduler without commands: cells become ready when what
they wait for has ended, start in the order of `pipeline/rank.py`, dear ones after the cheap, and as many run at
once as places, processors and devices allow. Memory and tokens are not played.

Subtle: with fewer places than cells, any such order has Graham's anomalies: a longer cell can now
and then make the whole shorter. The result always lies between what no order can beat and Graham's
bound; with a place for each cell it is exactly the longest chain, and grows with every cell.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from msgspec import Struct

_SLACK = 1e-9  # shares of processors are added up and taken off again

_Key: TypeAlias = tuple[bool, float, float, int]


class Work(Struct, frozen=True, kw_only=True):
    """One cell: what it waits for, and what it needs while it runs. `worth` is the chance that it fails, by the
    second; a `dear` one starts when the cheap ones that do not wait for one have ended."""

    cell: str
    stage: str
    before: tuple[str, ...] = ()
    cpus: float = 1.0
    gpus: int = 0
    worth: float = 0.0
    dear: bool = False


class Capacity(Struct, frozen=True, kw_only=True):
    """What there is to run on; None for as much as is asked for."""

    jobs: int
    cpus: float | None = None
    gpus: int | None = None


class Schedule(Struct, frozen=True, kw_only=True):
    """The whole takes `seconds`. `path` is a chain of cells, each begun the moment the one before ended,
    from the start to the end: shortening any other cell alone gains nothing at once."""

    seconds: float
    path: tuple[tuple[str, float], ...]


def simulate(work: Sequence[Work], seconds: Mapping[str, float], capacity: Capacity) -> Schedule:
    """Play cells, given producers first. A cell without seconds takes none, and no place either."""
    return _Play(work, seconds, capacity).play()


class _Play:
    """One schedule under way. Cells are known by their place in `work`."""

    def __init__(self, work: Sequence[Work], seconds: Mapping[str, float], capacity: Capacity) -> None:
        self._work = work
        self._seconds = [max(0.0, seconds.get(one.cell, 0.0)) for one in work]
        self._capacity = capacity
        places = {one.cell: place for place, one in enumerate(work)}
        before = [{places[name] for name in one.before if name in places} for one in work]
        self._dear = [place for place, one in enumerate(work) if one.dear]
        self._ahead = frozenset(self._ahead_of_dear(before)) if self._dear else frozenset()
        self._awaited = len(self._ahead)
        self._feeds: list[list[int]] = [[] for _ in work]
        for place, others in enumerate(before):
            for other in sorted(others):
                self._feeds[other].append(place)
        self._missing = [len(others) for others in before]
        for place in self._dear if self._awaited else ():
            self._missing[place] += 1  # for all cheap ones together
        self._rank = list(self._seconds)
        for place in range(len(work) - 1, -1, -1):
            self._rank[place] += max((self._rank[one] for one in self._feeds[place]), default=0.0)
        self._keys = [
            (one.dear, 0.0 if one.dear else -one.worth, -self._rank[place], place) for place, one in enumerate(work)
        ]
        self._least = min((self._needs(place)[0] for place in range(len(work))), default=0.0)
        self._cpus, self._gpus = 0.0, 0
        self._running: list[tuple[float, int]] = []
        self._ready: list[_Key] = []
        self._ready_at = [0.0] * len(work)
        self._cause: list[int | None] = [None] * len(work)
        for place in [place for place in range(len(work)) if not self._missing[place]]:
            self._make_ready(place, 0.0)

    def play(self) -> Schedule:
        now, last = 0.0, None
        self._start(now, None)
        while self._running:
            now, last = self._running[0]
            while self._running and self._running[0][0] == now:
                _, last = heapq.heappop(self._running)
                cpus, gpus = self._needs(last)
                self._cpus, self._gpus = self._cpus - cpus, self._gpus - gpus
                self._end(last, now)
            self._start(now, last)
        return Schedule(seconds=now, path=self._path(last))

    def _start(self, now: float, freed: int | None) -> None:
        """Start what fits. A cell that was ready before waited for the place that has just come free."""
        held: list[_Key] = []
        while self._ready and len(self._running) < self._capacity.jobs and self._room(self._least, 0):
            key = heapq.heappop(self._ready)
            place = key[-1]
            cpus, gpus = self._needs(place)
            if not self._room(cpus, gpus):
                held.append(key)
                continue
            self._cpus, self._gpus = self._cpus + cpus, self._gpus + gpus
            if self._ready_at[place] != now:
                self._cause[place] = freed
            heapq.heappush(self._running, (now + self._seconds[place], place))
        for one in held:
            heapq.heappush(self._ready, one)

    def _end(self, place: int, now: float) -> None:
        ended = [place]
        while ended:
            place = ended.pop()
            freed = self._feeds[place]
            if place in self._ahead:
                self._awaited -= 1
                freed = freed if self._awaited else [*freed, *self._dear]
            for other in freed:
                self._missing[other] -= 1
                if not self._missing[other]:
                    self._cause[other] = place  # the last one to end is what it waited for
                    if self._seconds[other] > 0:
                        self._make_ready(other, now)
                    else:
                        ended.append(other)  # it takes no time, so it needs no place

    def _make_ready(self, place: int, now: float) -> None:
        if self._seconds[place] > 0:
            self._ready_at[place] = now
            heapq.heappush(self._ready, self._keys[place])
        else:
            self._end(place, now)

    def _ahead_of_dear(self, before: Sequence[AbstractSet[int]]) -> Iterator[int]:
        """The places of the cells that every dear one waits for."""
        behind: set[int] = set()
        for place, one in enumerate(self._work):
            if one.dear or not behind.isdisjoint(before[place]):
                behind.add(place)
            else:
                yield place

    def _path(self, last: int | None) -> tuple[tuple[str, float], ...]:
        path: list[tuple[str, float]] = []
        while last is not None:
            if self._seconds[last] > 0:
                path.append((self._work[last].cell, self._seconds[last]))
            last = self._cause[last]
        return tuple(reversed(path))

    def _needs(self, place: int) -> tuple[float, int]:
        """What a cell takes; one that asks for more than there is gets all of it."""
        one, whole = self._work[place], self._capacity
        cpus = one.cpus if whole.cpus is None else min(one.cpus, whole.cpus)
        return cpus, one.gpus if whole.gpus is None else min(one.gpus, whole.gpus)

    def _room(self, cpus: float, gpus: int) -> bool:
        whole = self._capacity
        enough = whole.cpus is None or self._cpus + cpus <= whole.cpus + _SLACK
        return enough and (whole.gpus is None or self._gpus + gpus <= whole.gpus)
