"""Write the hashed locks of this folder anew from pyproject.toml (`make lock`).

One resolution over everything, for every platform and Python from 3.11, pins all versions;
each lock is then a part of it, so that no two locks disagree. The files hold names, versions
and hashes only: no index, no host, no path. Versions already locked are kept unless
`--upgrade` is given. Nothing is written before all locks are resolved.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from requirements import install

HERE = Path(__file__).resolve().parent
PROJECT = ("pyproject.toml",)
TEST = (*PROJECT, "--extra", "demo", "--group", "test")
CHECK = (*TEST, "--group", "check")
LOCKS: dict[str, tuple[str, ...]] = {
    "core": PROJECT,
    "demo": (*PROJECT, "--extra", "demo"),
    "test": TEST,
    "check": CHECK,
    "live": ("--group", "live"),
    "served": ("--group", "served"),
    "workflows": ("--group", "workflows"),
    "site": ("--group", "site"),
    "hooks": ("--group", "hooks"),
    "build": ("--group", "build"),
    "uv": ("--group", "lock"),
}
# Resolved alone: not every index has the build of torch, and nothing else may have to wait for what DVC needs.
APART: dict[str, tuple[str, ...]] = {"torch": ("--group", "torch"), "dvc": ("--group", "dvc")}
APART_TOO = ("--group", "site", "--group", "hooks", "--group", "workflows")
EVERYTHING = (*CHECK, "--group", "live", "--group", "served", *APART_TOO, "--group", "build", "--group", "lock")
HEADER = "# Written by `make lock` from pyproject.toml; do not edit.\n"


def compile_lock(selection: tuple[str, ...], *options: str) -> str:
    """The pins for a selection. Raises CalledProcessError when uv finds no resolution."""
    everywhere = ("--universal", "--python-version", "3.11", "--no-header", "--no-annotate")
    command = (*install.UV, "compile", *selection, *everywhere, *options)
    done = subprocess.run(command, env=install.environment(), cwd=HERE.parent, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def compiled_apart(name: str, *options: str) -> str | None:
    """The pins of a set that may be left as it is, or None, said aloud, where no index here has all of it."""
    try:
        return compile_lock(APART[name], *options)
    except subprocess.CalledProcessError:
        print(f"requirements/{name}.txt is kept as it is: see above; next: name an index or a folder that has it")
        return None


def locked_now() -> str:
    """The pins of the locks as they are, each once and without hashes."""
    texts = (path.read_text() for name in (*LOCKS, *APART) if (path := HERE / f"{name}.txt").exists())
    pins = {line.removesuffix(" \\") for text in texts for line in text.splitlines() if line[:1].isalnum()}
    return "".join(f"{pin}\n" for pin in sorted(pins))


def main() -> int:
    """Write every lock; 0 when all are written."""
    if not install.has_uv():
        print("locking needs uv, which could not be installed; next: make lock where an index is reachable")
        return 1
    upgrade = "--upgrade" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        pins = Path(scratch) / "pins.txt"
        pins.write_text("" if upgrade else locked_now())
        compile_lock(EVERYTHING, "--output-file", str(pins))
        parts = ("--generate-hashes", "--constraints", str(pins))
        locks = {name: compile_lock(selection, *parts) for name, selection in LOCKS.items()}
        locks |= {name: lock for name in APART if (lock := compiled_apart(name, *parts)) is not None}
    for name, text in locks.items():
        (HERE / f"{name}.txt").write_text(HEADER + text)
        print(f"requirements/{name}.txt: {text.count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
