"""The digest of a file or folder as it lies on disk, without storing it.

Gives the same digest that `BlobStore.put_path` would give, so that "is this out still what
the store says" is one comparison. Links are followed for inputs: what counts is what the
stage will read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StageError, UserError
from seatrial.store.blobs import Artifact, safe_link


def fingerprint(path: Path, digest_file: Callable[[Path], str], *, follow: bool = False) -> Artifact:
    """The artifact that `path` would become. With `follow`, links count as what they point to.

    With `follow`, `.git` is left out too: what a clone or submodule holds counts, not git's own notes.
    Raises FileNotFoundError when nothing is there, UserError for a loop of links, StageError for
    what is neither file nor folder or a link that leads out.
    """
    return _fingerprint(path, path, digest_file, follow, ())


def _fingerprint(
    path: Path, top: Path, digest_file: Callable[[Path], str], follow: bool, above: tuple[str, ...]
) -> Artifact:
    if not path.is_dir():
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
            raise StageError(f"{path} is neither a file nor a folder")
        executable = bool(status.st_mode & 0o100)
        return Artifact(digest=digest_file(path), kind="file", size=status.st_size, executable=executable)
    real = os.path.realpath(path)
    if real in above:
        raise UserError(
            f"{path} is a loop of symbolic links", next_step="remove the link that points back to its parent"
        )
    size, files, rows = 0, 0, list[Json]()
    for name in sorted(os.listdir(path)):
        child = path / name
        if follow and name == ".git":
            continue
        if child.is_symlink() and not follow:
            rows.append([name, "link", safe_link(child, top), 0, 0, False])
            continue
        found = _fingerprint(child, top, digest_file, follow, (*above, real))
        size, files = size + found.size, files + found.files
        executable = found.executable and found.kind == "file"
        rows.append([name, found.kind, found.digest, found.size, found.files, executable])
    listing = digest.canonical({"schema": 1, "entries": rows})
    return Artifact(digest=digest.of_bytes(listing), kind="dir", size=size, files=files)
