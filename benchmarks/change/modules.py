"""One Python module of a generated tree: what it takes from others, and its text.

Called by the generator, which decides who uses whom. A module `a.b.gated_mlp` has a function
`apply_gated_mlp(x)` and a class `GatedMlp` with `forward(x)`, which computes with the module's constants and
defaults, and with the functions of the modules it uses; so a fault anywhere on the way changes a result.
The rest, as in real modules, is there for nobody, or for somebody who was not looked at.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto

from benchmarks.change import filling
from benchmarks.change.words import class_name, function_name

MODULUS = 1_000_003


class Way(Enum):
    """How a module is imported."""

    NAMES = auto()  # from a.b.c import c
    PACKAGE = auto()  # from a.b import c, which the package exports again
    RELATIVE = auto()  # from .c import c
    RENAMED = auto()  # import a.b.c as c_module
    PLAIN = auto()  # import a.b.c, for a constant
    LATE = auto()  # from a.b.c import LIMIT, inside of the function
    LAZY = auto()  # from a.b.c import c, inside of the function
    GUARDED = auto()  # from a.b.c import c, or None where that fails
    TYPING = auto()  # from a.b.c import C, for the type checker alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """That one module uses another, and how it names it."""

    module: str
    way: Way

    @property
    def stem(self) -> str:
        """The last part of the module's name."""
        return self.module.rpartition(".")[2]

    @property
    def function(self) -> str:
        """The function that is used."""
        return function_name(self.stem)

    @property
    def call(self) -> str:
        """What is written before the brackets."""
        return f"{self.stem}_module.{self.function}" if self.way is Way.RENAMED else self.function

    @property
    def line(self) -> str:
        """The import."""
        package, _, stem = self.module.rpartition(".")
        match self.way:
            case Way.PACKAGE:
                return f"from {package} import {self.function}"
            case Way.RELATIVE:
                return f"from .{stem} import {self.function}"
            case Way.RENAMED:
                return f"import {self.module} as {stem}_module"
            case Way.PLAIN:
                return f"import {self.module}"
            case Way.LATE:
                return f"from {self.module} import LIMIT as {stem}_limit"
            case Way.TYPING:
                return f"from {self.module} import {class_name(stem)}"
        return f"from {self.module} import {self.function}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What the generator decided about one module.

    `uses` are called by its function, `more` by its class; `outside` are functions of installed packages,
    as `tinymath.mix`. `base` is `package.module.Class`, `decorator` a name to register its class under.
    """

    name: str
    size: int
    uses: tuple[Use, ...] = ()
    more: tuple[Use, ...] = ()
    outside: tuple[str, ...] = ()
    base: str = ""
    decorator: str = ""

    @property
    def stem(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


def render(module: Module, chance: random.Random) -> str:
    """The text of a module, about as long as its size says."""
    parts = filling.Parts(chance, (function_name(module.stem), *(use.function for use in (*module.uses, *module.more))))
    pieces = [_head(module), *_constants(module, chance)]
    live = [parts.function() for _ in range(min(12, chance.randint(1, 3) + module.size // 1200))]
    pieces += [text for _, text in live]
    pieces += [_function(module, [name for name, _ in live], chance), _class(module, chance)]
    typing = [use for use in module.uses if use.way is Way.TYPING]
    pieces += [parts.describing(class_name(use.stem)) for use in typing]
    length = sum(map(len, pieces))
    while length < module.size:
        piece = parts.any()
        pieces.append(piece)
        length += len(piece)
    return "\n\n".join(pieces)


def _head(module: Module) -> str:
    everything = (*module.uses, *module.more)
    plain = sorted({use.line for use in everything if use.way not in (Way.LAZY, Way.LATE, Way.GUARDED, Way.TYPING)})
    lines = [f'"""{module.stem.replace("_", " ").capitalize()}: part of `{module.name.rpartition(".")[0]}`."""', ""]
    lines += ["from __future__ import annotations", ""]
    typing = [use for use in everything if use.way is Way.TYPING]
    if typing:
        lines.append("from typing import TYPE_CHECKING")
    for place in module.outside:
        package, _, function = place.rpartition(".")
        lines.append(f"from {package} import {function}")
    if module.base:
        package, _, base = module.base.rpartition(".")
        lines.append(f"from {package} import {base}")
    if module.decorator:
        package, _, decorator = module.decorator.rpartition(".")
        lines.append(f"from {package} import {decorator}")
    lines += plain
    if typing:
        lines += ["", "if TYPE_CHECKING:", *(f"    {use.line}" for use in typing)]
    for use in everything:
        if use.way is Way.GUARDED:
            lines += ["", "try:", f"    {use.line}", "except ImportError:", f"    {use.function} = None"]
    return "\n".join(lines)


def _constants(module: Module, chance: random.Random) -> list[str]:
    lines = [
        f"LIMIT = {chance.randint(10, 900)}",
        f"WIDTH = {chance.randint(2, 64)}",
        f'TITLE = "{module.stem.replace("_", " ")}"',
        f"STEPS = ({', '.join(str(chance.randint(1, 40)) for _ in range(chance.randint(2, 5)))})",
    ]
    return ["\n".join(lines)]


def _function(module: Module, helpers: list[str], chance: random.Random) -> str:
    lines = [
        f"def {function_name(module.stem)}(x: int, *, width: int = {chance.randint(2, 30)}) -> int:",
        f'    """The {module.stem.replace("_", " ")} of a value."""',
        f"    total = x * WIDTH + width * {chance.randint(2, 9)} + len(TITLE) + sum(STEPS)",
        *(f"    total += {helper}(total)" for helper in helpers),
        *(f"    total += {place.rpartition('.')[2]}(total)" for place in module.outside),
        *_called(module.uses),
        "    if total % LIMIT == 0:",
        f"        total += {chance.randint(1, 99)}",
        f"    return total % {MODULUS}",
    ]
    return "\n".join(lines)


def _class(module: Module, chance: random.Random) -> str:
    base = f"({module.base.rpartition('.')[2]})" if module.base else ""
    decorated = [f'@{module.decorator.rpartition(".")[2]}("{module.stem}")'] if module.decorator else []
    lines = [
        *decorated,
        f"class {class_name(module.stem)}{base}:",
        f'    """The {module.stem.replace("_", " ")} as an object with a width of its own."""',
        "",
        f"    def __init__(self, width: int = {chance.randint(2, 30)}) -> None:",
        "        self.width = width",
        "",
        "    def forward(self, x: int) -> int:",
        f"        total = {function_name(module.stem)}(x, width=self.width)",
        *(f"    {line}" for line in _called(module.more)),
        "        return self.scaled(total)",
        "",
        f"    def scaled(self, value: int, *, factor: int = {chance.randint(2, 9)}) -> int:",
        f"        return (value * factor + {chance.randint(1, 500)}) % {MODULUS}",
        "",
        "    def describe(self) -> str:",
        f'        return f"{{TITLE}} of width {{self.width}} and {chance.randint(2, 9)} more"',
    ]
    return "\n".join(lines)


def _called(uses: tuple[Use, ...]) -> list[str]:
    lines: list[str] = []
    for use in uses:
        match use.way:
            case Way.TYPING:
                continue
            case Way.LAZY:
                lines += [f"    {use.line}", "", f"    total += {use.call}(total)"]
            case Way.LATE:
                lines += [f"    {use.line}", "", f"    total += {use.stem}_limit"]
            case Way.GUARDED:
                lines += [f"    if {use.function} is not None:", f"        total += {use.call}(total)"]
            case Way.PLAIN:
                lines.append(f"    total += {use.module}.LIMIT")
            case _:
                lines.append(f"    total += {use.call}(total)")
    return lines
