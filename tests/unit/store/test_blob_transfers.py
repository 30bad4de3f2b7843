"""Blobs on their way to a shared place and back: whole or in parts, cut off and taken up again, lied about."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from seatrial.digest import Json, canonical, of_bytes
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError
from seatrial.store.folder_objects import FolderObjects
from seatrial.store.transfers import RemoteBlobError, Transfers

PART = 1000
DATA = random.Random(1).randbytes(3500)


class House:
    """A shared folder, and two machines with a store each."""

    def __init__(self, folder: Path) -> None:
        (folder / "share").mkdir()
        self.share = folder / "share"
        self.objects = FolderObjects(self.share)
        self.here = BlobStore(folder / "here")
        self.there = BlobStore(folder / "there")
        self.told: list[tuple[int, int]] = []

    def of(self, store: BlobStore) -> Transfers:
        return Transfers(
            objects=self.objects,
            prefix="trusted/",
            local=store.root,
            part=PART,
            tell=lambda _name, done, of: self.told.append((done, of)),
        )

    def remote(self, name: str, suffix: str = "") -> Path:
        digits = name.removeprefix("b3:")
        return self.share / "trusted" / "cas" / digits[:2] / (digits[2:] + suffix)

    def overwrite(self, path: Path, data: bytes) -> None:
        path.chmod(0o644)
        path.write_bytes(data)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART, 3 * PART + 500])
def test_a_blob_of_any_size_arrives(house: House, size: int) -> None:
    """On both sides of the size of a part."""
    name = house.here.put_bytes(DATA[:size])
    house.of(house.here).upload([name])
    house.of(house.there).download([name])

    assert house.there.read_bytes(name) == DATA[:size]
    assert house.of(house.there).has(name)


def test_a_folder_arrives_whole(house: House, tmp_path: Path) -> None:
    """With folders in it, a link, and what is executable."""
    tree = tmp_path / "tree"
    (tree / "deep" / "er").mkdir(parents=True)
    (tree / "deep" / "er" / "large").write_bytes(DATA)
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("deep/er/large")
    artifact = house.here.put_path(tree)
    house.of(house.here).upload(house.here.reachable(artifact))

    house.of(house.there).bring([artifact])

    house.there.checkout(artifact, tmp_path / "again")
    assert (tmp_path / "again" / "link").read_bytes() == DATA
    assert (tmp_path / "again" / "run").stat().st_mode & 0o100


def test_a_cut_off_download_goes_on_where_it_stopped(house: House) -> None:
    """What is there and right is not asked for again; what is there and wrong is."""
    name = house.here.put_bytes(DATA)
    house.of(house.here).upload([name])
    partial = house.there.root / "partial" / name.removeprefix("b3:")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(DATA[: 2 * PART] + b"zzz")
    house.remote(of_bytes(DATA[:PART])).unlink()  # would be missed if it were asked for
    house.told.clear()

    house.of(house.there).download([name])

    assert house.there.read_bytes(name) == DATA
    assert house.told == [(3 * PART, len(DATA)), (len(DATA), len(DATA))]
    assert not partial.exists()


def test_a_cut_off_download_of_other_bytes_begins_anew(house: House) -> None:
    """A partial file is no promise."""
    name = house.here.put_bytes(DATA)
    house.of(house.here).upload([name])
    partial = house.there.root / "partial" / name.removeprefix("b3:")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(bytes(5000))

    house.of(house.there).download([name])

    assert house.there.read_bytes(name) == DATA


@pytest.mark.parametrize("data", [b"", b"evil" * 25, DATA[:99]])
def test_a_lie_is_set_aside_and_never_used(house: House, data: bytes) -> None:
    """The error names the object, and the bytes can be looked at."""
    name = house.here.put_bytes(DATA[:100])
    house.of(house.here).upload([name])
    house.overwrite(house.remote(name), data)

    with pytest.raises(RemoteBlobError, match=house.remote(name).name):
        house.of(house.there).download([name])

    assert not house.there.has(Artifact(digest=name, kind="file", size=100))
    assert (house.there.root / "quarantine" / name.removeprefix("b3:")).read_bytes() == data


def test_a_lie_about_the_parts_is_found_in_the_whole(house: House) -> None:
    """Parts that are what they claim to be, put together to something else."""
    name = house.here.put_bytes(DATA)
    house.of(house.here).upload([name])
    parts: Json = [[of_bytes(DATA[:PART]), PART], [of_bytes(DATA[:PART]), PART]]
    house.overwrite(house.remote(name, ".parts"), canonical({"schema": 1, "parts": parts}))

    with pytest.raises(RemoteBlobError, match="set aside"):
        house.of(house.there).download([name])

    assert not house.there.has(Artifact(digest=name, kind="file", size=len(DATA)))


@pytest.mark.parametrize(
    "listing",
    [b"", b"{", b"[]", b'{"parts":[]}', b'{"parts":[["x",1]]}', b'{"parts":[["b3:%s",-1]]}' % (b"0" * 64),
     b'{"parts":[["b3:%s",99999999999]]}' % (b"0" * 64), b"[" * 100_000],
)  # fmt: skip
def test_a_list_of_parts_that_is_none_is_damage(house: House, listing: bytes) -> None:
    """Never a crash, and never an empty file."""
    name = house.here.put_bytes(DATA)
    house.of(house.here).upload([name])
    house.overwrite(house.remote(name, ".parts"), listing)

    with pytest.raises(RemoteBlobError):
        house.of(house.there).download([name])


def test_what_is_not_there_is_named(house: House) -> None:
    """With the place where it should be."""
    name = of_bytes(b"nowhere")

    with pytest.raises(RemoteBlobError, match="is not there") as missing:
        house.of(house.there).download([name])

    assert missing.value.missing
    assert house.remote(name).name in str(missing.value)


@pytest.mark.parametrize("name", ["../out", "a/b", "..", ".", "", "/etc/passwd", "a\0b"])
def test_a_folder_cannot_write_outside_of_itself(house: House, name: str) -> None:
    """Its listing has the right digest and is refused all the same."""
    inner = house.here.put_bytes(b"evil")
    rows = canonical({"schema": 1, "entries": [[name, "file", inner, 4, 1, False]]})
    listing = house.here.put_bytes(rows)
    house.of(house.here).upload([inner, listing])

    with pytest.raises(RemoteBlobError):
        house.of(house.there).bring([Artifact(digest=listing, kind="dir", size=4)])

    assert not house.there.has(Artifact(digest=listing, kind="dir", size=4))


def test_a_damaged_local_blob_is_not_passed_on(house: House) -> None:
    """Neither whole nor in parts: others would believe the name."""
    for size in (100, 3500):
        name = house.here.put_bytes(DATA[:size])
        digits = name.removeprefix("b3:")
        house.overwrite(house.here.root / digits[:2] / digits[2:], b"evil" + DATA[4:size])

        with pytest.raises(CorruptBlobError):
            house.of(house.here).upload([name])
        assert not house.of(house.here).has(name)


def test_a_damaged_copy_is_replaced_when_that_is_asked_for(house: House) -> None:
    """Whoever met the damage heals it."""
    for size in (100, 3500):
        name = house.here.put_bytes(DATA[:size])
        house.of(house.here).upload([name])
        path = house.remote(name) if size == 100 else house.remote(of_bytes(DATA[:PART]))
        house.overwrite(path, b"evil" + path.read_bytes()[4:])

        house.of(house.here).upload([name], replace=frozenset([name]))

        house.of(house.there).download([name])
        assert house.there.read_bytes(name) == DATA[:size]
