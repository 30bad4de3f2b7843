"""Places that somebody typed: what is known of each, and that bytes arrive without a name losing what it led to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.repositories import environment
from seatrial.store.given_places import WRITABLE, Kind, kind_of, write_given


def test_every_kind_is_known_through_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(b"")
    Path("folder").mkdir()
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        Path("loop").symlink_to("loop")
        kinds = {
            "file": Kind.FILE, "folder": Kind.FOLDER, "pipe": Kind.PIPE, "socket": Kind.SOCKET,
            "absent": Kind.NOTHING, "/dev/null": Kind.DEVICE, "/dev/stdout": Kind.STREAM, "/dev/fd/7": Kind.STREAM,
        }  # fmt: skip
        for name in kinds:
            Path(f"to-{name.replace('/', '-')}").symlink_to(name)

        assert {name: kind_of(Path(name)) for name in kinds} == kinds
        assert {name: kind_of(Path(f"to-{name.replace('/', '-')}")) for name in kinds} == kinds
        assert kind_of(Path("loop")) is Kind.LOOP

    assert {Kind.FOLDER, Kind.PIPE, Kind.SOCKET, Kind.DISK, Kind.LOOP}.isdisjoint(WRITABLE)


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/file")

    for content in (b"new", b"newer"):  # first the link leads nowhere
        write_given(tmp_path / "link", content)

        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "there/file").read_bytes() == content
    assert os.listdir(tmp_path / "there") == ["file"]


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")

    write_given(tmp_path / "null", b"gone")

    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "null").is_symlink()


def test_a_stream_that_leads_to_a_file_keeps_what_is_printed_before_and_after(tmp_path: Path) -> None:
    """As the shell's `> out.txt` leaves it: one descriptor, and one place in the file."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom seatrial.store.given_places import write_given\n"
        "print('before', flush=True)\nwrite_given(Path('/dev/stdout'), b'bytes\\n')\nprint('after')"
    )
    with (tmp_path / "out.txt").open("wb") as out:
        subprocess.run([sys.executable, "-c", program], env=environment(), stdout=out, check=True)

    assert (tmp_path / "out.txt").read_text() == "before\nbytes\nafter\n"


def test_an_open_descriptor_takes_the_bytes(tmp_path: Path) -> None:
    """As the shell's `>(gzip)` hands it over."""
    reading, writing = os.pipe()
    try:
        write_given(Path(f"/dev/fd/{writing}"), b"bytes")
        assert os.read(reading, 100) == b"bytes"
    finally:
        os.close(reading)
        os.close(writing)

    with pytest.raises(OSError, match="Bad file descriptor"):
        write_given(Path(f"/dev/fd/{writing}"), b"bytes")
