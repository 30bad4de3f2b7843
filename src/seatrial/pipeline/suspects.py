"""Which commits could have made a stage fail, the likeliest first. Pure.

Called by `flows/suspects.py`. A commit is a suspect when what it changed reaches the stage, or a stage that feeds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.pipeline.evidence_of_change import ORDER, Evidence, Grade, Hop
from seatrial.pipeline.expand import Cell

_ORDER = {**ORDER, Grade.UNKNOWN: len(ORDER)}
"""Of a path that nobody is known to read it cannot be ruled out that it matters, and it hardly does."""


class Suspect(Struct, frozen=True, kw_only=True):
    """A commit that reaches a stage. `evidence` is the strongest, with the way from the stage; `through` the stages
    between it and the one that the change reaches by itself. `number` is its place on the branch, from the oldest
    commit looked at; `paths` how many files it changed, `touching` those of them that reach the stage."""

    commit: str
    parent: str
    number: int
    author: str
    date: str
    subject: str
    evidence: Evidence
    is_merge: bool = False
    through: tuple[str, ...] = ()
    paths: int = 0
    touching: int = 0


def ranked(suspects: Iterable[Suspect]) -> tuple[Suspect, ...]:
    """The strongest grade first; of equal ones the newest, and no name is used of what is weak."""
    return tuple(sorted(suspects, key=lambda one: (*_strength(one.evidence), -one.number)))


def feeding(cells: Sequence[Cell], wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The wanted cells and all that feed them, nearest first, each with the cells on the way to it."""
    by_name = {cell.name: cell for cell in cells}
    ways: dict[str, tuple[str, ...]] = dict.fromkeys(wanted, ())
    for name in (pending := list(ways)):
        for maker in by_name[name].producers:
            if maker in by_name and maker not in ways:
                ways[maker] = (*ways[name], name)
                pending.append(maker)
    return ways


def strongest_on_the_way(
    found: Mapping[str, Sequence[Evidence]], ways: Mapping[str, tuple[str, ...]], declared: Mapping[str, Hop]
) -> tuple[Evidence, tuple[str, ...]] | None:
    """The strongest evidence for a stage or for anything that feeds it, with the stages on the way; its chain begins at
    the stage itself. None when nothing reaches any of them."""
    rows = [(one, ways[cell]) for cell, some in found.items() if cell in ways for one in some]
    if not rows:
        return None
    one, way = min(rows, key=lambda row: (*_strength(row[0]), len(row[1]), len(row[0].chain), row[0].path))
    if not way:
        return one, ()
    chain = (*(declared[cell] for cell in way), *one.chain)
    told = Evidence(path=one.path, grade=one.grade, reason=one.reason, chain=chain, weak=one.weak)
    return told, way


def _strength(one: Evidence) -> tuple[bool, int]:
    return one.weak, _ORDER[one.grade]
