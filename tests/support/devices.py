"""Machines with and without a GPU, for commands typed from outside: the made-up driver of `fake_gpus`.

It stands first in PATH, so that a test means the same on a laptop and on a server with devices.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tests.support.cli import Repo
from tests.support.fake_gpus import FakeGpus


def on_machine(repo: Repo, folder: Path, *, gpus: int) -> Repo:
    """The same work tree on a machine with so many devices."""
    home = folder / f"machine-with-{gpus}"
    home.mkdir(parents=True, exist_ok=True)
    FakeGpus(home, home / "leases").show(gpus)
    machine = {
        "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
        "SEATRIAL_LEASES": str(home / "leases"),
        "CUDA_VISIBLE_DEVICES": ",".join(map(str, range(gpus))) or "0",
    }
    return replace(repo, environ={**repo.environ, **machine})
