"""Files that stand for data kept elsewhere: Git LFS pointers, and what DVC's own files say.

Pure. Called by `contents`. What a pointer stands for has a digest of its own, and the data counts
by that, so that a stage has the same key whether or not its data has been fetched. Whatever is
not exactly what the tools write is no pointer, and then counts as the file it is.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping

from msgspec import Struct

LFS_MAX_BYTES = 1024
"""A pointer is shorter than this, says Git LFS; a longer file is never read to find out."""

_LFS_FIRST = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_LINE = re.compile(r"[a-z0-9.-]+ [^\n]*")
_OID = re.compile(r"sha256:([0-9a-f]{64})")
_MD5 = re.compile(r"[0-9a-f]{32}(?:\.dir)?")
_FOLDER = ".dir"


class LfsPointer(Struct, frozen=True, kw_only=True):
    """What a Git LFS pointer names. `size` is in bytes."""

    oid: str
    size: int

    @property
    def identity(self) -> str:
        return lfs_identity(self.oid)


class DvcPointer(Struct, frozen=True, kw_only=True):
    """What a DVC file says about the data beside it: an md5, of the manifest where it is a folder."""

    md5: str
    size: int

    @property
    def is_folder(self) -> bool:
        return self.md5.endswith(_FOLDER)

    @property
    def identity(self) -> str:
        return f"dvc:md5:{self.md5}"


def lfs_identity(oid: str) -> str:
    """How data that Git LFS keeps counts, pointer or not."""
    return f"lfs:sha256:{oid}"


def read_lfs(data: bytes) -> LfsPointer | None:
    """The pointer that some bytes are; None when they are anything else.

    The form is that of the specification: the version first, then keys in order, each a line.
    """
    if len(data) >= LFS_MAX_BYTES or not data.startswith(_LFS_FIRST) or not data.endswith(b"\n"):
        return None
    try:
        lines = data[len(_LFS_FIRST) : -1].decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    if not all(map(_LFS_LINE.fullmatch, lines)):
        return None
    fields = dict(line.split(" ", 1) for line in lines)
    oid, size = _OID.fullmatch(fields.get("oid", "")), fields.get("size", "")
    if oid is None or not (size.isascii() and size.isdecimal()) or len(fields) != len(lines):
        return None
    return LfsPointer(oid=oid.group(1), size=int(size))


def dvc_pointer(document: object, name: str) -> DvcPointer | None:
    """What a parsed DVC file (all its scalars text) says about `name` beside it; None when it says nothing usable.

    Files of DVC 2 (without `hash:`) are not usable: their md5 was taken with the line ends of text made
    alike, so two files that differ can share it.
    """
    outs = document.get("outs") if isinstance(document, Mapping) else None
    if isinstance(document, Mapping) and posixpath.normpath(str(document.get("wdir", "."))) != ".":
        return None
    for out in outs if isinstance(outs, list) else ():
        if not isinstance(out, Mapping) or posixpath.normpath(str(out.get("path", ""))) != name:
            continue
        md5, size, kind = out.get("md5"), str(out.get("size", "")), out.get("hash")
        if not isinstance(md5, str) or _MD5.fullmatch(md5) is None or kind != "md5":
            return None
        return DvcPointer(md5=md5, size=int(size) if size.isascii() and size.isdecimal() else 0)
    return None


def dvc_folder_md5(files: Mapping[str, str]) -> str:
    """The md5 that DVC gives a folder, from the md5 of each file by its path below the folder.

    It is that of a JSON list, sorted by path, as `json.dumps` writes it with sorted keys.
    """
    import hashlib  # loads OpenSSL, and nobody but DVC's data needs it

    rows = [{"md5": files[path], "relpath": path} for path in sorted(files)]
    return hashlib.md5(json.dumps(rows, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + _FOLDER
