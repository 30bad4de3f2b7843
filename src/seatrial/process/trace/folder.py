"""How the commands of one run are traced: what they get into their environment, and what they leave in a folder.

Called by `pipeline/tracing.py`. One folder serves a run: whoever starts no Python leaves nothing in it, and costs
one look at an empty folder. What was read is removed at once, so that it stays small.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

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

    def variables(self, name: str, environment: Mapping[str, str]) -> dict[str, str]:
        """What to add to the environment of a command. `name` is no other command's of this run, and has no `+`."""
        if not self._made:
            with contextlib.suppress(OSError):  # a full disk: nothing is traced, and that is told
                os.makedirs(self._root, exist_ok=True)  # noqa: PTH103
            self._made = True
        path = environment.get("PYTHONPATH")
        return {VARIABLE: f"{self._root}/{name}+", "PYTHONPATH": f"{HOOK}{os.pathsep}{path}" if path else HOOK}

    def take(self, name: str, *, leader: int, program: str) -> Seen:
        """What a command was seen to do, whose first process had the number `leader`. Removes what it left."""
        files: dict[int, bytes] = {}
        for pid, file in processes_of(self._names(), f"{name}+").items():
            path = f"{self._root}/{file}"
            with contextlib.suppress(OSError):
                with open(path, "rb") as opened:  # noqa: PTH123
                    files[pid] = opened.read(_MOST_BYTES)
                os.unlink(path)  # noqa: PTH108
        return seen_in(files, leader=leader, program=program)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._root)
        except OSError:
            return []
