"""Commands typed again and again, each in a process that dies, or whose disk fails, at an exact place.

`Commander` starts one Python process which imports the command line once and forks for every command
asked of it, so that hundreds of broken runs take minutes. A fork counts the calls that Seatrial's own
code makes and sends itself SIGKILL at the one it was told (`Fault.die_at`), or where a named function is
entered or left (`Fault.point`, see `fault_points.py`), or lets the n-th step on the disk fail
(`Fault.fail_at`, see `failing_disk.py`). No code of Seatrial knows about it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from seatrial.clock import SystemClock
from seatrial.store.stat_cache import StatCache
from tests.support.cli import Repo
from tests.support.failing_disk import FailingDisk
from tests.support.fault_points import POINTS, Point

HERE = Path(__file__).resolve().parents[2]
_PATIENCE = 120
_WARM = (
    "seatrial.cli.entry",
    "seatrial.cli.main",
    "seatrial.cli.settled",
    "seatrial.cli.run",
    "seatrial.cli.models",
    "seatrial.flows.run_judging",
    "seatrial.flows.run_baseline",
    "seatrial.flows.rescoring",
    "seatrial.flows.registering",
    "seatrial.flows.promote",
    "seatrial.pipeline.shared_cache",
    "seatrial.store.folder_objects",
    "seatrial.evidence.csv_table",
    "seatrial.gates.judge",
    "numpy",
)
"""What a command loads later on: loaded once, before the forks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong. Numbers count from 1; 0 is never. `behind` is how many seconds its clock goes back."""

    die_at: int = 0
    point: str = ""
    nth: int = 1
    fail_at: int = 0
    code: int = 0
    descriptors: int = 0
    behind: float = 0.0
    count: bool = False


NOTHING = Fault()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a command ended. `code` is None when it was killed; the counts are those of one that was not."""

    code: int | None
    out: str
    err: str
    calls: int = 0
    steps: int = 0
    reached: Mapping[str, int] = field(default_factory=dict)

    @property
    def killed(self) -> bool:
        return self.code is None

    @property
    def json(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)


class Commander:
    """A process that types commands on demand. A context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.commanding"],
            cwd=HERE,
            env=os.environ | {"PYTHONPATH": f"{HERE / 'src'}{os.pathsep}{HERE}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._files = tempfile.TemporaryDirectory()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
        self._files.cleanup()

    def type(self, repo: Repo, *words: str, fault: Fault = NOTHING) -> Told:
        """Type a command and wait for its end."""
        self.start(repo, *words, fault=fault)
        return self.wait()

    def start(self, repo: Repo, *words: str, fault: Fault = NOTHING) -> None:
        """Like `type`, without waiting. One command at a time."""
        if self._process.stdin is None:
            raise RuntimeError("the commander has been closed")
        asked = {
            "root": str(repo.root),
            "environ": repo._environ(),
            "words": words,
            "fault": asdict(fault),
            "files": self._files.name,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def wait(self) -> Told:
        """How the command that was started has ended."""
        if self._process.stdout is None:
            raise RuntimeError("the commander has been closed")
        told = json.loads(self._process.stdout.readline())
        out, err = (Path(self._files.name, name).read_text(errors="surrogateescape") for name in ("out", "err"))
        return Told(out=out, err=err, **told)


def _serve() -> None:
    for module in _WARM:
        importlib.import_module(module)
    for line in sys.stdin:
        asked = json.loads(line)
        told = Path(asked["files"], "told")
        told.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            _become(asked, told)
        patience = time.monotonic() + _PATIENCE
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > patience:
                os.kill(child, signal.SIGABRT)
            time.sleep(0.002)
        killed = os.WIFSIGNALED(ended[1]) and os.WTERMSIG(ended[1]) == signal.SIGKILL
        code = None if killed else os.waitstatus_to_exitcode(ended[1])
        counts = json.loads(told.read_text()) if told.exists() else {}
        print(json.dumps({"code": code, **counts}), flush=True)


def _become(asked: Mapping[str, Any], told: Path) -> None:
    """Be the command; does not come back."""
    code = 99
    try:
        os.environ.clear()
        os.environ.update(asked["environ"])
        os.chdir(asked["root"])
        for number, name in ((1, "out"), (2, "err")):
            with Path(asked["files"], name).open("wb") as file:
                os.dup2(file.fileno(), number)
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        sys.argv = ["seatrial", *asked["words"]]
        code, counts = _run(Fault(**asked["fault"]))
        sys.stdout.flush()
        sys.stderr.flush()
        told.write_text(json.dumps(counts))
    except BaseException:  # noqa: BLE001 - nobody sees it after the fork, except here
        traceback.print_exc()
    finally:
        os._exit(code)


def _run(fault: Fault) -> tuple[int, dict[str, Any]]:
    from seatrial.cli import entry

    entry._leave = sys.exit  # type: ignore[assignment]  # what was counted is told after the command's end
    if fault.behind:
        _turn_back(fault.behind)
    counting = _Counting(fault)
    disk: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
    if fault.fail_at:
        disk = FailingDisk(fault.fail_at, fault.code)
    if fault.descriptors:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (fault.descriptors, hard))
    code: object = 0
    with counting, disk as failing:
        try:
            entry.main()
        except SystemExit as end:
            code = end.code or 0
    if fault.descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    counts = {"calls": counting.calls, "reached": counting.reached, "steps": failing.steps if failing else 0}
    return code if isinstance(code, int) else 1, counts


class _Counting:
    """Counts calls, and dies at the one that was asked for."""

    def __init__(self, fault: Fault) -> None:
        self.calls = 0
        self.reached: dict[str, int] = {}
        self._fault = fault
        wanted = POINTS if fault.count else [point for point in POINTS if point.name == fault.point]
        self._points: dict[tuple[str, str, str], list[Point]] = {}
        for point in wanted:
            self._points.setdefault((point.when, point.file, point.function), []).append(point)
        if fault.point and not wanted:
            raise ValueError(f"there is no point {fault.point!r}")

    def __enter__(self) -> Self:
        if self._fault.die_at or self._points:
            threading.setprofile(self._look)
            sys.setprofile(self._look)
        return self

    def __exit__(self, *ignored: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _look(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        place = code.co_filename.partition("/seatrial/")[2]
        if not place or code.co_filename.endswith("commanding.py"):
            return
        if event in ("call", "c_call"):
            self.calls += 1
            if self.calls == self._fault.die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        for point in self._points.get((event, place, code.co_qualname), ()):
            if not point.event or frame.f_locals.get("event") == point.event:
                self.reached[point.name] = self.reached.get(point.name, 0) + 1
                if point.name == self._fault.point and self.reached[point.name] == self._fault.nth:
                    os.kill(os.getpid(), signal.SIGKILL)


def _turn_back(seconds: float) -> None:
    """Let every clock that tells dates go behind; what the kernel dates files by goes on."""
    nanoseconds, real = time.time_ns, time.time

    def behind() -> int:
        return nanoseconds() - int(seconds * 1e9)

    setattr(time, "time_ns", behind)  # noqa: B010 - a function of another module
    setattr(time, "time", lambda: real() - seconds)  # noqa: B010
    setattr(SystemClock, "now", lambda _: datetime.now(UTC) - timedelta(seconds=seconds))  # noqa: B010
    (StatCache.__init__.__kwdefaults__ or {})["now"] = behind


if __name__ == "__main__":
    _serve()
