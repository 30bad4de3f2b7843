"""Starts git and collects what it says.

Called by `git.py` for everything, and by the check of a settled run, which must cost next to
nothing: so a process is spawned directly, because `subprocess` takes longer to import than git to
answer. The user's configuration is respected, but nothing here waits for a password, opens an
editor or takes optional locks.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

SECONDS = 120
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
OF_A_HOOK = (
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""A git hook that calls us sets these for its own command, not for ours."""
_OF_A_PUSH = ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_OBJECT_DIRECTORY")
"""Where objects lie. In a hook that looks at a push these are needed to see what arrives: git says so itself."""
_ARRIVING = "GIT_QUARANTINE_PATH"

STATUS = (
    "status",
    "--porcelain=v2",
    "--branch",
    "--no-ahead-behind",
    "-z",
    "--no-renames",
    "--untracked-files=all",
    "--ignore-submodules=none",
)
LISTING = ("ls-files", "--cached", "--others", "--exclude-standard", "-t", "-z")


class Said(NamedTuple):
    """How git ended and what it wrote. A tuple, because a record would load msgspec."""

    code: int
    out: bytes
    err: bytes


def ask(
    arguments: Sequence[str],
    folder: str,
    extra: Mapping[str, str] | None = None,
    given: bytes = b"",
    take: Callable[[bytes], None] | None = None,
) -> Said:
    """Run git in a folder, with `given` as its standard input. `take` is handed what it writes piece by piece, which
    is then not kept.

    Raises FileNotFoundError without git, TimeoutError, OSError.
    """
    left_out = OF_A_HOOK if _ARRIVING in os.environ else (*OF_A_HOOK, *_OF_A_PUSH)
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment.update(_QUIET)
    environment.update(extra or {})
    source = _input(given)
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    try:
        pid = os.posix_spawnp(
            "git",
            ["git", "-C", folder, *arguments],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, source, 0),
                (os.POSIX_SPAWN_DUP2, out_end, 1),
                (os.POSIX_SPAWN_DUP2, err_end, 2),
            ],
        )
    except BaseException:
        os.close(out)
        os.close(err)
        raise
    finally:
        os.close(source)
        os.close(out_end)
        os.close(err_end)
    try:
        answers = _read((out, err), take)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(out)
        os.close(err)
        _, status = os.waitpid(pid, 0)
    return Said(os.waitstatus_to_exitcode(status), *answers)


def _input(given: bytes) -> int:
    """A descriptor that some bytes can be read from. A file, because a pipe would have to be written meanwhile."""
    if not given:
        return os.open(os.devnull, os.O_RDONLY)
    import tempfile  # many modules, for the few questions that are asked about many paths

    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        return os.dup(file.fileno())


def _read(pipes: tuple[int, int], take: Callable[[bytes], None] | None) -> list[bytes]:
    """All that comes through some pipes, each to its end; of the first nothing is kept that is taken.

    Raises TimeoutError.
    """
    parts: dict[int, list[bytes]] = {pipe: [] for pipe in pipes}
    open_pipes = set(pipes)
    until = time.monotonic() + SECONDS
    poll = select.poll()
    for pipe in pipes:
        poll.register(pipe, select.POLLIN | select.POLLHUP)
    while open_pipes:
        ready = poll.poll(max(0.0, until - time.monotonic()) * 1000)
        if not ready:
            raise TimeoutError
        for pipe, _ in ready:
            data = os.read(pipe, 1 << 16)
            if data and take is not None and pipe == pipes[0]:
                take(data)
            elif data:
                parts[pipe].append(data)
            else:
                poll.unregister(pipe)
                open_pipes.discard(pipe)
    return [b"".join(parts[pipe]) for pipe in pipes]


def committed(status: bytes) -> str | None:
    """The commit that `STATUS` names, None before the first."""
    for line in status.split(b"\0"):
        if line.startswith(b"# branch.oid "):
            name = line[13:].decode()
            return None if name == "(initial)" else name
    return None


def differences(status: bytes) -> list[bytes]:
    """The entries of `STATUS` that tell of files: what differs from the commit, and what git does not know."""
    return [line for line in status.split(b"\0") if line and not line.startswith(b"# ")]
