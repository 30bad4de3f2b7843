"""Which waiting cell starts next. Pure: what is free, what waits and what was passed over come in as values.

Called by the scheduler after every change. Cells that need the same stand in one line, so only the
heads of the lines are looked at and the work does not grow with the number of cells. The head of the best
rank (`rank.py`) goes first. One that does not fit may be overtaken by others that do, at most
`OVERTAKES` times; from then on nothing starts that would keep what it needs from it. So a cell that
wants all devices gets them although small ones keep coming, and a machine is not left idle for it at once.

Subtle: `outside` says that the cell would fit if others on this machine gave back what they hold. Nobody
knows when that is, so such a cell keeps devices and tokens free for itself, and neither cores nor memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from seatrial.pipeline.policy import Resources
from seatrial.pipeline.rank import Rank

OVERTAKES = 4
"""How many cells of lower rank may start before one that does not fit."""

_ROUNDING = 1e-9  # thirds of a core add up to one


class Want(Struct, frozen=True, kw_only=True):
    """The first of a line of cells that need the same. A smaller `rank` goes first."""

    cell: str
    rank: Rank
    needs: Resources
    overtaken: int = 0
    outside: bool = False


class Free(Struct, frozen=True, kw_only=True):
    """What a run may still use. `places` are commands; `memory` is None where nobody knows it."""

    places: int
    cpus: float
    memory: int | None = None
    gpus: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)

    def holds(self, needs: Resources) -> bool:
        """Whether a command with these needs fits."""
        return all(thing.free >= thing.need for thing in self._things(needs))

    def holds_beside(self, needs: Resources, other: Want) -> bool:
        """Whether a command takes nothing that `other` waits for: of each thing, one of them needs none or
        enough is left for both."""
        pairs = zip(self._things(needs), self._things(other.needs), strict=True)
        return all(
            not mine.need
            or not theirs.need
            or mine.free >= mine.need + theirs.need
            or (other.outside and not mine.leased)
            for mine, theirs in pairs
        )

    def _things(self, needs: Resources) -> Iterator[_Thing]:
        """Everything that is counted, always in one order."""
        yield _Thing(1, self.places)
        yield _Thing(needs.cpus, self.cpus + _ROUNDING)
        if self.memory is not None:
            yield _Thing(needs.memory or 0, self.memory)
        yield _Thing(needs.gpus, self.gpus, leased=True)
        for name in sorted(self.tokens):
            yield _Thing(needs.tokens.get(name, 0), self.tokens[name], leased=True)


class _Thing(Struct, frozen=True):
    """How much of one thing is needed and free; whether it is leased from the machine or counted by the run alone."""

    need: float
    free: float
    leased: bool = False


class Choice(Struct, frozen=True, kw_only=True):
    """What starts now, and who waited longer by rank and did not fit."""

    cell: str
    overtook: tuple[str, ...] = ()


def choose_next(wants: Sequence[Want], free: Free) -> Choice | None:
    """The cell to start, None when nothing can or should start now."""
    passed: list[str] = []
    reserved: list[Want] = []
    for want in sorted(wants, key=lambda one: one.rank):
        fits = not want.outside and free.holds(want.needs)
        if fits and all(free.holds_beside(want.needs, other) for other in reserved):
            return Choice(cell=want.cell, overtook=tuple(passed))
        passed.append(want.cell)
        if want.overtaken >= OVERTAKES:
            reserved.append(want)
    return None
