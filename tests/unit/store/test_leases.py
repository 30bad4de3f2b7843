"""Leases between processes, users and clones: all or nothing, in turn, and safe in a folder that all may write in."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.errors import OutsideError
from seatrial.store import lease_folder
from seatrial.store.leases import Holding, Leases, Pool, Taken, Turn

NOTE = {"user": "anna", "cell": "train", "run": "r1"}


@pytest.fixture
def leases(tmp_path: Path) -> Leases:
    found = Leases(tmp_path / "leases")
    found.prepare()
    return found


def _take(leases: Leases, *pools: tuple[tuple[str, ...], int], turn: Turn | None = None) -> Taken:
    taken = leases.take([Pool(names=names, count=count) for names, count in pools], NOTE, turn)
    assert isinstance(taken, Taken), taken
    return taken


def _missing(leases: Leases, *pools: tuple[tuple[str, ...], int], turn: Turn | None = None) -> tuple[Holding, ...]:
    found = leases.take([Pool(names=names, count=count) for names, count in pools], NOTE, turn)
    assert not isinstance(found, Taken)
    return found


def test_the_first_free_ones_are_given(leases: Leases) -> None:
    """In the order in which they are named."""
    first = _take(leases, (("gpu a", "gpu b", "gpu c"), 2))
    second = _take(leases, (("gpu a", "gpu b", "gpu c"), 1))

    assert (first.names, second.names) == ((("gpu a", "gpu b"),), (("gpu c",),))


def test_what_is_missing_is_named_with_its_holder_and_nothing_is_kept(leases: Leases) -> None:
    """All or nothing: the free one is still free afterwards."""
    held = _take(leases, (("gpu a",), 1))
    (missing,) = _missing(leases, (("gpu a", "gpu b"), 2))

    assert (missing.name, missing.note["user"], missing.note["cell"]) == ("gpu a", "anna", "train")
    assert _take(leases, (("gpu b",), 1)).names == (("gpu b",),)
    held.release()


def test_different_things_are_taken_together(leases: Leases) -> None:
    """A device is not held while its token is waited for."""
    token = _take(leases, (("token rig 0",), 1))
    assert [one.name for one in _missing(leases, (("gpu a",), 1), (("token rig 0",), 1))] == ["token rig 0"]
    _take(leases, (("gpu a",), 1)).release()
    token.release()

    assert _take(leases, (("gpu a",), 1), (("token rig 0",), 1)).names == (("gpu a",), ("token rig 0",))


def test_a_released_lease_is_free_even_if_a_command_still_has_it_open(leases: Leases) -> None:
    """The run says when it ends, not a daemon that its command left behind."""
    taken = _take(leases, (("gpu a",), 1))
    (descriptor,) = taken.descriptors
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    taken.release()

    assert _take(leases, (("gpu a",), 1)).names == (("gpu a",),)
    child.communicate(b"\n")


def test_a_command_that_outlives_its_run_keeps_its_lease(leases: Leases, tmp_path: Path) -> None:
    """The device is still in use."""
    program = (
        "import os, subprocess, sys; from pathlib import Path; from seatrial.store.leases import Leases, Pool\n"
        "taken = Leases(Path(sys.argv[1])).take([Pool(names=('gpu a',), count=1)], {'user': 'anna'})\n"
        "child = subprocess.Popen(['sh', '-c', 'read line'], stdin=int(sys.argv[2]), pass_fds=taken.descriptors)\n"
        "os._exit(9)"
    )
    reader, writer = os.pipe()
    killed = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "leases"), str(reader)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")},
        pass_fds=(reader,),
    )
    os.close(reader)

    assert killed.returncode == 9
    assert [one.name for one in _missing(leases, (("gpu a",), 1))] == ["gpu a"]
    os.close(writer)
    taken = leases.take([Pool(names=("gpu a",), count=1)], NOTE)
    for _ in range(500):
        if isinstance(taken, Taken):
            break
        taken = leases.take([Pool(names=("gpu a",), count=1)], NOTE)
    assert isinstance(taken, Taken)


def test_everything_held_and_waited_for_can_be_looked_at(leases: Leases) -> None:
    """A note of a lease that nobody holds any more says nothing."""
    _take(leases, (("gpu a",), 1)).release()
    taken = _take(leases, (("gpu b",), 1))
    turn = leases.stand_in_line(["gpu b"], {"user": "bert"})

    assert [(one.name, one.note["user"], one.waits) for one in leases.look()] == [
        ("gpu b", "anna", False),
        ("gpu b", "bert", True),
    ]
    turn.leave()
    taken.release()
    assert leases.look() == ()


def test_nothing_is_held_where_there_is_no_folder(tmp_path: Path) -> None:
    """Looking makes none."""
    assert Leases(tmp_path / "none").look() == ()
    assert not (tmp_path / "none").exists()


# -- turns ------------------------------------------------------------------------------


def test_who_stands_in_line_is_not_overtaken(leases: Leases) -> None:
    """What it waits for is left alone by those who came later; other things are not."""
    turn = leases.stand_in_line(["gpu a", "gpu b"], {"user": "bert"})

    (missing,) = _missing(leases, (("gpu a",), 1))
    assert (missing.waits, missing.note["user"]) == (True, "bert")
    assert _take(leases, (("gpu c",), 1)).names == (("gpu c",),)
    assert _take(leases, (("gpu a", "gpu b"), 2), turn=turn).names == (("gpu a", "gpu b"),)


def test_turns_are_taken_in_the_order_in_which_they_were_made(leases: Leases) -> None:
    """The second waits for the first, the first not for the second."""
    first = leases.stand_in_line(["gpu a"], {"user": "bert"})
    second = leases.stand_in_line(["gpu a"], {"user": "carl"})

    assert [one.note["user"] for one in _missing(leases, (("gpu a",), 1), turn=second)] == ["bert"]
    _take(leases, (("gpu a",), 1), turn=first).release()
    first.leave()
    _take(leases, (("gpu a",), 1), turn=second).release()


def test_a_turn_vanishes_with_its_process(leases: Leases, tmp_path: Path) -> None:
    """Nobody waits behind the dead; what they left is cleared away."""
    program = (
        "import os, sys; from pathlib import Path; from seatrial.store.leases import Leases\n"
        "turn = Leases(Path(sys.argv[1])).stand_in_line(['gpu a'], {}); os.kill(os.getpid(), 9)"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "leases")],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")},
    )
    assert [name for name in os.listdir(tmp_path / "leases") if name.startswith("turn-")] != []

    _take(leases, (("gpu a",), 1))
    assert [name for name in os.listdir(tmp_path / "leases") if name.startswith("turn-")] == []


# -- the folder -------------------------------------------------------------------------


def test_the_folder_and_its_files_are_for_all_users(tmp_path: Path) -> None:
    """Whatever the umask; nobody can remove what is somebody else's."""
    before = os.umask(0o077)
    try:
        leases = Leases(tmp_path / "deep" / "leases")
        leases.prepare()
        _take(leases, (("gpu a",), 1))
    finally:
        os.umask(before)

    folder = tmp_path / "deep" / "leases"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o666}


def test_names_that_are_no_file_names_do_not_leave_the_folder(leases: Leases, tmp_path: Path) -> None:
    """They come from a driver and from configuration."""
    taken = _take(leases, (("gpu ../../x", "gpu ..-..-x", "gpu " + "y" * 500), 3))

    assert len(taken.descriptors) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leases"]
    taken.release()


@pytest.mark.parametrize("kind", ["link", "hard link", "fifo", "folder"])
def test_a_file_that_is_none_is_refused_and_what_it_leads_to_is_not_touched(
    leases: Leases, tmp_path: Path, kind: str
) -> None:
    """Somebody else could have put it there."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    place = tmp_path / "leases" / "lease-gpu_a-x"
    _take(leases, (("gpu a",), 1)).release()
    (place,) = (tmp_path / "leases").glob("lease-*")
    place.unlink()
    match kind:
        case "link":
            place.symlink_to(victim)
        case "hard link":
            place.hardlink_to(victim)
        case "fifo":
            os.mkfifo(place)
        case _:
            place.mkdir()
    with pytest.raises(OutsideError, match="cannot be leased") as caught:
        leases.take([Pool(names=("gpu a",), count=1)], NOTE)

    assert victim.read_text() == "precious"
    assert "SEATRIAL_LEASES" in (caught.value.next_step or "")


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """It would lead everybody's leases to where somebody wants them."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "leases").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideError, match="it is not a folder"):
        Leases(tmp_path / "leases").prepare()


def test_a_lease_whose_name_was_cleared_away_is_not_given_twice_to_those_who_come_after(
    leases: Leases, tmp_path: Path
) -> None:
    """Cleaners of temporary folders do that; the next one makes a new file and all after it meet there."""
    _take(leases, (("gpu a",), 1)).release()
    for file in (tmp_path / "leases").glob("lease-*"):
        file.unlink()
    _take(leases, (("gpu a",), 1))

    assert [one.name for one in _missing(leases, (("gpu a",), 1))] == ["gpu a"]


@pytest.mark.parametrize("note", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, json.dumps({"names": 3}).encode()])
def test_notes_that_cannot_be_read_are_unknown_holders(leases: Leases, tmp_path: Path, note: bytes) -> None:
    """Another user, another release, or a joker wrote them."""
    taken = _take(leases, (("gpu a",), 1))
    (file,) = (tmp_path / "leases").glob("lease-*")
    file.write_bytes(note)

    (missing,) = _missing(leases, (("gpu a",), 1))
    assert missing.name == "gpu a"
    assert [one.waits for one in leases.look()] == [False]
    taken.release()


def test_the_usual_folder_does_not_depend_on_who_asks(tmp_path: Path) -> None:
    """Root may write in more places and must meet the others."""
    closed, shared, last = tmp_path / "closed", tmp_path / "shared", tmp_path / "last"
    for place in (closed, shared, last):
        place.mkdir()
    shared.chmod(0o1777)

    assert lease_folder.lease_folder({}, (closed, shared, last)) == shared / "seatrial-leases"
    assert lease_folder.lease_folder({}, (closed, last)) == last / "seatrial-leases"
    assert lease_folder.lease_folder({"SEATRIAL_LEASES": "/srv/x"}, (closed,)) == Path("/srv/x")
