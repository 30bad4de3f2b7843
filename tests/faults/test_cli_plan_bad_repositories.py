"""`seatrial plan` over commits, given repositories that are cut off, damaged, strange or none at all.

Each ends with a clear error that says what to type next, or with the right plan.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.revisions import SOURCE, Tree, git, new_repository, type_plan, write_history
from tests.support.two_stages import ALL, CHANGED, ONE, TREE


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty bare repository."""
    return new_repository(tmp_path / "bare")


@pytest.fixture
def pair(bare: Path) -> tuple[str, str]:
    """Two commits in it."""
    base, head = write_history(bare, [TREE, CHANGED])
    return base, head


# -- revisions ------------------------------------------------------------------------


def test_a_shallow_clone_says_how_to_deepen_it(bare: Path, pair: tuple[str, str], tmp_path: Path) -> None:
    """The base is not there, and the command that brings it is named."""
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", f"file://{bare}", "shallow")
    said = type_plan(tmp_path / "shallow", pair[0], "HEAD")

    assert said.code == 2
    assert "shallow" in said.problem["next_step"]
    assert "git fetch --unshallow" in said.problem["next_step"]


def test_a_history_that_is_cut_off_before_the_ancestor_says_so(
    bare: Path, pair: tuple[str, str], tmp_path: Path
) -> None:
    """Both commits are there, and what they have in common is not."""
    write_history(bare, [TREE, {**TREE, "x.py": ""}], branch="side")
    git(bare, "update-ref", "refs/heads/side", git(bare, "commit-tree", "side^{tree}", "-p", pair[0], "-m", "x"))
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", "--no-single-branch", f"file://{bare}", "shallow")
    said = type_plan(tmp_path / "shallow", "side", "main")

    assert said.code == 2
    assert "shallow" in said.problem["message"]
    assert "git fetch --unshallow" in said.problem["next_step"]


@pytest.mark.parametrize(
    ("revision", "step"),
    [
        ("nope", "git fetch origin nope"),
        ("", "git log"),
        ("--all", "git log"),
        ("a\nb", "git log"),
        ("HEAD~99", "git log"),
        ("main:seatrial.yaml", "git log"),
        ("main..main", "no range"),
        ("f" * 40, "git fetch origin"),
    ],
)
def test_a_revision_that_names_no_commit(bare: Path, pair: tuple[str, str], revision: str, step: str) -> None:
    """As base and as head."""
    for said in (type_plan(bare, revision, "main"), type_plan(bare, "main", revision)):
        assert said.code == 2
        assert "has no commit" in said.problem["message"]
        assert step in said.problem["next_step"]


def test_unrelated_histories_are_refused(bare: Path, pair: tuple[str, str]) -> None:
    """There is nothing to compare with."""
    (other,) = write_history(bare, [{"x": ""}], branch="other")
    said = type_plan(bare, other, pair[1])

    assert said.code == 2
    assert "unrelated" in said.problem["message"]


def test_merges_are_compared_as_a_merge_would_see_them(bare: Path, pair: tuple[str, str]) -> None:
    """With a merge as head, and as base; what the base's side alone did is no change."""
    base, head = pair
    side = git(bare, "commit-tree", _tree(bare, {**TREE, "src/pkg/other.py": "print(2)\n"}), "-p", base, "-m", "side")
    both = _tree(bare, {**CHANGED, "src/pkg/other.py": "print(2)\n"})
    merge = git(bare, "commit-tree", both, "-p", head, "-p", side, "-m", "merge")

    assert type_plan(bare, head, merge).actions == {"train": "skip", "other": "run"}
    assert type_plan(bare, side, merge).actions == {"train": "run", "other": "skip"}
    assert type_plan(bare, side, head).actions == {"train": "run", "other": "skip"}
    assert type_plan(bare, base, merge).actions == ALL
    assert type_plan(bare, merge, head).actions == {"train": "skip", "other": "run"}


def _tree(folder: Path, tree: Tree) -> str:
    (commit,) = write_history(folder, [tree], branch="scratch")
    return git(folder, "rev-parse", f"{commit}^{{tree}}")


def test_equal_and_older_heads(bare: Path, pair: tuple[str, str]) -> None:
    """Nothing differs; and going back is a change too."""
    base, head = pair

    assert set(type_plan(bare, head, head).actions.values()) == {"skip"}
    assert type_plan(bare, head, base).actions == ONE


# -- repositories ---------------------------------------------------------------------


def test_what_is_no_repository(tmp_path: Path) -> None:
    """A folder, a file, nothing."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for place in ("folder", "file", "nothing"):
        said = type_plan(tmp_path / place, "a", "b", environ={"GIT_CEILING_DIRECTORIES": str(tmp_path)})
        assert said.code == 2
        assert said.problem["next_step"]


def test_an_empty_repository(bare: Path) -> None:
    """It says that there is nothing yet."""
    said = type_plan(bare, "main", "HEAD")

    assert said.code == 2
    assert "no commits yet" in said.problem["next_step"]


def test_sha256(tmp_path: Path) -> None:
    """Names of objects may be longer."""
    bare = new_repository(tmp_path / "bare", "--object-format=sha256")
    base, head = write_history(bare, [TREE, CHANGED])

    assert len(base) == 64
    assert type_plan(bare, base, head).actions == ONE


@pytest.mark.parametrize(
    "environ",
    [
        {"GIT_DIR": "/nowhere"},
        {"GIT_WORK_TREE": "/nowhere"},
        {"GIT_INDEX_FILE": "/nowhere"},
        {"GIT_OBJECT_DIRECTORY": "/nowhere"},
        {"GIT_COMMON_DIR": "/nowhere"},
        {"GIT_SHALLOW_FILE": "/nowhere"},
        {"GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere"},
        {"GIT_PREFIX": "src/", "GIT_NAMESPACE": "x", "GIT_LITERAL_PATHSPECS": "1"},
    ],
    ids=lambda environ: "+".join(environ),
)
def test_what_a_hook_sets_is_not_for_us(bare: Path, pair: tuple[str, str], environ: dict[str, str]) -> None:
    """Called from a hook of another repository, `--repo` is what counts."""
    assert type_plan(bare, *pair, environ=environ).actions == ONE


def test_replaced_objects_are_taken_as_they_are(bare: Path, pair: tuple[str, str]) -> None:
    """What a blob counts as is remembered by its id: a replacement that goes away again must leave no trace."""
    base, head = pair
    old, new = (git(bare, "rev-parse", f"{commit}:src/pkg/model.py") for commit in pair)
    plain = type_plan(bare, base, head)
    shutil.rmtree(bare / "seatrial")
    git(bare, "replace", new, old)
    replaced = type_plan(bare, base, head)
    git(bare, "replace", "-d", new)
    git(bare, "replace", head, base)

    assert replaced.document == plain.document
    assert type_plan(bare, base, head).document == plain.document


def test_a_partial_clone_fetches_what_it_asks_for(bare: Path, pair: tuple[str, str], tmp_path: Path) -> None:
    """And says what is the matter when it cannot."""
    git(bare, "config", "uploadpack.allowFilter", "true")
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{bare}", name)

    assert type_plan(tmp_path / "one", *pair).actions == ONE
    bare.rename(tmp_path / "gone")
    said = type_plan(tmp_path / "two", *pair)
    assert said.code == 5
    assert "partial clone" in said.problem["next_step"]


@pytest.mark.parametrize("kind", ["damaged", "missing"])
def test_a_blob_that_cannot_be_read(bare: Path, pair: tuple[str, str], kind: str) -> None:
    """An outside system failed, and nothing is planned without it."""
    blob = git(bare, "rev-parse", "main:src/pkg/model.py")
    _loosen(bare)
    file = bare / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(b"broken") if kind == "damaged" else file.unlink()
    said = type_plan(bare, *pair)

    assert said.code == 5
    assert blob in said.problem["message"]
    assert "git fsck" in said.problem["next_step"]


def _loosen(folder: Path) -> None:
    """Take packs apart."""
    for pack in list((folder / "objects/pack").glob("*.pack")):
        data = pack.read_bytes()
        for part in (folder / "objects/pack").glob(f"{pack.stem}.*"):
            part.unlink()
        subprocess.run(["git", "-C", str(folder), "unpack-objects", "-q"], input=data, check=True)


def test_a_memory_that_cannot_be_kept_or_read(bare: Path, pair: tuple[str, str]) -> None:
    """A damaged one, a folder or a file in its place: the plan is the same."""
    place = bare / "seatrial"
    place.mkdir()
    (place / "facts.db").write_bytes(b"garbage" * 1000)
    assert type_plan(bare, *pair).actions == ONE
    shutil.rmtree(place)
    (place / "facts.db").mkdir(parents=True)
    assert type_plan(bare, *pair).actions == ONE
    shutil.rmtree(place)
    place.write_text("a file")
    assert type_plan(bare, *pair).actions == ONE


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_a_repository_that_cannot_be_written(bare: Path, pair: tuple[str, str]) -> None:
    """It is only read."""
    mounted = f"mount --bind {bare} {bare} && mount -o remount,ro,bind {bare} && "
    command = f"{sys.executable} -m seatrial plan --repo {bare} --base {pair[0]} --head {pair[1]}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mounted + command],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount")

    assert done.returncode == 0, done.stderr
    assert not (bare / "seatrial").exists()


# -- sizes ----------------------------------------------------------------------------


def test_large_files_are_not_held(bare: Path) -> None:
    """A Python file of 50 MB and data of 200 MB: neither is parsed or kept, and both count."""
    large: Tree = {**CHANGED, "src/pkg/huge.py": b"x = 1\n" * (50 << 17), "data/in.csv": b"0123456\n" * (25 << 20)}
    pair = write_history(bare, [{**large, "data/in.csv": "1\n", "src/pkg/huge.py": "x = 1\n"}, large])
    said = type_plan(bare, *pair)

    assert said.stages["train"]["action"] == "run"
    assert _own_peak(bare, pair) < 100 << 10


def _own_peak(folder: Path, pair: list[str]) -> int:
    """The most memory that Seatrial itself takes for a plan, in KiB."""
    shutil.rmtree(folder / "seatrial")
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from seatrial.flows.change_plan import ChangeRequest, plan_change\n"
        "from seatrial.wiring import open_repository\n"
        "with open_repository(Path(sys.argv[1])) as repository:\n"
        "    plan_change(repository, ChangeRequest(base=sys.argv[2], head=sys.argv[3]))\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder), *pair],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_twenty_thousand_files(bare: Path) -> None:
    """Every file is looked at once."""
    many: Tree = {**TREE, **{f"src/m{number % 100}/f{number}.py": f"x = {number}\n" for number in range(20_000)}}
    base, head = write_history(bare, [many, {**many, "src/pkg/model.py": "def fit():\n    return 2\n"}])

    assert type_plan(bare, base, head).actions == ONE
    assert type_plan(bare, base, head).actions == ONE
