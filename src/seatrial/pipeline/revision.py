"""What a file or folder of a commit counts as, read from git's objects without a work tree.

Called by the survey for plans over commits. Everything counts by the digest it would have in a work tree just
checked out: files by their bytes, data of Git LFS and DVC by what its pointer says, folders by their listing.

Subtle: what git ignores is not there, so a dep that is absent here may exist where the stage runs; the survey then
says that it is unknown, and never that it is missing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import cached_property

from seatrial import digest
from seatrial.change.blob_memory import BlobMemory
from seatrial.change.facts import LinkFacts, SymbolFacts
from seatrial.change.objects import EXECUTABLE, LINK, SUBMODULE, Entry
from seatrial.digest import Json
from seatrial.errors import UserError
from seatrial.pipeline import pointers
from seatrial.pipeline.contents import DVC_SUFFIX, MOST_DVC_BYTES, parse_dvc
from seatrial.pipeline.pointers import DvcPointer
from seatrial.store.artifact import Artifact, listing

_MOST_LINKS = 40


class RevisionContents:
    """The contents of one commit. It is a `Sight`."""

    def __init__(self, tree: Mapping[str, Entry], blobs: BlobMemory) -> None:
        self._tree = tree
        self._blobs = blobs

    @property
    def complete(self) -> bool:
        return False

    @cached_property
    def has_more(self) -> bool:
        return self._has_links or bool(self._beside_dvc)

    def entry(self, path: str) -> tuple[str, Json] | None:
        """What an entry of the listing counts as, and how it stands in a listing; see `Sight.entry`."""
        place = self._followed(path)
        found = None if place is None else self._tree.get(place)
        if found is None:
            if (promised := self._dvc(path)) is not None:
                return promised.identity, promised.identity
            if place is not None or path not in self._tree:
                return None
            return (_standing(self._tree[path]),) * 2
        value = self._counts(path, found)
        return value, f"{value}+x" if found.mode == EXECUTABLE and not value.startswith("dvc:") else value

    def look(self, path: str) -> Artifact:
        """What a file or folder counts as. Raises FileNotFoundError when the commit has neither, UserError for a loop
        of links."""
        promised = self._dvc(path)
        if promised is not None:
            return Artifact(digest=promised.identity, kind="dir" if promised.is_folder else "file", size=promised.size)
        place = self._followed(path)
        if place is None:
            raise FileNotFoundError(path)
        found = self._tree.get(place)
        if found is None:
            return self._folder("" if place == "." else place)
        value = self._counts(path, found)
        known = None if found.mode == SUBMODULE else self._blobs.known(found.blob)
        size = 0 if known is None else known.size
        return Artifact(digest=value, kind="file", size=size, executable=found.mode == EXECUTABLE)

    def facts(self, path: str) -> LinkFacts:
        """What a file says about others."""
        found = self._tree.get(self._followed(path) or "")
        return LinkFacts() if found is None else self._blobs.links(path, found.blob)

    def symbols(self, path: str) -> SymbolFacts | None:
        """What a Python file defines."""
        found = self._tree.get(self._followed(path) or "")
        return None if found is None else self._blobs.symbols(path, found.blob)

    def is_ignored_file(self, path: str) -> bool:
        """Data that DVC keeps, by its pointer, and what lies behind a link to a folder; nothing else that git ignores
        is here."""
        promised = None if path.endswith(".py") else self._dvc(path)
        if promised is not None and not promised.is_folder:
            return True
        return path not in self._tree and (self._followed(path) or "") in self._tree

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

    def bytes(self, path: str) -> bytes | None:
        """The bytes of a file, links followed; None where the commit has none."""
        place = self._followed(path)
        found = self._tree.get(place) if place is not None else None
        return None if found is None or found.mode == SUBMODULE else self._blobs.data(found.blob)

    @cached_property
    def links(self) -> Mapping[str, tuple[str, ...]]:
        """The links of the commit, each with the places it leads by and to, there or not."""
        found: dict[str, tuple[str, ...]] = {}
        for path, entry in self._tree.items():
            if entry.mode == LINK:
                places: list[str] = []
                self._followed(path, places)
                found[path] = tuple(place for place in places if place != path)
        return found

    def _counts(self, path: str, found: Entry) -> str:
        promised = None if found.mode == SUBMODULE else self._dvc(path)
        return self._own(found) if promised is None else promised.identity

    def _own(self, found: Entry) -> str:
        """What a file counts as by its own bytes, whatever DVC says of it."""
        if found.mode in (LINK, SUBMODULE):
            return _standing(found)
        known = self._blobs.known(found.blob)
        if known is None:
            raise self._blobs.missing(found.blob)
        pointer = pointers.read_lfs(self._blobs.data(found.blob)) if known.pointer else None
        return known.digest if pointer is None else pointer.identity

    def _followed(self, path: str, places: list[str] | None = None) -> str | None:
        """Where a path leads with links followed, those among its folders too; None where that is no file or folder of
        the commit: it is outside of it, or nowhere. `places` is told of each link on the way, and of the end."""
        if not self._has_links or ((found := self._tree.get(path)) is not None and found.mode != LINK):
            return path if path in self._tree or path in ("", ".") or path in self._children else None
        place, followed = "", 0
        pending = path.split("/")[::-1]
        while pending:
            name = pending.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if not place:
                    return None
                place = posixpath.dirname(place)
                continue
            place = f"{place}/{name}" if place else name
            found = self._tree.get(place)
            if found is not None and found.mode == LINK:
                followed += 1
                if places is not None:
                    places.append(place)
                text = self._blobs.data(found.blob).decode("utf-8", "surrogateescape")
                if followed > _MOST_LINKS or text.startswith("/"):
                    return None
                pending += text.split("/")[::-1]
                place = posixpath.dirname(place)
        if places is not None:
            places.append(place)
        return place if place in self._tree or place in self._children else None

    @cached_property
    def _has_links(self) -> bool:
        return any(entry.mode == LINK for entry in self._tree.values())

    # -- folders ----------------------------------------------------------------------

    @cached_property
    def _children(self) -> Mapping[str, Mapping[str, str]]:
        """The names in each folder, with what they are: `file` or `dir`."""
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
        return folders

    def _folder(self, folder: str) -> Artifact:
        """A folder as one artifact, as `contents.py` would see it."""
        files = self._files_in(folder)
        counts = {name: self._own(self._tree[place]) for name, place in files.items()}
        if any(value.startswith("lfs:") for value in counts.values()):
            marked: dict[str, Json] = {
                name: f"{value}+x" if self._is_executable(files[name]) else value for name, value in counts.items()
            }
            return Artifact(digest=digest.of_record("folder-with-lfs/1", marked), kind="dir", size=0, files=len(counts))
        return self._listed(folder, {name: (value, files[name]) for name, value in counts.items()})

    def _listed(self, folder: str, inside: Mapping[str, tuple[str, str]]) -> Artifact:
        """A folder by the listing that `store/fingerprint.py` would give it."""
        rows: list[list[Json]] = []
        size = files = 0
        below: dict[str, dict[str, tuple[str, str]]] = {}
        for name, (value, place) in inside.items():
            top, _, rest = name.partition("/")
            if rest:
                below.setdefault(top, {})[rest] = (value, place)
                continue
            known = None if self._mode(place) == SUBMODULE else self._blobs.known(self._tree[place].blob)
            one = 0 if known is None else known.size
            rows.append([name, "file", value, one, 1, self._is_executable(place)])
            size += one
            files += 1
        for name, some in below.items():
            found = self._listed(f"{folder}/{name}", some)
            rows.append([name, "dir", found.digest, found.size, found.files, False])
            size += found.size
            files += found.files
        rows.sort(key=lambda row: str(row[0]))
        return Artifact(digest=digest.of_bytes(listing(rows)), kind="dir", size=size, files=files)

    def _files_in(self, folder: str, above: tuple[str, ...] = ()) -> dict[str, str]:
        """The files in a folder by their paths below it, with where they are, links followed. A link that leads out of
        the commit, or nowhere, stands for itself."""
        if folder in above:
            raise UserError(
                f"{folder or '.'} is a loop of symbolic links",
                next_step="remove the link that points back to its parent",
            )
        found: dict[str, str] = {}
        for name, kind in self._children.get(folder, {}).items():
            path = f"{folder}/{name}" if folder else name
            place = path if kind == "dir" else self._followed(path)
            if place is not None and (place in self._children or place == "."):
                inside = self._files_in(place, (*above, folder))
                found.update({f"{name}/{rest}": one for rest, one in inside.items()})
            else:
                found[name] = place or path
        return found

    def _mode(self, place: str) -> str:
        return self._tree[place].mode

    def _is_executable(self, place: str) -> bool:
        return self._mode(place) == EXECUTABLE

    # -- DVC --------------------------------------------------------------------------

    @cached_property
    def _beside_dvc(self) -> frozenset[str]:
        return frozenset(path.removesuffix(DVC_SUFFIX) for path in self._tree if path.endswith(DVC_SUFFIX))

    def _dvc(self, path: str) -> DvcPointer | None:
        if path not in self._beside_dvc:  # asked for every file of every cell
            return None
        found = self._tree[f"{path}{DVC_SUFFIX}"]
        if found.mode in (LINK, SUBMODULE):
            return None
        known = self._blobs.known(found.blob)
        if known is None or known.size > MOST_DVC_BYTES:
            return None
        return parse_dvc(self._blobs.data(found.blob), path)


def _standing(found: Entry) -> str:
    """What a submodule counts as, or a link that leads out of the commit or nowhere: neither has bytes here."""
    return f"git:{found.blob}" if found.mode == SUBMODULE else f"link:{found.blob}"
