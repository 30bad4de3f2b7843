"""What a Python file says and defines, read from its syntax tree and never by running it.

Pure. Called by `sources` for a file, and by `notebook` for the cells of a notebook.

Subtle: names are resolved by the imports that stand before them, so the imports at the top are read first. A tree too
deep to walk is broken, as a syntax error is: unknown is taken, never dropped.
"""

from __future__ import annotations

import ast
import warnings

from msgspec.structs import replace

from seatrial.change.extract.expressions import EXPRESSIONS
from seatrial.change.extract.statements import STATEMENTS
from seatrial.change.extract.symbols import read_symbols
from seatrial.change.extract.walker import Walker
from seatrial.change.facts import Facts, LinkFacts, When

MAX_BYTES = 2 << 20
"""A syntax tree takes up to a hundred times the room of its source."""

_HANDLERS = {**EXPRESSIONS, **STATEMENTS}
_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)


def new_walker() -> Walker:
    """A walker for one file."""
    return Walker(_HANDLERS)


def parse(source: bytes | str) -> ast.Module | int:
    """The syntax tree of a source, or the line on which it is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray "\\d" in the user's file is not ours to mention
            return ast.parse(source)
    except _FAILURES as error:
        return getattr(error, "lineno", None) or 1


def look_ahead(tree: ast.Module, walker: Walker) -> None:
    """Bind what imports at the top bind, before anything is read that stands above them."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                walker.binds[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (f"{node.module}." if node.module else "")
            for alias in node.names:
                walker.binds[alias.asname or alias.name] = module + alias.name


def read(data: bytes) -> Facts:
    """What a Python file says about others, and what it defines."""
    if len(data) > MAX_BYTES:
        return Facts(LinkFacts(broken=1))
    tree = parse(data)
    if isinstance(tree, int):
        return Facts(LinkFacts(broken=tree))
    walker = new_walker()
    try:
        look_ahead(tree, walker)
        symbols = read_symbols(tree, walker)
    except RecursionError:
        return Facts(LinkFacts(broken=1))
    return Facts(links(walker), symbols)


def links(walker: Walker) -> LinkFacts:
    """What a walker has gathered."""
    imports = walker.imports
    if walker.settles_typing:
        imports = [replace(one, when=When.GUARDED) if one.when is When.TYPING else one for one in imports]
    return LinkFacts(tuple(imports), walker.mentions.tuple(), walker.all_markers())
