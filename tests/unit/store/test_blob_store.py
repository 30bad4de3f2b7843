"""Blobs: what goes in, what comes out, and what is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import StageError
from seatrial.store.atomic import is_temporary
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError, remove
from seatrial.store.fingerprint import fingerprint
from seatrial.store.folder_entries import Entries
from seatrial.store.hashing import pack_status
from seatrial.store.stat_cache import StatCache


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "cas")


def blob(store: BlobStore, name: str) -> Path:
    plain = name.removeprefix(digest.PREFIX)
    return store.root / plain[:2] / plain[2:]


def test_an_executable_file_stays_executable(store: BlobStore, tmp_path: Path) -> None:
    """The bit is part of the artifact, the blob itself is shared."""
    source = tmp_path / "run me\n.sh"
    source.write_text("x")
    source.chmod(0o755)
    stored = store.put_path(source)
    store.checkout(stored, tmp_path / "a" / "copy")

    assert stored.executable
    assert (tmp_path / "a" / "copy").stat().st_mode & 0o777 == 0o755


def test_what_is_handed_out_can_be_written_without_changing_the_store(store: BlobStore, tmp_path: Path) -> None:
    """Copies, never hard links."""
    (tmp_path / "in").write_text("x")
    stored = store.put_path(tmp_path / "in")
    store.checkout(stored, tmp_path / "out")
    (tmp_path / "out").write_text("changed")
    (tmp_path / "in").write_text("changed too")

    assert store.read_bytes(stored.digest) == b"x"


@pytest.mark.parametrize("target", ["/etc", "..", "../x", "sub/../../x"])
def test_a_link_out_of_the_folder_is_refused(store: BlobStore, tmp_path: Path, target: str) -> None:
    """By the store and by the look at it alike."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(target)

    with pytest.raises(StageError, match="link"):
        store.put_path(tmp_path / "in")
    with pytest.raises(StageError, match="link"):
        fingerprint(tmp_path / "in")


def test_a_damaged_blob_is_noticed_set_aside_and_the_target_kept(store: BlobStore, tmp_path: Path) -> None:
    """From then on it is missing, and can be stored again."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("x")
    (tmp_path / "out").write_text("was here")
    stored = store.put_path(tmp_path / "in")
    inner = digest.of_bytes(b"x")
    blob(store, inner).chmod(0o644)
    blob(store, inner).write_text("y")

    assert store.verify(stored) == (inner,)
    with pytest.raises(CorruptBlobError) as noticed:
        store.checkout(stored, tmp_path / "out")
    with pytest.raises(CorruptBlobError) as again:
        store.checkout(stored, tmp_path / "out")
    store.put_path(tmp_path / "in")
    store.checkout(stored, tmp_path / "out")

    assert (noticed.value.missing, again.value.missing) == (False, True)
    assert (store.root / "quarantine" / inner.removeprefix("b3:")).read_text() == "y"
    assert (tmp_path / "out" / "a").read_text() == "x"


def test_a_refused_checkout_leaves_target_and_folder_as_they_were(store: BlobStore, tmp_path: Path) -> None:
    """No temporary file beside the target or in the store."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "o").write_text("was here")
    with pytest.raises(CorruptBlobError):
        store.checkout(Artifact(digest="b3:" + "0" * 64, kind="dir", size=0), tmp_path / "out" / "o")

    assert (tmp_path / "out" / "o").read_text() == "was here"
    assert not [path for path in tmp_path.rglob("*") if is_temporary(path.name)]


def test_setting_a_blob_aside_twice_is_no_error(store: BlobStore) -> None:
    """Two processes may notice the same damage."""
    name = store.put_bytes(b"x")
    store.quarantine(name)
    store.quarantine(name)

    with pytest.raises(CorruptBlobError):
        store.read_bytes(name)


def test_copying_to_another_store_takes_everything_and_verifies_it(store: BlobStore, tmp_path: Path) -> None:
    """The other store needs nothing of the first."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "a").write_text("x")
    stored = store.put_path(tmp_path / "in")
    other = BlobStore(tmp_path / "other")
    store.copy_to(stored, other)
    blob(store, digest.of_bytes(b"x")).chmod(0o644)
    blob(store, digest.of_bytes(b"x")).write_text("damaged")

    assert other.verify(stored) == ()
    with pytest.raises(CorruptBlobError):
        store.copy_to(stored, BlobStore(tmp_path / "third"))


def test_a_wrong_rumour_about_a_digest_is_not_believed(store: BlobStore, tmp_path: Path) -> None:
    """What is stored is named by its own bytes, whatever a stale stat cache says."""
    (tmp_path / "in").write_text("x")
    memory = StatCache(tmp_path / "db")
    status = (tmp_path / "in").stat()
    memory.learn(str(tmp_path), Entries(["in"], pack_status(status), b"\x11" * 32), None)
    stored = store.put_path(tmp_path / "in", memory=memory)

    assert memory.digest(tmp_path / "in") == "b3:" + "1" * 64
    assert stored.digest == digest.of_bytes(b"x")
    memory.close()


def test_an_input_follows_links_and_leaves_gits_own_notes_out(tmp_path: Path) -> None:
    """What counts is what a stage will read."""
    for name in ("plain", "linked"):
        (tmp_path / name).mkdir()
    (tmp_path / "plain" / "a").write_text("x")
    (tmp_path / "linked" / "a").symlink_to(tmp_path / "plain" / "a")
    (tmp_path / "linked" / ".git").mkdir()
    (tmp_path / "linked" / ".git" / "index").write_text("changes all the time")
    plain, linked = (fingerprint(tmp_path / name, follow=True) for name in ("plain", "linked"))

    assert plain == linked


@pytest.mark.parametrize("make", ["file", "folder", "link", "dangling", "pipe", "nothing"])
def test_anything_can_be_removed_and_nothing_behind_a_link_is(tmp_path: Path, make: str) -> None:
    """The path is free afterwards."""
    import os

    (tmp_path / "kept").mkdir()
    path = tmp_path / "it"
    match make:
        case "file":
            path.touch()
        case "folder":
            (path / "sub").mkdir(parents=True)
        case "link":
            path.symlink_to(tmp_path / "kept")
        case "dangling":
            path.symlink_to("nowhere")
        case "pipe":
            os.mkfifo(path)
    remove(path)

    assert not os.path.lexists(path)
    assert (tmp_path / "kept").is_dir()


@pytest.mark.parametrize("text", [{}, {"digest": "b3:x"}, {"kind": "link"}])
def test_what_is_no_artifact_is_refused(text: dict[str, object]) -> None:
    """A record that was damaged."""
    whole: dict[str, object] = {"digest": "b3:" + "0" * 64, "kind": "file", "size": 1, "files": 1, "executable": False}

    assert Artifact.from_json(whole).to_json() == whole  # type: ignore[arg-type]  # JSON of any shape, on purpose
    with pytest.raises((KeyError, ValueError)):
        Artifact.from_json(whole | text if text else {})  # type: ignore[arg-type]  # JSON of any shape, on purpose


def test_whether_it_is_stored_is_no_part_of_what_an_artifact_is(store: BlobStore, tmp_path: Path) -> None:
    """Equal, not unequal, and one in a set; an artifact of other bytes is another."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    stored, other = store.put_path(tmp_path / "a"), store.put_path(tmp_path / "b")

    assert stored == stored.unstored()
    assert not stored != stored.unstored()  # noqa: SIM202  (asked in its own right: the two can disagree)
    assert len({stored, stored.unstored(), other}) == 2
    assert stored != other
    assert stored != stored.to_json()
