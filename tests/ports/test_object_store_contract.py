"""What every `ObjectStore` must do: run on a folder, on S3 in memory, and on a server that others wrote."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from seatrial.store.folder_objects import FolderObjects
from seatrial.store.git_objects import GitObjects
from seatrial.store.objects import ObjectError, ObjectStore
from tests.support.buckets import client, moto_bucket, needs_moto, needs_obstore, small_bucket
from tests.support.git_server import needs_git_server, serving
from tests.support.git_state import Below, new_clone, new_remote, objects_in


@pytest.fixture(
    params=[
        "folder",
        "git",
        "git blobs",
        pytest.param("git http", marks=needs_git_server),
        pytest.param("small", marks=needs_obstore),
        pytest.param("moto", marks=[needs_moto, pytest.mark.live]),
    ]
)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """An empty store."""
    with ExitStack() as stack:
        match request.param:
            case "folder":
                yield FolderObjects(tmp_path)
            case "git":
                yield objects_in(new_clone(new_remote(tmp_path), tmp_path / "clone"))
            case "git blobs":
                yield Below(objects_in(new_clone(new_remote(tmp_path), tmp_path / "clone")), "blobs/")
            case "git http":
                server = stack.enter_context(serving(new_remote(tmp_path).parent))
                yield objects_in(new_clone(f"{server.url}/team.git", tmp_path / "clone"))
            case "small":
                proxy, _ = stack.enter_context(small_bucket())
                yield client(proxy.environ, "some/prefix")
            case _:
                yield client(stack.enter_context(moto_bucket()).environ, f"some/{tmp_path.name}")


def test_what_is_not_there_is_an_answer(objects: ObjectStore) -> None:
    """Nothing is neither empty bytes nor an error."""
    assert objects.get("a/b") is None
    assert objects.head("a/b") is None
    assert list(objects.list("a/")) == []
    objects.delete("a/b")


def test_an_object_comes_back_as_it_was(objects: ObjectStore) -> None:
    """Empty ones and binary ones, and its size is known without its bytes."""
    for key, data in (("a/empty", b""), ("a/b/binary", bytes(range(256)) * 5)):
        objects.put(key, data)
        meta = objects.head(key)

        assert objects.get(key) == data
        assert meta is not None
        assert (meta.key, meta.size) == (key, len(data))


def test_a_taken_key_is_not_written_again(objects: ObjectStore) -> None:
    """Neither with other bytes nor with the same."""
    assert objects.put_if_absent("records/1", b"mine")
    assert not objects.put_if_absent("records/1", b"yours")
    assert not objects.put_if_absent("records/1", b"mine")

    assert objects.get("records/1") == b"mine"


def test_replacing_changes_the_tag(objects: ObjectStore) -> None:
    """A copy kept under the old tag is not taken for the new object."""
    objects.put("heads/a", b"1")
    before = objects.head("heads/a")
    objects.put("heads/a", b"2")
    after = objects.head("heads/a")

    assert objects.get("heads/a") == b"2"
    assert before is not None
    assert after is not None
    assert before.tag != after.tag


def test_a_listing_is_of_one_prefix_at_any_depth(objects: ObjectStore) -> None:
    """And shows what `head` shows."""
    for key in ("records/a/1", "records/a/b/1", "records/ab/1", "heads/a"):
        objects.put(key, key.encode())

    listed = {meta.key: meta for meta in objects.list("records/a/")}

    assert sorted(listed) == ["records/a/1", "records/a/b/1"]
    assert listed["records/a/1"] == objects.head("records/a/1")
    assert {meta.key for meta in objects.list("")} >= {"heads/a", "records/ab/1"}


def test_a_long_listing_is_whole(objects: ObjectStore) -> None:
    """More than one page of it, where there are pages."""
    from seatrial.store.transfers import at_once

    many = 60 if isinstance(objects, GitObjects | Below) else 1100
    at_once(lambda number: objects.put(f"many/{number:05d}", b""), range(many))

    assert len(list(objects.list("many/"))) == many


def test_an_object_that_is_too_large_is_not_read(objects: ObjectStore) -> None:
    """A store that lies must not fill the memory."""
    objects.put("big", b"x" * 101)

    assert objects.get("big", limit=101) == b"x" * 101
    with pytest.raises(ObjectError, match="more than 100 bytes"):
        objects.get("big", limit=100)


def test_what_was_deleted_can_be_written_again(objects: ObjectStore) -> None:
    """A key is taken as long as something is there."""
    objects.put("a", b"1")
    objects.delete("a")

    assert objects.get("a") is None
    assert objects.put_if_absent("a", b"2")


def test_of_several_racers_exactly_one_wins_each_key(objects: ObjectStore) -> None:
    """And what is there afterwards is the winner's."""
    rounds = 25
    won: dict[int, list[bytes]] = {number: [] for number in range(rounds)}
    start = threading.Barrier(6)

    def race(me: bytes) -> None:
        start.wait()
        for number in range(rounds):
            if objects.put_if_absent(f"race/{number}", me * 100):
                won[number].append(me)

    threads = [threading.Thread(target=race, args=(bytes([65 + number]),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: len(winners) for number, winners in won.items()} == dict.fromkeys(range(rounds), 1)
    for number, winners in won.items():
        assert objects.get(f"race/{number}") == winners[0] * 100
