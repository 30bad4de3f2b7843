"""dvc.yaml files drawn by chance: templates, groups and values, most of them odd and many of them wrong.

Used by the campaign that fills them in with DVC's own code and with ours. A seed gives the same cases each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from msgspec import Struct

_TEXTS = ("a", "b c", "x'y", "", "true", "1", "$HOME", "é", "a.b", "-q", "[z]", "uk", "us", "de")
_KEYS = ("a", "b", "c", "lr", "Name", "k-1", "7")
_AROUND = ("x ", "--o=", "'", '"', "\\${n} ", "$", "", ";", "{}", "\\", " ")
_WRONG = ("nope", "p.zz", "p[9]", "p[-1]", " p ", "p..a", "", "item", "key")


class Case(Struct, frozen=True, kw_only=True):
    """A dvc.yaml and the params.yaml beside it."""

    params: Mapping[str, object]
    document: Mapping[str, object]


def cases(seed: int, count: int) -> Iterator[Case]:
    """So many cases."""
    draw = _Draw(random.Random(seed))
    return (draw.case() for _ in range(count))


class _Draw:
    """One source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def value(self, depth: int = 0) -> object:
        pick = self.chance.choice
        kind = self.chance.randrange(9 if depth < 2 else 6)
        if kind == 7 or kind == 8:
            return {pick(_KEYS): self.value(depth + 1) for _ in range(self.chance.randrange(1, 4))}
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.chance.randrange(4))]
        if kind == 0:
            return pick((1, 0, -3, 10**20, 7))
        if kind == 1:
            return pick((0.1, 1e-5, 2.50, 1e10, 1e20, -0.0, 3.0))
        if kind == 2:
            return pick((True, False))
        return None if kind == 3 else pick(_TEXTS)

    def case(self) -> Case:
        params = {name: self.value() for name in "pqrs" if self.chance.random() < 0.8}
        scalars = [path for name, value in params.items() for path in self.paths(value, name)] or ["p"]
        groups = [path for name, value in params.items() for path in _groups(value, name)] or scalars
        stages = {f"st{number}": self.stage(number, scalars, groups) for number in range(2)}
        own = {"vars": [{"own": self.value()}]} if self.chance.random() < 0.3 else {}
        return Case(params=params, document={"stages": stages, **own})

    def paths(self, value: object, start: str) -> list[str]:
        """Expressions for the values in a value, now and then for one that does not fit into a text."""
        fits = not isinstance(value, dict | list) or self.chance.random() < 0.03
        found = [start] if fits else []
        if isinstance(value, dict):
            for key, inner in value.items():
                found += [*self.paths(inner, f"{start}.{key}"), *self.paths(inner, f"{start}[{key}]")]
        if isinstance(value, list):
            for index, inner in enumerate(value):
                found += [*self.paths(inner, f"{start}[{index}]"), *self.paths(inner, f"{start}.{index}")]
        return found

    def text(self, known: list[str]) -> str:
        found = ""
        for _ in range(self.chance.randrange(1, 4)):
            found += self.chance.choice(_AROUND)
            if self.chance.random() < 0.7:
                found += "${" + self.chance.choice(_WRONG if self.chance.random() < 0.02 else known) + "}"
        return found

    def body(self, number: int, known: list[str]) -> dict[str, object]:
        def path() -> str:
            return self.text(known).replace("\\", "")

        one, listed = self.text(known) + "e", [self.text(known) + "e", self.text(known) + "f"]
        wdir = {"wdir": self.chance.choice(["w", f"w/{path()}"])} if self.chance.random() < 0.2 else {}
        outs = [{f"o{number}/{path()}z": {"cache": False}}]
        return {"cmd": self.chance.choice([one, listed]), "deps": [f"d/{path()}z"], "outs": outs, **wdir}

    def stage(self, number: int, scalars: list[str], groups: list[str]) -> dict[str, object]:
        kind = self.chance.choice("ssffm")
        if kind == "s":
            return self.body(number, scalars)
        some = scalars[:3]
        named = "${" + self.chance.choice(groups) + "}"
        if kind == "f":
            listed = [self.value(1) for _ in range(self.chance.randrange(1, 4))]
            mapped = {self.chance.choice(["uk", "us", "x y"]): self.value() for _ in range(3)}
            over = self.chance.choice([listed, mapped, named])
            first = over[0] if isinstance(over, list) else next(iter(over.values())) if isinstance(over, dict) else 0
            keys = ["key"] if isinstance(over, dict) else []
            return {"foreach": over, "do": self.body(number, [*(self.paths(first, "item") or ["item"]), *some, *keys])}
        axes: dict[str, object] = {}
        known = ["key", *some]
        for axis in self.chance.sample(["aa", "bb", "cc"], self.chance.randrange(1, 3)):
            values = [self.value(1) for _ in range(self.chance.randrange(1, 3))]
            axes[axis] = self.chance.choice([values, named])
            known += self.paths(values[0], f"item.{axis}") if isinstance(axes[axis], list) else [f"item.{axis}"]
        return {"matrix": axes, **self.body(number, known)}


def _groups(value: object, start: str) -> list[str]:
    found = [start] if isinstance(value, dict | list) and value else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _groups(inner, f"{start}.{key}")
    return found
