"""`seatrial run` where nothing has changed: answered from the memo of the run before.

Called by `entry` before the command line is read, because reading it, and everything that an
ordinary run loads, would cost several times the answer. It knows few options, prints what `run.py`
would print, and gives up at the first doubt; then the ordinary way is taken as if nothing had been.
"""

# ruff: noqa: PTH109, PTH120  (pathlib costs more than the whole of this)
from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from seatrial.cli.terminal import wants_color
from seatrial.flows import settled
from seatrial.store.ulid import after_all, ulid_at


def run_settled(words: Sequence[str]) -> int | None:
    """The exit code of `seatrial run WORDS`, or None when it must be found out the ordinary way."""
    try:
        return _run(words)
    except KeyboardInterrupt:
        from seatrial.cli.exits import INTERRUPTED
        from seatrial.cli.failures import show_stopped  # with what the ordinary way loads anyway

        return show_stopped(INTERRUPTED, as_json="--json" in words)


def _run(words: Sequence[str]) -> int | None:
    asked = settled.understood(words)
    if asked is None:
        return None
    begun, clock = time.time_ns(), time.monotonic()
    root = _root(os.getcwd())
    memo = settled.recall(settled.memo_file(root, asked.words)) if root else None
    if memo is None or not settled.holds(memo, root, os.environ):
        return None
    runs = f"{root}/.seatrial/runs"
    color = not asked.as_json and wants_color(sys.stdout)
    try:
        run = after_all(ulid_at(begun // 1_000_000, os.urandom(10)), os.listdir(runs))
        folder = f"{runs}/{run}"
        settled.calm(memo, begun)
        done = settled.replay(
            memo, folder, run, begun_ns=begun, seconds=time.monotonic() - clock, color=color
        )  # fmt: skip
    except OSError:
        return None  # the ordinary way says what is wrong with the disk
    try:
        _print(done, memo, asked.as_json, folder, root)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try to flush it again
    except OSError:
        return None  # nobody was told: the ordinary way tries, and says why it cannot either
    return 0


def _print(done: settled.Replayed, memo: settled.Memo, as_json: bool, folder: str, root: str) -> None:
    report = f"{folder}/report.md"
    if as_json:
        import json  # `settled` has loaded it; named here, because only this way needs it

        facts = done.facts.rstrip().removesuffix("}").rstrip()
        print(f'{facts},\n  "exit_code": 0,\n  "report": {json.dumps(report)}\n}}', flush=True)
        return
    number = memo.header["stages"]
    print(f"  reuse   {number:,} {'stage' if number == 1 else 'stages'}", file=sys.stderr, flush=True)
    print(f"{done.terminal}report: {report.removeprefix(f'{root}/')}", flush=True)


def _root(folder: str) -> str:
    """The top of the work tree around a folder, empty when there is none."""
    while not os.path.lexists(f"{folder}/.git"):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder
