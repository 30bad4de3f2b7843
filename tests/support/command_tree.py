"""The command line as data: every command, its options, and how a line somebody would type reads.

Called by the tests of the documentation and of the texts that tell people what to type next.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache

import click

from seatrial.cli.main import app

ENDS_A_COMMAND = {"&&", "||", "|", ";", "#", ">", ">>", "&"}


@cache
def commands() -> Mapping[str, click.Command]:
    """Every command that does something, by what is typed after `seatrial`: `models promote`."""
    return dict(_leaves("", app))


@cache
def groups() -> frozenset[str]:
    """The commands that only hold others."""
    return frozenset(name.rpartition(" ")[0] for name in commands() if " " in name)


def _leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for child in command.list_commands(context):
        found = command.get_command(context, child)
        assert found is not None
        yield from _leaves(f"{name} {child}".strip(), found)


def options(command: click.Command) -> frozenset[str]:
    """The long options of a command, without `--help`."""
    names = (name for one in command.params if isinstance(one, click.Option) for name in one.opts)
    return frozenset(name for name in names if name.startswith("--"))


def shorts(command: click.Command) -> frozenset[str]:
    """The one-letter options of a command."""
    names = (name for one in command.params if isinstance(one, click.Option) for name in one.opts)
    return frozenset(name for name in names if not name.startswith("--"))


def command_of(words: str) -> str | None:
    """The longest command that some text begins with, groups included: `models list --json` -> `models list`."""
    known = set(commands()) | groups()
    taken = words.split()
    return next((" ".join(taken[:size]) for size in (2, 1) if " ".join(taken[:size]) in known), None)


def faults(line: str) -> list[str]:
    """What is wrong with one typed `seatrial ...`, up to where a shell would end it."""
    words = _words(line)[1:]
    if not words or words[0] in {"--version", "--help", "-h"}:
        return []
    name = command_of(" ".join(words))
    if name is None:
        return [f"no such command: seatrial {words[0]}"]
    rest = words[len(name.split()) :]
    if name in groups():
        return [] if not rest or not re.fullmatch(r"[a-z-]+", rest[0]) else [f"no such command: {name} {rest[0]}"]
    known = options(commands()[name]) | shorts(commands()[name]) | {"--help", "-h"}
    typed = (
        word.partition("=")[0] if word.startswith("--") else word for word in rest if re.match(r"--?[a-zA-Z]", word)
    )
    return [f"{name} has no option {word}" for word in typed if word not in known]


def _words(line: str) -> list[str]:
    """The words of one command; text that no shell could split, such as `...`, is split at blanks."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = line.split()
    end = next((place for place, word in enumerate(words) if word in ENDS_A_COMMAND), len(words))
    return words[:end]
