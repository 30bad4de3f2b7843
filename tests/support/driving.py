"""The engine in a process of its own that can be killed at an exact place, again and again.

`Driver` starts one Python process which imports Seatrial once and forks for every run asked of
it, so that hundreds of killed runs take seconds. A fork counts the calls that Seatrial's own
code makes and sends itself SIGKILL at the one it was told: no code of Seatrial knows about it,
nothing is patched, and every place between two calls can be hit.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from tests.support.project import Project

HERE = Path(__file__).resolve().parents[2]


class Driver:
    """A process that runs a project's stages on demand. A context manager."""

    def __init__(self, project: Project, *, part: tuple[str, str] | None = None, within: str = "") -> None:
        """`part`, a run's name and a stage, is done instead of everything. `within`: only calls made inside
        the function of that name are counted."""
        # Not in the work tree: there it would be an input of every stage that depends on the whole tree.
        self._policy = Path(tempfile.mkdtemp(dir=project.root.parent)) / "project.pickle"
        self._policy.write_bytes(pickle.dumps((str(project.root), project.python, project.policy, part, within)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.driving", str(self._policy)],
            cwd=HERE,
            env=os.environ | {"PYTHONPATH": f"{HERE / 'src'}{os.pathsep}{HERE}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()

    def run(self, *, die_at: int = 0, die_on: str = "") -> str:
        """Run everything; `killed`, or `ended CALLS` with the number of calls that were counted.

        `die_at` counts calls from 1; `die_on` names the event after which the process dies.
        """
        self.start(die_at=die_at, die_on=die_on)
        return self.wait()

    def start(self, *, die_at: int = 0, die_on: str = "") -> None:
        """Like `run`, without waiting."""
        if self._process.stdin is None:
            raise RuntimeError("the driver has been closed")
        self._process.stdin.write(f"{die_at} {die_on}\n")
        self._process.stdin.flush()

    def child(self) -> int:
        """The process number of the run that was started."""
        return int(self._line().removeprefix("started "))

    def wait(self) -> str:
        """How the run that was started has ended."""
        line = self._line()
        return self._line() if line.startswith("started ") else line

    def _line(self) -> str:
        if self._process.stdout is None:
            raise RuntimeError("the driver has been closed")
        return self._process.stdout.readline().strip()


def _serve(policy: Path) -> None:
    root, python, stages, part, within = pickle.loads(policy.read_bytes())
    for line in sys.stdin:
        die_at, _, die_on = line.strip().partition(" ")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            code = 1
            try:
                project = Project(root=Path(root), python=python, policy=stages)
                calls = _run(project, int(die_at), die_on, part, within)
                os.write(writer, str(calls).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        print(f"started {child}", flush=True)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reader) as told:
            count = told.read()
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else f"ended {count}" if os.WEXITSTATUS(status) == 0 else "broken", flush=True)


def _run(project: Project, die_at: int, die_on: str, part: tuple[str, str] | None, within: str) -> int:
    calls = 0
    own = threading.local()

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        depth = getattr(own, "depth", 0 if within else 1)
        if within and frame.f_code.co_name == within and event in ("call", "return"):
            depth += 1 if event == "call" else -1
            own.depth = depth
        if depth and event in ("call", "c_call") and "/seatrial/" in frame.f_code.co_filename:
            calls += 1
            if calls == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def listen(event: object) -> None:
        if isinstance(event, dict) and event["event"] == die_on:
            os.kill(os.getpid(), signal.SIGKILL)

    project.on_event = listen
    threading.setprofile(count)  # the threads that carry output
    sys.setprofile(count)
    try:
        if part is None:
            project.run()
        else:
            project.run_part(*part)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return calls


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
