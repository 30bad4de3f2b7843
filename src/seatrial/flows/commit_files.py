"""The files of a commit as whoever reads a configuration asks for them.

Called where a commit is planned. Links are followed, as they are in a work tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.objects import LINK, SUBMODULE, Entry
from seatrial.errors import ConfigError
from seatrial.pipeline.revision import RevisionContents

Read = Callable[[str], bytes | None]


def reader(tree: Mapping[str, Entry], blobs: BlobMemory, config: Path | None) -> Read:
    """Reads a configuration's files: its first from outside where one is named, others from the tree, and beside that
    file where the tree has none."""

    def read(path: str) -> bytes | None:
        if config is not None and path == str(config):
            return _from_disk(config)
        data = bytes_at(tree, blobs, path)
        if data is not None:
            return data
        return None if config is None else _from_disk(config.parent / path)

    return read


def bytes_at(tree: Mapping[str, Entry], blobs: BlobMemory, path: str) -> bytes | None:
    """The bytes of a file of a commit, links followed; None when it has none."""
    entry = tree.get(path)
    if entry is None or entry.mode in (LINK, SUBMODULE):
        return RevisionContents(tree, blobs).bytes(path)
    return blobs.data(entry.blob)


def _from_disk(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
