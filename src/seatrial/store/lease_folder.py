"""The folder in which runs of all users of a machine lease devices and tokens: found, made, and opened safely.

Called by `leases`. Everybody may write in it, so nothing in it is believed: no link is followed, a file is
used only when it is an ordinary one with a single name, and what stands in it is shown and never obeyed.
Somebody who wants to disturb others can; what cannot happen is that a file outside is touched.

Subtle: Linux refuses to open somebody else's file in a sticky folder with O_CREAT, even when it exists
(`fs.protected_regular`), so a file is first opened without and only then made. Locks live on the file, not
on its name: when a cleaner of temporary folders took the name away, the file behind it counts no more.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from seatrial.errors import OutsideError

VARIABLE = "SEATRIAL_LEASES"
"""Names another folder than the machine's usual one."""

_NAME = "seatrial-leases"
_USUAL = (Path("/run/lock"), Path("/tmp"))  # noqa: S108  # shared on purpose; the docstring says how it is kept safe
_SHARED = 0o1777
_TRIES = 8


def lease_folder(environ: Mapping[str, str], usual: tuple[Path, ...] = _USUAL) -> Path:
    """The folder this machine's runs share: the first usual place in which everybody may write.

    It does not depend on who asks: root may write in more places and must meet the others all the same.
    """
    if given := environ.get(VARIABLE):
        return Path(given).expanduser().absolute()
    for place in usual[:-1]:
        with contextlib.suppress(OSError):
            if stat.S_IMODE(place.stat().st_mode) & _SHARED == _SHARED:
                return place / _NAME
    return usual[-1] / _NAME


def make(folder: Path) -> None:
    """Make the folder unless it is there. Raises OutsideError when it cannot be used."""
    try:
        try:
            status = folder.lstat()
        except FileNotFoundError:
            _make(folder)
            status = folder.lstat()
    except OSError as error:
        raise unusable(folder, error.strerror or str(error)) from error
    if not stat.S_ISDIR(status.st_mode):
        raise unusable(folder, "it is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise unusable(folder, "you may not write in it")


def _make(folder: Path) -> None:
    """All at once with its final permissions, so that nobody meets it half made."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    import tempfile  # once in the life of a machine

    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{_NAME}-"))
    fresh.chmod(_SHARED)
    try:
        fresh.rename(folder)
    except OSError as error:
        fresh.rmdir()
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.EPERM, errno.EACCES, errno.ENOTDIR):
            raise
        folder.lstat()  # somebody else made it meanwhile; what it is, is looked at by the caller


def open_file(folder: Path, name: str) -> int:
    """A descriptor of a file of the folder, made when absent, for all users to read and write.

    Raises OutsideError for what is no ordinary file.
    """
    path = folder / name
    for _ in range(_TRIES):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                _create(path)
            continue
        except OSError as error:
            raise unusable(path, "it is a link" if error.errno == errno.ELOOP else str(error.strerror)) from error
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            return descriptor
        os.close(descriptor)
        if status.st_nlink != 0:  # 0: it was removed between two looks
            raise unusable(path, "it is not an ordinary file with one name")
    raise unusable(path, "it is removed as soon as it is made")


def _create(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        raise
    except OSError as error:
        raise unusable(path, error.strerror or str(error)) from error
    try:
        os.fchmod(descriptor, 0o666)  # whatever the umask says: other users must be able to lock it
    finally:
        os.close(descriptor)


def still_named(descriptor: int, path: Path) -> bool:
    """Whether a file is still the one that its name leads to."""
    try:
        named = path.lstat()
    except OSError:
        return False
    mine = os.fstat(descriptor)
    return (named.st_dev, named.st_ino) == (mine.st_dev, mine.st_ino)


def unusable(path: Path, why: str) -> OutsideError:
    """The error for a folder, or a file in it, that cannot be used to share a machine."""
    return OutsideError(
        f"devices and tokens cannot be leased: {path}: {why}",
        next_step=f"let an administrator remove it, or set {VARIABLE} to a folder that all users of this machine share",
    )
