"""Where a cell's import closure starts: what its command names, and what `roots:` adds.

Pure. A root is a file of the tree named in the command, the file behind `python FILE` or
`-m MODULE`, and every file at or below an entry of `roots:`. Configuration of tools
that change what a command does without being named by it counts for every stage.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from seatrial.change.closure import Link, module_file
from seatrial.pipeline import template, words
from seatrial.pipeline.expand import Cell

INLINE = "<command>.py"
"""The name under which code given with `python -c` takes part in a closure."""

WHOLE_TREE = Link(path=None, line=None, kind="whole tree")
TOOL = Link(path=None, line=None, kind="tool configuration")

TOOL_FILES = frozenset(
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

_AT_START = tuple(f"{name}{end}" for name in ("sitecustomize", "usercustomize") for end in (".py", "/__init__.py"))
"""What Python loads when it starts, named by nobody."""

_PLAIN_TOOLS = frozenset({
    ":", "[", "[[", "awk", "basename", "break", "cat", "chmod", "continue", "cp", "cut", "date", "declare",
    "dirname", "echo", "exit", "export", "expr", "false", "grep", "gzip", "head", "install", "join", "jq", "ln",
    "local", "ls", "mkdir", "mktemp", "mv", "paste", "printf", "pwd", "read", "readonly", "return", "rm", "rmdir",
    "sed", "seq", "set", "sha256sum", "shift", "shopt", "sleep", "sort", "tail", "tee", "test", "touch", "tr",
    "trap", "true", "umask", "uniq", "unset", "wait", "wc",
})  # fmt: skip


class Roots(Struct, frozen=True, kw_only=True):
    """The roots of one cell. `inline` is code given with `-c`; `missing` are `roots:` that do not exist.
    `unsure` when the text of a shell may read more than what is named."""

    files: tuple[str, ...]
    inline: str = ""
    missing: tuple[str, ...] = ()
    unsure: bool = False


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
    named = words.commands(cell.spec, lookup)
    files: list[str] = []
    inline: list[str] = []
    unsure = named.unsure
    for command in named.commands:
        found, code = _named(command, paths, sources, also)
        files += found
        inline += code
        unsure = unsure or (bool(cell.spec.shell) and not _tells_all(command, found, code, paths))
    missing = []
    for root in cell.spec.roots:
        below = _below(posixpath.normpath(root), paths)
        files += below
        if not below:
            missing.append(root)
    return Roots(files=tuple(dict.fromkeys(files)), inline="\n".join(inline), missing=tuple(missing), unsure=unsure)


def _named(
    command: Sequence[str], paths: frozenset[str], sources: Iterable[str], also: Callable[[str], bool]
) -> tuple[list[str], list[str]]:
    """The files that the words of one command name, and the code it is given with `-c`."""
    python = posixpath.basename(command[0]).startswith("python")
    files: list[str] = []
    inline: list[str] = []
    before = ""
    for word in command:
        if before == "-m":
            module = module_file(word, paths, ("", *sources))
            if module is not None:
                files.append(module)
        elif before == "-c" and python:
            inline.append(word)
        elif python and word.startswith("-m") and (module := module_file(word[2:], paths, ("", *sources))):
            files.append(module)  # -mMODULE in one word
        else:
            _, equals, value = word.partition("=")
            options = (word, value) if equals and value else (word,)  # `--config=FILE` names it as `--config FILE` does
            files += [path for path in map(posixpath.normpath, options) if path in paths or also(path)]
            main = posixpath.normpath(f"{word}/__main__.py")
            if python and main in paths:
                files.append(main)  # `python FOLDER` runs it, as it runs the module of that name
        before = word
    return files, inline


def _tells_all(command: Sequence[str], files: Sequence[str], inline: Sequence[str], paths: frozenset[str]) -> bool:
    """Whether one of a shell's commands reads nothing but what it names: code of the tree whose imports are
    known, or a tool that reads the files it is given, and no folder or pattern among them."""
    if inline or any(path.endswith(".py") for path in files):
        return True
    plain = posixpath.basename(command[0]) in _PLAIN_TOOLS
    return plain and not any(
        set(word) & set("*?[") or _below(posixpath.normpath(word), paths) for word in command[1:] if word not in files
    )


def tool_configuration(paths: frozenset[str], roots: Iterable[str], sources: Iterable[str] = ()) -> tuple[str, ...]:
    """Tool configuration at the top of the tree, `conftest.py` in every folder above a root, and what Python loads
    from `sources` when it starts."""
    found = {name for name in TOOL_FILES if name in paths}
    at_start = {posixpath.normpath(posixpath.join(source, name)) for source in sources for name in _AT_START}
    found |= at_start & paths
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
