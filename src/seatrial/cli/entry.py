"""The console script: answers `--version`, and a run with nothing to do, at once, and hands everything else to `main`.

Editors and CI jobs ask for the version on every start; loading the command-line library for
that would cost several times the answer.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from seatrial import __version__

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run the command line and exit with its code."""
    _fill_closed()
    if sys.argv[1:] == ["--version"]:
        print(f"seatrial {__version__}")
        return
    if sys.argv[1:2] == ["run"]:
        from seatrial.cli.settled import run_settled  # a run with nothing to do needs no command line either

        code = run_settled(sys.argv[2:])
        if code is not None:
            _leave(code)
    import gc  # these and click: not for the answers above
    import signal

    gc.set_threshold(50_000, 20, 100)  # what is loaded and planned stays: looking for garbage in it finds none

    from seatrial.cli.main import run_app

    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    _leave(run_app(sys.argv[1:]))


def _fill_closed() -> None:
    """Put something in the place of outputs that were closed (`>&-`): nothing that is printed may end a command, nor
    a file that is opened later take their numbers."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open("/dev/null", "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end


def _leave(code: int) -> NoReturn:
    """Exit without taking the interpreter apart. That costs a tenth of a small run and gives nothing back that the
    kernel does not take; and nobody waits for the thread of a transfer that was given up, nor may it meet an
    interpreter that is half gone."""
    import os  # see `main`

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            pass
        except (OSError, ValueError):
            from seatrial.cli import exits

            code = code or exits.OUTSIDE  # what was to be said is lost
    os._exit(code)


def _end(_number: int, _frame: FrameType | None) -> None:
    """Asked to end (a cancelled CI job, a closed terminal): like Ctrl-C, so that running commands are stopped too."""
    import signal  # see `main`

    from seatrial.cli.exits import Terminated

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough; what follows must not be interrupted
    raise Terminated
