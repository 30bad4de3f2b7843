"""Which samples are drawn and which accidents happen to them: the same for every tool.

A batch is one reference and the samples compared with it. Damaged samples are checked undamaged as well, because a
tool has found damage only if it says something that it does not say of the very same rows when they are whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data.kinds import Kind
from benchmarks.data.power import Effect, effect_of, power
from benchmarks.data.roles import Table

SOURCES = 10
"""Sources that samples are spread over, so that one unlucky reference does not decide the rate of alarms."""
FIRST_DAMAGED = 1000
"""Parts below are clean samples, this one and above are damaged ones."""
CLEAN = "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One accident, and what may be expected of whoever looks at it."""

    kind: Kind
    magnitude: float
    effect: Effect
    power: float

    @property
    def name(self) -> str:
        return f"{self.kind.name} {self.magnitude:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows to check: whole (`case` is None) or damaged."""

    source: int
    part: int
    case: Case | None = None

    @property
    def key(self) -> str:
        """Under which its answer is kept."""
        return f"{self.source}/{self.part}/{CLEAN if self.case is None else self.case.name}"

    @property
    def is_control(self) -> bool:
        """The undamaged side of damaged samples; not one of the clean samples that are counted."""
        return self.case is None and self.part >= FIRST_DAMAGED


def cases_of(table: Table, kinds: Sequence[Kind], n: int) -> tuple[Case, ...]:
    """Every kind that the table has a column for, at each magnitude."""
    columns = table.pair(min(table.sizes), 1, 1)[0].width
    made = []
    for kind in kinds:
        for magnitude in kind.magnitudes if kind.column(table) else ():
            effect = effect_of(table, kind, magnitude)
            made.append(Case(kind=kind, magnitude=magnitude, effect=effect, power=power(effect, table, n, columns)))
    return tuple(made)


def samples_of(cases: Sequence[Case], *, clean: int, repeats: int) -> Iterator[tuple[int, tuple[Sample, ...]]]:
    """The samples of each source: clean ones first, then for each repeat one control and all its accidents."""
    for source in range(1, SOURCES + 1):
        samples = [Sample(source=source, part=1 + i // SOURCES) for i in range(clean) if 1 + i % SOURCES == source]
        for repeat in range(repeats):
            if 1 + repeat % SOURCES == source:
                part = FIRST_DAMAGED + repeat
                samples.append(Sample(source=source, part=part))
                samples += [Sample(source=source, part=part, case=case) for case in cases]
        if samples:
            yield source, tuple(samples)


def recipe() -> str:
    """A digest of what makes tables and accidents: an answer given about other files is not kept."""
    here = Path(__file__).parent
    made_by = [here / name for name in ("drawing.py", "roles.py", "kinds.py", "customers.py", "sensors.py", "events.py",
                                        "digits.py")]  # fmt: skip
    return digest_of([*made_by, *sorted(here.glob("broken_*.py"))])


def digest_of(paths: Sequence[Path]) -> str:
    """A short digest of some files."""
    digest = hashlib.blake2b(digest_size=6)
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
