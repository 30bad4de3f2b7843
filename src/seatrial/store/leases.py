"""Leases of what a machine has few of, over all users and clones: a locked file for each device and token.

Called by the pipeline before a command starts. All that a command needs is taken at once or not at all, and
nothing is held while waiting, so runs never wait for each other in a circle. The command inherits the
descriptors: when its run is killed, the device it still uses stays leased.

Subtle: taking all or nothing alone would starve whoever needs much, because little ones always fit in
between. So a run that has waited for long enough stands in line with a *turn*, a locked file that names
what it waits for; whoever came later leaves that alone. Turns are only made by those whose wish can be met
by what is leased now coming back, and vanish with their process, so a line never stands still. Who takes
or looks does it alone, for a moment, behind one more lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from seatrial import digest
from seatrial.store import lease_folder

Note = Mapping[str, object]
"""Who holds something: `user`, `repository`, `run`, `cell`, `pid`, `pid_start`, `since`. Shown, never obeyed."""

_LEASE, _TURN, _ALONE = "lease-", "turn-", "taking"
_LOOKS = 20
_PAUSE = 0.01
_LARGEST_NOTE = 8192
_MOST_FILES = 4096


class Pool(Struct, frozen=True, kw_only=True):
    """So many of these names, the first that are free."""

    names: tuple[str, ...]
    count: int


class Holding(Struct, frozen=True, kw_only=True):
    """What somebody else holds, or stands in line for (`waits`). `note` is empty when it is not known who."""

    name: str
    file: Path
    note: Note = field(default_factory=dict)
    waits: bool = False


class Taken:
    """Leases that are held until `release`. `names` are those of each pool."""

    def __init__(self, names: tuple[tuple[str, ...], ...], descriptors: Mapping[str, int]) -> None:
        self.names = names
        self._descriptors = dict(descriptors)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a command must inherit to keep the leases alive."""
        return tuple(self._descriptors.values())

    def release(self) -> None:
        """Give everything back, also on behalf of a command that inherited it."""
        for descriptor in self._descriptors.values():
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)
        self._descriptors.clear()


class Turn:
    """A place in line, until `leave`. The smaller `name` came first."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @property
    def name(self) -> str:
        return self._path.name

    def leave(self) -> None:
        """Give the place up."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = None


class Leases:
    """The leases of one machine, as files in a folder that its users share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def prepare(self) -> None:
        """Make the folder. Raises OutsideError when it cannot be used."""
        lease_folder.make(self._folder)

    def take(self, pools: Sequence[Pool], note: Note, turn: Turn | None = None) -> Taken | tuple[Holding, ...]:
        """Everything at once, or what is missing and who has it. Does not wait. Raises OutsideError."""
        with self._alone() as got:
            if not got:
                return (Holding(name="the folder of leases", file=self._folder / _ALONE),)
            promised = {name: one for one in self._turns_before(turn) for name in _names(one.note)}
            held: dict[str, int] = {}
            missing: list[Holding] = []
            chosen: list[tuple[str, ...]] = []
            try:
                for pool in pools:
                    mine: list[str] = []
                    others: list[Holding] = []
                    for name in pool.names:
                        if len(mine) == pool.count:
                            break
                        if name in promised:
                            others.append(
                                Holding(name=name, file=promised[name].file, note=promised[name].note, waits=True)
                            )
                        elif isinstance(found := self._lock(name), Holding):
                            others.append(found)
                        else:
                            held[name] = found
                            mine.append(name)
                    chosen.append(tuple(mine))
                    if len(mine) < pool.count:
                        missing += others
                        missing += [] if others else [Holding(name=f"one of {len(pool.names)}", file=self._folder)]
                if missing:
                    return tuple(missing)
                self._write_notes(held, note)
                taken, held = Taken(tuple(chosen), held), {}
                return taken
            finally:
                Taken((), held).release()

    def stand_in_line(self, names: Sequence[str], note: Note) -> Turn:
        """A turn for whatever `names` one waits for. Raises OutsideError."""
        name = f"{_TURN}{time.time_ns():020d}-{os.getpid()}-{next(self._numbers)}"
        path, hidden = self._folder / name, self._folder / f".{name}"
        try:
            descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise lease_folder.unusable(hidden, error.strerror or str(error)) from error
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        turn = Turn(path, descriptor)
        try:
            os.fchmod(descriptor, 0o644)
            os.pwrite(descriptor, json.dumps({**note, "names": list(names)}).encode(), 0)
            hidden.rename(path)  # nobody sees it before it is locked
        except OSError as error:
            turn.leave()
            hidden.unlink(missing_ok=True)
            raise lease_folder.unusable(path, error.strerror or str(error)) from error
        return turn

    def look(self) -> tuple[Holding, ...]:
        """Everything that is held or waited for now, for people."""
        if not self._folder.is_dir():
            return ()
        with self._alone():
            names = sorted(file for file in self._files() if file.startswith(_LEASE))
            held = [found for file in names if (found := self._held(file)) is not None]
            return (*held, *self._turns_before(None))

    # -- files ------------------------------------------------------------------------

    def _lock(self, name: str) -> int | Holding:
        file = _LEASE + _file_name(name)
        for _ in range(_LOOKS):
            descriptor = lease_folder.open_file(self._folder, file)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                note = _read(descriptor)
                os.close(descriptor)
                return Holding(name=name, file=self._folder / file, note=note)
            if lease_folder.still_named(descriptor, self._folder / file):
                return descriptor
            os.close(descriptor)  # its name was taken away: whoever comes next would lock another file
        raise lease_folder.unusable(self._folder / file, "it is removed as soon as it is made")

    def _write_notes(self, held: Mapping[str, int], note: Note) -> None:
        for name, descriptor in held.items():
            with contextlib.suppress(OSError):  # a full disk: the lease holds, only its holder stays unnamed
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps({**note, "name": name}).encode(), 0)

    def _held(self, file: str) -> Holding | None:
        """Who holds a lease file, None when nobody does."""
        descriptor = self._open_to_read(file)
        if descriptor is None:
            return None
        try:
            if _free(descriptor):
                return None
            note = _read(descriptor)
            return Holding(name=str(note.get("name") or file.removeprefix(_LEASE)), file=self._folder / file, note=note)
        finally:
            os.close(descriptor)

    def _turns_before(self, turn: Turn | None) -> list[Holding]:
        """The turns of living processes, first come first, up to one's own."""
        turns: list[Holding] = []
        for file in sorted(name for name in self._files() if name.startswith(_TURN)):
            if turn is not None and file >= turn.name:
                break
            descriptor = self._open_to_read(file)
            if descriptor is None:
                continue
            try:
                if _free(descriptor):  # its process is gone
                    with contextlib.suppress(OSError):
                        (self._folder / file).unlink()
                    continue
                note = _read(descriptor)
                turns.append(Holding(name=", ".join(_names(note)), file=self._folder / file, note=note, waits=True))
            finally:
                os.close(descriptor)
        return turns

    def _files(self) -> list[str]:
        try:
            with os.scandir(self._folder) as entries:
                return [entry.name for entry in itertools.islice(entries, _MOST_FILES)]
        except OSError as error:
            raise lease_folder.unusable(self._folder, error.strerror or str(error)) from error

    def _open_to_read(self, file: str) -> int | None:
        try:
            return os.open(self._folder / file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return None  # it has just ended, or it is none of ours

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Hold the one lock under which leases are taken and looked at; False when others keep it for too long."""
        descriptor = lease_folder.open_file(self._folder, _ALONE)
        try:
            for _ in range(_LOOKS):
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(_PAUSE)
                    continue
                yield True
                return
            yield False
        finally:
            os.close(descriptor)


def _free(descriptor: int) -> bool:
    """Whether nobody holds a file; asked behind the lock of those who take, so that nobody is turned away by it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _read(descriptor: int) -> dict[str, object]:
    try:
        value = json.loads(os.pread(descriptor, _LARGEST_NOTE, 0) or b"{}")
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _names(note: Note) -> tuple[str, ...]:
    names = note.get("names")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _file_name(name: str) -> str:
    """A name as a file of its own, readable where it can be."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:80]
    return plain if plain == name else f"{plain}-{digest.of_bytes(os.fsencode(name)).removeprefix(digest.PREFIX)[:16]}"
