"""The n-th step on the disk fails, for every n: nothing that was acknowledged is lost, nothing wrong is stored."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.pipeline import key
from seatrial.pipeline.results import ResultStore, StageResult
from seatrial.store.atomic import is_temporary
from seatrial.store.blobs import Artifact, BlobStore
from seatrial.store.fingerprint import fingerprint
from seatrial.store.stat_cache import StatCache
from tests.support.failing_disk import FailingDisk

CODES = [errno.ENOSPC, errno.EIO, errno.EMFILE]
MOST_STEPS = 500


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """What a stage made: small files, a large one, a link, an executable."""
    root = tmp_path / "made"
    (root / "sub").mkdir(parents=True)
    (root / "a").write_text("a")
    (root / "sub" / "run.sh").write_text("b")
    (root / "sub" / "run.sh").chmod(0o755)
    (root / "large").write_bytes(bytes(range(256)) * 8192)
    (root / "link").symlink_to("sub/run.sh")
    return root


def until_it_works(work: Callable[[int], object], code: int, check: Callable[[int], None]) -> int:
    """Let each step fail in turn until none is left to fail; how many there were. Both are told which attempt it is."""
    for at in range(1, MOST_STEPS):
        with FailingDisk(at, code) as disk:
            try:
                work(at)
            except OSError as error:
                assert error.errno == code  # noqa: PT017 - what is raised is one fact of many here
        check(at)
        if disk.steps < at:
            return at - 1
    raise AssertionError("it never worked")


def result_of(artifact: Artifact) -> StageResult:
    parts = {"cmd": ["x"]}
    return StageResult(
        action_key=key.action_key(parts),
        input_digest=key.input_digest(parts),
        cell="one",
        parts=parts,
        outs={"d": artifact},
        run="0" * 26,
        finished="2026-01-01T00:00:00.000Z",
        wall=1.0,
        cpu=1.0,
        peak_memory=1,
        machine="m",
    )


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
@pytest.mark.parametrize("durable", [False, True])
def test_a_result_is_never_there_without_its_bytes(tmp_path: Path, made: Path, code: int, durable: bool) -> None:
    """Blobs, then the result, cut off anywhere: no temporary files stay, and what is found is whole."""
    right = fingerprint(made)

    def work(attempt: int) -> None:
        store = BlobStore(tmp_path / f"cas-{attempt}", durable=durable)
        artifact = store.put_path(made)
        ResultStore(tmp_path / f"ac-{attempt}").put(result_of(artifact))

    def check(attempt: int) -> None:
        store = BlobStore(tmp_path / f"cas-{attempt}")
        found = ResultStore(tmp_path / f"ac-{attempt}").find(key.action_key({"cmd": ["x"]}))
        assert found is None or (found.outs["d"] == right and store.verify(right) == ())
        assert not [path for path in tmp_path.rglob("*") if is_temporary(path.name)]
        assert not [name for name in store.names() if store.damaged(name)]

    steps = until_it_works(work, code, check)

    assert ResultStore(tmp_path / f"ac-{steps + 1}").find(key.action_key({"cmd": ["x"]})) is not None
    assert steps > 20


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_what_is_restored_is_whole_or_what_was_there_stays(tmp_path: Path, made: Path, code: int) -> None:
    """Handing out, cut off anywhere."""
    store = BlobStore(tmp_path / "cas")
    artifact = store.put_path(made)
    target = tmp_path / "out" / "d"
    target.mkdir(parents=True)
    (target / "mine").write_text("was here")
    old = fingerprint(target)

    def check(_: int) -> None:
        assert not target.exists() or fingerprint(target) in (old, artifact)
        assert store.verify(artifact) == ()
        assert not [path for path in (tmp_path / "out").rglob("*") if is_temporary(path.name)]

    until_it_works(lambda _: store.checkout(artifact, target), code, check)

    assert fingerprint(target) == artifact


def test_a_digest_is_not_taken_of_what_cannot_be_read(tmp_path: Path, made: Path) -> None:
    """A look at a folder fails or is right; nothing wrong is remembered."""
    right = fingerprint(made)
    memory = StatCache(tmp_path / "db", now=lambda: 1 << 62)

    def check(_: int) -> None:
        assert fingerprint(made, memory) == right

    until_it_works(lambda _: fingerprint(made, memory), errno.EIO, check)
    memory.close()


def test_a_process_out_of_descriptors_says_so(tmp_path: Path, made: Path) -> None:
    """A real limit: the error is the system's, and with room again the work is done."""
    store = BlobStore(tmp_path / "cas")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            store.put_path(made)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert store.verify(store.put_path(made)) == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_takes_nothing_that_was_there(tmp_path: Path, made: Path, small_disk: Path) -> None:
    """A real one: what was stored before stays whole, what does not fit leaves nothing, and small things still go."""
    store = BlobStore(small_disk / "cas")
    first = store.put_bytes(b"first")
    with pytest.raises(OSError, match="No space left"):
        store.put_path(made)

    assert store.read_bytes(first) == b"first"
    assert not [path for path in small_disk.rglob("*") if is_temporary(path.name)]
    assert store.read_bytes(store.put_bytes(b"second")) == b"second"
    assert all(not store.damaged(name) for name in store.names())
    assert digest.of_bytes(b"second") in set(store.names())


def test_a_memory_on_a_full_disk_forgets_and_does_not_fail(made: Path, small_disk: Path) -> None:
    """What was learned cannot be written: the next process reads again."""
    memory = StatCache(small_disk / "db", now=lambda: 1 << 62)
    (small_disk / "fill").write_bytes(bytes(800 << 10))
    for number in range(3000):
        memory.remember("kind", str(number), "x" * 500)
    before = fingerprint(made, memory)
    memory.close()
    again = StatCache(small_disk / "db")

    assert fingerprint(made, again) == before
    again.close()
