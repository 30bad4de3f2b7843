"""What a stored file or folder is called, and the listing that makes a folder one object.

Called by the blob store, which keeps the bytes, and by `fingerprint.py`, which gives what lies on
disk the same name without keeping it. A listing is canonical JSON: names, kinds and digests of one
folder, so that a changed file changes one listing on each level above it and nothing else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import OutsideError, StageError, StateError
from seatrial.replacing import replace

Kind = Literal["file", "dir"]

NOT_A_LISTING = (ValueError, KeyError, TypeError, RecursionError)
"""What reading other bytes as the listing of a folder raises."""


class Artifact(Struct, frozen=True, kw_only=True):
    """A stored file or folder. `size` is in bytes, `files` counts the files inside (1 for a file).

    `stored` False: only its digest is kept and its bytes never were in a store, so that their absence
    is no damage. It is no part of what the artifact is.
    """

    digest: str
    kind: Kind
    size: int
    files: int = 1
    executable: bool = False
    stored: bool = True

    def __eq__(self, other: object) -> bool:
        return type(other) is Artifact and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def unstored(self) -> Artifact:
        """The same, said not to be in any store."""
        return replace(self, stored=False)

    def _compared(self) -> tuple[object, ...]:
        return (self.digest, self.kind, self.size, self.files, self.executable)

    def to_json(self) -> dict[str, Json]:
        fields: dict[str, Json] = {
            "digest": self.digest,
            "kind": self.kind,
            "size": self.size,
            "files": self.files,
            "executable": self.executable,
        }
        return fields if self.stored else fields | {"stored": False}

    @classmethod
    def from_json(cls, value: dict[str, Json]) -> Artifact:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        kind = value["kind"]
        if kind not in ("file", "dir") or not digest.is_digest(str(value["digest"])):
            raise ValueError(f"not an artifact: {value!r}")
        return cls(
            digest=str(value["digest"]),
            kind="file" if kind == "file" else "dir",
            size=int(str(value["size"])),
            files=int(str(value["files"])),
            executable=bool(value["executable"]),
            stored=value.get("stored", True) is not False,
        )


class CorruptBlobError(OutsideError):
    """A stored blob is missing or its bytes no longer have its digest; a corrupt one was moved aside."""

    def __init__(self, blob: str, *, missing: bool) -> None:
        self.blob = blob
        self.missing = missing
        state = "is missing from the store" if missing else "was damaged in the store and has been set aside"
        super().__init__(f"blob {digest.short(blob)} {state}")


class Entry(Struct, frozen=True):
    """One name in a folder's listing; the `digest` of a link is the text it holds."""

    name: str
    kind: Literal["file", "dir", "link"]
    digest: str
    size: int
    files: int
    executable: bool


def listing(rows: list[list[Json]]) -> bytes:
    """The listing of a folder, from rows of name, kind, digest, size, files and executable, sorted by name."""
    return digest.canonical({"schema": 1, "entries": rows})


def read_listing(name: str, data: bytes) -> list[Entry]:
    """The entries of the listing with the digest `name`.

    Raises StateError for one that is not ours to read, one of `NOT_A_LISTING` for anything else.
    """
    found = json.loads(data.decode("utf-8", "surrogateescape"))
    if not isinstance(found, dict):
        raise TypeError("a listing is a mapping")
    if found.get("schema") != 1:
        raise StateError(
            f"folder listing {digest.short(name)} was written by a newer Seatrial", next_step="upgrade Seatrial"
        )
    entries = [_from_row(row) for row in found["entries"]]
    if len({entry.name for entry in entries}) != len(entries):
        raise ValueError("a name is listed twice")
    return entries


def leads_out(text: str, inside: tuple[str, ...]) -> bool:
    """Whether a link with this text, in the folder `inside` of an artifact, leads out of it."""
    place = os.path.normpath("/".join((*inside, text)))
    return text.startswith("/") or place == ".." or place.startswith("../")


def safe_link(path: Path, top: Path) -> str:
    """The target text of a symbolic link that stays inside `top`.

    Raises StageError for a link that leads out or is absolute.
    """
    text = str(path.readlink())
    resolved = Path(os.path.normpath(path.parent / text))
    if Path(text).is_absolute() or not resolved.is_relative_to(top):
        raise StageError(
            f"{path} is a link to {text}, outside of the out it belongs to; it cannot be stored",
            next_step="copy the file instead of linking to it",
        )
    return text


def _from_row(row: list[Json]) -> Entry:
    name, kind, content, size, files, executable = row
    text = str(name)
    if "/" in text or "\0" in text or text in {"", ".", ".."} or kind not in ("file", "dir", "link"):
        raise StateError(f"a folder listing names {text!r}, which is no file name")
    if kind == "link" and (not isinstance(content, str) or "\0" in content or not content):
        raise ValueError("a link without a text")
    if kind != "link" and not digest.is_digest(str(content)):
        raise ValueError("a file without a digest")
    link_kind: Literal["file", "dir", "link"] = "file" if kind == "file" else "dir" if kind == "dir" else "link"
    return Entry(text, link_kind, str(content), int(str(size)), int(str(files)), bool(executable))
