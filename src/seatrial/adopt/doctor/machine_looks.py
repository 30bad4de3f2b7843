"""What was measured of a machine, judged: git, interpreter, GPU, disk, clock, state, clone, hooks. Pure.

Called by `machine.py`, which measures. A trouble is what keeps `seatrial run` from working here at all; everything
else is a notice, and nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from seatrial.adopt.doctor.outcome import Health, Look
from seatrial.report.numbers import duration, plural, size

OLDEST_GIT = (2, 25)
OLDEST_PYTHON = (3, 8)
NO_ROOM = 100 << 20
LITTLE_ROOM = 5 << 30
SKEW = 120.0
"""Seconds from which on a clock is told to differ."""


def git_look(version: str | None, *, found: bool, in_tree: bool) -> Look:
    """Git itself, and whether the folder is in a work tree."""
    if not found:
        return Look(
            name="git",
            health=Health.TROUBLE,
            message="git is not installed, or not in PATH",
            next_step="install git, version 2.25 or newer",
        )
    shown = version or "of an unknown version"
    numbers = tuple(int(part) for part in (version or "").split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST_GIT:
        return Look(
            name="git",
            health=Health.TROUBLE,
            message=f"git {shown} is too old",
            next_step="install git, version 2.25 or newer",
        )
    if not in_tree:
        return Look(
            name="git",
            health=Health.NOTICE,
            message=f"git {shown}; this folder is in no work tree, and runs need one",
            next_step="git init && git add -A && git commit -m 'first commit'",
        )
    return Look(name="git", health=Health.FINE, message=f"git {shown}")


def identity_look(name: str | None, email: str | None) -> Look:
    """By whom commits, and with git's configuration promotions, are made."""
    if name and email:
        return Look(name="identity", health=Health.FINE, message=f"{name} <{email}>")
    lacking = " and ".join(key for key, value in (("user.name", name), ("user.email", email)) if not value)
    step = f"git config --global {'user.name NAME' if not name else 'user.email ADDRESS'}"
    return Look(
        name="identity",
        health=Health.NOTICE,
        message=f"{lacking} of git not set: the ledger will name the system's user",
        next_step=step,
    )


def clone_look(*, shallow: bool, commits: bool) -> Look:
    """How much of the history is here."""
    if not commits:
        return Look(
            name="clone",
            health=Health.NOTICE,
            message="nothing is committed yet",
            next_step="git add -A && git commit -m 'first commit'",
        )
    if shallow:
        return Look(
            name="clone",
            health=Health.NOTICE,
            message="the clone is shallow: a base may be missing to compare with",
            next_step="git fetch --unshallow, in CI `fetch-depth: 0`",
        )
    return Look(name="clone", health=Health.FINE, message="the whole history is here")


def hooks_look(active: Sequence[str], *, pre_commit: bool) -> Look:
    """The hooks that git will run."""
    if pre_commit and "pre-commit" not in active:
        return Look(
            name="hooks",
            health=Health.NOTICE,
            message=".pre-commit-config.yaml is here, and its hook is not installed",
            next_step="pre-commit install",
        )
    said = f"{plural(len(active), 'hook')}: {', '.join(sorted(active)[:5])}" if active else "none"
    return Look(name="hooks", health=Health.FINE, message=said)


def python_look(path: str, version: str, *, declared: bool) -> Look:
    """The interpreter that stages run in."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST_PYTHON:
        return Look(
            name="python",
            health=Health.TROUBLE,
            message=f"Python {version} ({path}) is too old",
            next_step="point `python:` at 3.8 or newer",
            code=2,
        )
    how = "as `python:` says" if declared else "nothing is declared"
    return Look(name="python", health=Health.FINE, message=f"Python {version}, {path} ({how})")


def gpu_look(names: Sequence[str], reason: str, wanting: Sequence[str]) -> Look:
    """The devices, against the stages that ask for one."""
    if names:
        return Look(
            name="gpu",
            health=Health.FINE,
            message=f"{plural(len(names), 'device')}: {', '.join(sorted(set(names))[:3])}",
        )
    if wanting:
        return Look(
            name="gpu",
            health=Health.NOTICE,
            message=f"{reason}; put off here: {', '.join(wanting[:3])}",
            next_step="seatrial plan tells what can run here",
        )
    return Look(name="gpu", health=Health.FINE, message=f"{reason}, and no stage asks for one")


def disk_look(place: str, free: int) -> Look:
    """The room where the cache or the state lies."""
    said = f"{size(free)} free for {place}"
    if free < NO_ROOM:
        return Look(name="disk", health=Health.TROUBLE, message=said, next_step="seatrial cache gc, or make room")
    if free < LITTLE_ROOM:
        return Look(name="disk", health=Health.NOTICE, message=said, next_step="seatrial cache gc")
    return Look(name="disk", health=Health.FINE, message=said)


def writable_look(place: str, why: str) -> Look:
    """Whether the cache can be written; `why` not, empty where it can."""
    if why:
        return Look(
            name="cache",
            health=Health.TROUBLE,
            message=f"{place} cannot be written: {why}",
            next_step="make it writable, or work in a clone that is",
        )
    return Look(name="cache", health=Health.FINE, message=f"{place} can be written")


def state_look(address: str, *, readable: str, writable: str, streams: int, remedy: str = "") -> Look:
    """Where records lie. The reasons are empty where it worked; `writable` is `UNTRIED` where it was not tried."""
    if readable:
        return Look(
            name="state",
            health=Health.TROUBLE,
            message=f"{address} cannot be read: {readable}",
            next_step=remedy or "docs/reference/registry.md, 'Backup'",
        )
    if writable and writable != UNTRIED:
        return Look(
            name="state",
            health=Health.TROUBLE,
            message=f"{address} cannot be written: {writable}",
            next_step="make it writable for this user",
        )
    tried = "; writing was not tried, it would leave something" if writable == UNTRIED else ""
    return Look(name="state", health=Health.FINE, message=f"{address}: {plural(streams, 'stream')} of records{tried}")


UNTRIED = "-"


def clock_look(now: datetime, newest: datetime | None, what: str, shift: float | None) -> Look:
    """The clock, against the newest thing that was dated, and that of the disk where the state lies."""
    if newest is not None and (ahead := (newest - now).total_seconds()) > SKEW:
        return Look(
            name="clock",
            health=Health.NOTICE,
            message=f"{what} is dated {duration(ahead)} after now: one clock is wrong",
            next_step="set the clock: timedatectl set-ntp true",
        )
    if shift is not None and abs(shift) > SKEW:
        how = "behind" if shift > 0 else "ahead of"
        return Look(
            name="clock",
            health=Health.NOTICE,
            message=f"this clock is {duration(abs(shift))} {how} that of the state's disk",
            next_step="set the clock: timedatectl set-ntp true",
        )
    return Look(name="clock", health=Health.FINE, message="nothing is dated after now")


def unknown_look(name: str, why: str) -> Look:
    """Something that could not be looked at."""
    return Look(name=name, health=Health.UNKNOWN, message=why)
