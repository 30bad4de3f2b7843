"""Who uses whom: the modules of a generated tree, package by package, from the bottom to the top.

Called by the generator. A module uses modules that were made before it, a few of them much more often than the
rest, as in real trees; so there is a hub in every package, and no import cycle but those that are made on purpose.
What a call costs is bounded: a function that would make more than some hundred calls uses less.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.change.modules import Module, Use, Way
from benchmarks.change.shapes import Shape
from benchmarks.change.words import stems

MOST_CALLS = 160
_OTHERS = (Way.NAMES,) * 10 + (Way.RENAMED,) * 3 + (Way.LAZY,) * 3 + (Way.GUARDED, Way.TYPING, Way.TYPING)
_OWN = (Way.RELATIVE,) * 6 + (Way.NAMES,) * 4 + (Way.LAZY, Way.RENAMED)


class Growing:
    """The modules so far."""

    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self._shape = shape
        self._chance = chance
        self._stems = stems(chance)
        self._calls: dict[str, int] = {}
        self.modules: dict[str, Module] = {}
        self.packages: dict[str, list[str]] = {}
        self.exported: dict[str, list[str]] = {}

    def package(
        self,
        name: str,
        count: int,
        below: Sequence[str],
        *,
        outside: Sequence[str] = (),
        base: str = "",
        decorator: str = "",
        exports: float = 0.0,
    ) -> list[str]:
        """Make a package of `count` modules that use those of the packages `below` and each other.

        About one in six calls a function of `outside`; a share of them is exported by the package.
        """
        made = self.packages.setdefault(name, [])
        for _ in range(count):
            made.append(self._module(name, made, below, outside, base, decorator))
        self.exported[name] = sorted(self._chance.sample(made, round(len(made) * exports)))
        if len(made) > 8:
            self._tie(made)
        return made

    def popular(self, package: str) -> str:
        """One module of a package; the first ones are taken most."""
        found = self.packages[package]
        return found[int(len(found) * self._chance.random() ** 1.5)]

    def size(self) -> int:
        """The size of one more file."""
        drawn = self._chance.lognormvariate(math.log(self._shape.median), self._shape.spread)
        return min(self._shape.largest, round(drawn))

    def _module(
        self, package: str, own: Sequence[str], below: Sequence[str], outside: Sequence[str], base: str, decorator: str
    ) -> str:
        name = f"{package}.{next(self._stems)}"
        uses, calls = self._uses(package, own, below, self._chance.randint(2, 5))
        more, further = self._uses(package, own, below, self._chance.randint(0, 3))
        taken = {use.module for use in uses}
        self._calls[name] = 5 + calls + further
        self.modules[name] = Module(
            name=name,
            size=self.size(),
            uses=tuple(uses),
            more=tuple(use for use in more if use.module not in taken),
            outside=(self._chance.choice(outside),) if outside and self._chance.random() < 0.17 else (),
            base=base,
            decorator=decorator,
        )
        return name

    def _uses(self, package: str, own: Sequence[str], below: Sequence[str], count: int) -> tuple[list[Use], int]:
        found: dict[str, Use] = {}
        calls = 0
        for _ in range(count):
            inside = bool(own) and self._chance.random() < (0.35 if below else 1.0)
            if not inside and not below:
                break
            target = self.popular(package if inside else self._chance.choice(below))
            way = self._chance.choice(_OWN if inside else _OTHERS)
            home = target.rpartition(".")[0]
            if not inside and way is Way.NAMES and target in self.exported.get(home, ()):
                way = Way.PACKAGE
            cost = 0 if way is Way.TYPING else self._calls[target]
            if target in found or calls + cost > MOST_CALLS // 2:
                continue
            calls += cost
            found[target] = Use(module=target, way=way)
        return list(found.values()), calls

    def _tie(self, made: Sequence[str]) -> None:
        """Make import cycles, as packages have them: the later module takes a constant of an earlier one, which
        takes one of it inside of its function."""
        for _ in range(max(1, len(made) // 40)):
            first, second = sorted(self._chance.sample(range(len(made)), 2))
            self._use_also(made[second], Use(module=made[first], way=Way.PLAIN))
            self._use_also(made[first], Use(module=made[second], way=Way.LATE))

    def _use_also(self, name: str, use: Use) -> None:
        module = self.modules[name]
        if use.module not in {other.module for other in (*module.uses, *module.more)}:
            self.modules[name] = replace(module, uses=(*module.uses, use))
