"""What lies in a cache folder, of this version and of earlier ones, and that what is removed is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.data.profile.memory import ProfileMemory
from seatrial.pipeline import key
from seatrial.pipeline.cache import Cache
from seatrial.pipeline.collect import Needed, collect
from seatrial.pipeline.inventory import remove_all, take_inventory
from seatrial.pipeline.results import Read, StageResult

EARLIER = "result of an earlier version"


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = Cache(tmp_path / ".seatrial")
    yield cache
    cache.close()


def stored(cache: Cache, cell: str, *reads: Read) -> StageResult:
    """A result with one out, as a run stores it."""
    source = cache.root.parent / cell
    source.write_text(cell)
    parts = {"cell": cell}
    result = StageResult(
        action_key=key.action_key(parts),
        input_digest=digest.of_bytes(cell.encode()),
        cell=cell,
        parts=parts,
        outs={"out": cache.blobs.put_path(source)},
        run="r",
        finished="2026-11-25T00:00:00.000Z",
        wall=1.0,
        cpu=1.0,
        peak_memory=1,
        machine="m",
        reads=reads,
    )
    cache.results.put(result)
    cache.results.note(result.action_key, input_digest=result.input_digest, cell=cell)
    return result


def left_by_earlier_versions(cache: Cache) -> dict[str, int]:
    """Files as earlier versions laid them out; the folders they are told by, with their sizes."""
    digits = "0123456789abcdef" * 4
    for name, size in {
        f"ab/{digits[2:]}/observed.json": 100,
        f"ab/{digits[4:]}/observed.json": 20,
        f"0f/{digits[2:]}/observed.json": 7,
        f"cells/{digits[:2]}/{digits[2:]}": 64,
        f"inputs/{digits[:2]}/{digits[2:]}": 65,
    }.items():
        file = cache.root / "ac" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
    return {"ac/ab": 120, "ac/0f": 7, "ac/cells": 64, "ac/inputs": 65}


def gone_after_collecting(cache: Cache) -> int:
    """Remove what may go without a limit; the bytes that were to come free."""
    removal = collect(take_inventory(cache, lambda _: ()), Needed(), now=0.0, older_than=None, most=None)
    remove_all(cache, removal)
    return removal.freed


def test_results_of_earlier_versions_are_counted_and_removed(cache: Cache) -> None:
    """Nothing reads them any more: a folder is one thing, with all that is in it."""
    folders = left_by_earlier_versions(cache)
    inventory = take_inventory(cache, lambda _: ())
    freed = gone_after_collecting(cache)

    assert {one.path: one.size for one in inventory.loose} == folders
    assert {(one.kind, one.lasting) for one in inventory.loose} == {(EARLIER, False)}
    assert inventory.results == ()
    assert freed == sum(folders.values())
    assert not [folder for folder in folders if (cache.root / folder).exists()]
    assert take_inventory(cache, lambda _: ()).loose == ()


def test_results_of_this_version_stay_beside_them(cache: Cache) -> None:
    """With their blobs, their pointers, their tombstones and their notes; those with observed reads too."""
    plain, observed = stored(cache, "plain"), stored(cache, "observed", Read(path="a.txt", digest=None))
    gone = stored(cache, "gone")
    cache.results.forget(gone.action_key, "2026-11-25T00:00:01.000Z")
    cache.results.unshared.add(plain.action_key, "trusted")
    before = take_inventory(cache, lambda _: ())
    left_by_earlier_versions(cache)
    gone_after_collecting(cache)
    after = take_inventory(cache, lambda _: ())

    assert {item.name for item in after.results} == {plain.action_key, observed.action_key}
    assert after.results == before.results
    assert after.loose == before.loose == ()
    for result in (plain, observed):
        assert cache.results.find(result.action_key) == result
        assert cache.results.last_of(result.cell) == result
        assert cache.results.by_input(result.input_digest) == result
        assert result.outs["out"].digest in after.blobs
    assert cache.results.forgotten(gone.action_key) == "2026-11-25T00:00:01.000Z"
    assert cache.results.unshared.keys() == {plain.action_key}


def test_profiles_of_data_go_by_when_they_were_last_used(cache: Cache) -> None:
    """They only save time, so an age or a size that is asked for holds for them too; without one they stay."""
    memory = ProfileMemory(cache.root / "profiles")
    old, new = (digest.of_bytes(name) for name in (b"old", b"new"))
    for key_of_one in (old, new):
        memory.put(key_of_one, b"profile" * 100)
        os.utime(cache.root / "profiles" / digest.place(key_of_one), (1000, 1000))
    assert memory.get(new) is not None  # which is a use
    inventory = take_inventory(cache, lambda _folder: ())

    assert collect(inventory, Needed(), now=2e9, older_than=None, most=None).profiles == ()
    removal = collect(inventory, Needed(), now=2000, older_than=500, most=None)
    remove_all(cache, removal)

    assert [item.name for item in removal.profiles] == [f"profiles/{digest.place(old)}"]
    assert removal.freed == removal.profiles[0].size > 700
    assert (memory.get(old), memory.get(new)) == (None, b"profile" * 100)


def test_a_size_that_is_asked_for_counts_profiles(cache: Cache) -> None:
    memory = ProfileMemory(cache.root / "profiles")
    memory.put(digest.of_bytes(b"one"), b"x" * 5000)

    removal = collect(take_inventory(cache, lambda _folder: ()), Needed(), now=2e9, older_than=None, most=4000)

    assert len(removal.profiles) == 1
