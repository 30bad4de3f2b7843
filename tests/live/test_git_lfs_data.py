"""Data that the real Git LFS keeps, with a remote that is a folder: one key with or without the data."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from seatrial.pipeline.fetching import from_lfs, lfs_pattern
from tests.support.project import Project, new_project, stage

pytestmark = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")

DATA = "data/träin, a{1}! b.bin"
COPY = "python -c \"open('out', 'wb').write(open('{0}', 'rb').read())\""


@pytest.fixture
def origin(tmp_path: Path) -> Project:
    """A project whose data Git LFS keeps, pushed to a bare repository beside it."""
    project = new_project(tmp_path / "origin", {"a.py": ""})
    for command in (("lfs", "install", "--local"), ("lfs", "track", "*.bin")):
        project.git(*command)
    project.write(DATA, b"the data\n" * 100)
    project.write("data/second.bin", b"second\n" * 100)
    project.write("data/plain.txt", "plain")
    project.commit("data")
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "-b", "main", "--bare", str(bare)], check=True)
    project.git("remote", "add", "origin", f"file://{bare}")
    project.git("push", "-q", "origin", "main")
    return project


@pytest.fixture
def clone(origin: Project, tmp_path: Path) -> Project:
    """A clone in which only the pointers lie."""
    root = tmp_path / "clone" / "tree"
    environ = {**os.environ, "GIT_LFS_SKIP_SMUDGE": "1"}
    source = f"file://{tmp_path / 'bare.git'}"
    subprocess.run(["git", "clone", "-q", source, str(root)], check=True, env=environ)
    project = Project(root=root, python=origin.python, policy=origin.policy)
    project.git("lfs", "install", "--local", "--skip-smudge")
    return project


def both(origin: Project, clone: Project, **stages: str) -> None:
    """Declare in both one stage for each name, which reads what it is given."""
    specs = [
        stage(name, f"python -c \"open('out/{name}', 'w').write('x')\"", deps=[dep], outs=[f"out/{name}"])
        for name, dep in stages.items()
    ]
    origin.declare(*specs)
    clone.declare(*specs)


def test_pointer_and_data_give_the_same_key(origin: Project, clone: Project) -> None:
    """For a literal file, a glob and a folder."""
    both(origin, clone, file=DATA, glob="data/*", folder="data")
    (there, here) = (project.plan() for project in (origin, clone))

    assert clone.root.joinpath(DATA).read_bytes().startswith(b"version https://git-lfs")
    assert [cell.input_digest for cell in here.cells] == [cell.input_digest for cell in there.cells]
    assert str(here["file"].inputs.parts[f"deps.{DATA}"]).count("lfs:sha256:") == 1


def test_other_data_gives_another_key(origin: Project, clone: Project) -> None:
    """Changed where it lies, not yet added to git."""
    both(origin, clone, file=DATA, glob="data/*", folder="data")
    before = origin.plan()
    origin.write(DATA, b"other data")
    after = origin.plan()

    assert all(after[name].input_digest != before[name].input_digest for name in ("file", "glob", "folder"))


@pytest.mark.parametrize("dep", [DATA, "data", "data/*"])
def test_the_data_is_fetched_when_the_stage_runs(clone: Project, dep: str) -> None:
    """And is then what the command reads; the result is stored, because nothing else changed."""
    clone.declare(stage("s", COPY.format(DATA), deps=[dep], outs=["out"]))
    ran = clone.run()

    assert ran.did == {"s": "ran"}, ran["s"].reason
    assert clone.read("out") == "the data\n" * 100
    assert [event["cell"] for event in ran.named("data_fetching")] == ["s"]
    assert clone.run().did == {"s": "reused"}
    assert clone.git("status", "--porcelain") == ""


def test_only_what_the_stage_reads_is_fetched(clone: Project) -> None:
    """Another file may be very large."""
    clone.declare(stage("s", COPY.format(DATA), deps=[DATA], outs=["out"]))
    clone.run()

    assert clone.root.joinpath("data/second.bin").read_bytes().startswith(b"version https://git-lfs")


def test_a_reused_stage_fetches_nothing(clone: Project) -> None:
    """The result does not need the data."""
    clone.declare(stage("s", COPY.format(DATA), deps=[DATA], outs=["out"]))
    pointer = clone.root.joinpath(DATA).read_bytes()
    clone.run()
    clone.write(DATA, pointer)
    clone.root.joinpath("out").unlink()
    ran = clone.run()

    assert ran.did == {"s": "reused"}
    assert clone.read("out") == "the data\n" * 100
    assert clone.root.joinpath(DATA).read_bytes() == pointer


def test_the_data_is_not_copied_into_the_cache(clone: Project) -> None:
    """Only what stages make is."""
    clone.declare(stage("s", "python -c \"open('out', 'w')\"", deps=["data"], outs=["out"]))
    clone.run()
    blobs = [file.read_bytes() for file in (clone.root / ".seatrial" / "cas").rglob("*") if file.is_file()]

    assert blobs
    assert not [blob for blob in blobs if b"the data" in blob]


def test_data_that_the_remote_lost_fails_the_stage_with_the_command_to_type(clone: Project, tmp_path: Path) -> None:
    """The stage is not started on a pointer."""
    shutil.rmtree(tmp_path / "bare.git" / "lfs")
    clone.declare(stage("s", COPY.format(DATA), deps=[DATA], outs=["out"]))
    ran = clone.run()

    assert ran.did == {"s": "failed"}
    assert f"{DATA} cannot be fetched" in ran["s"].reason
    assert "Type `git lfs pull --include" in ran["s"].reason
    assert not ran.named("stage_started")


def test_the_data_of_another_commit_is_fetched_into_its_scratch_tree(clone: Project) -> None:
    """Which is no work tree of git, so `git lfs pull` would not do it. Permissions stay as they are."""
    scratch = clone.root / ".seatrial" / "tmp" / "commit" / "tree"
    (scratch / "data").mkdir(parents=True)
    shutil.copy(clone.root / DATA, scratch / DATA)
    (scratch / DATA).chmod(0o755)
    wanted = from_lfs(scratch, (DATA,))
    subprocess.run(wanted.argv, cwd=wanted.folder, check=True)

    assert (scratch / DATA).read_text() == "the data\n" * 100
    assert os.access(scratch / DATA, os.X_OK)
    assert os.listdir(scratch / "data") == [Path(DATA).name]


def test_a_pattern_for_one_path_means_it_from_the_root() -> None:
    """What would be special in a pattern stands for any one character."""
    assert lfs_pattern("data/a,b[1].bin") == "/data/a?b?1?.bin"


def test_text_like_a_pointer_is_data_where_git_lfs_does_not_keep_it(origin: Project) -> None:
    """A test's example of a pointer, say."""
    text = origin.git("show", f"HEAD:{DATA}")
    origin.write("example.txt", text)
    origin.declare(stage("s", "python a.py", deps=["example.txt"], outs=["out"]))

    assert "lfs:" not in str(origin.plan()["s"].inputs.parts)
