"""What matters most, once more on a server that others wrote, behind the proxy that loses and breaks things."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.errors import ConflictError
from seatrial.store.blobs import BlobStore
from seatrial.store.object_state import ObjectState
from seatrial.store.objects import DeniedError
from seatrial.store.s3 import S3Objects
from seatrial.store.transfers import RemoteBlobError, Transfers
from tests.support.buckets import client, moto_bucket, needs_moto
from tests.support.fault_proxy import FaultProxy

pytestmark = [needs_moto, pytest.mark.live]
RECORD = "records/models/digits/"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with moto_bucket() as proxy:
        yield proxy


def state_of(proxy: FaultProxy, folder: Path, machine: str) -> ObjectState:
    """A state of this test alone, as one machine sees it."""
    home = folder / machine
    return ObjectState(client(proxy.environ, f"s/{folder.name}"), mirror=home / "mirror", seen=home / "seen.json")


@pytest.mark.parametrize("times", [1, None])
def test_a_lost_reply_to_a_conditional_write_is_found_out(proxy: FaultProxy, tmp_path: Path, times: int | None) -> None:
    """The record is there and it is ours."""
    state = state_of(proxy, tmp_path, "a")
    state.append("models/digits", {"number": 0}, expected=0)
    proxy.fail("lose", method="PUT", part=RECORD, times=times)

    assert state.append("models/digits", {"mine": True}, expected=1).number == 2

    proxy.heal()
    assert len(state_of(proxy, tmp_path, "b").read("models/digits")) == 2


def test_two_machines_that_append_at_once_share_out_the_numbers(proxy: FaultProxy, tmp_path: Path) -> None:
    """Whoever is refused reads again, also where every third request is answered by 503."""
    won: list[tuple[int, str]] = []

    def race(me: str) -> None:
        state = state_of(proxy, tmp_path, me)
        while len([one for one in won if one[1] == me]) < 4:
            number = len(state.read("models/digits"))
            try:
                won.append((state.append("models/digits", {"who": me}, expected=number).number, me))
            except ConflictError:
                continue

    proxy.fail("unavailable", method="PUT", part=RECORD, times=3)
    threads = [threading.Thread(target=race, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = state_of(proxy, tmp_path, "c").read("models/digits")
    assert sorted(won) == [(entry.number, entry.body["who"]) for entry in entries]
    assert len(won) == 8


def test_a_blob_in_parts_arrives_and_a_lie_on_the_way_does_not(proxy: FaultProxy, tmp_path: Path) -> None:
    """The server keeps what it is given; the line may not."""
    here = BlobStore(tmp_path / "here")
    name = here.put_bytes(bytes(range(256)) * 20)
    objects = client(proxy.environ, f"t/{tmp_path.name}")
    Transfers(objects=objects, prefix="x/", local=here.root, part=1000).upload([name])
    back = Transfers(objects=objects, prefix="x/", local=tmp_path / "there", part=1000)
    proxy.fail("lie", method="GET", part="x/cas/", times=None)
    with pytest.raises(RemoteBlobError):
        back.download([name])
    proxy.heal()

    back.download([name])

    assert BlobStore(tmp_path / "there").read_bytes(name) == bytes(range(256)) * 20


def test_a_bucket_that_does_not_exist_is_a_refusal(proxy: FaultProxy) -> None:
    """Neither empty nor a first model."""
    objects = S3Objects("nobody-made-this", "", proxy.environ)

    for ask in (lambda: objects.get("a"), lambda: list(objects.list("")), lambda: objects.put_if_absent("a", b"")):
        with pytest.raises(DeniedError, match="nobody-made-this"):
            ask()
