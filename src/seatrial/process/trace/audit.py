"""The files that the audit hook leaves, one a process, as what the command was seen to do. Pure.

Called by `folder.py`. A line cut short, or one that nobody wrote, is passed over: a program may do what it likes
with files it can write. What a line says is never more than that a path was looked at.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from seatrial.process.trace.seen import Kind, Seen, Touch

TRACER = "audit"
_KINDS = {"R": Kind.READ, "r": Kind.READ, "N": Kind.SOUGHT, "L": Kind.LISTED, "W": Kind.MADE, "D": Kind.REMOVED}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PYTHON = re.compile(r"(python|pypy)[0-9.]*t?")
_ASK_THE_MACHINE = frozenset({"getconf", "hostname", "id", "ldconfig", "lsb_release", "lscpu", "nproc", "uname"})
"""Programs that tell what machine this is, which a key has already."""
_MOST_NAMED = 3


class _Process(Struct):
    """What one file says. `became` is a program it gave its place to, if that is not known to be Python."""

    started: list[str] = field(default_factory=list)
    pythons: int = 0
    parents: list[int] = field(default_factory=list)
    became: str | None = None
    ended: bool = False
    full: bool = False


def seen_in(files: Mapping[int, bytes], *, leader: int, program: str) -> Seen:
    """What the files of a command say, by process. `leader` is the number of its first process, `program` its name."""
    touches: list[Touch] = []
    prefixes: dict[str, None] = {}
    search: dict[str, None] = {}
    processes = {pid: _Process() for pid in files}
    for pid, data in files.items():
        process, pycache = processes[pid], ""
        for kind, at, stamp, text in _lines(data):
            match kind:
                case "I":
                    prefixes[text] = None
                case "J":
                    search[text] = None
                case "C":
                    pycache = text
                case _ if kind in _KINDS:
                    touch = _touch(_KINDS[kind], text, at, stamp, pycache)
                    touches += [touch] if touch is not None else []
                case _:
                    _tell(process, kind, text)
    touches.sort(key=lambda touch: touch.at)
    return Seen(
        tracer=TRACER,
        touches=tuple(touches),
        prefixes=tuple(prefixes),
        search=tuple(search),
        incomplete="; ".join(list(dict.fromkeys(_missed(processes, leader, program)))[:_MOST_NAMED]) or None,
    )


def _tell(process: _Process, kind: str, text: str) -> None:
    """Take in a line about the process itself."""
    match kind:
        case "S":
            process.pythons += 1
            process.parents.append(_parent(text))
            process.became, process.ended = None, False
        case "X":
            process.started.append(text)
        case "E":
            process.became = text
        case "Z":
            process.ended = True
        case "O":
            process.full = True
        case _:
            pass


def _missed(processes: Mapping[int, _Process], leader: int, program: str) -> Iterator[str]:
    """What no file tells of."""
    first = processes.get(leader)
    if first is None or not first.pythons:
        yield f"{_name(program)} is not Python, or not to be traced"
    elif not first.ended and first.became is None:
        yield f"{_name(program)} ended without an end"
    for pid, process in processes.items():
        if process.became is not None:
            yield f"it became {_name(process.became)}"
        if process.full:
            yield "it read more files than a trace holds"
        traced = sum(parent == pid for other in processes.values() for parent in other.parents)
        untraced = sorted(process.started, key=lambda name: _PYTHON.fullmatch(_name(name)) is not None)
        for name in untraced[: max(0, len(untraced) - traced)]:
            if _name(name) not in _ASK_THE_MACHINE:
                yield f"it started {_name(name)}"


def _lines(data: bytes) -> Iterator[tuple[str, int, int, str]]:
    for row in data.decode("utf-8", "surrogateescape").split("\n"):
        parts = row.split(" ", 3)
        if len(parts) == 4 and parts[1].isdecimal() and parts[2].isdecimal():
            text = _ESCAPED.sub(_unescaped, parts[3]) if "\\" in parts[3] else parts[3]
            yield parts[0], int(parts[1]), int(parts[2]), text


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found.group(1) == "n" else found.group(1)


def _parent(text: str) -> int:
    """The second of two numbers, 0 where there are none."""
    word = text.rpartition(" ")[2]
    return int(word) if word.isdecimal() else 0


def _touch(kind: Kind, path: str, at: int, stamp: int, pycache: str) -> Touch | None:
    """A touch of a path without detours. Reading compiled code stands for reading its source, of which nobody looked
    at the stamp; that there is none says nothing."""
    path = posixpath.normpath(path)
    source = source_of(path, pycache) if path.endswith(".pyc") else None
    if source is not None and kind is Kind.SOUGHT:
        return None
    if source is not None and kind is Kind.READ:
        return Touch(kind, source, at)
    return Touch(kind, path, at, stamp if kind in (Kind.READ, Kind.LISTED) else None)


def source_of(path: str, pycache: str) -> str | None:
    """The source of compiled code, None where that cannot be told."""
    folder, _, name = path.rpartition("/")
    if pycache and path.startswith(pycache + "/"):
        return f"{folder.removeprefix(pycache)}/{name.partition('.')[0]}.py"
    if folder.endswith("/__pycache__"):
        return f"{folder.removesuffix('/__pycache__')}/{name.partition('.')[0]}.py"
    return None


def _name(program: str) -> str:
    return posixpath.basename(program) or "a program"


def processes_of(names: Iterable[str], prefix: str) -> dict[int, str]:
    """The files of one command among those of a run, by process."""
    found = {name.removeprefix(prefix): name for name in names if name.startswith(prefix)}
    return {int(pid): name for pid, name in found.items() if pid.isdecimal()}
