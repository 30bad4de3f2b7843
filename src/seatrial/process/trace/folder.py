"""How the commands of one run are traced: what they get into their environment, and what they leave in a folder.

Called by `pipeline/tracing.py`. One folder serves a run: whoever starts no Python leaves nothing in it, and costs
one look at an empty folder. What was read is removed at once, so that it stays small.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from seatrial.errors import StageError
from seatrial.process.trace import strace
from seatrial.process.trace.audit import processes_of, seen_in
from seatrial.process.trace.seen import Seen

VARIABLE = "SEATRIAL_TRACE"
HOOK = os.path.join(os.path.dirname(__file__), "hook")  # noqa: PTH118, PTH120 - asked for by every run
_MOST_BYTES = 256 << 20


class TraceFolder:
    """The traces of one run."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._made = False
        self._refusal: str | None = None

    def make(self) -> None:
        """Make the folder, once a run."""
        if not self._made:
            with contextlib.suppress(OSError):  # a full disk: nothing is traced, and that is told
                os.makedirs(self._root, exist_ok=True)  # noqa: PTH103 - as above
            self._made = True

    def variables(self, name: str, environment: Mapping[str, str]) -> dict[str, str]:
        """What to add to the environment of a command. `name` is no other command's of this run."""
        path = environment.get("PYTHONPATH")
        return {VARIABLE: f"{self._root}/{name}+", "PYTHONPATH": f"{HOOK}{os.pathsep}{path}" if path else HOOK}

    def wrapped(self, name: str, arguments: Sequence[str]) -> list[str]:
        """A command that `strace` watches. Raises StageError where that cannot be."""
        if self._refusal is None:
            self._refusal = strace.refusal(Path(self._root, "strace.log")) or ""
        if self._refusal:
            raise StageError(
                f"it was to be watched by strace: {self._refusal}",
                next_step="apt-get install strace, and allow ptrace (docker run --cap-add SYS_PTRACE)",
            )
        return strace.wrapped(arguments, f"{self._root}/{name}+strace")

    def take_strace(self, name: str, *, folder: str, program: str) -> Seen:
        """What `strace` saw a command do that was started in `folder`. Removes what it left."""
        path = Path(f"{self._root}/{name}+strace")
        try:
            data = path.read_bytes()
            path.unlink()
        except OSError:
            data = b""
        return strace.seen_in(data, folder=folder, program=program)

    def take(self, name: str, *, leader: int, program: str) -> Seen:
        """What a command was seen to do, whose first process had the number `leader`. Removes what it left."""
        files: dict[int, bytes] = {}
        for pid, file in processes_of(self._names(), f"{name}+").items():
            path = f"{self._root}/{file}"
            with contextlib.suppress(OSError):
                with open(path, "rb") as opened:  # noqa: PTH123 - as above
                    files[pid] = opened.read(_MOST_BYTES)
                os.unlink(path)  # noqa: PTH108 - as above
        return seen_in(files, leader=leader, program=program)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._root)
        except OSError:
            return []
