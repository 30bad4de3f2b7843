"""What a path outside of the repository is: environment, a cache of programs, pinned, or none of these."""

from __future__ import annotations

import pytest

from seatrial.pipeline.outside import Places, hub_path, is_environment, is_temporary, own_folder, places_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = "/people/ada/.cache/huggingface/hub"


@pytest.fixture
def where() -> Places:
    return places_of(
        ("/people/ada/venv", "/opt/python3.12", "/people/ada/code", "/", "relative", "/people/ada/lib"),
        {"HOME": "/people/ada", "XDG_CACHE_HOME": "/big/cache"},
        "/people/ada/code/project",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/usr/lib/libc.so", "/etc/hosts", "/proc/cpuinfo", "/dev/null", "/lib64/ld.so", "/people/ada/venv/lib/x.py",
        "/opt/python3.12/lib/python3.12/os.py", "/people/ada/lib/mine.py", "/big/cache/torch/kernels/k.so",
        "/people/ada/.cache/matplotlib/fontlist.json", "/people/ada/.triton/cache/k", "/tmp/torchinductor_ada/x.py",
        "/people/ada/.netrc", "/people/ada/.cache/huggingface/token", "/data/__pycache__/x.pyc",
    ],
)  # fmt: skip
def test_environment_and_caches_are_no_inputs(where: Places, path: str) -> None:
    """They are in the key, or make programs quick and not different."""
    assert is_environment(path, where)


@pytest.mark.parametrize(
    "path",
    [
        "/data/train.csv", "/people/ada/notes.txt", "/people/ada/code/other/x.csv", "/opt/models/m.bin", "/mnt/usr/x",
        "/people/ada/.cache/torch/hub/checkpoints/resnet.pth", "/people/ada/.cache/huggingface/datasets/rows.arrow",
        "/tmp/rows.csv", "/usrdata/x", "/people/ada/venv2/x",
    ],
)  # fmt: skip
def test_everything_else_is_one(where: Places, path: str) -> None:
    """A folder that holds the repository is not environment, whoever says so."""
    assert not is_environment(path, where)


def test_temporary_files_are_known_by_their_folder(where: Places) -> None:
    """Wherever TMPDIR points."""
    other = places_of((), {"TMPDIR": "/scratch/"}, "/repo")

    assert is_temporary("/tmp/x/y", where)
    assert is_temporary("/scratch/x", other)
    assert not is_temporary("/scratch2/x", other)


@pytest.mark.parametrize(
    ("path", "pinned"),
    [
        (f"{HUB}/models--org--tiny/snapshots/{COMMIT}/config.json", f"hf:org/tiny@{COMMIT}"),
        (f"{HUB}/models--gpt2/snapshots/{COMMIT}/onnx/model.bin", f"hf:gpt2@{COMMIT}"),
        (f"/mnt/x/datasets--org--rows/snapshots/{COMMIT}/a.parquet", f"hf:datasets/org/rows@{COMMIT}"),
        (f"/mnt/x/spaces--org--app/snapshots/{COMMIT}", f"hf:spaces/org/app@{COMMIT}"),
    ],
)
def test_a_snapshot_is_pinned_by_its_commit(path: str, pinned: str) -> None:
    """Wherever the cache lies, its form is the same."""
    found = hub_path(path)

    assert found is not None
    assert found.commit == COMMIT
    assert found.pinned(COMMIT) == pinned


def test_what_else_lies_in_such_a_cache() -> None:
    """Content has no commit in its path; a snapshot that is not named by a commit is nothing of the kind."""
    blob = hub_path(f"{HUB}/models--org--tiny/blobs/abc")
    refs = hub_path(f"{HUB}/models--org--tiny/refs/main")

    assert blob is not None
    assert (blob.blob, blob.commit, blob.store) == (
        f"{HUB}/models--org--tiny/blobs/abc", None, f"{HUB}/models--org--tiny",
    )  # fmt: skip
    assert refs is not None
    assert (refs.blob, refs.commit) == (None, None)
    assert hub_path(f"{HUB}/models--org--tiny/snapshots/main/config.json") is None
    assert hub_path("/data/models/snapshots/x") is None


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (".pytest_cache/v/lastfailed", True), ("src/__pycache__/x.pyc", True), (".git/HEAD", True),
        (".coverage.1", True), ("data/git/x", False), (".env", False), (".github/x.yml", False), ("x.seatrial", False),
    ],
)  # fmt: skip
def test_what_tools_keep_in_the_repository(path: str, own: bool) -> None:
    """A test runner reads and rewrites its own cache, and is the same test runner."""
    assert own_folder(path) is own
