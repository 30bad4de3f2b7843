"""What one file says about other files, and what it defines: records without a tree around them.

Made by `extract/`, remembered by `blob_memory.py` for commits and by `pipeline/contents.py` for a work tree, under
content digest, kind of file and `VERSION`, resolved against a tree by `graph.py` and `symbols.py`. Records are written
as arrays, because a plan reads thousands of them, and are nothing to the garbage collector, because they hold only
texts and each other.
"""

from __future__ import annotations

import json
from enum import StrEnum

import msgspec
from msgspec import Struct, field

VERSION = 5
"""Raise it whenever the facts of unchanged bytes would differ."""


class When(StrEnum):
    """When an import is executed."""

    EAGER = "e"
    LAZY = "l"
    """Inside a function: perhaps never."""
    GUARDED = "g"
    """Under `try` or another condition: perhaps not here."""
    TYPING = "t"
    """Under `TYPE_CHECKING`: never."""


class Import(Struct, frozen=True, array_like=True, gc=False):
    """One import. `level` counts the dots of a relative one; `names` are what `from` takes."""

    module: str
    level: int
    names: tuple[str, ...]
    line: int
    when: When = When.EAGER


class How(StrEnum):
    """What a text in a file may name."""

    MODULE = "m"
    """A module or something in it, dotted: `a.b.Class`, `a.b:function`."""
    PATH = "p"
    """A file or folder, from the root of the tree or from the file's own folder."""
    OPENED = "o"
    """The same, given to something that opens it."""
    BESIDE = "b"
    """A file or folder, from the file's own folder: `Path(__file__).parent / "x"`."""
    FOLDER = "f"
    """A folder whose files are listed, or a glob: all that it holds."""


class Mention(Struct, frozen=True, array_like=True, gc=False):
    """A text that may name a module or a file of the tree.

    A path with `*`, `?` or `[` is a glob, and `**` crosses folders: what a variable fills in is a wildcard. A path from
    the file's own folder may begin with `../`. Nothing is mentioned that could be all of the tree, but for the
    `COPY . .` of a Dockerfile, which is the folder `.`.
    """

    text: str
    line: int
    how: How


class Computed(StrEnum):
    """What something computed decides."""

    IMPORT = "i"
    """Which module is loaded; `prefix` is the literal beginning of its name, if it has one, with a leading dot where
    the name is relative to the file's own package."""
    EXEC = "x"
    """Which text is executed as code."""
    ENTRY_POINTS = "e"
    """Which plug-ins of installed packages are loaded."""
    RUN = "r"
    """Which program is started."""
    SHELL = "s"
    """What a script reads or starts: a variable stands where a file or program is named."""


class Marker(Struct, frozen=True, array_like=True, gc=False):
    """A place where something computed decides what is loaded."""

    line: int
    what: Computed
    prefix: str = ""


class LinkFacts(Struct, frozen=True, array_like=True, gc=False):
    """All that one file says about others. `broken` is the line of a syntax error (then nothing else is
    known, but for the other cells of a notebook), None when the file could be parsed."""

    imports: tuple[Import, ...] = ()
    mentions: tuple[Mention, ...] = ()
    markers: tuple[Marker, ...] = ()
    broken: int | None = None


WHOLE = ":"
"""Begins a use that is no name as written: what follows is a module that is loaded by a text, whose names may all be
used; nothing follows where a text is executed, which may use every name of its file."""

WATCHES = "<subclasses>"
"""Among the uses of a class: it does something when it gets a subclass, so defining one is more than defining it."""


class Definition(Struct, frozen=True, array_like=True, gc=False):
    """Something defined at the top of a module: function, class, or a name bound to a plain value.

    `digest` is that of its normalised syntax tree (no comments, layout or docstrings); `uses` are the dotted names it
    reads, as written (`np.mean`, `helper`).
    """

    name: str
    line: int
    digest: str
    uses: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    """Of a class, its bases as written: one of another file may register it by being its base."""


class SymbolFacts(Struct, frozen=True, array_like=True, gc=False):
    """What a Python file defines. `body` is all that runs when the module is loaded; it uses what it decorates.

    `binds` maps a name that an import binds at any depth to what it stands for: `np` to `numpy`, `f` to `a.b.f`
    (leading dots for relative ones). `open` when names may be found by text (`globals()`, `getattr` of the module,
    a star import), so that nothing can be said to be unused.
    """

    body: Definition
    definitions: tuple[Definition, ...] = ()
    binds: tuple[tuple[str, str], ...] = ()
    stars: tuple[str, ...] = ()
    open: bool = False


EMPTY = LinkFacts()


class Facts(Struct, frozen=True, array_like=True, gc=False):
    """Both kinds of facts of one file; `symbols` is None for what is not Python, or is broken."""

    links: LinkFacts = EMPTY
    symbols: SymbolFacts | None = field(default=None)


def encode(facts: LinkFacts | SymbolFacts) -> str:
    """Facts as a text to remember. Half a surrogate, which texts in code may hold and UTF-8 may not, is escaped."""
    try:
        return msgspec.json.encode(facts).decode()
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(facts), separators=(",", ":"))


_LINKS = msgspec.json.Decoder(LinkFacts)
_SYMBOLS = msgspec.json.Decoder(SymbolFacts)


def decode_links(text: str | bytes) -> LinkFacts:
    """The inverse of `encode`."""
    try:
        return _LINKS.decode(text)
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(text), LinkFacts)


def decode_symbols(text: str) -> SymbolFacts:
    """The inverse of `encode`."""
    try:
        return _SYMBOLS.decode(text)
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(text), SymbolFacts)


def links_of(kind: str) -> str:
    """What the facts of a kind of file are remembered under."""
    return f"links/{VERSION}/{kind}"


def symbols_of(kind: str) -> str:
    """What the definitions of a kind of file are remembered under."""
    return f"symbols/{VERSION}/{kind}"
