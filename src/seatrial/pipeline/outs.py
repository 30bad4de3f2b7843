"""Outs on disk: restored from the store, cleared before a command, collected after it.

Called by the executor while it holds the outs' locks. An out must be a real file or folder
inside the tree: nothing is ever written or stored through a link that leads out of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from seatrial import digest
from seatrial.errors import EXHAUSTED, StageError
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.expand import Cell, CellOut
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.spot_check import SpotCheck
from seatrial.store.blobs import Artifact, CorruptBlobError, remove
from seatrial.store.fingerprint import fingerprint


class Outs:
    """The outs of one tree and the store they go to.

    What lies at an out's path is only ever removed when it is known: its bytes are in the store, or
    a command of ours was writing it and did not finish. Anything else is the user's, and is moved
    to `aside`.
    """

    def __init__(self, root: Path, cache: Cache, aside: Path) -> None:
        self._root = root
        self._text = str(root)
        self._blobs = cache.blobs
        self._memory = cache.memory
        self._unfinished = f"{cache.root}/unfinished"
        self._aside = aside
        self._check = SpotCheck(cache.blobs, str(aside), everything=cache.distrusted)  # the folder is the run's own

    def restore(self, artifact: Artifact, path: str) -> Path | None:
        """Make the out at `path` be `artifact`, touching nothing when it is already.

        Where the user's own files lay there, says where they are now. Raises CorruptBlobError when
        the store no longer has its bytes.
        """
        target = self._root / path
        found = self.on_disk(path)
        if found == artifact:
            if artifact.stored and not self._blobs.has(artifact):
                self._blobs.put_path(target, memory=self._memory)
            self._check.check(artifact)
            return None
        self._refuse_way_out(path)
        broken = self._blobs.verify(artifact)
        if broken:
            self._blobs.quarantine(broken[0])
            raise CorruptBlobError(broken[0], missing=not self._blobs.has(artifact))
        moved = self._make_room(path, found)
        self._blobs.checkout(artifact, target)
        self._unmark(path)
        return moved

    def on_disk(self, path: str) -> Artifact | None:
        """What lies at `path` now, None when it is missing or cannot be an out. Raises OSError when nobody can tell."""
        target = below(self._text, path)
        try:
            return None if os.path.islink(target) else fingerprint(target, self._memory)  # noqa: PTH114 - asked for every out
        except (OSError, StageError) as error:
            if isinstance(error, OSError) and error.errno in EXHAUSTED:
                raise
            return None

    def gone(self, cell: Cell, stored: StageResult, paths: Mapping[str, str]) -> str | None:
        """The first out that only the tree could still have, and does not (`cache: false`)."""
        for out in cell.outs:
            if not out.cache and self.on_disk(paths[out.name]) != stored.outs.get(out.name):
                return paths[out.name]
        return None

    def clear(self, path: str, out: CellOut, made: Artifact | None) -> Path | None:
        """Remove an old out and make its folder; the user's own files are moved, and it says where to.

        `made` is what its stage made last, of which the store need not have the bytes. An out with
        `persist: true` stays as it lies. Raises StageError when the folder leads out of the tree, or
        cannot be made or written, OSError when the disk is full.
        """
        self._refuse_way_out(path)
        target = self._root / path
        try:
            if out.persist and not target.is_symlink():
                self._unmark(path)  # an interrupted checkpoint is still a checkpoint: never removed
                target.parent.mkdir(parents=True, exist_ok=True)
                return None
            moved = None
            if os.path.lexists(below(self._text, path)):
                found = self.on_disk(path)
                if found is not None and found == made:
                    remove(target)
                moved = self._make_room(path, found)
            if not os.path.isdir(below(self._text, path).rpartition("/")[0]):  # noqa: PTH112 - asked for every out
                target.parent.mkdir(parents=True, exist_ok=True)
            _touch(self._mark(path))
        except OSError as error:
            if error.errno in EXHAUSTED:
                raise
            raise StageError(
                f"out {path} cannot be cleared: {error.strerror} ({error.filename})",
                next_step=f"look at {error.filename}: it must be a folder that you may write",
            ) from error
        return moved

    def collect(self, paths: Mapping[str, str], *, unkept: Collection[str] = ()) -> dict[str, Artifact]:
        """Store every out, by name; of those named in `unkept` only the digest is taken.

        Raises StageError naming all that are missing or cannot be stored.
        """
        outs: dict[str, Artifact] = {}
        missing: list[str] = []
        for name, path in paths.items():
            self._refuse_way_out(path)
            target = below(self._text, path)
            if os.path.islink(target):  # noqa: PTH114 - asked for every out
                leads = Path(target).readlink()
                raise StageError(f"out {path} is a link to {leads}; it must be the file or folder itself")
            try:
                if name in unkept:
                    outs[name] = fingerprint(target, self._memory).unstored()
                else:
                    outs[name] = self._blobs.put_path(target, memory=self._memory)
            except FileNotFoundError:
                missing.append(path)
            except PermissionError as error:
                if not str(error.filename).startswith(target):
                    raise  # our own store
                raise StageError(
                    f"out {path} cannot be read: {error.strerror} ({error.filename})",
                    next_step="let its command leave files that you may read",
                ) from error
        if missing:
            raise StageError(f"the command ended well but did not write {', '.join(missing)}")
        for path in paths.values():
            self.is_whole(path)
        return outs

    def is_whole(self, path: str) -> None:
        """Note that what lies at `path` now, if anything, is not what a command of ours left half done."""
        self._unmark(path)

    def _make_room(self, path: str, found: Artifact | None) -> Path | None:
        target = self._root / path
        if not os.path.lexists(target):
            return None
        if os.path.lexists(self._mark(path)) or (found is not None and self._blobs.has(found)) or _is_empty(target):
            remove(target)
            return None
        kept = self._aside / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(target, kept)
        return kept

    def _mark(self, path: str) -> str:
        """A file that says: a command of ours began to write this out, and nobody has seen it finished."""
        name = digest.of_bytes(os.fsencode(f"{self._text}/{path}")).removeprefix(digest.PREFIX)[:32]
        return f"{self._unfinished}/{name}"

    def _unmark(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._mark(path))  # noqa: PTH108 - done for every out

    def _by_way_of_a_link(self, path: str) -> bool:
        """Whether a folder between the root and an out is a link, or might lead upwards."""
        place, folders = self._text, path.split("/")[:-1]
        if ".." in folders or path.startswith("/"):
            return True
        for name in folders:
            place = f"{place}/{name}"
            if os.path.islink(place):  # noqa: PTH114 - asked twice for every out
                return True
        return False

    def _refuse_way_out(self, path: str) -> None:
        if not self._by_way_of_a_link(path):
            return
        resolved = Path(os.path.realpath((self._root / path).parent))
        if not resolved.is_relative_to(os.path.realpath(self._root)):
            raise StageError(
                f"the folder of out {path} leads to {resolved}, outside of the repository",
                next_step="remove the link, or declare an out inside the repository",
            )


def below(root: str, path: str) -> str:
    """Where a path lies that may be absolute, as a text: this is asked several times for every command."""
    return path if path.startswith("/") else f"{root}/{path}"


def _touch(mark: str) -> None:
    """Leave a mark. A second name of one file costs a fraction of a file, which would be made and removed for every
    command; where there are no such names, or the file has too many, it is a file all the same."""
    try:
        os.link(f"{os.path.dirname(mark)}/marks", mark)  # noqa: PTH120 - paths are texts here
    except FileExistsError:
        pass  # left by a command that was killed
    except OSError:
        folder = Path(mark).parent
        folder.mkdir(exist_ok=True)
        (folder / "marks").touch()
        Path(mark).touch()


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not target.is_symlink() and not any(target.iterdir())
