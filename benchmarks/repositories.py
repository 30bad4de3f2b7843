"""The git repositories that benchmarks run in: the example, and chains of tiny stages.

Both are committed in a temporary folder, with no setting of the machine's git.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEPTH = 10
BLOCK = 64
"""Bytes that each link of a chain drops from its input, so that no two outs are equal."""


def scratch(place: Path | None = None) -> tempfile.TemporaryDirectory[str]:
    """A folder for the repositories of one measurement, removed with it: in this tree's `.venv`, where nobody
    else makes and removes files (see `set_aside`), unless another `place` is given."""
    folder = place or ROOT / ".venv" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder)


def environment() -> dict[str, str]:
    """What measured commands see: this tree's Seatrial, this interpreter's packages, and little else."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT / "src"),
        "VIRTUAL_ENV": sys.prefix,
        "NO_COLOR": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def seatrial(*arguments: str) -> tuple[str, ...]:
    """The command line of Seatrial in this tree."""
    return (sys.executable, "-m", "seatrial", *arguments)


def digits(folder: Path) -> None:
    """The example project, as somebody would copy it."""
    made = shutil.ignore_patterns(".seatrial", "outputs", "reports", "__pycache__", ".*_cache")
    # The package has a module `data`, so only the folder of that name at the top is left out.
    shutil.copytree(ROOT / "examples" / "digits", folder, ignore=made)
    shutil.rmtree(folder / "data", ignore_errors=True)
    commit(folder)


def chains(folder: Path, *, number: int) -> None:
    """Chains of ten stages; each is one small program (`dd`) that reads one file and writes one."""
    folder.mkdir()
    lines = ["project: chains", "stages:"]
    commands = ["set -e", "mkdir -p plain"]
    for chain in range(number):
        source = f"source-{chain}.txt"
        (folder / source).write_text("".join(f"{chain} {line:{BLOCK - 3}}\n" for line in range(DEPTH + 1)))
        before, plain = source, source
        for link in range(DEPTH):
            name = f"s{chain}-{link}"
            lines += [
                f"  {name}:",
                f"    cmd: dd if=${{deps.before}} of=${{outs.after}} bs={BLOCK} skip=1 status=none",
                f"    deps: {{before: {before}}}",
                f"    outs: {{after: made/{name}.txt}}",
            ]
            commands.append(f"dd if={plain} of=plain/{name}.txt bs={BLOCK} skip=1 status=none")
            before, plain = f"{name}.after", f"plain/{name}.txt"
    (folder / "seatrial.yaml").write_text("\n".join(lines) + "\n")
    (folder / "plain.sh").write_text("\n".join(commands) + "\n")
    (folder / ".gitignore").write_text("/.seatrial/\n/made/\n/plain/\n")
    commit(folder)


def commit(folder: Path) -> None:
    """Make the folder a git repository with one commit."""
    who = ("-c", "user.name=A. Benchmark", "-c", "user.email=benchmark@example.invalid")
    for arguments in (("init", "--quiet", "--initial-branch=main"), ("add", "--all"), ("commit", "--quiet", "-m", "a")):
        subprocess.run(["git", "-C", str(folder), *who, *arguments], env=environment(), check=True)


def forget(folder: Path) -> None:
    """Bring a repository back to a fresh clone: no cache, no outs, no records."""
    listed = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "--others", "--directory", "-z"],
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    set_aside(folder, [*filter(None, listed.stdout.split("\0")), ".git/seatrial"])


def set_aside(folder: Path, paths: Iterable[str]) -> None:
    """Take what lies at `paths` out of a repository, to a place beside it; what is not there is passed over.

    Nothing is removed while anything is measured: ext4 gives an inode that was freed a short time ago
    to nobody, and walks past all of those to make one new file. After a round of removals that walk
    costs twenty times the file, and a fresh clone never pays for it.
    """
    beside = folder.with_name(f"{folder.name}-before") / str(time.time_ns())
    beside.mkdir(parents=True)
    for number, path in enumerate(paths):
        with contextlib.suppress(FileNotFoundError):
            (folder / path).rename(beside / str(number))
