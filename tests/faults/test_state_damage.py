"""Whatever is damaged, lost or foreign in the state's folder is an error that names it, never an empty answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.clock import FixedClock
from seatrial.errors import StateError
from seatrial.store.blobs import BlobStore
from seatrial.store.local_state import LocalState
from tests.support.instants import INSTANT

STREAM = "models/digits"


class House:
    """A state with three records and a blob, seen by one work tree; `other` is a tree that never looked."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "state"
        self.seen = folder / "tree" / ".seatrial" / "seen.json"
        self.records = self.root / "records" / "models" / "digits"
        self.head = self.root / "heads" / "models+digits.json"
        self.other = folder / "other" / "seen.json"
        (folder / "weights").write_bytes(b"weights")
        cas = BlobStore(folder / "cas")
        self.state().keep(cas.put_path(folder / "weights"), cas)
        for number in range(3):
            self.state().append(STREAM, {"number": number}, expected=number)

    def state(self, seen: Path | None = None) -> LocalState:
        return LocalState(self.root, seen=seen or self.seen, clock=FixedClock(INSTANT))

    def file(self, number: int) -> Path:
        return self.records / f"{number:08d}.json"

    def rewrite(self, path: Path, change: Callable[[bytes], bytes]) -> None:
        path.chmod(0o644)
        path.write_bytes(change(path.read_bytes()))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def assert_refused(house: House, *, names: Path | str, seen: Path | None = None) -> StateError:
    """Neither reading nor appending goes on; the error names the file and what to do."""
    with pytest.raises(StateError) as appending:
        house.state(seen).append(STREAM, {"late": True}, expected=3)
    with pytest.raises(StateError) as reading:
        house.state(seen).read(STREAM)
    problem = reading.value.problems[0]
    assert str(names) in str(problem)
    assert problem.next_step
    assert appending.value.problems == reading.value.problems
    return reading.value


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data.replace(b'"number":', b'"Number":', 1),
        lambda data: data.replace(b"2026", b"2027", 1),
        lambda data: data.replace(b'{"at"', b'{"at":"x","at"', 1),
        lambda data: b"\x00" * len(data),
        lambda data: b"[]",
        lambda data: b"[" * 100_000,
        lambda data: data.replace(b'"schema":1', b'"schema":NaN'),
        lambda data: data.replace(b'"body":{', b'"body":{"bad":"\\ud800",'),
        lambda data: bytes([*data[:40], data[40] ^ 1, *data[41:]]),
    ],
    ids=["empty", "cut", "longer", "key", "time", "duplicate", "zeros", "list", "deep", "nan", "surrogate", "bit"],
)
def test_a_damaged_record_is_named(house: House, number: int, change: Callable[[bytes], bytes]) -> None:
    """The first, one in the middle, and the last one alike, which no later record vouches for."""
    house.rewrite(house.file(number), change)

    assert_refused(house, names=house.file(number))


def test_a_record_of_a_newer_schema_asks_for_an_upgrade(house: House) -> None:
    """It is not called damaged, for it is not."""
    house.rewrite(house.file(3), lambda data: data.replace(b'"schema":1', b'"schema":2'))

    assert assert_refused(house, names=house.file(3)).next_step == "upgrade Seatrial"


def test_a_record_in_anothers_place_is_noticed(house: House) -> None:
    """A whole, valid record of another number does not pass."""
    house.file(2).chmod(0o644)
    shutil.copyfile(house.file(3), house.file(2))

    assert_refused(house, names=house.file(2))


def test_a_record_missing_in_the_middle_is_named(house: House) -> None:
    """The stream does not just end earlier."""
    house.file(2).unlink()

    assert_refused(house, names=house.file(2))


@pytest.mark.parametrize("forget", ["head", "seen"])
def test_a_stream_cut_short_is_noticed_by_either_memory(house: House, forget: str) -> None:
    """The newest record is gone; one memory of it is enough."""
    house.file(3).unlink()
    (house.head if forget == "head" else house.seen).unlink()

    error = assert_refused(house, names=house.records)

    assert "records of models/digits were lost: 3 were seen here, 2 are there" in str(error.problems[0])


def test_a_tree_that_never_looked_notices_too(house: House) -> None:
    """The head file lies beside the records."""
    house.file(3).unlink()

    assert_refused(house, names=house.records, seen=house.other)


@pytest.mark.parametrize("forgotten", [[], ["heads"], ["heads", "blobs"]], ids=["rest", "blobs", "nothing"])
def test_deleted_records_are_never_an_empty_answer(house: House, forgotten: list[str]) -> None:
    """Whatever else survives, if only the work tree's memory, says that there was more."""
    for name in ("records", *forgotten):
        shutil.rmtree(house.root / name)

    assert_refused(house, names=house.root / "records")
    with pytest.raises(StateError):
        house.state().streams()
    with pytest.raises(StateError):
        house.state().browse()


def test_a_deleted_state_is_noticed_for_models_never_seen_too(house: House) -> None:
    """A lost state must not make any model look like a first one."""
    shutil.rmtree(house.root)

    with pytest.raises(StateError, match="are gone"):
        house.state().read("models/unseen")


def test_blobs_without_any_records_are_loss(house: House) -> None:
    """Even for a tree that never looked."""
    shutil.rmtree(house.root / "records")
    shutil.rmtree(house.root / "heads")

    assert_refused(house, names="blobs", seen=house.other)


def test_a_deleted_stream_is_missed_in_listings(house: House) -> None:
    """Listing others does not go on as if it never was."""
    house.state().append("models/other", {}, expected=0)
    shutil.rmtree(house.records)

    with pytest.raises(StateError, match="records of models/digits were lost"):
        house.state().streams()
    with pytest.raises(StateError, match="records of models/digits were lost"):
        house.state().browse("models/other")


def test_a_replaced_history_is_noticed(house: House, tmp_path: Path) -> None:
    """As long as the old one, whole and chained, but another."""
    shutil.rmtree(house.root)
    foreign = LocalState(house.root, seen=house.other, clock=FixedClock(INSTANT))
    for number in range(4):
        foreign.append(STREAM, {"foreign": number}, expected=number)

    error = assert_refused(house, names=house.file(3))

    assert "replaced" in str(error)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema":1}', b'{"schema":1,"mark":{"number":true}}'])
def test_a_damaged_head_file_is_named(house: House, content: bytes) -> None:
    """It cannot vouch for the stream's length any more, so somebody must look."""
    house.rewrite(house.head, lambda _: content)

    assert_refused(house, names=house.head)


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema":1,"streams":[]}', b'{"schema":1,"streams":{"a":{}}}'])
def test_a_damaged_memory_of_the_work_tree_is_named(house: House, content: bytes) -> None:
    """Its next step says that it can be deleted, and why one should look first."""
    house.rewrite(house.seen, lambda _: content)

    error = assert_refused(house, names=house.seen)

    assert f"delete {house.seen}" in str(error.next_step)


@pytest.mark.parametrize("which", ["head", "seen"])
def test_a_deleted_memory_is_written_anew(house: House, which: str) -> None:
    """The cache may be deleted at will; with the records there, nothing is missed."""
    (house.head if which == "head" else house.seen).unlink()

    house.state().append(STREAM, {"number": 3}, expected=3)

    assert len(house.state().read(STREAM)) == 4
    assert json.loads(house.seen.read_bytes())["streams"][STREAM]["number"] == 4
    assert json.loads(house.head.read_bytes())["mark"]["number"] == 4


def test_a_head_left_behind_by_a_crash_is_fine(house: House) -> None:
    """Killed between the record and its head: the record counts, and the next one goes on from it."""
    older = house.head.read_bytes()
    house.state().append(STREAM, {"number": 3}, expected=3)
    house.rewrite(house.head, lambda _: older)

    assert len(house.state(house.other).read(STREAM)) == 4
    assert house.state(house.other).append(STREAM, {"number": 4}, expected=4).number == 5


def test_blobs_kept_before_a_crash_do_no_harm(tmp_path: Path) -> None:
    """Killed after the first blobs and before the first record: the state exists and is empty."""
    (tmp_path / "weights").write_bytes(b"weights")
    cas = BlobStore(tmp_path / "cas")
    state = LocalState(tmp_path / "state", seen=tmp_path / "seen.json")
    state.keep(cas.put_path(tmp_path / "weights"), cas)

    assert state.read(STREAM) == ()
    assert state.append(STREAM, {}, expected=0).number == 1


@pytest.mark.parametrize("where", ["", "records", "records/models", "records/models/digits", "heads"])
def test_unknown_files_are_refused_and_named(house: House, where: str) -> None:
    """Something else writes here, or a newer Seatrial does; either way we would not understand."""
    strange = house.root / where / "Notes.txt"
    strange.write_text("?")

    with pytest.raises(StateError) as refused:
        house.state().streams()

    assert str(strange) in str(refused.value.problems[0])


@pytest.mark.parametrize("where", ["", "records", "records/models/digits", "heads"])
def test_temporary_files_of_a_crash_are_overlooked(house: House, where: str) -> None:
    """They were never acknowledged."""
    (house.root / where / ".tmp-1234-abcdef").write_bytes(b"half a rec")

    assert len(house.state().read(STREAM)) == 3
    assert house.state().streams() == (STREAM,)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"layout":2}'])
def test_a_state_of_unknown_layout_is_not_read(house: House, content: bytes) -> None:
    """Damaged or newer, its records may mean something else."""
    house.rewrite(house.root / "records" / "+format.json", lambda _: content)

    assert_refused(house, names="+format.json")


def test_a_state_restored_from_a_backup_is_read_again(house: House, tmp_path: Path) -> None:
    """Loss is an error only as long as it lasts."""
    shutil.copytree(house.root, tmp_path / "backup")
    shutil.rmtree(house.root)
    with pytest.raises(StateError):
        house.state().read(STREAM)

    shutil.copytree(tmp_path / "backup", house.root)

    assert len(house.state().read(STREAM)) == 3


def test_a_state_that_is_no_folder_is_an_error_of_the_store(tmp_path: Path) -> None:
    """Errors of the file system come out as errors of the state, with the path."""
    (tmp_path / "state").write_text("a file")

    with pytest.raises(StateError, match="cannot be used") as refused:
        LocalState(tmp_path / "state", seen=tmp_path / "seen.json").read(STREAM)

    assert str(tmp_path / "state") in str(refused.value.problems[0])
