"""The simple commands of a script in a CI file, each with its line. Pure.

Called by `ci_files.py` and for the commands of stages. What a shell would do is not known; what is told here is which
words stand where a command begins, comments and here-documents left out, so that a comment about `dvc push` pushes
nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from seatrial.adopt.doctor.facts import Command
from seatrial.pipeline.shell import commands as simple_commands

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_LONGEST = 4_000
"""Characters of one command line; a longer one is data."""
_MOST = 500
"""Lines of one script that are looked at."""
STAND_IN = "EXPRESSION"
"""What stands where a CI system would fill in a value."""


def commands_of(text: str, line: int, *, step: int = 1) -> tuple[Command, ...]:
    """The commands of a script that begins on `line`; `step` is 0 where its lines are not lines of the file."""
    text = _EXPRESSION.sub(lambda found: STAND_IN + "\n" * found[0].count("\n"), text)
    found: list[Command] = []
    for number, logical in _logical(text):
        if logical and len(logical) <= _LONGEST:
            at = line + step * number
            found += [Command(words=words, line=at) for words in _words(logical)]
    return tuple(found)


@functools.lru_cache(maxsize=1 << 12)
def _words(logical: str) -> tuple[tuple[str, ...], ...]:
    """The commands of one line; a matrix of workflows says the same again and again."""
    return tuple(words for words in simple_commands(logical, {}).commands if words)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines as a shell joins them, without comments and here-documents, each with the number of its first."""
    joined, first, ends = "", 0, ""
    for number, row in enumerate(text.split("\n")[:_MOST]):
        if ends:
            ends = "" if row.strip() == ends else ends
            continue
        first = first if joined else number
        plain = without_comment(row).rstrip()
        if plain.endswith("\\"):
            joined += plain[:-1] + " "
            continue
        heredoc = _HEREDOC.search(plain)
        if heredoc:
            ends = heredoc[2]
            plain = plain[: heredoc.start()]
        yield first, (joined + plain).strip()
        joined = ""
    if joined:
        yield first, joined.strip()


def without_comment(row: str) -> str:
    """A line up to the `#` that begins a comment: one at the start of a word and outside of quotes."""
    if "#" not in row:
        return row
    quote, before = "", " "
    for index, character in enumerate(row):
        if quote:
            quote = "" if character == quote and (quote == "'" or before != "\\") else quote
        elif character in "'\"":
            quote = character
        elif character == "#" and before in " \t;|&(":
            return row[:index]
        before = character
    return row
