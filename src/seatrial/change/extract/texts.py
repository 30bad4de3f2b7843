"""Texts that may name a module or a file, whatever kind of source they stand in.

Pure. Every extractor hands the texts it finds to one `Mentions`, which decides what each may name. The safe
direction is a mention too many: it costs one look into the tree. What a variable would fill in is `HOLE` in a text,
and becomes the wildcards of a glob: it may stand for several folders where a name begins, and for a part of a name
elsewhere.
"""

from __future__ import annotations

import posixpath
import re

from seatrial.change.facts import How, Mention

HOLE = "\0"
"""What cannot be known of a text."""

MAX_LENGTH = 300
MAX_MENTIONS = 4000
"""Of one file. Paths beyond it count by their folders, of which there may be as many again."""

_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?::[^\W\d]\w*(?:\.\w+)*)?")
_NEVER_MODULES = (".py", ".ipynb", ".csv", ".txt", ".yaml", ".yml")
_PATH = re.compile(r"""[^\s\x01-\x20<>|"'`\\;()^]+""")
_EXTENSION = re.compile(r"[\w\-\]\0*?]\.(?=\d*[A-Za-z])[A-Za-z0-9]{1,8}\Z")
_HOLES = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}|\{[^{}]*\}|%\([^()]*\)[a-z]|%-?[\d.]*[sdifr]")
_GLOB = re.compile(r"[*?\[]")


def fill(text: str) -> str:
    """A text with holes for what a template would put in: `{}`, `{name}`, `%s`, `${name}`."""
    return _HOLES.sub(HOLE, text) if "{" in text or "%" in text else text


def is_glob(text: str) -> bool:
    """Whether a text has wildcards."""
    return _GLOB.search(text) is not None


def glob_of(text: str) -> str:
    """A text with wildcards for its holes."""
    parts = re.sub(f"{HOLE}+", HOLE, text).split("/")
    return "/".join(
        ("**/*" + part[1:] if part[0] == HOLE else part).replace(HOLE, "*") if part else "" for part in parts
    )


class Mentions:
    """The mentions of one file, each once, with the first line it stands on."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, How], int] = {}

    def tuple(self) -> tuple[Mention, ...]:
        """All that was found, in the order it was found in."""
        return tuple([Mention(text, line, how) for (text, how), line in self._found.items()])

    def add(self, text: str, line: int, how: How) -> None:
        """A text that is known to name something of this kind."""
        if not text or len(text) > MAX_LENGTH or "\n" in text:
            return
        key = (text, how)
        if key in self._found:
            return
        if len(self._found) >= MAX_MENTIONS:
            folder = posixpath.dirname(text)
            if how is How.MODULE or not folder or len(self._found) >= 2 * MAX_MENTIONS:
                return
            self._found.setdefault((folder, How.BESIDE if how is How.BESIDE else How.FOLDER), line)
            return
        self._found[key] = line

    def text(self, text: str, line: int, how: How = How.PATH) -> bool:
        """A text of any kind: what it looks like decides, and most look like nothing. Whether it looked like
        something."""
        if len(text) > MAX_LENGTH or len(text) < 3:
            return False
        if "." in text and _MODULE.fullmatch(text):
            if not text.endswith(_NEVER_MODULES):
                self.add(text, line, How.MODULE)
            if ":" not in text and _EXTENSION.search(text):
                self.add(text, line, how)
            return True
        return ("/" in text or "." in text) and self.path(text, line, how)

    def path(self, text: str, line: int, how: How = How.PATH) -> bool:
        """A text that names a file or folder, if it looks like one."""
        if len(text) > MAX_LENGTH:
            return False
        text = fill(text)
        if "=" in text:
            text = text.rpartition("=")[2]
        if "/" not in text and not _EXTENSION.search(text):
            return False
        if len(text) < 2 or "://" in text or text[0] == "-" or not _PATH.fullmatch(text):
            return False
        self.place(text, line, how)
        return True

    def place(self, text: str, line: int, how: How) -> None:
        """A path as it would be given to something that opens it, with holes. Where nothing literal says which
        folder is meant, nothing is said: every file of the tree would be."""
        if how is How.BESIDE:
            self._beside(text, line)
        elif HOLE in text:
            folder = posixpath.dirname(text[: text.index(HOLE)] + "x")
            if folder.strip("./*"):
                self.add(glob_of(text), line, How.FOLDER)
        elif is_glob(text):
            folder = posixpath.dirname(_GLOB.split(text)[0] + "x")
            if how is How.FOLDER or folder.strip("./"):
                self.add(text, line, How.FOLDER)
        elif text.strip("./"):
            self.add(text, line, how)

    def _beside(self, text: str, line: int) -> None:
        rest = text.replace("../", "").strip("/")
        if rest in {"", ".."} or (rest == HOLE and rest != text):
            return  # an anchor alone, or something computed above the file's own folder
        self.add("*" if rest == HOLE else glob_of(text), line, How.BESIDE)
