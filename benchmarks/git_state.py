"""What a state on a git ref costs an operation: `python -m benchmarks.git_state [http]`.

A bare repository on this machine, over its path or over `git http-backend` on a loopback port. What is measured is the
CPU time of this process and of the gits that it waited for, those of the other side too; and the gits that the state
started itself.
"""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.git_command import GitCommand, Said
from tests.support.git_server import serving
from tests.support.git_state import new_clone, new_remote, state_in

TIMES = 30
BLOB = 16 << 20


class Meter:
    """Counts what some calls cost."""

    def __init__(self) -> None:
        self._started = 0
        plain = GitCommand.run

        def counted(git: GitCommand, *arguments: str, **named: Any) -> Said:
            self._started += 1
            return plain(git, *arguments, **named)

        GitCommand.run = counted  # type: ignore[method-assign, assignment]  # to count

    def show(self, what: str, do: Callable[[int], object], before: Callable[[int], object] | None, times: int) -> None:
        """Print what a call costs, the median of so many. What is done `before` each does not count."""
        costs: list[tuple[float, float, int]] = []
        for number in range(times):
            if before is not None:
                before(number)
            self._started, at, spent = 0, time.perf_counter(), _cpu()
            do(number)
            costs.append((1000 * (_cpu() - spent), 1000 * (time.perf_counter() - at), self._started))
        cpu, wall, started = (statistics.median(column) for column in zip(*costs, strict=True))
        print(f"| {what:32} | {cpu:7,.0f} | {wall:7,.0f} | {started:4.0f} |")


def main() -> None:
    """Measure each operation and print a line for it."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url: str | Path = new_remote(folder)
        if "http" in sys.argv[1:]:
            url = f"{stack.enter_context(serving(folder)).url}/team.git"
        _measure(folder, url)


def _measure(folder: Path, url: str | Path) -> None:
    ours, others, meter = new_clone(url, folder / "ours"), new_clone(url, folder / "others"), Meter()
    state, other = state_in(ours), state_in(others)
    state.append("s", {}, expected=0)
    meter.show("append", lambda number: state.append("s", {}, expected=number + 1), None, TIMES)
    meter.show("read, nothing new", lambda _: state.read("s"), None, TIMES)
    meter.show("read, nothing new, a new process", lambda _: state_in(ours).read("s"), None, TIMES)
    other.read("s")
    ahead = TIMES + 1
    meter.show(
        "read after another's append",
        lambda _: other.read("s"),
        lambda number: state.append("s", {}, expected=ahead + number),
        TIMES,
    )
    cas = BlobStore(folder / "cas")
    blobs: list[Artifact] = []

    def another(_number: int) -> None:
        (folder / "weights").write_bytes(os.urandom(BLOB))
        blobs.append(cas.put_path(folder / "weights"))

    few = TIMES // 5
    meter.show("keep 16 MiB", lambda number: state.keep(blobs[number], cas), another, few)
    meter.show("have 16 MiB", lambda number: other.blobs.checkout(blobs[number], folder / f"got-{number}"), None, few)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


if __name__ == "__main__":
    main()
