"""Listings of folders that nobody here wrote: whatever stands in them, nothing is written where it should not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError

GOOD = digest.of_bytes(b"hello")


def _listing(*rows: list[Json]) -> bytes:
    return digest.canonical({"schema": 1, "entries": [*rows]})


def _file(name: str, content: str = GOOD) -> list[Json]:
    return [name, "file", content, 5, 1, False]


def _link(name: str, text: str) -> list[Json]:
    return [name, "link", text, 0, 0, False]


FORGED = {
    "no JSON": b"rows of a table",
    "a list": b"[]",
    "a number of entries": b'{"schema":1,"entries":5}',
    "a short row": b'{"schema":1,"entries":[["a"]]}',
    "no end of brackets": b"[" * 200_000,
    "a way up": _listing(_file("..")),
    "a path": _listing(_file("a/b")),
    "a NUL in a name": _listing(_file("a\0b")),
    "a digest that is a path": _listing(_file("a", "b3:../../../../etc/passwd")),
    "a link to anywhere": _listing(_link("a", "/etc")),
    "a link that leads out": _listing(_link("a", "sub/../../secret")),
    "a NUL in a link": _listing(_link("a", "b\0c")),
    "a name twice": _listing(_link("a", "b"), _file("a")),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_listing_is_refused_and_nothing_is_left(tmp_path: Path, what: str) -> None:
    """As damage, or as a listing that is not ours; never with a defect of ours, and never with files on disk."""
    store = BlobStore(tmp_path / "cas")
    store.put_bytes(b"hello")
    forged = Artifact(digest=store.put_bytes(FORGED[what]), kind="dir", size=5)

    with pytest.raises((CorruptBlobError, StateError)):
        store.checkout(forged, tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"cas"}


def test_a_link_deeper_down_may_lead_up_as_far_as_its_folder_does(tmp_path: Path) -> None:
    """And no further."""
    store = BlobStore(tmp_path / "cas")
    store.put_bytes(b"hello")

    def folder(text: str) -> Artifact:
        below = store.put_bytes(_listing(_link("up", text)))
        return Artifact(
            digest=store.put_bytes(_listing(_file("a"), ["sub", "dir", below, 0, 0, False])), kind="dir", size=5
        )

    store.checkout(folder("../a"), tmp_path / "good")

    assert (tmp_path / "good" / "sub" / "up").read_text() == "hello"
    with pytest.raises(CorruptBlobError):
        store.checkout(folder("../../a"), tmp_path / "bad")
