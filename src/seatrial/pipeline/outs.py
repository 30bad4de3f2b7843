"""Outs on disk: restored from the store, cleared before a command, collected after it.

Called by the executor while it holds the outs' locks. An out must be a real file or folder
inside the tree: nothing is ever written or stored through a link that leads out of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from seatrial.errors import StageError
from seatrial.store.blobs import Artifact, BlobStore, remove
from seatrial.store.fingerprint import fingerprint
from seatrial.store.stat_cache import StatCache


class Outs:
    """The outs of one tree and the store they go to."""

    def __init__(self, root: Path, blobs: BlobStore, memory: StatCache) -> None:
        self._root = root
        self._blobs = blobs
        self._memory = memory

    def restore(self, artifact: Artifact, path: str) -> None:
        """Make the out at `path` be `artifact`, touching nothing when it is already.

        Raises CorruptBlobError when the store no longer has its bytes.
        """
        target = self._root / path
        if self.on_disk(path) != artifact:
            self._refuse_way_out(path)
            self._blobs.checkout(artifact, target)
        elif not self._blobs.has(artifact):
            self._blobs.put_path(target, known=self._memory.digest)

    def on_disk(self, path: str) -> Artifact | None:
        """What lies at `path` now, None when it is missing or cannot be an out."""
        target = self._root / path
        if target.is_symlink():
            return None
        try:
            return fingerprint(target, self._memory.digest)
        except (OSError, StageError):
            return None

    def clear(self, path: str) -> None:
        """Remove an old out and make its folder. Raises StageError when the folder leads out of the tree, or
        cannot be made or written."""
        self._refuse_way_out(path)
        target = self._root / path
        try:
            remove(target)
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StageError(
                f"out {path} cannot be cleared: {error.strerror} ({error.filename})",
                next_step=f"look at {error.filename}: it must be a folder that you may write",
            ) from error

    def collect(self, paths: Mapping[str, str]) -> dict[str, Artifact]:
        """Store every out, by name. Raises StageError naming all that are missing or cannot be stored."""
        outs: dict[str, Artifact] = {}
        missing: list[str] = []
        for name, path in paths.items():
            self._refuse_way_out(path)
            target = self._root / path
            if target.is_symlink():
                raise StageError(f"out {path} is a link to {target.readlink()}; it must be the file or folder itself")
            try:
                outs[name] = self._blobs.put_path(target, known=self._memory.digest)
            except FileNotFoundError:
                missing.append(path)
        if missing:
            raise StageError(f"the command ended well but did not write {', '.join(missing)}")
        return outs

    def _refuse_way_out(self, path: str) -> None:
        resolved = Path(os.path.realpath((self._root / path).parent))
        if not resolved.is_relative_to(os.path.realpath(self._root)):
            raise StageError(
                f"the folder of out {path} leads to {resolved}, outside of the repository",
                next_step="remove the link, or declare an out inside the repository",
            )
