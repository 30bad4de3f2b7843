"""A next step as what it is: one command, or a sentence in which commands stand. Pure.

Called by the forms of a report, which set commands as code and sentences as prose, and by what tells people, where only
a command is one. A next step is stored as one text, with or without backticks; by its signs the two are told apart.

What is subtle: a command may quote anything (`--reason "this; or that"`), so what a shell would read as quoted is never
looked into. A quote opens where a word or a value begins, since `author's` opens none.
"""

from __future__ import annotations

import re

_SHELL_QUOTED = re.compile(r"(?<![^\s='\"])(?:'[^']*'|\"[^\"]*\")")
_CODE = re.compile(r"(`[^`]+`)")
_BETWEEN = re.compile(r"(;\s|:\s|,\s(?:and then|and|or|then)\s)")
_COMMAND = re.compile(r"\A(?:seatrial|git) \S|(?<![\w./@-])seatrial [a-z-]")


def pieces(step: str) -> list[tuple[str, bool]]:
    """The text cut into (piece, is it a command), whole and in order; what stands in backticks is left as it is."""
    found: list[tuple[str, bool]] = []
    for part in _CODE.split(step):
        if _CODE.fullmatch(part):
            found.append((part, False))
            continue
        hidden = _SHELL_QUOTED.sub(lambda quoted: "x" * len(quoted[0]), part)
        start = 0
        for clause in _BETWEEN.split(hidden):
            found += _clause(part[start : start + len(clause)], hidden[start : start + len(clause)])
            start += len(clause)
    return [(text, is_command) for text, is_command in found if text]


def _clause(text: str, hidden: str) -> list[tuple[str, bool]]:
    """The prose before a command, the command, and the stop behind it."""
    begins = _COMMAND.search(hidden)
    if begins is None:
        return [(text, False)]
    end = len(hidden.rstrip(" .;:,"))
    return [(text[: begins.start()], False), (text[begins.start() : end], True), (text[end:], False)]


def is_command(step: str) -> bool:
    """Whether the whole of it can be typed."""
    return pieces(step) == [(step, True)]


def command_of(step: str | None) -> str | None:
    """What can be typed first; None for a sentence that does not begin with a command."""
    found = pieces(step) if step else []
    return found[0][0] if found and found[0][1] else None


def marked(step: str) -> str:
    """The sentence with its commands in backticks."""
    return "".join(f"`{text}`" if command else text for text, command in pieces(step))
