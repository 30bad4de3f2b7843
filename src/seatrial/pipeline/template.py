"""`${...}` in commands, paths and values: parsed once, filled in without a shell.

A command is split like a shell would, and only then filled in, so that a value such as
`0.1; touch x` stays inside its argument. `$${` is a literal `${`. Pure; called by `expand`,
`key` and `command`, and by `config/` to check templates when they are read.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from seatrial.errors import UserError

HEADS = ("params", "matrix", "deps", "outs")
_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_QUOTING = re.compile(r"[\"'\\]")
_BLANKS = re.compile(r"[ \t\r\n]+")  # what shlex splits at, which takes twenty times as long
_REFERENCE = re.compile(r"([a-z]+)\.([A-Za-z0-9_][A-Za-z0-9_.\-]*)\Z")


class Text(Struct, frozen=True):
    """Literal text."""

    text: str


class Reference(Struct, frozen=True):
    """`${head.name}`."""

    head: str
    name: str

    def __str__(self) -> str:
        return f"${{{self.head}.{self.name}}}"


Part = Text | Reference
Template = tuple[Part, ...]


def parse(text: str) -> Template:
    """The parts of a template. Raises UserError for an unknown head or an unclosed `${`."""
    if "$" not in text:  # most are plain
        return (Text(text),) if text else ()
    parts: list[Part] = []
    position = 0
    for token in _TOKEN.finditer(text):
        if token.start() > position:
            parts.append(Text(text[position : token.start()]))
        parts.append(_part(token, text))
        position = token.end()
    if position < len(text):
        parts.append(Text(text[position:]))
    return tuple(parts)


def _part(token: re.Match[str], text: str) -> Part:
    if token.group() == "$${":
        return Text("${")
    if token.group(1) is None:
        raise UserError(
            f"`${{` is never closed in {text!r}", next_step="close it with `}`, or write `$${` for a literal `${`"
        )
    found = _REFERENCE.match(token.group(1))
    if found is None or found.group(1) not in HEADS:
        heads = ", ".join(f"${{{head}.NAME}}" for head in HEADS)
        raise UserError(
            f"`{token.group()}` is no reference Seatrial knows; it knows {heads}",
            next_step="write `$${` for a literal `${`",
        )
    return Reference(found.group(1), found.group(2))


def words(command: str) -> list[str]:
    """A command split as a shell would. Raises ValueError when its quotes are not closed."""
    if _QUOTING.search(command):
        return shlex.split(command)
    return [word for word in _BLANKS.split(command) if word]


@lru_cache(maxsize=1 << 14)
def split(command: str) -> tuple[Template, ...]:
    """A command as one template an argument; asked for again and again in a run, so the answer is kept.

    Raises UserError when it is empty or its quotes are not closed.
    """
    try:
        arguments = words(command)
    except ValueError as error:
        raise UserError(f"the command cannot be split into arguments: {error}", next_step="close the quotes") from None
    if not arguments:
        raise UserError("the command is empty", next_step="write what to run, e.g. `python -m package.train`")
    return tuple(parse(argument) for argument in arguments)


def references(templates: Sequence[Template], head: str) -> tuple[str, ...]:
    """The names that templates refer to under a head, each once, in order."""
    names = (part.name for parts in templates for part in parts if isinstance(part, Reference) and part.head == head)
    return tuple(dict.fromkeys(names))


def fill(template: Template, lookup: Callable[[Reference], str]) -> str:
    """The text of a template with every reference replaced by what `lookup` says."""
    return "".join(part.text if isinstance(part, Text) else lookup(part) for part in template)


def fill_command(
    templates: Sequence[Template], lookup: Callable[[Reference], str], deps: Mapping[str, Sequence[str]]
) -> list[str]:
    """The arguments of a command. `deps` gives each dep's paths.

    An argument that is exactly `${deps.x}` becomes one argument a path; elsewhere a dep must be
    one path. Raises UserError when it is not.
    """

    def one(reference: Reference) -> str:
        if reference.head != "deps":
            return lookup(reference)
        paths = deps[reference.name]
        if len(paths) != 1:
            raise UserError(
                f"`{reference}` stands for {len(paths)} paths and is only a part of an argument",
                next_step="make it an argument of its own, which becomes one argument a path",
            )
        return paths[0]

    arguments: list[str] = []
    for parts in templates:
        match parts:
            case (Reference(head="deps", name=name),):
                arguments.extend(deps[name])
            case _:
                arguments.append(fill(parts, one))
    return arguments


def show_value(value: object) -> str:
    """A parameter or matrix value as it stands in an argument: `true`, `null`, `0.1`, `text`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return repr(value) if isinstance(value, float) else str(value)
