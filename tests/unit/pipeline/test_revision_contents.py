"""What paths of a commit count as, with links followed as a work tree would follow them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import UserError
from seatrial.pipeline.revision import RevisionContents
from tests.support.revisions import Tree, contents_at, executable, link, new_repository, submodule, write_history

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 3\n"
TREE: Tree = {
    "a.py": "import b\n",
    "run.sh": executable("echo\n"),
    "folder/one.csv": "1\n",
    "folder/sub/two.csv": "2\n",
    "big.bin": POINTER,
    "kept.csv.dvc": f"outs:\n- md5: {'c' * 32}\n  size: 7\n  hash: md5\n  path: kept.csv\n",
    "to_file": link("a.py"),
    "to_folder": link("folder"),
    "to_link": link("to_folder/sub/../one.csv"),
    "deep/up": link("../to_folder"),
    "top": link("."),
    "outside": link("../x"),
    "etc/hostname": "of the tree\n",
    "absolute": link("/etc/hostname"),
    "nowhere": link("no/such"),
    "loop": link("loop"),
    "through_file": link("a.py/x"),
    "module": submodule("1" * 40),
}


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[RevisionContents]:
    """The contents of a commit with all of them."""
    folder = new_repository(tmp_path / "bare")
    (commit,) = write_history(folder, [TREE])
    with contents_at(folder, commit) as contents:
        yield contents


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a.py", digest.of_bytes(b"import b\n")),
        ("to_file", digest.of_bytes(b"import b\n")),
        ("to_link", digest.of_bytes(b"1\n")),
        ("to_folder/one.csv", digest.of_bytes(b"1\n")),
        ("deep/up/sub/two.csv", digest.of_bytes(b"2\n")),
        ("top/top/a.py", digest.of_bytes(b"import b\n")),
        ("big.bin", f"lfs:sha256:{'a' * 64}"),
        ("kept.csv", f"dvc:md5:{'c' * 32}"),
        ("module", f"git:{'1' * 40}"),
    ],
)
def test_a_path_counts_by_what_it_leads_to(seen: RevisionContents, path: str, wanted: str) -> None:
    """For a dep and in a listing."""
    assert seen.look(path).digest == wanted
    assert seen.entry(path) == (wanted, wanted)


@pytest.mark.parametrize("path", ["outside", "absolute", "nowhere", "loop", "through_file"])
def test_what_leads_out_or_nowhere_is_absent_and_counts_as_the_link_it_is(seen: RevisionContents, path: str) -> None:
    """A dep that is not in sight is not known; a listing has at least the link's own text."""
    with pytest.raises(FileNotFoundError):
        seen.look(path)
    found = seen.entry(path)
    assert found is not None
    assert found[0].startswith("link:")


def test_what_is_not_there_is_not_there(seen: RevisionContents) -> None:
    """Nor behind a link."""
    for path in ("none", "to_folder/none", "a.py/x", "outside/x"):
        assert seen.entry(path) is None
        with pytest.raises(FileNotFoundError):
            seen.look(path)


def test_folders_count_by_what_is_in_them(seen: RevisionContents) -> None:
    """By whichever path they are reached; one that holds itself does not count at all."""
    assert seen.look("folder") == seen.look("to_folder") == seen.look("deep/up")
    assert (seen.look("folder").kind, seen.look("folder").files, seen.look("folder").size) == ("dir", 2, 4)
    assert seen.entry("to_folder") is None
    with pytest.raises(UserError, match="loop of symbolic links"):
        seen.look(".")


def test_an_executable_file_is_marked_in_a_listing(seen: RevisionContents) -> None:
    """And its dep says so."""
    value = digest.of_bytes(b"echo\n")

    assert seen.entry("run.sh") == (value, f"{value}+x")
    assert seen.look("run.sh").executable


def test_links_tell_all_the_places_they_lead_by(seen: RevisionContents) -> None:
    """A change of any of them changes what is found."""
    assert seen.links["to_link"] == ("to_folder", "folder/one.csv")
    assert seen.links["deep/up"] == ("to_folder", "folder")
    assert seen.links["nowhere"] == ("no/such",)
    assert seen.links["top"] == ("",)


def test_files_are_found_beside_the_listing(seen: RevisionContents) -> None:
    """Behind links to folders, and where DVC promises them."""
    assert seen.has_more
    assert seen.is_ignored_file("to_folder/sub/two.csv")
    assert seen.is_ignored_file("kept.csv")
    assert not seen.is_ignored_file("to_folder/sub")
    assert not seen.is_ignored_file("folder/one.csv")
    assert seen.bytes("to_folder/one.csv") == b"1\n"
    assert seen.bytes("module") is None
