"""Text from users made safe to print: in a terminal, and inside Markdown.

Called by the renderers for every string that Seatrial did not write itself (names, messages,
commands, paths). Three layers:

- `visible` removes colour codes and shows every other character that does not print (controls,
  bidi marks, zero-width characters, lone surrogates) as an escape such as `\\x1b`, on one line, and so the first
  character of what a CI job would carry out instead of showing it;
- `shorten` bounds the length, cutting in the middle, where names differ least;
- `prose` and `code` write the result as Markdown that renders as exactly that text, and that commands nothing:
  GitLab carries out a line that begins with `/merge`.

What is subtle: forges link text *after* Markdown is rendered (`@name`, `#12`, bare addresses), and draw pictures
(`:name:`), marks of changes (`{+ +}`) and tables of contents (`[TOC]`), so
a backslash does not help there; only a code span does. And a table cell ends at a pipe even
inside a code span, so pipes, backticks and `<` never stand in one: they are written as entities
between two spans.
"""

from __future__ import annotations

import re
from functools import lru_cache

NAME_BOUND = 80
"""Characters of a name that are shown."""
TEXT_BOUND = 600
"""Characters of a message or a command that are shown."""
ELLIPSIS = "…"

COMMAND = "::"
"""What begins a line that GitHub's runner carries out, blanks aside (`ActionCommand.TryParseV2` of actions/runner)."""
_COMMAND = re.compile(rf"(?<![^ ]){COMMAND}|##\[")  # a line may be broken before any word; `##[` is heeded anywhere
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "`": "&#96;"}
_OUTSIDE_CODE = re.compile(r"([|`<]+)")
_WORD = r"[^\s()\[\]{},;\"'|<>]"
_LINKED = re.compile(
    # What a forge or a Markdown extension would turn into a link, a mention or a formula.
    rf"(?<!{_WORD}){_WORD}*(?:://|\bwww\.|\bmailto:|\bxmpp:|(?<![A-Za-z0-9])@|@[\w-]*\.\w|\bGH-\d|[#!%~&^]\w|[%~]\"|\$){_WORD}*"
    # What GitLab replaces: emoji, tables of contents, changes, references by kind.
    r"|(?<![A-Za-z0-9:]):+(?:[a-z0-9_+-]+:+)+(?![A-Za-z0-9])"
    r"|\[TOC\]|\[\[_TOC_\]\]|\{\+.+?\+\}|\{-.+?-\}|\[\+.+?\+\]|\[-.+?-\]"
    r"|\[(?:alert|cadence|contact|epic|feature_flag|issue|snippet|vulnerability|wiki_page|work_item):",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"`([^`]+)`")
_MARKUP = re.compile(r"[\\*\[\]~#]|(?<![A-Za-z0-9])_")  # inside a word, `_` opens nothing
_BLOCK_START = re.compile(r"\A(\d*)([-+=:.)])(?=[\s=:-]|\Z)|\A()(/)")  # a list, a rule; a command of GitLab


def visible(text: str) -> str:
    """One line that prints as it reads. White space of any kind becomes a space, except line
    ends, which show as `\\n`; surrounding white space goes. A CI job is told nothing by it."""
    plain = _COLOUR.sub("", text).strip()
    shown = plain if plain.isprintable() else "".join(map(_shown, plain))
    return uncommanding(shown)


def uncommanding(text: str) -> str:
    """Printable text of which a runner carries out nothing, before whatever word a line is broken."""
    return _COMMAND.sub(lambda found: spelled(found[0]), text)


def spelled(text: str) -> str:
    """Text with its first character as an escape."""
    return f"\\x{ord(text[0]):02x}{text[1:]}"


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character == "\t" or (character.isspace() and ord(character) > 0x9F and character not in "\u2028\u2029"):
        return " "
    point = ord(character)
    match character:
        case "\n" | "\r":
            return repr(character)[1:-1]
        case _ if 0xDC80 <= point <= 0xDCFF:  # a byte of a file's name that is no UTF-8, as Python hands it on
            return f"\\x{point - 0xDC00:02x}"
        case _ if point <= 0xFF:
            return f"\\x{point:02x}"
        case _ if point <= 0xFFFF:
            return f"\\u{point:04x}"
        case _:
            return f"\\U{point:08x}"


def shorten(text: str, bound: int) -> str:
    """At most `bound` characters, with `…` in the middle where some were left out."""
    if len(text) <= bound:
        return text
    if bound <= 1:
        return ELLIPSIS[:bound]
    tail = (bound - 1) // 2
    return text[: bound - 1 - tail] + ELLIPSIS + text[len(text) - tail :]


def plain(text: str, *, bound: int = TEXT_BOUND) -> str:
    """Text for a terminal: visible and bounded."""
    return shorten(visible(_head_and_tail(text, bound)), bound)


def log_line(text: str, *, bound: int = TEXT_BOUND) -> str:
    """A line of a program's output for a terminal: as `plain`, with its indentation."""
    spaces = text.expandtabs()
    return shorten(" " * (len(spaces) - len(spaces.lstrip(" "))) + plain(text, bound=bound), bound).rstrip()


def code(text: str, *, bound: int = NAME_BOUND) -> str:
    """Text as a Markdown code span; safe in a table cell, in a list and in a paragraph."""
    return _code(plain(text, bound=bound))


@lru_cache(maxsize=1 << 10)
def prose(text: str, *, bound: int = TEXT_BOUND) -> str:
    """A sentence as Markdown that renders as that sentence.

    What stands in a pair of backticks becomes code, as Seatrial's own messages mean it, and so
    does every word that a forge would link. One reason is told of a hundred stages, so answers are kept.
    """
    pieces = _pieces(plain(text, bound=bound))
    markdown = "".join(_code(piece) if is_code else _escaped(piece) for piece, is_code in pieces)
    return _BLOCK_START.sub(lambda start: f"{start[1] or ''}\\{start[2] or start[4]}", markdown)


def _head_and_tail(text: str, bound: int) -> str:
    """What can matter of a text of any length, so that a megabyte is not escaped for one line."""
    room = 8 * bound
    return text if len(text) <= 2 * room else text[:room] + text[-room:]


def _pieces(text: str) -> list[tuple[str, bool]]:
    """The text cut into (piece, is it code); two pieces of code never touch."""
    pieces: list[tuple[str, bool]] = []
    for piece, is_code in _by_words(text):
        if pieces and is_code and pieces[-1][1]:
            pieces[-1] = (pieces[-1][0] + piece, True)
        elif piece:
            pieces.append((piece, is_code))
    return pieces


def _by_words(text: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    for index, part in enumerate(_QUOTED.split(text)):
        if index % 2:
            pieces.append((part, True))
            continue
        end = 0
        for match in _LINKED.finditer(part):
            # The end of a sentence is its own, not the address's.
            linked = match[0] if match[0][0] in ":[{" else match[0].rstrip(".:!?")
            pieces += [(part[end : match.start()], False), (linked, True)]
            end = match.start() + len(linked)
        pieces.append((part[end:], False))
    return [(piece, is_code) for piece, is_code in pieces if piece]


def _code(text: str) -> str:
    if not text:
        return ""
    parts = _OUTSIDE_CODE.split(text)
    return "".join(_entities(part) if index % 2 else f"`{part}`" for index, part in enumerate(parts) if part)


def _escaped(text: str) -> str:
    return _entities(_MARKUP.sub(lambda match: "\\" + match[0], text))


def _entities(text: str) -> str:
    return "".join(_ENTITY.get(character, character) for character in text)
