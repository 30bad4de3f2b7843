"""What a Dockerfile takes from its context, and what its commands name.

Pure. Sources of `COPY` and `ADD` are paths from the root of the context, which is taken to be that of the tree; a
stage or an address to copy from is not. Commands run inside of the image: their words are read like those of a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from seatrial.change.extract.shell import read_commands
from seatrial.change.extract.texts import HOLE, Mentions, is_glob
from seatrial.change.facts import Computed, Facts, How, LinkFacts, Marker

_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+([\s\S]*)")
_HEREDOC = re.compile(r"<<-?(['\"]?)([A-Za-z_]\w*)\1")
_SETTING = re.compile(r"([A-Za-z_]\w*)(?:=|[ \t]+)(\"[^\"]*\"|\S+)")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)[^{}]*\}|([A-Za-z_]\w*))")
_BOUND = re.compile(r"--mount=(\S*type=bind\S*)")
_STARTS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL"})


def read(data: bytes) -> Facts:
    """What a Dockerfile names."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace(HOLE, "")
    reader = _Reader()
    for line, instruction in _instructions(text.split("\n")):
        if found := _INSTRUCTION.match(instruction):
            reader.read(found.group(1).upper(), found.group(2), line)
    return Facts(LinkFacts(mentions=reader.mentions.tuple(), markers=tuple(reader.markers)))


def _instructions(rows: list[str]) -> Iterator[tuple[int, str]]:
    """The instructions with their lines, each with the rows it goes on over and its heredocs."""
    number = 0
    while number < len(rows):
        line, parts = number + 1, [rows[number]]
        if rows[number].lstrip().startswith("#"):
            number += 1
            continue
        while parts[-1].rstrip().endswith("\\") and number + 1 < len(rows):
            number += 1
            row = rows[number]
            parts.append("\\" if not row.strip() or row.lstrip().startswith("#") else row.rstrip())
        ends = [found.group(2) for part in parts for found in _HEREDOC.finditer(part)]
        number += 1
        while ends and number < len(rows):
            parts.append(rows[number])
            if rows[number].strip() == ends[0]:
                ends.pop(0)
            number += 1
        yield line, "\n".join(parts)


class _Reader:
    def __init__(self) -> None:
        self.mentions = Mentions()
        self.markers: dict[Marker, None] = {}
        self._known: dict[str, str] = {}

    def read(self, name: str, rest: str, line: int) -> None:
        """One instruction."""
        if name in {"ARG", "ENV"}:
            self._known |= {key: value.strip('"') for key, value in _SETTING.findall(rest.replace("\\\n", " "))}
        elif name in {"COPY", "ADD"}:
            self._copy(rest, line)
        elif name == "ONBUILD":
            inner, _, after = rest.partition(" ")
            self.read(inner.upper(), after, line)
        elif name in _STARTS:
            self._command(rest, line)

    def _copy(self, rest: str, line: int) -> None:
        words = _words(re.split(r"(?<!\\)\n", rest)[0].replace("\\\n", " "))
        options = [word for word in words if word.startswith("--")]
        if any(option.startswith("--from=") for option in options):
            return
        for word in [word for word in words if not word.startswith("--")][:-1]:
            text = _VARIABLE.sub(lambda found: self._known.get(found.group(1) or found.group(2), HOLE), word)
            if "://" in text or text.startswith(("git@", "<<")):
                continue
            text = text.lstrip("/").removeprefix("./") or "."
            if text == ".":
                self.mentions.add(".", line, How.FOLDER)  # all of the context, as it says
            elif text.startswith(HOLE):
                self.markers[Marker(line, Computed.SHELL)] = None
            else:
                folder = text.endswith("/") or is_glob(text)
                self.mentions.place(text, line, How.FOLDER if folder else How.PATH)

    def _command(self, rest: str, line: int) -> None:
        for options in _BOUND.findall(rest):
            given = dict(part.partition("=")[::2] for part in options.split(","))
            if "from" not in given:
                self._copy(f"{given.get('source') or given.get('src') or '.'} x", line)
        text = re.sub(
            r"^(?:(?:\s|\\\n)*--\w[\w-]*(?:=\S*)?)*(?:\s|\\\n)*", lambda found: "\n" * found.group().count("\n"), rest
        )
        text = text.removeprefix("CMD ")  # of a health check
        if text.lstrip().startswith("["):
            text = " ".join(f"'{word}'" if "$" not in word and "'" not in word else word for word in _words(text))
        for marker in read_commands(text, line, self.mentions, self._known):
            self.markers[marker] = None


def _words(text: str) -> list[str]:
    """The words of an instruction in either of its two forms."""
    start = text.find("[")
    if start >= 0 and all(word.startswith("--") for word in text[:start].split()):
        try:
            given = json.loads(text[start:])
        except (ValueError, RecursionError):
            given = None
        if isinstance(given, list):
            return [*text[:start].split(), *(word for word in given if isinstance(word, str))]
    return [word.strip("\"'") for word in text.split()]
