"""Where a cell's import closure starts: what its command names, and what `roots:` adds.

Pure. A root is a file of the tree named in the command, the file behind `python FILE` or
`-m MODULE`, and every file at or below an entry of `roots:`. Configuration of tools
that change what a command does without being named by it counts for every stage.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seatrial.change.closure import Link, module_file
from seatrial.digest import Json
from seatrial.pipeline import template
from seatrial.pipeline.expand import Cell

INLINE = "<command>.py"
"""The name under which code given with `python -c` takes part in a closure."""

WHOLE_TREE = Link(path=None, line=None, kind="whole tree")

_TOOL_FILES = frozenset(
    {
        ".coveragerc",
        ".python-version",
        ".ruff.toml",
        "conftest.py",
        "mypy.ini",
        "noxfile.py",
        "pyproject.toml",
        "pytest.ini",
        "ruff.toml",
        "setup.cfg",
        "setup.py",
        "tox.ini",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """The roots of one cell. `inline` is code given with `-c`; `missing` are `roots:` that do not exist."""

    files: tuple[str, ...]
    inline: str = ""
    missing: tuple[str, ...] = ()


def arguments(command: str) -> list[Json]:
    """A command's arguments with their templates, as they count in a key."""
    return list(template.words(command))


def find(
    cell: Cell,
    paths: frozenset[str],
    sources: Iterable[str],
    lookup: Callable[[template.Reference], str] = str,
    also: Callable[[str], bool] = lambda _path: False,
) -> Roots:
    """The roots of a cell among the files `paths` of the tree.

    `lookup` gives what a reference in the command stands for: `python ${params.script}` names a file too.
    `also` says of a path outside of `paths` whether it is a file all the same (one that git ignores).
    """
    words = [template.fill(word, lookup) for word in template.split(cell.spec.cmd)]
    python = posixpath.basename(words[0]).startswith("python")
    files: list[str] = []
    inline: list[str] = []
    before = ""
    for word in words:
        if before == "-m":
            module = module_file(word, paths, ("", *sources))
            if module is not None:
                files.append(module)
        elif before == "-c" and python:
            inline.append(word)
        elif python and word.startswith("-m") and (module := module_file(word[2:], paths, ("", *sources))):
            files.append(module)  # -mMODULE in one word
        else:
            options = (word, word.partition("=")[2])  # `--config=FILE` names a file as `--config FILE` does
            files += [path for path in map(posixpath.normpath, options) if path in paths or also(path)]
        before = word
    missing = []
    for root in cell.spec.roots:
        below = _below(posixpath.normpath(root), paths)
        files += below
        if not below:
            missing.append(root)
    return Roots(files=tuple(dict.fromkeys(files)), inline="\n".join(inline), missing=tuple(missing))


def tool_configuration(paths: frozenset[str], roots: Iterable[str]) -> tuple[str, ...]:
    """Tool configuration at the top of the tree, and `conftest.py` in every folder above a root."""
    found = {name for name in _TOOL_FILES if name in paths}
    for root in roots:
        folder = posixpath.dirname(root)
        while folder:
            if (conftest := f"{folder}/conftest.py") in paths:
                found.add(conftest)
            folder = posixpath.dirname(folder)
    return tuple(sorted(found))


def _below(root: str, paths: frozenset[str]) -> list[str]:
    if root in paths:
        return [root]
    prefix = "" if root == "." else root + "/"
    return sorted(path for path in paths if path.startswith(prefix))
