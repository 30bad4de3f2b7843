"""What `strace` writes down of a command, as what the command was seen to do.

Called by `folder.py` where it was asked for: it sees what the audit hook cannot, programs of any kind and what
libraries read by themselves, and costs several times as much for every file. So it serves audits, not every run.
All but `refusal` is pure.

Subtle: a call of one process may be told in two halves, with those of others between them, and the first lines of a
child may come before its parent is told to have made it. Whether an opened file was there before nobody says,
and when it changed last neither.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from seatrial.process import group
from seatrial.process.trace.audit import source_of
from seatrial.process.trace.seen import Kind, Seen, Touch

TRACER = "strace"
_CALLS = (
    "open,openat,openat2,creat,execve,execveat,chdir,fchdir,rename,renameat,renameat2,unlink,unlinkat,rmdir,"
    "mkdir,mkdirat,link,linkat,symlink,symlinkat,clone,clone3,fork,vfork,exit_group"
)
_OPTIONS = ("-f", "--seccomp-bpf", "-qq", "-y", "-e", f"trace={_CALLS}", "-e", "signal=none")
_LINE = re.compile(r"(\d+)\s+(.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(.*)", re.DOTALL)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FROM = re.compile(r"(?:AT_FDCWD|-?\d+)(?:<([^>]*)>)?")
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|[0-7]{1,3}|.)")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f"}
_MISSING = ("ENOENT", "ENOTDIR")


def wrapped(arguments: Sequence[str], output: str) -> list[str]:
    """A command under `strace`, which writes to `output` and ends as the command does."""
    return ["strace", *_OPTIONS, "-o", output, "--", *arguments]


def refusal(log: Path) -> str | None:
    """Why `strace` cannot be used here, None when it can; `log` is a file for what it says."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    child = group.start(
        wrapped(["true"], "/dev/null"), folder=Path("/"), environment={"PATH": os.environ.get("PATH", "")}, log=log
    )
    while (ended := child.poll()) is None:
        group.wait_any([child], 1.0)
    if ended.code == 0:
        return None
    said = log.read_text(errors="replace").strip().splitlines()
    return said[-1] if said else "strace does not work here"


def seen_in(data: bytes | None, *, folder: str, program: str) -> Seen:
    """What one output tells of a command that was started in `folder`."""
    if not data:
        return Seen(tracer=TRACER, incomplete=f"strace wrote nothing about {posixpath.basename(program)}")
    touches = [*_Reading(folder).touches(data.decode("utf-8", "surrogateescape"))]
    code = {posixpath.dirname(touch.path) for touch in touches if touch.path.endswith(".py")}
    kept = [
        Touch(touch.kind, touch.path, place)
        for place, touch in enumerate(touches)
        # Importing lists the folders that modules lie in, as if the program had asked for their names.
        if not (touch.kind is Kind.LISTED and touch.path in code)
    ]
    return Seen(tracer=TRACER, touches=tuple(kept))


class _Reading:
    """The lines of one output, read from first to last. `_folders` are where the processes are."""

    def __init__(self, folder: str) -> None:
        self._first = folder
        self._folders: dict[str, str] = {}
        self._halves: dict[str, str] = {}

    def touches(self, text: str) -> Iterator[Touch]:
        for row in text.split("\n"):
            line = _LINE.fullmatch(row)
            if line is None:
                continue
            pid, said = line.groups()
            if pid not in self._folders:
                self._folders[pid] = self._of_its_parent()
            if said.endswith("<unfinished ...>"):
                self._halves[pid] = said.removesuffix("<unfinished ...>")
                continue
            resumed = _RESUMED.fullmatch(said)
            call = _CALL.fullmatch(self._halves.pop(pid, "") + resumed.group(1) if resumed else said)
            if call is not None:
                yield from self._touched(pid, call.group(1), call.group(2), call.group(3), call.group(4))

    def _of_its_parent(self) -> str:
        """Where a process is that was not told of: where the one is that makes another just now."""
        making = [pid for pid, said in self._halves.items() if said.startswith(("clone", "fork", "vfork"))]
        return self._folders.get(making[-1], self._first) if making else self._first

    def _touched(self, pid: str, name: str, said: str, code: str, rest: str) -> Iterator[Touch]:
        done = code != "?" and not code.startswith("-")
        paths = self._paths(pid, said)
        match name:
            case "clone" | "clone3" | "fork" | "vfork" if done:
                self._folders[code] = self._folders[pid]
            case "chdir" if done and paths:
                self._folders[pid] = paths[0]
            case "fchdir" if done and (found := _FROM.match(said)) and found.group(1):
                self._folders[pid] = _plain(found.group(1))
            case "execve" | "execveat" if done and paths:
                yield Touch(Kind.READ, paths[0])
            case "open" | "openat" | "openat2" | "creat" if paths:
                yield from _opened(name, said, paths[0], done=done, missing=any(word in rest for word in _MISSING))
            case "rename" | "renameat" | "renameat2" if done and len(paths) > 1:
                yield Touch(Kind.REMOVED, paths[0])
                yield Touch(Kind.MADE, paths[1])
            case "unlink" | "unlinkat" | "rmdir" if done and paths:
                yield Touch(Kind.REMOVED, paths[0])
            case "mkdir" | "mkdirat" | "link" | "linkat" | "symlink" | "symlinkat" if done and paths:
                yield Touch(Kind.MADE, paths[-1])
            case _:
                pass

    def _paths(self, pid: str, said: str) -> list[str]:
        """The paths among the arguments of a call, without detours."""
        found: list[str] = []
        above = self._folders[pid]
        before = 0
        for text in _TEXT.finditer(said):
            given = [each for each in _FROM.findall(said[before : text.start()]) if each]
            folder = _plain(given[-1]) if given else above
            found.append(posixpath.normpath(posixpath.join(folder, _plain(text.group(1)))))
            before = text.end()
            if "[" in said[before : before + 3]:  # the arguments of a program are no paths
                break
        return found


def _opened(name: str, said: str, path: str, *, done: bool, missing: bool) -> Iterator[Touch]:
    flags = said[said.rfind('"') :]
    if name == "creat" or (done and any(flag in flags for flag in ("O_CREAT", "O_TRUNC", "O_EXCL"))):
        if done:
            yield Touch(Kind.MADE, path)
    elif "O_CREAT" in flags or "O_PATH" in flags or "O_WRONLY" in flags:
        return
    elif missing:
        if not path.endswith(".pyc"):
            yield Touch(Kind.SOUGHT, path)
    elif done and "O_DIRECTORY" in flags:
        yield Touch(Kind.LISTED, path)
    elif done:
        yield Touch(Kind.READ, source_of(path, "") or path)


def _plain(text: str) -> str:
    """A text as strace shows it, as it is: escapes stand for bytes."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_unescaped, text).encode("latin-1", "surrogateescape").decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[str]) -> str:
    code = found.group(1)
    if code[0] == "x":
        return chr(int(code[1:], 16))
    return chr(int(code, 8)) if code[0] in "01234567" else _PLAIN.get(code, code)
