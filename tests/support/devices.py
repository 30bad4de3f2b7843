"""Machines with and without a GPU, for commands typed from outside: a driver's program that we write.

The program stands first in PATH, so that a test means the same on a laptop and on a server with devices.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tests.support.cli import Repo

_ONE = "0, GPU-11111111-2222-3333-4444-555555555555, Fake H100, 81559, 0, 9.0"


def on_machine(repo: Repo, folder: Path, *, gpus: bool) -> Repo:
    """The same work tree on a machine that has one device, or none."""
    home = folder / ("machine-with-gpu" if gpus else "machine-without-gpu")
    home.mkdir(parents=True, exist_ok=True)
    program = home / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{_ONE}'\n" if gpus else "#!/bin/sh\necho 'no devices were found'\nexit 6\n")
    program.chmod(0o755)
    path = f"{home}{os.pathsep}{os.environ['PATH']}"
    return replace(repo, environ={**repo.environ, "PATH": path, "XDG_RUNTIME_DIR": str(folder)})
