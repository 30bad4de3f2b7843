"""Types commands in the demo's folder: the same ones a user would type, as real processes.

Called by `play.py`. Subtle: the user's git configuration (identity, hooks, templates, signing)
must neither take part nor be touched, and `seatrial` must be the one that is running now, whatever
PATH says.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import OutsideError

_GIT = {
    "user.name": "Seatrial demo",
    "user.email": "demo@seatrial.invalid",
    "core.hooksPath": os.devnull,
    "commit.gpgSign": "false",
}
_SEATRIAL = (sys.executable, "-P", "-m", "seatrial")  # -P: the demo's folder must not shadow any of our modules


class Ended(Struct, frozen=True, kw_only=True):
    """How a command ended. `output` is what was kept of what it said, and not shown."""

    exit_code: int
    output: str


class Prompt(Struct, frozen=True, kw_only=True):
    """A place to type commands in. With `quiet` their output is kept and not shown."""

    folder: Path
    environ: Mapping[str, str]
    quiet: bool

    def type(self, words: Sequence[str], *, keep_errors: bool = False) -> Ended:
        """Run a command as a user would, and wait for it.

        `keep_errors` keeps what it writes to standard error, which is where a run's progress goes.
        """
        stdout = subprocess.PIPE if self.quiet else None
        stderr = subprocess.STDOUT if self.quiet else subprocess.PIPE if keep_errors else None
        done = self._start(words, stdout=stdout, stderr=stderr)
        kept = (done.stdout or b"") + (done.stderr or b"")
        return Ended(exit_code=done.returncode, output=kept.decode(errors="replace"))

    def ask(self, words: Sequence[str]) -> Json:
        """What a command answers with `--json`, unseen.

        Raises OutsideError when it fails or does not answer with JSON.
        """
        done = self._start([*words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            answer: Json = json.loads(done.stdout)
        except ValueError:
            answer = None
        if done.returncode or answer is None:
            reason = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise OutsideError(f"`{' '.join(words)} --json` gave no answer: {reason}")
        return answer

    def commit(self) -> str:
        """The commit that is checked out, shortened."""
        done = self._start(["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.stdout.decode().strip()

    def _start(
        self, words: Sequence[str], *, stdout: int | None, stderr: int | None
    ) -> subprocess.CompletedProcess[bytes]:
        program, *rest = words
        return subprocess.run(
            [*_SEATRIAL, *rest] if program == "seatrial" else [program, *rest],
            cwd=self.folder,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            check=False,
        )


def typed_program(python: str = sys.executable, *, search: str | None = None) -> str:
    """How the `seatrial` that is running now is typed in a shell that searches `search` (default: PATH)."""
    script = Path(python).with_name("seatrial")
    found = shutil.which("seatrial", path=search)
    if found and Path(found).parent.resolve() == script.parent.resolve():
        return "seatrial"
    return shlex.quote(str(script)) if script.is_file() else f"{shlex.quote(python)} -m seatrial"


def demo_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of every command: the caller's, without what would change the story."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("GIT_", "SEATRIAL_"))}
    if search := kept.get("PYTHONPATH"):  # commands start in another folder than we did
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(entry).resolve()) for entry in search.split(os.pathsep))
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": str(len(_GIT))}
    for number, (key, value) in enumerate(_GIT.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return kept | settings
