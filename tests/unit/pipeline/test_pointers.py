"""Pointers of Git LFS and DVC, read as the tools write them."""

from __future__ import annotations

import pytest

from seatrial.pipeline.pointers import DvcPointer, LfsPointer, dvc_folder_md5, dvc_pointer, read_lfs

OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n"


def test_a_pointer_of_git_lfs_names_a_digest_and_a_size() -> None:
    """The example of the specification, and one with an extension's line."""
    extended = LFS.replace("oid ", f"ext-0-case sha256:{OID}\noid ")

    assert read_lfs(LFS.encode()) == LfsPointer(oid=OID, size=12345)
    assert read_lfs(extended.encode()) == LfsPointer(oid=OID, size=12345)
    assert LfsPointer(oid=OID, size=12345).identity == f"lfs:sha256:{OID}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        LFS[:-1],
        LFS.replace("\n", "\r\n"),
        LFS.replace("spec/v1", "spec/v2"),
        LFS.replace(OID, OID[:-1]),
        LFS.replace(OID, OID.upper()),
        LFS.replace("sha256", "sha1"),
        LFS.replace("12345", "-1"),
        LFS.replace("12345", "١٢"),
        LFS.replace("size 12345\n", ""),
        LFS + "size 12345\n",
        LFS + "\n",
        LFS + "x" * 1024 + "\n",
        " " + LFS,
    ],
)
def test_what_is_not_exactly_a_pointer_is_a_file(text: str) -> None:
    """Guessing would let a stage read the pointer's text as data."""
    assert read_lfs(text.encode()) is None


def test_bytes_that_are_no_text_are_no_pointer() -> None:
    """Also where they begin like one."""
    assert read_lfs(LFS.encode()[:-1] + b"\xff\n") is None


def out(**fields: str) -> dict[str, object]:
    return {"outs": [{"md5": "344fd2323dd33d5c058b7cf27de029e8", "size": "8", "hash": "md5", "path": "a.csv"} | fields]}


def test_a_dvc_file_names_an_md5() -> None:
    """Of a file, or of a folder's manifest."""
    folder = "f8d0b8eb32abb98eea85752bd8b80d74.dir"

    assert dvc_pointer(out(), "a.csv") == DvcPointer(md5="344fd2323dd33d5c058b7cf27de029e8", size=8)
    assert dvc_pointer(out(md5=folder, path="./a.csv"), "a.csv") == DvcPointer(md5=folder, size=8)
    assert DvcPointer(md5=folder, size=8).is_folder
    assert not DvcPointer(md5=folder[:-4], size=8).is_folder


@pytest.mark.parametrize(
    "document",
    [
        None,
        "text",
        [],
        {},
        {"outs": "a.csv"},
        {"outs": ["a.csv"]},
        {"outs": []},
        out(path="b.csv"),
        out(md5="344fd2323dd33d5c"),
        out(md5=""),
        out(hash="etag"),
        {"outs": [{"md5": "344fd2323dd33d5c058b7cf27de029e8", "path": "a.csv"}]},
        {**out(), "wdir": ".."},
    ],
)
def test_a_dvc_file_that_does_not_say_it_plainly_says_nothing(document: object) -> None:
    """Among them those of DVC 2, whose md5 is the same for files that differ in line ends."""
    assert dvc_pointer(document, "a.csv") is None


def test_the_md5_of_a_folder_is_the_one_that_dvc_gives_it() -> None:
    """As DVC 3.67.1 wrote it for `dvc add data`: names with spaces and accents, an empty file, a link."""
    files = {
        "b.txt": "5bbf5a52328e7439ae6e719dfe712200",
        "z é.txt": "febe6995bad457991331348f7b9c85fa",
        "sub dir/a.txt": "c193497a1a06b2c72230e6146ff47080",
        "empty": "d41d8cd98f00b204e9800998ecf8427e",
        "link.txt": "5bbf5a52328e7439ae6e719dfe712200",
    }

    assert dvc_folder_md5(files) == "f8d0b8eb32abb98eea85752bd8b80d74.dir"
