"""Whatever tree goes into the store comes out again, and one digest means one tree."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.store.blobs import BlobStore
from seatrial.store.fingerprint import fingerprint

NAMES = st.binary(min_size=1, max_size=4).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)
FILES = st.tuples(st.just("file"), st.binary(max_size=20), st.booleans())
LINKS = st.tuples(st.just("link"), NAMES, st.just(False))
TREES = st.recursive(
    st.dictionaries(NAMES, FILES | LINKS, max_size=4),
    lambda inner: st.dictionaries(NAMES, FILES | LINKS | st.tuples(st.just("dir"), inner, st.just(False)), max_size=4),
    max_leaves=12,
)


def build(tree: dict[bytes, tuple[str, object, bool]], folder: Path) -> None:
    folder.mkdir()
    for name, (kind, content, executable) in tree.items():
        path = folder / os.fsdecode(name)
        match kind, content:
            case "dir", dict():
                build(content, path)
            case "link", bytes():
                path.symlink_to(os.fsdecode(content))
            case _, bytes():
                path.write_bytes(content)
                path.chmod(0o755 if executable else 0o644)


def look(folder: Path) -> dict[bytes, tuple[str, object, bool]]:
    """A folder as nested values."""
    found: dict[bytes, tuple[str, object, bool]] = {}
    for path in folder.iterdir():
        name = os.fsencode(path.name)
        if path.is_symlink():
            found[name] = ("link", os.fsencode(path.readlink()), False)
        elif path.is_dir():
            found[name] = ("dir", look(path), False)
        else:
            found[name] = ("file", path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


@settings(max_examples=60)
@given(TREES)
def test_a_folder_comes_back_as_it_was(tree: dict[bytes, tuple[str, object, bool]]) -> None:
    """Names that are no text, links, empty folders, executable bits; and a look at it has the same digest."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build(tree, root / "in")
        store = BlobStore(root / "cas")
        stored = store.put_path(root / "in")
        store.checkout(stored, root / "out")

        assert look(root / "out") == look(root / "in") == tree
        assert fingerprint(root / "in") == stored
        assert fingerprint(root / "out") == stored
        assert store.verify(stored) == ()


@settings(max_examples=60)
@given(TREES, TREES)
def test_two_folders_share_a_digest_only_when_they_are_equal(
    one: dict[bytes, tuple[str, object, bool]], other: dict[bytes, tuple[str, object, bool]]
) -> None:
    """Names, kinds, bytes, links and executable bits all count."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build(one, root / "one")
        build(other, root / "other")
        store = BlobStore(root / "cas")
        digests = [store.put_path(root / name).digest for name in ("one", "other")]

        assert (digests[0] == digests[1]) == (one == other)
