"""What a Dockerfile takes from its context, and what its commands name.

Pure. Sources of `COPY` and `ADD` are paths from the root of the context, which is taken to be that of the tree; a
stage or an address to copy from is not. Commands run inside of the image: their words are read like those of a script.
"""

from __future__ import annotations

import json
import re

from seatrial.change.extract.shell import read_commands
from seatrial.change.extract.texts import HOLE, Mentions, is_glob
from seatrial.change.facts import Computed, Facts, How, LinkFacts, Marker

_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+((?:[^\\\n]|\\(?!\r?\n)|\\\r?\n(?:[ \t]*\#[^\n]*\n)*)*)")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1[^\n]*\n(.*?\n)?[ \t]*\2[ \t]*(?=\n|\Z)", re.DOTALL)
_SETTING = re.compile(r"([A-Za-z_]\w*)(?:=|[ \t]+)(\"[^\"]*\"|\S+)")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)[^{}]*\}|([A-Za-z_]\w*))")
_BOUND = re.compile(r"--mount=(\S*type=bind\S*)")
_STARTS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL"})


def read(data: bytes) -> Facts:
    """What a Dockerfile names."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace(HOLE, "")
    text = re.sub(r"(?m)^[ \t]*#.*$", "", text)
    reader = _Reader()
    position = 0
    while found := _INSTRUCTION.search(text, position):
        end = found.end()
        rest = found.group(2)
        if (heredoc := _HEREDOC.match(text, found.start(2) + rest.find("<<"))) and "<<" in rest:
            rest, end = text[found.start(2) : heredoc.end()], heredoc.end()
        reader.read(found.group(1).upper(), rest, text.count("\n", 0, found.start(1)) + 1)
        position = text.find("\n", end)
        if position < 0:
            break
    return Facts(LinkFacts(mentions=reader.mentions.tuple(), markers=tuple(reader.markers)))


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
        words = _words(_HEREDOC.sub("", rest).replace("\\\n", " "))
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
        text = re.sub(r"^(?:\s*--\w[\w-]*(?:=\S*)?)*\s*(?:\\\n)?", lambda found: "\n" * found.group().count("\n"), rest)
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
