"""Which Python files the stages of a project run: those that commands name, and what these import, again and again.

Called by `tree_look.py`, and only where some file makes a model known elsewhere. It reads imports by their form alone;
what `change/closure.py` works out for keys is exact and costs a parse of everything.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from seatrial.adopt.doctor.command_words import core
from seatrial.adopt.doctor.facts import Command
from seatrial.adopt.doctor.reading import Reader
from seatrial.adopt.doctor.shell_lines import commands_of
from seatrial.flows.policy import ProjectPolicy

_MOST = 3_000
_BYTES = 1 << 20
_FROM = re.compile(rb"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)", re.MULTILINE)
_PLAIN = re.compile(rb"^[ \t]*import[ \t]+([\w., \t]+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_]\w*")


def reached_by(reader: Reader, paths: frozenset[str], policy: ProjectPolicy) -> frozenset[str]:
    """The Python files that stages run, of those that are there."""
    sources = tuple(source.strip("./").rstrip("/") for source in policy.pipeline.sources)
    pending: list[str] = []
    for spec in policy.pipeline.stages.values():
        pending += _roots(reader, commands_of(spec.cmd or spec.shell, 1, step=0), paths, sources)
        if spec.uses is not None and spec.uses.trial is not None:
            pending += _module(spec.uses.trial.target.partition(":")[0], paths, sources)
    seen: set[str] = set()
    while pending and len(seen) < _MOST:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        data = reader.read(path, _BYTES)
        if data is not None:
            pending += [found for found in _imports(path, data, paths, sources) if found not in seen]
    return frozenset(seen)


def _roots(
    reader: Reader, commands: tuple[Command, ...], paths: frozenset[str], sources: tuple[str, ...], depth: int = 0
) -> Iterator[str]:
    for command in commands:
        words = core(command.words)
        for word in words:
            name = posixpath.normpath(word)
            if name in paths and name.endswith(".py"):
                yield name
            elif name in paths and name.endswith((".sh", ".bash")) and depth < 3:
                data = reader.read(name, _BYTES) or b""
                yield from _roots(reader, commands_of(data.decode("utf-8", "replace"), 1), paths, sources, depth + 1)
        for at, word in enumerate(command.words[:-1]):
            if word in ("-m", "--module"):
                yield from _module(command.words[at + 1], paths, sources)


def _module(dotted: str, paths: frozenset[str], sources: tuple[str, ...]) -> Iterator[str]:
    """The files that a dotted name may be."""
    place = dotted.replace(".", "/")
    for source in sources or ("",):
        base = posixpath.join(source, place) if source else place
        for path in (f"{base}.py", f"{base}/__init__.py", f"{base}/__main__.py"):
            if path in paths:
                yield path


def _imports(path: str, data: bytes, paths: frozenset[str], sources: tuple[str, ...]) -> Iterator[str]:
    beside = (*sources, posixpath.dirname(path))  # a script finds what lies beside it
    for module, names in _FROM.findall(data):
        text, taken = module.decode("ascii", "ignore"), _NAME.findall(names.decode("ascii", "ignore"))
        dots = len(text) - len(text.lstrip("."))
        base, places = text.lstrip("."), beside
        if dots:
            folder = path
            for _ in range(dots):
                folder = posixpath.dirname(folder)
            places = (folder,)
        for dotted in (base, *(f"{base}.{name}" if base else name for name in taken)):
            if dotted:
                yield from _module(dotted, paths, places)
    for listed in _PLAIN.findall(data):
        for part in listed.decode("ascii", "ignore").split(","):
            for dotted in part.split()[:1]:
                yield from _module(dotted, paths, beside)
