"""Real processes, racing and killed: nothing acknowledged is lost, nobody's number is given twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from seatrial.store.local_state import LocalState

REPOSITORY = Path(__file__).parents[2]
KILLS = 25
SECONDS = 15.0


def writer(folder: Path, name: str, wanted: int) -> subprocess.Popen[bytes]:
    """A process appending to the state in `folder`, with a work tree memory of its own."""
    seen = folder / f"seen-{name}.json"
    command = [sys.executable, "-m", "tests.support.state_writer", str(folder / "state"), str(seen), name, str(wanted)]
    path = {"PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=path, cwd=REPOSITORY)


def test_two_processes_racing_share_out_the_numbers(tmp_path: Path) -> None:
    """Each acknowledged number belongs to one of them, and there is no gap."""
    wanted = 80
    racers = {name: writer(tmp_path, name, wanted) for name in ("a", "b")}
    told = {
        name: [int(line) for line in racer.communicate(timeout=60)[0].split()][1:] for name, racer in racers.items()
    }

    entries = LocalState(tmp_path / "state", seen=tmp_path / "seen.json").read("s")

    assert [len(numbers) for numbers in told.values()] == [wanted, wanted]
    assert sorted(told["a"] + told["b"]) == list(range(1, 2 * wanted + 1))
    for name, numbers in told.items():
        assert [entry.number for entry in entries if entry.body["who"] == name] == numbers


def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """After each kill the stream verifies, holds every acknowledged number, and can be appended to."""
    moments = random.Random(20261121)
    state = LocalState(tmp_path / "state", seen=tmp_path / "seen.json")
    deadline = time.monotonic() + SECONDS
    kills = reached = 0
    while kills < KILLS and time.monotonic() < deadline:
        victim = writer(tmp_path, "a", 100_000)
        assert victim.stdout is not None
        victim.stdout.readline()  # it runs
        time.sleep(moments.uniform(0.0, 0.05))
        victim.kill()
        acknowledged = [int(line) for line in victim.communicate()[0].split()]
        kills += 1

        entries = state.read("s")
        assert len(entries) >= max(acknowledged, default=reached)
        assert len(entries) >= reached
        reached = state.append("s", {"who": "survivor"}, expected=len(entries)).number

    assert kills >= 5
    assert reached > kills  # the victims did write
    assert len(state.browse()) == reached


FULL_DISK = """
import resource, sys
from pathlib import Path
from seatrial.errors import StateError
from seatrial.store.local_state import LocalState

state = LocalState(Path(sys.argv[1]), seen=Path(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    state.append("s", {"long": "x" * 2000}, expected=1)
except StateError as error:
    print(error.problems[0].message)
"""


def test_a_disk_that_takes_no_more_is_an_error_and_no_half_record(tmp_path: Path) -> None:
    """The stream is as it was, nothing is left lying about, and the next attempt succeeds."""
    state = LocalState(tmp_path / "state", seen=tmp_path / "seen.json")
    first = state.append("s", {}, expected=0)
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "state"), str(tmp_path / "seen-b.json")]
    path = {"PYTHONPATH": str(REPOSITORY / "src")}

    said = subprocess.run(command, env=path, capture_output=True, text=True, check=True, timeout=60).stdout

    assert "the state cannot be used: File too large" in said
    assert state.read("s") == (first,)
    assert [file.name for file in (tmp_path / "state" / "records" / "s").iterdir()] == ["00000001.json"]
    assert state.append("s", {}, expected=1).number == 2
