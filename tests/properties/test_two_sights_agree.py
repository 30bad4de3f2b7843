"""A commit read from git's objects against the same commit checked out: every path counts by the same digest."""

from __future__ import annotations

import subprocess
import tempfile
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seatrial.change.git import Git
from seatrial.digest import Json
from seatrial.errors import SeatrialError
from seatrial.pipeline.contents import Contents
from seatrial.pipeline.sight import Sight
from seatrial.pipeline.tree import Tree as Files
from seatrial.store.artifact import Artifact
from seatrial.store.stat_cache import StatCache
from tests.support.revisions import Put, Tree, contents_at, executable, link, new_repository, write_history

ATTRIBUTES = "*.big filter=lfs diff=lfs merge=lfs -text\n"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 3\n"
FILES = (
    "a.py",
    "b.csv",
    "one/a.py",
    "one/ü b.csv",
    "one/two/c.txt",
    "one/two/\udcff.txt",
    "three/d\n.txt",
    "z/z/z.txt",
)
BIG = ("three/two.big", "top.big")  # in no folder that a link leads to: see the targets
KEPT = ("one/kept", "three/kept.csv")
LINKS = ("l.py", "one/l.csv", "three/l", "one/two/up", "m")
# No link leads to a pointer of Git LFS under a name without its attributes: a commit knows pointers by their form.
TARGETS = ("a.py", "../b.csv", "one", "one/two", "../one/two", "two", "l.py", "../m/a.py", "one/a.py")


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A tree with files, executables, links to both (none of which leads out or nowhere for certain), LFS and DVC."""
    found: dict[str, str | bytes | Put] = {".gitattributes": ATTRIBUTES}
    for path in draw(st.sets(st.sampled_from(FILES), min_size=2)):
        data = draw(st.binary(max_size=3))
        found[path] = executable(data) if draw(st.booleans()) else data
    for path in draw(st.sets(st.sampled_from(BIG))):
        text = POINTER.format(draw(st.sampled_from("abc")) * 64)
        found[path] = executable(text) if draw(st.booleans()) else text
    for path in draw(st.sets(st.sampled_from(KEPT))):
        md5 = draw(st.sampled_from("abc")) * 32 + ("" if path.endswith(".csv") else ".dir")
        found[f"{path}.dvc"] = f"outs:\n- md5: {md5}\n  size: 3\n  hash: md5\n  path: {path.rpartition('/')[2]}\n"
    for path in draw(st.sets(st.sampled_from(LINKS), max_size=3)):
        found[path] = link(draw(st.sampled_from(TARGETS)))
    return found


def folders(tree: Tree) -> set[str]:
    """All folders of a tree."""
    return {path.rsplit("/", count)[0] for path in tree for count in range(1, path.count("/") + 1)}


def looked(sight: Sight, path: str) -> Artifact | None:
    """What a path counts as for a dep, None where there is nothing that could count."""
    try:
        return sight.look(path)
    except (OSError, SeatrialError):
        return None


@settings(
    max_examples=60,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(trees())
def test_a_commit_counts_as_its_checkout_does(tree: Tree) -> None:
    """For every file, link, folder and promise of DVC, as an entry of a listing and as a dep."""
    with tempfile.TemporaryDirectory() as name:
        repository = new_repository(Path(name, "bare"))
        (commit,) = write_history(repository, [tree])
        root = Path(name, "checkout")
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(repository), str(root)], check=True)
        git = Git.find(root)
        memory = StatCache(Path(name, "facts.db"))
        here = Contents(Files(root, git.files(), kept_by_lfs=partial(git.with_filter, "lfs")), memory)
        with contents_at(repository, commit) as there:
            paths = {*tree, *folders(tree), *KEPT, *(f"m/{path}" for path in tree)}
            for path in sorted(paths):
                mine = looked(here, path)
                if mine is not None or not _dangling(root):  # a link that leads nowhere cannot be read where it lies
                    assert looked(there, path) == mine, path
            for path in sorted({*git.files(), *KEPT}):
                assert there.entry(path) == here.entry(path), path
                assert there.facts(path) == _facts(here, path), path
                assert there.is_ignored_file(path) == _promised(here, tree, path), path
        memory.close()


def _dangling(root: Path) -> bool:
    return any(path.is_symlink() and not path.exists() for path in root.rglob("*"))


def _facts(sight: Sight, path: str) -> Json | object:
    try:
        return sight.facts(path)
    except OSError:
        from seatrial.change.facts import EMPTY

        return EMPTY


def _promised(here: Contents, tree: Tree, path: str) -> bool:
    return here.is_ignored_file(path) and path not in tree
