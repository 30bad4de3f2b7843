"""The interpreters of this machine that a user's project may have: Python 3.8 and newer.

Called by tests of what runs in them. At least the one that runs the tests is among them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

_INSTALLED = Path.home() / ".pyenv" / "versions"
_OLDEST = (3, 8)


@cache
def interpreters() -> tuple[str, ...]:
    """The paths of all that can be started, one for each version."""
    named = [sys.executable, *(path for minor in range(8, 16) if (path := shutil.which(f"python3.{minor}")))]
    found: dict[tuple[int, ...], str] = {}
    for python in (*named, *map(str, sorted(_INSTALLED.glob("*/bin/python")))):
        version = _version(python)
        if version >= _OLDEST:
            found.setdefault(version, python)
    return tuple(found.values())


def _version(python: str) -> tuple[int, ...]:
    """The version of an interpreter, empty where it cannot be started."""
    program = "import sys; sys.stdout.write('%d %d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], check=False, capture_output=True, text=True)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()
