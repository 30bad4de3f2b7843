"""What a Jupyter notebook says about other files: its code cells, line by line of the `.ipynb` file.

Pure. A cell that cannot be parsed makes the notebook broken, and what its other cells say is kept. Magics are read
where they name files (`%run`, `!python x.py`, `%%bash`); a cell of another kernel is read for texts only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seatrial.change.extract.python import MAX_BYTES, links, look_ahead, new_walker, parse
from seatrial.change.extract.shell import read_commands
from seatrial.change.extract.texts import Mentions
from seatrial.change.facts import Facts, How, LinkFacts, Marker

_MAGIC = re.compile(r"^(\s*)(?:[\w., ]+=\s*)?(%%?|!!?)([\s\S]*)")
_SHELLS = frozenset({"bash", "sh", "script", "system", "sx"})
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "memit"})
_MISSES = 50
"""After so many lines that are not written as Jupyter writes them, none is searched for."""


class _Cell(Struct, frozen=True):
    text: str
    lines: tuple[int, ...]


def read(data: bytes) -> Facts:
    """What a notebook says."""
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return Facts(LinkFacts(broken=error.lineno))
    except (ValueError, RecursionError, MemoryError):
        return Facts(LinkFacts(broken=1))
    cells = _cells(document, text)
    if cells is None:
        return Facts(LinkFacts(broken=1))
    reader = _Reader()
    for cell in cells:
        reader.read(cell)
    if not _is_python(document):
        reader.broken = None
    return Facts(reader.links())


def _is_python(document: Mapping[str, object]) -> bool:
    match document.get("metadata"):
        case {"kernelspec": {"language": str() as language}} | {"language_info": {"name": str() as language}}:
            return language.lower() in {"python", "ipython"}
    return True


def _cells(document: object, text: str) -> list[_Cell] | None:
    match document:
        case {"cells": list() as cells}:
            pass
        case {"worksheets": [{"cells": list() as cells}, *_]}:  # before version 4 of the format
            pass
        case _:
            return None
    found: list[_Cell] = []
    position, line, misses = 0, 1, 0
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        rows = source if isinstance(source, list) else str(source).splitlines(keepends=True)
        rows = [row for row in rows if isinstance(row, str)]
        places = []
        for row in rows:
            at = _find(text, row, position) if isinstance(source, list) and misses < _MISSES else -1
            misses += at < 0
            if at >= 0:
                line += text.count("\n", position, at)
                position = at
            places += [line] * max(1, row.count("\n"))
        found.append(_Cell("".join(rows), tuple(places)))
    return found


def _find(text: str, row: str, position: int) -> int:
    """Where one line of a cell stands in the file, -1 if it is written in another way than Jupyter writes."""
    at = text.find(json.dumps(row, ensure_ascii=False), position)
    return at if at >= 0 else text.find(json.dumps(row), position)


class _Reader:
    def __init__(self) -> None:
        self._walker = new_walker()
        self._mentions = Mentions()
        self._others: list[Marker] = []
        self._facts: list[LinkFacts] = []
        self.broken: int | None = None

    def links(self) -> LinkFacts:
        mentions = Mentions()
        for one in (*self._mentions.tuple(), *(found for facts in self._facts for found in facts.mentions)):
            mentions.add(one.text, one.line, one.how)
        return LinkFacts(
            tuple(found for facts in self._facts for found in facts.imports),
            mentions.tuple(),
            (*self._others, *(found for facts in self._facts for found in facts.markers)),
            self.broken,
        )

    def read(self, cell: _Cell) -> None:
        rows = cell.text.split("\n")
        first = next((row for row in rows if row.strip()), "")
        if first.lstrip().startswith("%%") and (words := first.lstrip("% \t").split()):
            name = words[0]
            if name in _SHELLS:
                self._commands("\n".join(["", *rows[1:]]), cell, 0)
                return
            if name not in _PYTHON_CELLS:
                self._file(name, words[1:], cell)
                return
        self._python("\n".join(self._plain(rows, cell)), cell)

    def _file(self, name: str, words: list[str], cell: _Cell) -> None:
        """A cell that is written to a file, or is of another language: what its words name."""
        if name in {"writefile", "html", "markdown", "javascript", "js", "latex", "svg"}:
            return
        for number, row in enumerate(cell.text.split("\n")):
            for word in re.split(r"[\s'\"(),;=]+", row):
                self._mentions.text(word, _line(cell, number))

    def _plain(self, rows: list[str], cell: _Cell) -> Iterator[str]:
        """The rows of a cell, those that are no Python replaced by `pass`."""
        inside = False
        for number, row in enumerate(rows):
            found = None if inside else _MAGIC.match(row)
            if found is None:
                inside = row.endswith("\\")
                yield row.removesuffix("?") if row.rstrip().endswith("?") and "#" not in row else row
                continue
            space, sign, rest = found.groups()
            if sign.startswith("!"):
                self._commands(rest, cell, number)
            else:
                self._magic(rest, cell, number)
            yield f"{space}pass"

    def _magic(self, rest: str, cell: _Cell, number: int) -> None:
        words = rest.split()
        if words and words[0] in {"run", "load", "pycat", "pfile", "env", "cat", "loadpy"}:
            for word in words[1:]:
                if not word.startswith("-"):
                    self._mentions.place(word.strip("'\""), _line(cell, number), How.PATH)
                    break
        elif words and words[0] in {"sx", "system", "sh"}:
            self._commands(rest.partition(words[0])[2], cell, number)

    def _commands(self, text: str, cell: _Cell, number: int) -> None:
        mentions = Mentions()
        text = re.sub(r"\{(\w+)\}", r"$\1", text)  # a name of the notebook
        markers = read_commands(text, 0, mentions)
        for one in mentions.tuple():
            self._mentions.add(one.text, _line(cell, number + one.line), one.how)
        self._others += [replace(one, line=_line(cell, number + one.line)) for one in markers]

    def _python(self, text: str, cell: _Cell) -> None:
        tree = parse(text) if len(text) <= MAX_BYTES else 1
        if isinstance(tree, int):
            self.broken = self.broken or _line(cell, tree - 1)
            return
        walker = new_walker()
        walker.binds.update(self._walker.binds)
        walker.folder.known.update(self._walker.folder.known)
        try:
            look_ahead(tree, walker)
            walker.all(tree.body)
        except RecursionError:
            self.broken = self.broken or _line(cell, 0)
            return
        self._walker = walker
        self._facts.append(_moved(links(walker), cell))


def _moved(facts: LinkFacts, cell: _Cell) -> LinkFacts:
    return LinkFacts(
        tuple(replace(one, line=_line(cell, one.line - 1)) for one in facts.imports),
        tuple(replace(one, line=_line(cell, one.line - 1)) for one in facts.mentions),
        tuple(replace(one, line=_line(cell, one.line - 1)) for one in facts.markers),
    )


def _line(cell: _Cell, number: int) -> int:
    return cell.lines[min(max(number, 0), len(cell.lines) - 1)] if cell.lines else 1
