"""`seatrial check` stopped in the middle: the exit code of the signal, no half-written file, no leftovers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.checking import table
from tests.support.cli import PATIENCE, SOURCE

SLOW = """\
import sys, time
from seatrial.data.profile.taking import Taker
from seatrial.cli.entry import main

def add(taker, frame):
    print("at work", flush=True)
    time.sleep(60)

Taker.add = add
sys.argv = ["seatrial", "check", *sys.argv[1:]]
sys.exit(main())
"""


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    "words", [("--save-profile", "kept.json", "--report", "kept.md"), ("--infer", "--output", "new.yaml")]
)
def test_a_check_that_is_stopped_leaves_files_as_they_were(
    tmp_path: Path, words: tuple[str, ...], stop: signal.Signals, code: int
) -> None:
    """What was there is there, what was to be new is not, and nothing temporary lies about."""
    table(200, 1).write_parquet(tmp_path / "data.parquet")
    (tmp_path / "kept.json").write_text('{"kind": "dataset profile"}')
    (tmp_path / "kept.md").write_text("## PASS: decision allow, as of old")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    child = subprocess.Popen(
        [sys.executable, "-c", SLOW, "data.parquet", "--jobs", "1", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "at work\n"
    child.send_signal(stop)
    _, err = child.communicate(timeout=PATIENCE)

    assert child.returncode == code
    assert "stopped" in err
    assert "Traceback" not in err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
