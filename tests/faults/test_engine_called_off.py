"""Commands that are asked to end before they are done, and end well all the same."""

from __future__ import annotations

from pathlib import Path

from seatrial.replacing import replace
from tests.support.project import new_project, stage

TRAIN = """
import pathlib, signal, sys, time
out, number = pathlib.Path(sys.argv[1]), sys.argv[2]

def save_and_go(*_):
    out.write_text("half")
    sys.exit(0)

signal.signal(signal.SIGTERM, save_and_go)
if number == "0":
    while not pathlib.Path("out/ready").exists():
        time.sleep(0.01)
    sys.exit(1)
pathlib.Path("out/ready").touch()
time.sleep(float(pathlib.Path("../nap").read_text()))
out.write_text("whole")
"""


def test_what_a_stopped_command_saved_is_no_result(tmp_path: Path) -> None:
    """`fail_fast` asks a training to end, which saves half a model and exits with 0: the next run makes the whole."""
    project = new_project(tmp_path, {"train.py": TRAIN})
    (tmp_path / "nap").write_text("30")
    train = stage(
        "t",
        "python train.py ${outs.o} ${matrix.s}",
        deps=[],
        outs={"o": "out/${matrix.s}"},
        matrix={"s": (0, 1)},
    )
    project.declare(replace(train, fail_fast=True))
    first = project.run()
    (tmp_path / "nap").write_text("0")
    project.declare(train)  # no cell takes the other along now; the keys are the same
    second = project.run()

    assert first.did == {"t[s=0]": "failed", "t[s=1]": "blocked"}
    assert second.did["t[s=1]"] == "ran"
    assert project.read("out/1") == "whole"
