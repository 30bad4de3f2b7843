"""Measures this machine: each look by itself, with a time limit, and without leaving anything behind.

Called by `examine.py`. What is measured is judged in `machine_looks.py`. Subtle: a look that hangs (a network disk, a
driver, an interpreter) is left alone in its thread and told as unknown, so that the others are still seen. Whether a
folder can be written is tried with a file that has no name: it is gone before anybody could see it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from seatrial.adopt.doctor import machine_looks as looks
from seatrial.adopt.doctor.outcome import Health, Look
from seatrial.adopt.doctor.timed import Timed
from seatrial.change.git import Git
from seatrial.change.git_process import ask
from seatrial.environment import nvidia
from seatrial.environment.gpus import VISIBLE, seen_through
from seatrial.environment.interpreter import describe, find_python
from seatrial.errors import ConfigError, OutsideError
from seatrial.flows.policy import ProjectPolicy
from seatrial.store.stat_cache import StatCache

PATIENCE = 10.0
"""Seconds that one look may take."""


class Machine(Struct, frozen=True, kw_only=True):
    """What is looked at. `git` is None outside of a work tree. `address` says where the records lie, `state_folder` is
    that folder, None for a bucket; `streams` counts them, `refused` is why they cannot be read, `remedy` what to do
    then."""

    folder: Path
    git_found: bool
    git: Git | None
    policy: ProjectPolicy | None
    environ: Mapping[str, str]
    now: datetime
    address: str = "the state"
    state_folder: Path | None = None
    streams: int = 0
    refused: str = ""
    remedy: str = ""
    newest_record: datetime | None = None


def look_at_machine(machine: Machine, *, patience: float = PATIENCE) -> tuple[Look, ...]:
    """Every look, in a fixed order."""
    wanted: list[tuple[str, Callable[[], Sequence[Look]]]] = [
        ("git", lambda: _git(machine)),
        ("python", lambda: _python(machine)),
        ("gpu", lambda: _gpu(machine, patience)),
        ("disk", lambda: _disk(machine)),
        ("cache", lambda: _cache(machine)),
        ("state", lambda: _state(machine)),
        ("clock", lambda: _clock(machine)),
    ]
    running = [(name, Timed(name, look)) for name, look in wanted]
    return tuple(look for name, one in running for look in _answer(name, one, patience))


def _answer(name: str, asked: Timed[Sequence[Look]], patience: float) -> Sequence[Look]:
    try:
        return asked.answer(patience)
    except TimeoutError as error:
        return (looks.unknown_look(name, str(error)),)
    except Exception as error:  # noqa: BLE001 - one look must not take the others with it
        return (looks.unknown_look(name, f"{type(error).__name__}: {error}"),)


def _git(machine: Machine) -> Sequence[Look]:
    if not machine.git_found:
        return (looks.git_look(None, found=False, in_tree=False),)
    said = ask(["--version"], str(machine.folder))
    words = said.out.decode(errors="replace").split()
    version = words[2] if len(words) > 2 else None
    git = machine.git
    first = looks.git_look(version, found=True, in_tree=git is not None)
    if git is None:
        return (first,)
    who = looks.identity_look(git.config("user.name"), git.config("user.email"))
    clone = looks.clone_look(shallow=git.is_shallow(), commits=git.commit() is not None)
    pre_commit = (git.root / ".pre-commit-config.yaml").is_file()
    return (first, who, clone, looks.hooks_look(_hooks(git), pre_commit=pre_commit))


def _hooks(git: Git) -> list[str]:
    configured = git.config("core.hooksPath")
    folder = git.root / Path(configured).expanduser() if configured else git.common / "hooks"
    found: list[str] = []
    with contextlib.suppress(OSError):
        found += [
            entry.name
            for entry in os.scandir(folder)
            if not entry.name.endswith(".sample") and entry.is_file() and entry.stat().st_mode & stat.S_IXUSR
        ]
    return found


def _python(machine: Machine) -> Sequence[Look]:
    declared = machine.policy.pipeline.python if machine.policy is not None else None
    root = machine.git.main_root if machine.git is not None else machine.folder
    try:
        python = find_python(declared, root, machine.environ)
        with tempfile.TemporaryDirectory(prefix="seatrial-doctor-") as folder:
            memory = StatCache(Path(folder) / "facts.db")
            try:
                known = describe(python, machine.environ, memory)
            finally:
                memory.close()
    except (ConfigError, OutsideError) as error:
        step = error.next_step or ""
        return (Look(name="python", health=Health.TROUBLE, message=str(error), next_step=step, code=2),)
    return (looks.python_look(str(python), known.python, declared=declared is not None),)


def _gpu(machine: Machine, patience: float) -> Sequence[Look]:
    found, why = nvidia.ask(machine.environ, patience=patience * 0.8)
    seen = seen_through(found, machine.environ.get(VISIBLE), why_none=why)
    stages = machine.policy.pipeline.stages.values() if machine.policy is not None else ()
    wanting = [spec.name for spec in stages if spec.resources.gpus > 0]
    return (looks.gpu_look([device.name for device in seen.devices], seen.reason, wanting),)


def _disk(machine: Machine) -> Sequence[Look]:
    root = machine.git.root if machine.git is not None else machine.folder
    found = [looks.disk_look("the cache", shutil.disk_usage(root).free)]
    place = _existing(machine.state_folder) if machine.state_folder is not None else None
    if place is not None and os.stat(place).st_dev != os.stat(root).st_dev:  # noqa: PTH116 - two looks, no paths
        found.append(looks.disk_look("the state", shutil.disk_usage(place).free))
    return found


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _cache(machine: Machine) -> Sequence[Look]:
    if machine.git is None:
        return ()
    place = machine.git.root / ".seatrial"
    return (looks.writable_look(".seatrial", _why_not_written(_existing(place))),)


def _why_not_written(folder: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _state(machine: Machine) -> Sequence[Look]:
    if machine.git is None:
        return ()
    writable = looks.UNTRIED if machine.state_folder is None else _why_not_written(_existing(machine.state_folder))
    return (
        looks.state_look(
            machine.address, readable=machine.refused, remedy=machine.remedy, writable=writable, streams=machine.streams
        ),
    )


def _clock(machine: Machine) -> Sequence[Look]:
    dated: list[tuple[datetime, str]] = []
    if machine.newest_record is not None:
        dated.append((machine.newest_record, "the newest record"))
    if machine.git is not None:
        said = ask(["log", "-1", "--format=%ct", "HEAD"], str(machine.git.root))
        if said.code == 0 and said.out.strip().isdigit():
            with contextlib.suppress(ValueError, OverflowError, OSError):
                dated.append((datetime.fromtimestamp(int(said.out), UTC), "the newest commit"))
    newest, what = max(dated, default=(None, ""), key=lambda one: one[0])
    return (looks.clock_look(machine.now, newest, what, _shift(machine)),)


def _shift(machine: Machine) -> float | None:
    """How many seconds the clock of the state's disk is ahead of this one; None where it cannot be told."""
    if machine.state_folder is None:
        return None
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=_existing(machine.state_folder)) as file:
        before = time.time()
        file.write(b"\0")
        file.flush()
        return os.fstat(file.fileno()).st_mtime - before
    return None
