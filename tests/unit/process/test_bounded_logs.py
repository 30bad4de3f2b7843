"""A log keeps the beginning and the end of what a command printed, and says what it left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.process import group
from seatrial.process.bounded_log import BoundedLog, LogLimits

SMALL = LogLimits(head=10, tail=20)


def kept(path: Path, data: bytes, chunk: int) -> bytes:
    log = BoundedLog(path, SMALL)
    for at in range(0, len(data), chunk):
        log.write(data[at : at + chunk])
    log.close()
    return path.read_bytes()


def test_a_second_attempt_is_appended_and_has_limits_of_its_own(tmp_path: Path) -> None:
    """What the first one said stays."""
    first = kept(tmp_path / "log", b"a" * 100, 7)
    both = kept(tmp_path / "log", b"b" * 25, 7)

    assert both == first + b"b" * 25


def test_what_is_on_disk_never_grows_past_the_limits(tmp_path: Path) -> None:
    """Not even before the log is closed."""
    log = BoundedLog(tmp_path / "log", SMALL)
    sizes = set()
    for _ in range(1000):
        log.write(b"x" * 13)
        sizes.add((tmp_path / "log").stat().st_size)
    log.close()

    assert max(sizes) == 30


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is /dev/full")
def test_a_log_that_cannot_be_written_ends_no_command(tmp_path: Path) -> None:
    """The command goes on; its output is lost, and nothing is raised."""
    (tmp_path / "log").symlink_to("/dev/full")
    child = group.start(
        ["sh", "-c", "head -c 1000000 /dev/zero && touch done"],
        folder=tmp_path,
        environment={"PATH": os.defpath},
        log=tmp_path / "log",
    )
    while (ended := child.poll()) is None:
        group.wait_any([child], 10)

    assert ended.code == 0
    assert (tmp_path / "done").exists()


def test_a_flood_of_output_neither_fills_the_disk_nor_stalls_the_command(tmp_path: Path) -> None:
    """Hundreds of megabytes go by; what is kept is the beginning, the end, and how much there was."""
    child = group.start(
        ["sh", "-c", "echo first; head -c 300000000 /dev/zero; echo last"],
        folder=tmp_path,
        environment={"PATH": os.defpath},
        log=tmp_path / "log",
        limits=LogLimits(head=1000, tail=2000),
    )
    while (ended := child.poll()) is None:
        group.wait_any([child], 10)
    text = (tmp_path / "log").read_bytes()

    assert ended.code == 0
    assert text.startswith(b"first\n")
    assert text.endswith(b"\0last\n")
    assert b"[seatrial: 299,997,011 bytes left out here]" in text
    assert len(text) < 3100
