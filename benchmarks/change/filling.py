"""The functions and classes that fill a generated module: plain arithmetic in the shapes that code has.

Each function takes one number and gives one, so that a module may call any of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from benchmarks.change.words import adjective, class_name, noun

_SENTENCES = (
    "Values outside of the range wrap around.",
    "The order of the steps matters: the first one decides the sign.",
    "Kept apart from the caller so that both can be timed.",
    "Two rows with equal keys count once.",
    "A width of one means that nothing is shared.",
    "The result is an index, never a weight.",
    "Rounded towards zero, as the reference does.",
)


class Parts:
    """Pieces of one module, each with a name that the module has not used yet."""

    def __init__(self, chance: random.Random, taken: Iterable[str]) -> None:
        self._chance = chance
        self._taken = set(taken)
        self._makers: tuple[Callable[[], str], ...] = (self._record, self._reporting)

    def any(self) -> str:
        """A function, or now and then something larger."""
        if self._chance.random() < 0.2:
            return self._chance.choice(self._makers)()
        return self.function()[1]

    def function(self) -> tuple[str, str]:
        """A function from a number to a number: its name and its text."""
        name = self._name("_" if self._chance.random() < 0.6 else "")
        maker = self._chance.choice((self._loop, self._table, self._branches, self._comprehension, self._nested))
        return name, maker(name)

    def describing(self, kind: str) -> str:
        """A function that has another module's class in its signature alone."""
        name = self._name("describe_")
        return "\n".join(
            [f"def {name}(item: {kind}) -> str:", self._doc(), f'    return f"{{item}} and {self._number()}"']
        )

    def _name(self, prefix: str) -> str:
        name = f"{prefix}{adjective(self._chance)}_{noun(self._chance)}"
        while name in self._taken:
            name = f"{prefix}{adjective(self._chance)}_{noun(self._chance)}_{self._chance.randint(2, 99_999)}"
        self._taken.add(name)
        return name

    def _number(self) -> int:
        return self._chance.randint(2, 97)

    def _doc(self, indent: str = "    ") -> str:
        first = f"The {adjective(self._chance)} {noun(self._chance)} of a {noun(self._chance)}."
        if self._chance.random() < 0.5:
            return f'{indent}"""{first}"""'
        more = " ".join(self._chance.sample(_SENTENCES, 2))
        return f'{indent}"""{first}\n\n{indent}{more}\n{indent}"""'

    def _comment(self, indent: str = "    ") -> list[str]:
        return [f"{indent}# {self._chance.choice(_SENTENCES)}"] if self._chance.random() < 0.4 else []

    def _loop(self, name: str) -> str:
        local = noun(self._chance)
        lines = [
            f"def {name}(value: int, *, {local}: int = {self._number()}) -> int:",
            self._doc(),
            f"    total = {self._number()}",
            *self._comment(),
            f"    for step in range({local} % 4 + 2):",
            f"        total += (value >> step) * {self._number()}",
            f"        if total % {self._number()} == 0:",
            "            total -= step",
            f"    return total % {self._number() * 101}",
        ]
        return "\n".join(lines)

    def _table(self, name: str) -> str:
        keys = self._chance.sample(("left", "right", "upper", "lower", "inner", "outer", "first", "last"), 4)
        lines = [
            f"def {name}(value: int, *, fallback: int = {self._number()}) -> int:",
            self._doc(),
            "    table = {",
            *(f'        "{key}": {self._number()},' for key in keys),
            "    }",
            *self._comment(),
            "    keys = sorted(table)",
            f"    return table.get(keys[value % len(keys)], fallback) + value % {self._number()}",
        ]
        return "\n".join(lines)

    def _branches(self, name: str) -> str:
        lines = [
            f"def {name}(value: int, *, low: int = {self._number()}, high: int = {self._number() + 100}) -> int:",
            self._doc(),
            f"    rest = value % {self._number() + 120}",
            "    if rest < low:",
            f"        return rest + {self._number()}",
            *self._comment(),
            "    if rest > high:",
            f"        return high - rest % {self._number()}",
            f"    return rest * {self._number()} // {self._number()}",
        ]
        return "\n".join(lines)

    def _comprehension(self, name: str) -> str:
        local = noun(self._chance)
        lines = [
            f"def {name}(value: int, *, count: int = {self._chance.randint(2, 6)}) -> int:",
            self._doc(),
            f"    {local}s = [(value + {local}) % {self._number()} for {local} in range(count)]",
            *self._comment(),
            f"    return sum({local} * {self._number()} for {local} in {local}s if {local} != {self._number()})",
        ]
        return "\n".join(lines)

    def _nested(self, name: str) -> str:
        local = noun(self._chance)
        lines = [
            f"def {name}(value: int, *, depth: int = {self._chance.randint(1, 4)}) -> int:",
            self._doc(),
            "",
            f"    def one_{local}(rest: int) -> int:",
            f"        return rest * {self._number()} % {self._number() + 50}",
            "",
            "    result = value",
            *self._comment(),
            "    for _ in range(depth):",
            f"        result = one_{local}(result) + {self._number()}",
            "    return result",
        ]
        return "\n".join(lines)

    def _record(self) -> str:
        name, local = class_name(self._name("")), noun(self._chance)
        lines = [
            f"class {name}Settings:",
            self._doc(),
            "",
            f"    {local}_size = {self._number()}",
            f"    enabled = {self._chance.choice(('True', 'False'))}",
            "",
            f"    def __init__(self, {local}: int = {self._number()}, *, name: str = '{local}') -> None:",
            f"        self.{local} = {local}",
            "        self.name = name",
            "",
            f"    def total(self, factor: int = {self._number()}) -> int:",
            self._doc("        "),
            f"        return self.{local} * factor + self.{local}_size",
            "",
            "    def __repr__(self) -> str:",
            f'        return f"{name}Settings({local}={{self.{local}}}, name={{self.name}})"',
        ]
        return "\n".join(lines)

    def _reporting(self) -> str:
        name = self._name("report_")
        lines = [
            f"def {name}(rows: list[int], *, title: str = '{adjective(self._chance)} {noun(self._chance)}') -> str:",
            self._doc(),
            "    lines = [title]",
            "    for number, row in enumerate(rows):",
            *self._comment("        "),
            f"        mark = '*' if row > {self._number()} else ' '",
            f"        lines.append(f'{{mark}} {{number:>{self._chance.randint(2, 6)}}} {{row}}')",
            "    return '\\n'.join(lines)",
        ]
        return "\n".join(lines)
