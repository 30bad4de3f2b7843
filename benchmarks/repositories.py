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
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEPTH = 10
BLOCK = 64
"""Bytes that each link of a chain drops from its input, so that no two outs are equal."""


USUAL = 12.0
"""How many times of opening a file making one may cost; some 4 are usual."""

RECOVERY = 310.0
"""Seconds after a removal in which ext4 gives what was freed to nobody."""


@contextlib.contextmanager
def scratch(place: Path | None = None) -> Iterator[Path]:
    """A folder for the repositories of one measurement, removed with it: in this tree's `.venv`, where nobody
    else makes and removes files (see `set_aside`), unless another `place` is given.

    Waits until files can be made there at the usual price.
    """
    folder = place or ROOT / ".venv" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    removed = folder / "removed"
    with tempfile.TemporaryDirectory(dir=folder) as made:
        _wait_for_files(Path(made), removed)
        yield Path(made)
    removed.touch()


def _wait_for_files(folder: Path, removed: Path) -> None:
    """Wait until making a file below `folder` costs what it usually does.

    After many files were removed it costs up to a hundred times that for five minutes (see `set_aside`): no tool can
    help that, and it is no figure of any of them. Where it lasts longer, says that the figures are too high.
    """
    since = time.time() - removed.stat().st_mtime if removed.exists() else RECOVERY
    left = max(0.0, min(RECOVERY, RECOVERY - since))  # whatever the clock was set to meanwhile
    until = time.monotonic() + RECOVERY
    while left > 0 or (times := _price_of_files(folder)) > USUAL:
        if left <= 0 and time.monotonic() > until:
            print(f"making a file costs {times:.0f} times opening one: figures are too high", file=sys.stderr)
            return
        pause = left or 20.0
        print(f"files were removed here: waiting {pause:.0f} s for the file system ...", file=sys.stderr, flush=True)
        time.sleep(pause)
        left = 0.0


def _price_of_files(folder: Path) -> float:
    """CPU time of making files in new folders, as a multiple of opening them again."""
    place = Path(tempfile.mkdtemp(dir=folder))
    making = opening = 0.0
    for below in (place / str(number) for number in range(16)):
        below.mkdir()
        files = [below / str(number) for number in range(30)]
        began = time.process_time()
        for file in files:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        between = time.process_time()
        for file in files:
            os.close(os.open(file, os.O_WRONLY))
        making, opening = making + between - began, opening + time.process_time() - between
    return making / opening


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
