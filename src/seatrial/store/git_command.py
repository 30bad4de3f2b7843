"""Starts git for the state that lies in a repository: bounded in time, silent, and alone.

Called by `git_remote.py` and `git_objects.py`. `change/git_process.py` starts git for everything else; here git speaks
with other machines, so a call may hang, ask for a password, run somebody's hooks, or print an address with a secret.

Subtle: git hands a network call on to other programs (ssh, git-remote-https), which outlive a git that is killed.
So each call is the head of a session of its own that is ended as a whole; having no terminal, none of them can ask
a person either. Hooks of the repository do not run, and nothing it sets for pushes of its own (tags that follow,
mirrors, signatures) holds for ours.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.errors import OutsideError
from seatrial.store.git_access import Access

OF_A_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR", "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
)  # fmt: skip
"""What a hook that calls us has set for its own repository."""
_OF_A_TERMINAL = ("SSH_ASKPASS", "GIT_TRACE_CURL", "GIT_CURL_VERBOSE")
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # set and empty: neither core.askPass nor SSH_ASKPASS is asked instead
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_PLAIN = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "core.bigFileThreshold=1m",  # models do not become smaller by differences, only slower
    "-c", "core.compression=1",
    "-c", "push.followTags=false",
    "-c", "push.gpgSign=false",
    "-c", "push.recurseSubmodules=no",
    "-c", "fetch.recurseSubmodules=no",
    "-c", "fetch.fsckObjects=false",  # what arrives is compared with digests of our own
    "-c", "advice.pushUpdateRejected=false",
    "-c", "color.ui=false",
)  # fmt: skip
_WITHIN_ADDRESS = re.compile(r"(?<=://)[^\s/@'\"]*@")
_LONGEST = 300


class Said(Struct, frozen=True, kw_only=True):
    """How git ended and what it wrote. `err` has its lines without secrets."""

    code: int
    out: bytes
    err: str

    @property
    def reason(self) -> str:
        """The one line that says most of why it failed."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("fatal: ", "error: ", "remote: ", "ssh: "))] or lines
        fatal = [line for line in told if line.startswith("fatal: ")] or told
        return (
            fatal[0].removeprefix("fatal: ").removeprefix("error: ")[:_LONGEST] if fatal else f"exit code {self.code}"
        )


class SlowError(Exception):
    """Git did not end in its time."""


class GitCommand:
    """Git in one repository; `folder` is its work tree or its git folder."""

    def __init__(self, folder: str, environ: Mapping[str, str], access: Access | None = None) -> None:
        self._folder = folder
        self._access = access
        left_out = frozenset((*OF_A_REPOSITORY, *_OF_A_TERMINAL))
        kept = {name: value for name, value in environ.items() if name not in left_out}
        self._environment = kept | _QUIET | ({} if access is None else access.settings(kept))

    def run(
        self,
        *arguments: str,
        seconds: float,
        given: bytes | Sequence[bytes] = b"",
        extra: Mapping[str, str] | None = None,
    ) -> Said:
        """What git says. Raises SlowError, OutsideError where git cannot be started."""
        try:
            child = subprocess.Popen(
                ["git", "-C", self._folder, *_PLAIN, *arguments],
                stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**self._environment, **(extra or {})},
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise OutsideError(
                "git is not installed or not in PATH", next_step="install git, version 2.29 or newer"
            ) from error
        with child:
            try:
                source = given if isinstance(given, bytes) else b"".join(given)
                out, err = child.communicate(source or None, timeout=seconds)
            except subprocess.TimeoutExpired:
                _end(child)
                raise SlowError from None
            except BaseException:
                _end(child)
                raise
        return Said(code=child.returncode, out=out, err=self._without_secrets(printable(err)))

    def _without_secrets(self, text: str) -> str:
        shown = _WITHIN_ADDRESS.sub("", text)
        return shown if self._access is None else self._access.hidden(shown)


def printable(said: bytes) -> str:
    """What a program wrote, without what a terminal would obey: the other side chooses part of it."""
    lines = said.decode(errors="replace").replace("\r", "\n").split("\n")
    return "\n".join("".join(letter for letter in line if letter.isprintable() or letter == "\t") for line in lines)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End git and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
