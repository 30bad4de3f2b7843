"""Starts what a model runs behind: a command with a port, or the user's function in the user's interpreter.

Called by `running`. Everything is started through `process.group`: a group of its own, both outputs in a bounded log,
and nothing left behind when it ends.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

import seatrial.process as own
from seatrial.errors import StageError, UsageError
from seatrial.nearest import nearest
from seatrial.process import group
from seatrial.process.bounded_log import LogLimits
from seatrial.process.escaped import Trace, end_escaped
from seatrial.process.group import Child
from seatrial.serving.policy import LOOPBACK, Callable, Command

LOG = LogLimits(head=1 << 18, tail=1 << 20)
_MARK = "SEATRIAL_SERVING"
_LOOKS, _BETWEEN_LOOKS = 10, 0.02  # seconds
_WORDS = ("model", "port", "host")
_NAMED = re.compile(r"\$\{([^}]*)\}")
_GUEST = str(Path(next(iter(own.__path__)), "guest.py"))


class Ground(Struct, frozen=True, kw_only=True):
    """Where models are started: the folder, the user's interpreter, the environment, and where logs are to lie. `mask`
    are the forms of secrets that must not stand in a log."""

    folder: Path
    python: Path
    environment: Mapping[str, str]
    logs: Path
    mask: tuple[bytes, ...] = ()


class Launched(Struct, frozen=True, kw_only=True):
    """What was started: the process, its log, and the descriptors of its pipes or its port."""

    child: Child
    log: Path
    port: int | None = None
    questions: int = -1
    replies: int = -1


def launch_command(command: Command, model: str | None, ground: Ground, name: str, mark: str) -> Launched:
    """Start a server, its processes marked.

    Raises UsageError for a command that cannot be meant, StageError where it cannot be started.
    """
    port = _free_port() if command.port is None else command.port
    if command.port is not None and _is_taken(port):
        raise UsageError(
            f"port {port} is taken, so whatever answers there is not this model",
            next_step="end what listens there, or leave `port` out, so that a free one is chosen",
        )
    values = {"port": str(port), "host": LOOPBACK} | ({} if model is None else {"model": model})
    argv = words_of(command.cmd, values)
    if argv[0] == "python":
        argv[0] = str(ground.python)
    log = ground.logs / f"{name}.log"
    return Launched(child=_start(argv, ground, log, mark), log=log, port=port)


def launch_callable(behind: Callable, model: str | None, ground: Ground, name: str, mark: str) -> Launched:
    """Start the user's function, its processes marked. Raises StageError where the interpreter cannot be started."""
    their_questions, questions = os.pipe()
    replies, their_replies = os.pipe()
    words = ["--target", behind.target, f"--model={model or ''}"]
    words += ["--from", str(their_questions), "--to", str(their_replies)]
    log = ground.logs / f"{name}.log"
    try:
        argv = [str(ground.python), _GUEST, "serve", *words]
        child = _start(argv, ground, log, mark, keep=(their_questions, their_replies))
    except BaseException:
        os.close(questions)
        os.close(replies)
        raise
    finally:
        os.close(their_questions)
        os.close(their_replies)
    return Launched(child=child, log=log, questions=questions, replies=replies)


def words_of(text: str, values: Mapping[str, str]) -> list[str]:
    """A command as words, with `${NAME}` filled in: a value never becomes more than its word. Raises UsageError."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"`{text}` cannot be split into words: {error}", next_step="close its quotes") from error
    if not words:
        raise UsageError("the command that serves the model is empty", next_step="write what starts the server")

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        if name in values:
            return values[name]
        if name in _WORDS:
            raise UsageError(f"`{text}` uses ${{{name}}}, and no {name} is known", next_step=f"name the {name}")
        close = nearest(name.lower(), _WORDS)
        step = f"did you mean ${{{close}}}?" if close else "known are ${model}, ${port} and ${host}"
        raise UsageError(f"`{text}` uses ${{{name}}}, which nothing is called", next_step=step)

    return [_NAMED.sub(filled, word) for word in words]


def last_lines(log: Path, most: int = 12) -> str:
    """The end of a log, for a message; empty where nothing was printed."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - (1 << 14)))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(line.rstrip() for line in text.splitlines()[-most:] if line.strip())


def new_mark() -> str:
    """What the processes of one model carry in their environment, so that whatever leaves their group is found."""
    return f"{os.getpid()}-{time.monotonic_ns()}"


def end_marked(mark: str) -> None:
    """Kill what carries a mark, where nothing else is known of it: we were interrupted while we started a model. It is
    looked for a few times, since a process has its own environment only a moment after it is there."""
    everywhere = Trace(leader=0, started=-math.inf, mark=f"{_MARK}={mark}", born=0.0)
    for _ in range(_LOOKS):
        end_escaped(everywhere)
        time.sleep(_BETWEEN_LOOKS)


def _start(argv: list[str], ground: Ground, log: Path, mark: str, keep: tuple[int, ...] = ()) -> Child:
    log.unlink(missing_ok=True)
    try:
        return group.start(
            argv,
            folder=ground.folder,
            environment={**ground.environment, _MARK: mark},
            log=log,
            keep=keep,
            mark=f"{_MARK}={mark}",
            mask=ground.mask,
            limits=LOG,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise StageError(
            f"{argv[0]} cannot be started: {error.strerror}",
            next_step="install it where the command is looked for, or write its whole path",
        ) from error


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        return port


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0
