"""What a file or folder of a commit counts as, read from git's objects without a work tree.

Called by the survey for plans over commits. Everything counts by the digest it would have in a work tree just
checked out: files by their bytes, data of Git LFS and DVC by what its pointer says, folders by their listing.

Subtle: what git ignores is not there, so a dep that is absent here may exist where the stage runs; the survey then
says that it is unknown, and never that it is missing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from seatrial import digest
from seatrial.change.blob_memory import BlobMemory
from seatrial.change.facts import LinkFacts, SymbolFacts
from seatrial.change.objects import EXECUTABLE, LINK, SUBMODULE, Entry
from seatrial.digest import Json
from seatrial.pipeline import pointers
from seatrial.pipeline.contents import DVC_SUFFIX, MOST_DVC_BYTES, parse_dvc
from seatrial.pipeline.pointers import DvcPointer
from seatrial.store.artifact import Artifact, leads_out, listing

_MOST_LINKS = 40


class RevisionContents:
    """The contents of one commit. It is a `Sight`."""

    def __init__(self, tree: Mapping[str, Entry], blobs: BlobMemory) -> None:
        self._tree = tree
        self._blobs = blobs
        self._folders: dict[str, dict[str, str]] | None = None

    @property
    def complete(self) -> bool:
        return False

    def entry(self, path: str) -> tuple[str, Json] | None:
        """What an entry of the listing counts as, and how it stands in a listing; see `Sight.entry`."""
        found = self._tree.get(self._followed(path) or "")
        if found is None:
            promised = self._dvc(path)
            return None if promised is None else (promised.identity, promised.identity)
        value = self._counts(path, found)
        return value, f"{value}+x" if found.mode == EXECUTABLE and not value.startswith("dvc:") else value

    def look(self, path: str) -> Artifact:
        """What a file or folder counts as. Raises FileNotFoundError when the commit has neither."""
        promised = self._dvc(path)
        if promised is not None:
            return Artifact(digest=promised.identity, kind="dir" if promised.is_folder else "file", size=promised.size)
        place = self._followed(path)
        if place is None:
            raise FileNotFoundError(path)
        found = self._tree.get(place)
        if found is None:
            return self._folder("" if place == "." else place)
        known = self._blobs.known(found.blob)
        size = 0 if known is None else known.size
        return Artifact(digest=self._counts(path, found), kind="file", size=size, executable=found.mode == EXECUTABLE)

    def facts(self, path: str) -> LinkFacts:
        """What a file says about others."""
        found = self._tree.get(self._followed(path) or "")
        return LinkFacts() if found is None else self._blobs.links(path, found.blob)

    def symbols(self, path: str) -> SymbolFacts | None:
        """What a Python file defines."""
        found = self._tree.get(self._followed(path) or "")
        return None if found is None else self._blobs.symbols(path, found.blob)

    def is_ignored_file(self, path: str) -> bool:
        """Data that DVC keeps, by its pointer; nothing else that git ignores is here."""
        promised = None if path.endswith(".py") else self._dvc(path)
        return promised is not None and not promised.is_folder

    def is_kept(self, path: str) -> bool:
        """Whether Git LFS or DVC keeps bytes of a file or folder."""
        return self._dvc(path) is not None

    def is_fetched_by_dvc(self, path: str) -> bool:
        """Whether a DVC file says what lies at a path."""
        return self._dvc(path) is not None

    def kept_by_dvc(self, path: str) -> str | None:
        """The path itself, or the folder above it, beside which a DVC file lies."""
        while path and f"{path}{DVC_SUFFIX}" not in self._tree:
            path = posixpath.dirname(path)
        return path or None

    def _counts(self, path: str, found: Entry) -> str:
        if found.mode == SUBMODULE:
            return f"git:{found.blob}"
        if found.mode == LINK:
            return f"link:{found.blob}"  # it leads out of the tree, or nowhere
        promised = self._dvc(path)
        if promised is not None:
            return promised.identity
        known = self._blobs.known(found.blob)
        if known is None:
            return f"git:{found.blob}"
        pointer = pointers.read_lfs(self._blobs.data(found.blob)) if known.pointer else None
        return known.digest if pointer is None else pointer.identity

    def _followed(self, path: str) -> str | None:
        """Where a path leads with links followed; None where that is no file or folder of the commit."""
        for _ in range(_MOST_LINKS):
            found = self._tree.get(path)
            if found is None:
                return path if path in ("", ".") or path in self._children else None
            if found.mode != LINK:
                return path
            text = self._blobs.data(found.blob).decode(errors="surrogateescape")
            folder = posixpath.dirname(path)
            if leads_out(text, tuple(folder.split("/")) if folder else ()):
                return path  # counts as the link it is
            target = posixpath.normpath(posixpath.join(folder, text))
            if target not in self._tree and target not in self._children:
                return path
            path = target
        return None

    # -- folders ----------------------------------------------------------------------

    @property
    def _children(self) -> Mapping[str, Mapping[str, str]]:
        """The names in each folder, with what they are: `file` or `dir`."""
        if self._folders is None:
            folders: dict[str, dict[str, str]] = {"": {}}
            for path in self._tree:
                folder, _, name = path.rpartition("/")
                kind = "file"
                while True:
                    known = folders.setdefault(folder, {})
                    if name in known:
                        break
                    known[name] = kind
                    if not folder:
                        break
                    folder, _, name = folder.rpartition("/")
                    kind = "dir"
            self._folders = folders
        return self._folders

    def _folder(self, folder: str, above: tuple[str, ...] = ()) -> Artifact:
        """A folder as one artifact, by the listing that `store/fingerprint.py` would give it."""
        rows: list[list[Json]] = []
        size = files = 0
        for name, kind in sorted(self._children.get(folder, {}).items()):
            path = f"{folder}/{name}" if folder else name
            if kind == "dir":
                inside = self._folder(path, (*above, folder))
            else:
                place = self._followed(path)
                if place is None or place in above:
                    continue
                inside = self.look(path)
            rows.append([name, inside.kind, inside.digest, inside.size, inside.files, inside.executable])
            size += inside.size
            files += inside.files
        return Artifact(digest=digest.of_bytes(listing(rows)), kind="dir", size=size, files=files)

    # -- DVC --------------------------------------------------------------------------

    def _dvc(self, path: str) -> DvcPointer | None:
        found = self._tree.get(f"{path}{DVC_SUFFIX}")
        if found is None or found.mode in (LINK, SUBMODULE):
            return None
        known = self._blobs.known(found.blob)
        if known is None or known.size > MOST_DVC_BYTES:
            return None
        return parse_dvc(self._blobs.data(found.blob), path)
