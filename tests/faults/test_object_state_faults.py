"""A bucket that fails, lies, loses replies or records: an error of the state, never an empty answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.clock import FixedClock
from seatrial.errors import ConflictError, StateError
from seatrial.store.blobs import BlobStore, CorruptBlobError
from seatrial.store.object_state import ObjectState
from tests.support.buckets import client, needs_obstore, small_bucket
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.instants import INSTANT
from tests.support.small_s3 import SmallS3

pytestmark = needs_obstore
STREAM = "models/digits"
RECORD = "records/models/digits/"


class Shared:
    """A state with two records and a blob in a bucket, and machines that know it or never saw it."""

    def __init__(self, folder: Path, proxy: FaultProxy, server: SmallS3) -> None:
        self.folder = folder
        self.proxy = proxy
        self.server = server
        (folder / "weights").write_bytes(b"weights" * 100)
        self.cas = BlobStore(folder / "cas")
        self.artifact = self.cas.put_path(folder / "weights")
        self.machine("a").keep(self.artifact, self.cas)
        for number in range(2):
            self.machine("a").append(STREAM, {"number": number}, expected=number)
        proxy.heal()

    def machine(self, name: str, *, request: float = 10.0) -> ObjectState:
        """The state as one machine sees it, opened anew."""
        home = self.folder / name
        return ObjectState(
            client(self.proxy.environ, "team/state", request=request),
            mirror=home / "mirror",
            seen=home / "seen.json",
            clock=FixedClock(INSTANT),
        )

    def key(self, part: str) -> str:
        """The one key that ends so."""
        [key] = [key for key in self.server.objects if key.endswith(part)]
        return key


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    with small_bucket() as (proxy, server):
        yield Shared(tmp_path, proxy, server)


@pytest.mark.parametrize("machine", ["a", "new"])
@pytest.mark.parametrize("fault", ["unavailable", "refuse", "deny", "hang", "truncate"])
def test_a_bucket_that_fails_is_never_an_empty_stream(shared: Shared, fault: Fault, machine: str) -> None:
    """Neither for whoever knows the state nor for a runner that was just made."""
    shared.proxy.fail(fault)
    state = shared.machine(machine, request=0.3)

    for ask in (lambda: state.read(STREAM), lambda: state.streams(), lambda: state.browse()):
        with pytest.raises(StateError) as refused:
            ask()
        assert "the state cannot be used" in str(refused.value)
        assert refused.value.next_step
    with pytest.raises(StateError):
        state.append(STREAM, {}, expected=2)
    with pytest.raises(StateError):
        state.blobs.read_bytes(shared.artifact.digest) if machine == "new" else state.keep(shared.artifact, shared.cas)


@pytest.mark.parametrize("fault", ["unavailable", "refuse", "hang"])
def test_a_short_trouble_is_waited_for(shared: Shared, fault: Fault) -> None:
    """Reading tries again, and so does writing."""
    shared.proxy.fail(fault, times=1)
    assert len(shared.machine("new", request=0.5).read(STREAM)) == 2

    shared.proxy.fail(fault, method="PUT", part=RECORD, times=1)
    assert shared.machine("a", request=0.5).append(STREAM, {"number": 2}, expected=2).number == 3


def test_an_answer_that_comes_late_is_an_answer(shared: Shared) -> None:
    """Slow is not gone."""
    shared.proxy.fail("slow")

    assert len(shared.machine("new").read(STREAM)) == 2


@pytest.mark.parametrize("times", [1, 2, None])
def test_a_lost_reply_to_a_write_is_found_out(shared: Shared, times: int | None) -> None:
    """The record is there and it is ours: that is a success, and there is no second one."""
    shared.proxy.fail("lose", method="PUT", part=RECORD, times=times)

    entry = shared.machine("a").append(STREAM, {"mine": True}, expected=2)

    shared.proxy.heal()
    assert entry.number == 3
    assert shared.machine("new").read(STREAM)[-1] == entry


def test_after_a_lost_request_a_rival_may_have_won(shared: Shared) -> None:
    """A write of unknown end, then a rival's record in its place: that is a conflict, and not a success."""
    rival = shared.machine("b")
    ours = shared.machine("a")
    shared.proxy.fail("unavailable", method="PUT", part=RECORD, times=1)
    plain = shared.proxy.backend
    met: list[str] = []

    def backend_with_rival(asked: object) -> object:
        if not met and getattr(asked, "method", "") == "PUT" and RECORD in getattr(asked, "key", ""):
            met.append("ours comes again")
            rival.append(STREAM, {"rival": True}, expected=2)
        return plain(asked)  # type: ignore[arg-type]  # handed through

    shared.proxy.backend = backend_with_rival  # type: ignore[assignment]  # as above

    with pytest.raises(ConflictError):
        ours.append(STREAM, {"mine": True}, expected=2)

    assert [entry.body for entry in shared.machine("new").read(STREAM)][2:] == [{"rival": True}]


def test_a_write_whose_end_stays_unknown_is_an_error(shared: Shared) -> None:
    """Nobody answers any more: then it is neither a success nor a conflict."""
    shared.proxy.fail("lose", method="PUT", part=RECORD, times=1)
    state = shared.machine("a")
    state.read(STREAM)
    shared.proxy.fail("refuse", method="PUT", part=RECORD)
    shared.proxy.fail("refuse", method="GET", part=RECORD + "00000003")

    with pytest.raises(StateError):
        state.append(STREAM, {"mine": True}, expected=2)

    shared.proxy.heal()
    assert len(shared.machine("a").read(STREAM)) == 3


@pytest.mark.parametrize("number", [1, 2])
def test_a_record_that_is_not_what_was_written_is_named(shared: Shared, number: int) -> None:
    """The one in the middle and the last one, which no later record vouches for."""
    shared.proxy.fail("lie", method="GET", part=f"{RECORD}{number:08d}")

    with pytest.raises(StateError) as refused:
        shared.machine("new").read(STREAM)

    assert f"s3://bucket/team/state/{RECORD}{number:08d}.json" in str(refused.value.problems[0])


def test_a_record_that_was_replaced_is_not_hidden_by_a_copy(shared: Shared) -> None:
    """Copies are kept under what the listing says, so whoever knew the old one sees the new one, and refuses it."""
    shared.machine("a").read(STREAM)
    key = shared.key("00000002.json")
    shared.server.objects[key] = shared.server.objects[key].replace(b"2026", b"2027")

    with pytest.raises(StateError):
        shared.machine("a").read(STREAM)


def test_records_are_fetched_once(shared: Shared) -> None:
    """They never change."""
    shared.machine("new").read(STREAM)
    shared.proxy.heal()
    shared.machine("new").read(STREAM)

    assert shared.proxy.count("GET", RECORD + "0") == 0


@pytest.mark.parametrize("machine", ["a", "new"])
@pytest.mark.parametrize("lost", ["00000002.json", "00000001.json", "+format.json"])
def test_lost_records_are_noticed_on_every_machine(shared: Shared, lost: str, machine: str) -> None:
    """Also on a runner that remembers nothing: the heads in the bucket do."""
    shared.machine("a").read(STREAM)
    del shared.server.objects[shared.key(lost)]

    with pytest.raises(StateError):
        shared.machine(machine).read(STREAM)
    with pytest.raises(StateError):
        shared.machine(machine).append(STREAM, {}, expected=1)
    if lost != "00000001.json":  # a listing sees how far a stream reaches, reading sees every record
        with pytest.raises(StateError):
            shared.machine(machine).streams()


def test_a_bucket_that_was_emptied_is_noticed_by_who_knew_it(shared: Shared) -> None:
    """Its memory is in its own work tree."""
    shared.server.objects.clear()

    with pytest.raises(StateError):
        shared.machine("a").read(STREAM)


def test_two_states_are_remembered_apart(shared: Shared, tmp_path: Path) -> None:
    """A new, empty state at another prefix is no loss of the first."""
    other = ObjectState(client(shared.proxy.environ, "other"), mirror=tmp_path / "m", seen=tmp_path / "seen-other.json")

    assert other.read(STREAM) == ()


def test_a_head_that_lags_behind_is_fine(shared: Shared) -> None:
    """Killed between the record and its head."""
    head = shared.key("models+digits.json")
    older = shared.server.objects[head]
    shared.machine("a").append(STREAM, {}, expected=2)
    shared.server.objects[head] = older

    assert len(shared.machine("new").read(STREAM)) == 3


def test_a_head_that_cannot_be_written_does_not_undo_the_record(shared: Shared) -> None:
    """The record is there and acknowledged."""
    shared.proxy.fail("deny", method="PUT", part="heads/")

    assert shared.machine("a").append(STREAM, {}, expected=2).number == 3


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"schema":1,"mark":{"number":true}}'])
def test_a_damaged_head_is_named(shared: Shared, data: bytes) -> None:
    """It cannot vouch for the stream's length any more."""
    shared.server.objects[shared.key("models+digits.json")] = data

    with pytest.raises(StateError) as refused:
        shared.machine("new").read(STREAM)

    assert "heads/models+digits.json" in str(refused.value.problems[0])


@pytest.mark.parametrize(
    "key", ["records/Notes.txt", "records/models/digits/1.json", "records/models/.x/00000001.json"]
)
def test_foreign_objects_among_the_records_are_refused(shared: Shared, key: str) -> None:
    """Something else writes here, or a newer Seatrial does."""
    shared.server.objects[f"team/state/{key}"] = b"?"

    with pytest.raises(StateError) as refused:
        shared.machine("new").streams()

    assert key in str(refused.value.problems[0])


def test_a_state_of_a_newer_layout_is_not_read(shared: Shared) -> None:
    """Its records may mean something else."""
    shared.server.objects[shared.key("+format.json")] = json.dumps({"layout": 2}).encode()

    with pytest.raises(StateError, match="layout 2"):
        shared.machine("new").read(STREAM)


@pytest.mark.parametrize("fault", ["lie", "truncate"])
def test_a_blob_that_does_not_arrive_as_it_is_is_never_used(shared: Shared, fault: Fault, tmp_path: Path) -> None:
    """Reading it is an error, nothing is laid out, and it can be read once the trouble is over."""
    shared.proxy.fail(fault, method="GET", part="blobs/cas/")
    blobs = shared.machine("new").blobs

    with pytest.raises((CorruptBlobError, StateError)):
        blobs.checkout(shared.artifact, tmp_path / "out")
    assert not (tmp_path / "out").exists()

    shared.proxy.heal()
    blobs.checkout(shared.artifact, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"weights" * 100


def test_a_blob_that_was_damaged_there_is_replaced_by_who_keeps_it_again(shared: Shared, tmp_path: Path) -> None:
    """Whoever met the damage and has the bytes heals the state."""
    digits = shared.artifact.digest.removeprefix("b3:")
    key = shared.key(digits[2:])
    shared.server.objects[key] = b"evil" + shared.server.objects[key][4:]
    state = shared.machine("new")
    assert state.blobs.verify(shared.artifact) == (shared.artifact.digest,)

    state.keep(shared.artifact, shared.cas)

    assert shared.machine("third").blobs.read_bytes(shared.artifact.digest) == b"weights" * 100


def test_a_blob_that_is_gone_there_is_missing(shared: Shared) -> None:
    """And the error says where it should be."""
    digits = shared.artifact.digest.removeprefix("b3:")
    del shared.server.objects[shared.key(digits[2:])]

    assert not shared.machine("new").blobs.has(shared.artifact)
    with pytest.raises(CorruptBlobError, match="s3://bucket/team/state/blobs/cas/"):
        shared.machine("new").blobs.read_bytes(shared.artifact.digest)


def test_a_place_that_knows_no_conditions_cannot_hold_a_state(tmp_path: Path) -> None:
    """Found out before the first record, not when two promotions have both won."""
    with small_bucket() as (proxy, server):
        server.conditional = False
        state = ObjectState(client(proxy.environ), mirror=tmp_path / "mirror", seen=tmp_path / "seen.json")

        for _ in range(2):
            with pytest.raises(StateError, match="If-None-Match"):
                state.append(STREAM, {}, expected=0)

        assert not [key for key in server.objects if "models" in key]
