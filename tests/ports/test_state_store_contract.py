"""What every `StateStore` must do: run on the fake and on every real backend."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from seatrial.clock import FixedClock
from seatrial.digest import Json
from seatrial.errors import ConflictError, UsageError
from seatrial.store.blobs import BlobStore, CorruptBlobError
from seatrial.store.folder_objects import FolderObjects
from seatrial.store.local_state import LocalState
from seatrial.store.object_state import ObjectState
from seatrial.store.objects import ObjectStore
from seatrial.store.state import StateStore
from tests.support.buckets import client, moto_bucket, needs_moto, needs_obstore, small_bucket
from tests.support.git_server import needs_git_server, serving
from tests.support.git_state import new_clone, new_remote, state_in
from tests.support.instants import INSTANT
from tests.support.memory_state import MemoryState

Open = Callable[[], StateStore]


@pytest.fixture(
    params=[
        "memory",
        "local",
        "folder",
        "git",
        pytest.param("git http", marks=needs_git_server),
        pytest.param("s3", marks=needs_obstore),
        pytest.param("moto", marks=[needs_moto, pytest.mark.live]),
    ]
)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same state again and again, as several processes would."""
    memory = MemoryState(tmp_path / "blobs")
    clock = FixedClock(INSTANT)
    with ExitStack() as stack:

        def in_objects(objects: ObjectStore) -> Open:
            mirror, seen = tmp_path / "mirror", tmp_path / "cache" / "seen.json"
            return lambda: ObjectState(objects, mirror=mirror, seen=seen, clock=clock)

        match request.param:
            case "memory":
                yield lambda: memory
            case "local":
                yield lambda: LocalState(tmp_path / "state", seen=tmp_path / "cache" / "seen.json", clock=clock)
            case "folder":
                (tmp_path / "share").mkdir()
                yield in_objects(FolderObjects(tmp_path / "share"))
            case "git":
                clone = new_clone(new_remote(tmp_path), tmp_path / "clone")
                yield lambda: state_in(clone)
            case "git http":
                server = stack.enter_context(serving(new_remote(tmp_path).parent))
                served = new_clone(f"{server.url}/team.git", tmp_path / "clone")
                yield lambda: state_in(served)
            case "s3":
                proxy, _ = stack.enter_context(small_bucket())
                yield in_objects(client(proxy.environ, "state"))
            case _:
                yield in_objects(client(stack.enter_context(moto_bucket()).environ, tmp_path.name))


def test_a_stream_nobody_wrote_is_empty(opened: Open) -> None:
    """Nothing was lost, so nothing is an answer and not an error."""
    assert opened().read("models/digits") == ()
    assert opened().streams() == ()
    assert opened().browse() == ()


def test_appended_records_are_read_back_in_order_and_chained(opened: Open) -> None:
    """Numbers count from 1 and each record names the one before it."""
    written = [opened().append("models/digits", {"step": step}, expected=step) for step in range(3)]

    read = opened().read("models/digits")

    assert read == tuple(written)
    assert [entry.number for entry in read] == [1, 2, 3]
    assert [entry.previous for entry in read] == [None, read[0].digest, read[1].digest]
    assert [entry.body for entry in read] == [{"step": 0}, {"step": 1}, {"step": 2}]
    assert {entry.at for entry in read} == {"2026-11-21T06:30:00.000Z"}


@pytest.mark.parametrize("expected", [0, 1, 3, 9])
def test_appending_after_the_wrong_number_is_a_conflict(opened: Open, expected: int) -> None:
    """Whether somebody got ahead or the caller dreams ahead, nothing is written."""
    before = [opened().append("s", {"step": step}, expected=step) for step in range(2)]

    with pytest.raises(ConflictError):
        opened().append("s", {"step": "late"}, expected=expected)

    assert opened().read("s") == tuple(before)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nested": {"list": [1, 2.5, None, True, "x"], "empty": {}}},
        {"text": 'ü "quoted" \n \u2028 \U0001f6a2'},
        {"path that is not UTF-8": "caf\udce9"},
    ],
)
def test_any_json_object_comes_back_as_it_was(opened: Open, body: dict[str, Json]) -> None:
    """Text is kept to the byte, file names that are not UTF-8 included."""
    opened().append("s", body, expected=0)

    assert [entry.body for entry in opened().read("s")] == [body]
    assert [entry.body for entry in opened().browse()] == [body]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "\ud800"])
def test_a_body_that_is_not_json_writes_nothing(opened: Open, bad: Json) -> None:
    """NaN and broken text are refused before anything is durable."""
    with pytest.raises(ValueError):
        opened().append("s", {"bad": bad}, expected=0)

    assert opened().read("s") == ()


def test_a_record_does_not_change_with_the_callers_object(opened: Open) -> None:
    """What was appended is what was meant then."""
    inner: list[Json] = [1]
    body: dict[str, Json] = {"list": inner}
    opened().append("s", body, expected=0)
    inner.append(2)

    assert opened().read("s")[0].body == {"list": [1]}


@pytest.mark.parametrize(
    "name",
    ["", "/", "a/", "/a", "a//b", "..", "a/../b", "./a", "A", "a b", "a\n", "é", ".hidden", "00000001.json",
     "a/00000002.json", "a" * 300],
)  # fmt: skip
def test_a_name_that_could_leave_its_folder_is_refused(opened: Open, name: str) -> None:
    """Stream names become paths, so only tame ones are taken."""
    with pytest.raises(UsageError):
        opened().append(name, {}, expected=0)
    with pytest.raises(UsageError):
        opened().read(name)


def test_streams_are_listed_by_prefix_and_may_nest(opened: Open) -> None:
    """One stream may lie inside another's name."""
    for name in ("models/b", "models/a", "models/a/x", "runs", "models-2"):
        opened().append(name, {"name": name}, expected=0)

    assert opened().streams() == ("models-2", "models/a", "models/a/x", "models/b", "runs")
    assert opened().streams("models/") == ("models/a", "models/a/x", "models/b")
    assert [entry.body["name"] for entry in opened().browse("models/a")] == ["models/a", "models/a/x"]


def test_browsing_shows_what_reading_shows(opened: Open) -> None:
    """Also after more records came."""
    for step in range(3):
        opened().append("a", {"step": step}, expected=step)
        opened().append("b", {"step": step}, expected=step)

        assert opened().browse() == opened().read("a") + opened().read("b")


def test_kept_blobs_are_whole_and_keeping_again_is_harmless(opened: Open, tmp_path: Path) -> None:
    """The source may go afterwards."""
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "deep" / "weights").write_bytes(b"w" * 1000)
    source = BlobStore(tmp_path / "cas")
    artifact = source.put_path(tmp_path / "model")

    opened().keep(artifact, source)
    opened().keep(artifact, source)

    opened().blobs.checkout(artifact, tmp_path / "again")
    assert (tmp_path / "again" / "deep" / "weights").read_bytes() == b"w" * 1000
    assert opened().blobs.verify(artifact) == ()


def test_a_damaged_source_is_not_kept(opened: Open, tmp_path: Path) -> None:
    """A version can never rest on bytes that are not what they claim to be."""
    (tmp_path / "weights").write_bytes(b"good")
    source = BlobStore(tmp_path / "cas")
    artifact = source.put_path(tmp_path / "weights")
    _damage(source, artifact.digest)

    with pytest.raises(CorruptBlobError):
        opened().keep(artifact, source)


def test_keeping_replaces_a_damaged_copy(opened: Open, tmp_path: Path) -> None:
    """Registering again mends the state as far as it can."""
    (tmp_path / "weights").write_bytes(b"good")
    source = BlobStore(tmp_path / "cas")
    artifact = source.put_path(tmp_path / "weights")
    opened().keep(artifact, source)
    _damage(opened().blobs, artifact.digest)

    opened().keep(artifact, source)

    assert opened().blobs.read_bytes(artifact.digest) == b"good"


def test_of_several_threads_exactly_one_wins_each_number(opened: Open) -> None:
    """No number twice, no gap, and whoever was told yes is in the stream."""
    won: list[tuple[int, str]] = []

    def race(me: str) -> None:
        state = opened()
        for _ in range(15):
            number = len(state.read("s"))
            try:
                won.append((state.append("s", {"who": me}, expected=number).number, me))
            except ConflictError:
                continue

    threads = [threading.Thread(target=race, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = opened().read("s")
    assert sorted(won) == [(entry.number, entry.body["who"]) for entry in entries]
    assert [entry.number for entry in entries] == list(range(1, len(won) + 1))


def _damage(blobs: BlobStore, name: str) -> None:
    digits = name.removeprefix("b3:")
    file = blobs.root / digits[:2] / digits[2:]
    file.chmod(0o644)
    file.write_bytes(b"evil")
