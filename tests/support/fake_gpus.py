"""A machine with made-up GPUs: a `nvidia-smi` on PATH that answers from a file, and a folder of leases.

The engine and the command line start it like the real one. What it prints may change during a test; it
may also hang, fail, or print rubbish.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class FakeGpus:
    """The made-up driver. `folder` holds the program and its answer."""

    folder: Path
    leases: Path

    def show(self, count: int, *, used: dict[int, int] | None = None, capability: str = "9.0") -> None:
        """Have so many devices; `used` are MiB of memory by number."""
        self.print(
            "".join(
                f"{index}, {uuid(index)}, NVIDIA H100 80GB HBM3, 81559, {(used or {}).get(index, 4)}, {capability}\n"
                for index in range(count)
            )
        )

    def print(self, text: str, *, code: int = 0) -> None:
        """Print this, and end with this code."""
        (self.folder / "answer").write_text(text)
        self.script(f'cat "{self.folder}/answer"; exit {code}')

    def script(self, body: str) -> None:
        """Do anything."""
        program = self.folder / "nvidia-smi"
        fresh = self.folder / "fresh"
        fresh.write_text(f"#!/bin/sh\necho x >> '{self.folder}/asked'\n{body}\n")
        fresh.chmod(fresh.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        fresh.rename(program)

    @property
    def asked(self) -> int:
        """How often the driver was asked."""
        log = self.folder / "asked"
        return len(log.read_text().splitlines()) if log.exists() else 0


def uuid(index: int) -> str:
    """The UUID of a made-up device."""
    return f"GPU-{index:08x}-0000-4000-8000-000000000000"


def fake_gpus(folder: Path, monkeypatch: pytest.MonkeyPatch, count: int = 2) -> FakeGpus:
    """Put a made-up driver with `count` devices first in PATH, and the leases into a folder of the test's own."""
    programs = folder / "driver"
    programs.mkdir()
    fake = FakeGpus(programs, folder / "leases")
    fake.show(count)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SEATRIAL_LEASES", str(fake.leases))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return fake
