"""Trees and blobs read from git's objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial import digest
from seatrial.change.blob_memory import BlobMemory
from seatrial.change.facts import VERSION
from seatrial.change.objects import EXECUTABLE, LINK, REGULAR, Objects, before
from seatrial.errors import OutsideError
from seatrial.store.stat_cache import StatCache
from tests.support.revisions import Tree, executable, link, new_repository, put, write_history

OLD: Tree = {"a.py": "import b\n", "b.py": "x = 1\n", "gone.py": "", "run.sh": "echo\n", "l": link("a.py")}
NEW: Tree = {
    "a.py": "import b\n",
    "b.py": "x = 2\n",
    "new\n\t.py": "",
    "run.sh": executable("echo\n"),
    "l": link("b.py"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bare repository."""
    return new_repository(tmp_path / "bare")


def test_a_tree_has_all_files_with_their_modes(folder: Path) -> None:
    """Paths are as they are, whatever bytes they hold."""
    (commit,) = write_history(folder, [NEW])
    tree = Objects(folder).tree(commit)

    assert {path: entry.mode for path, entry in tree.items()} == {
        "a.py": REGULAR,
        "b.py": REGULAR,
        "new\n\t.py": REGULAR,
        "run.sh": EXECUTABLE,
        "l": LINK,
    }


def test_what_differs_gives_the_one_tree_from_the_other(folder: Path) -> None:
    """Contents, modes and links; what is gone has no new side."""
    base, head = write_history(folder, [OLD, NEW])
    objects = Objects(folder)
    differing = objects.differing(base, head)

    assert [one.path for one in differing] == ["b.py", "gone.py", "l", "new\n\t.py", "run.sh"]
    assert [one.path for one in differing if one.new is None] == ["gone.py"]
    assert before(objects.tree(head), differing) == objects.tree(base)


def test_blobs_come_in_order_and_missing_ones_as_none(folder: Path) -> None:
    """Each once."""
    (commit,) = write_history(folder, [OLD])
    objects = Objects(folder)
    tree = objects.tree(commit)
    asked = [tree["b.py"].blob, "0" * 40, tree["gone.py"].blob, tree["b.py"].blob]

    assert list(objects.read_many(asked)) == [(asked[0], b"x = 1\n"), ("0" * 40, None), (asked[2], b"")]
    assert list(objects.read_many(asked[:1], largest=3)) == [(asked[0], None)]
    with pytest.raises(OutsideError, match="0000 is missing"):
        objects.read("0" * 40)
    with pytest.raises(OutsideError, match="0000 is missing"):
        objects.digest("0" * 40, 1)


def test_many_large_blobs_come_whole(folder: Path) -> None:
    """Git is asked for a few megabytes at a time."""
    tree: Tree = {f"{number}.bin": bytes([number]) * (3 << 20) for number in range(5)}
    (commit,) = write_history(folder, [tree])
    objects = Objects(folder)
    entries = objects.tree(commit)
    found = dict(objects.read_many([entries[path].blob for path in tree]))

    assert [found[entries[path].blob] for path in tree] == [put(data).data for data in tree.values()]


def memory_of(folder: Path) -> tuple[BlobMemory, StatCache]:
    """A memory of the blobs of a repository."""
    cache = StatCache(folder / "facts.db")
    return BlobMemory(Objects(folder), cache), cache


def test_a_blob_counts_by_its_bytes_large_or_small(folder: Path) -> None:
    """A large one is hashed as it comes."""
    large = b"0123456789abcdef" * (1 << 17)
    (commit,) = write_history(folder, [{"large.csv": large, "small.csv": "1\n"}])
    tree = Objects(folder).tree(commit)
    blobs, _ = memory_of(folder)
    blobs.learn(tree)
    known = {path: blobs.known(entry.blob) for path, entry in tree.items()}

    assert {path: one and (one.digest, one.size) for path, one in known.items()} == {
        "large.csv": (digest.of_bytes(large), len(large)),
        "small.csv": (digest.of_bytes(b"1\n"), 2),
    }


@pytest.mark.parametrize("files", [10, 300])
def test_nothing_is_read_twice(folder: Path, files: int) -> None:
    """Not for another tree, nor by another process, with a pack or without."""
    tree: Tree = {f"m{number}.py": f"import m{number + 1}\n" for number in range(files)}
    (commit,) = write_history(folder, [tree])
    entries = Objects(folder).tree(commit)
    blobs, cache = memory_of(folder)
    blobs.learn(entries)
    cache.close()
    again, cache = memory_of(folder)
    again.learn(entries)

    assert (blobs.learned, again.learned) == (files, 0)
    for path in ("m0.py", f"m{files - 1}.py"):
        assert again.links(path, entries[path].blob) == blobs.links(path, entries[path].blob)
        assert again.links(path, entries[path].blob).imports[0].module == f"m{int(path[1:-3]) + 1}"
    cache.close()


def test_facts_are_those_of_the_kind_of_file(folder: Path) -> None:
    """The same bytes may be a module and a script of a shell, in a pack as elsewhere."""
    tree: Tree = {
        **{f"m{number}.py": f"x = {number}\n" for number in range(300)},
        "a.sh": "import os\n",
        "b.py": "import os\n",
        "z.sh": "import os\n",
    }
    (commit,) = write_history(folder, [tree])
    entries = Objects(folder).tree(commit)
    for _ in range(2):
        blobs, cache = memory_of(folder)
        blobs.learn(entries)
        assert [one.module for one in blobs.links("b.py", entries["b.py"].blob).imports] == ["os"]
        assert blobs.links("a.sh", entries["a.sh"].blob).imports == ()
        cache.close()


def test_some_files_do_not_stand_for_a_whole_tree(folder: Path) -> None:
    """What differs is learned beside the pack of a tree, which stays."""
    tree: Tree = {f"m{number}.py": f"x = {number}\n" for number in range(300)}
    other: Tree = {f"o{number}.py": f"y = {number}\n" for number in range(300)}
    first, second = write_history(folder, [tree, other])
    blobs, cache = memory_of(folder)
    blobs.learn(Objects(folder).tree(first))
    packed = cache.fact(f"pack/2/{VERSION}", "latest")
    blobs.learn(Objects(folder).tree(second), whole=False)

    assert packed is not None
    assert cache.fact(f"pack/2/{VERSION}", "latest") == packed
    cache.close()


def test_a_missing_blob_is_an_error_and_never_a_guess(folder: Path) -> None:
    """Where a plan would have to know what it says."""
    (commit,) = write_history(folder, [OLD])
    entries = Objects(folder).tree(commit)
    blobs, _ = memory_of(folder)
    lost = {"x.py": type(entries["a.py"])(REGULAR, "0" * 40)}

    with pytest.raises(OutsideError, match="0000 is missing"):
        blobs.learn({**entries, **lost})
    assert blobs.known("0" * 40) is None
