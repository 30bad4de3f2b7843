"""Pointers from input digests and cells to action keys: one file, appended to by several at once, damaged at times."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.pipeline import key
from seatrial.pipeline.results import ResultStore, StageResult
from seatrial.pipeline.signposts import Signposts

KEYS = tuple(f"b3:{number:064x}" for number in range(10))
WORK = "b3:" + "a" * 64
CELL = "b3:" + "c" * 64
OLD = f"inputs {WORK} {KEYS[0]}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the pointers are, in a folder that is there."""
    (tmp_path / "ac").mkdir()
    return tmp_path / "ac" / "pointers"


def opened(file: Path) -> Signposts:
    """As one more run of this machine has it."""
    return Signposts(str(file))


def test_a_pointer_is_found_by_its_kind_and_name(file: Path) -> None:
    """The same name of another kind is another pointer, and one that nobody put is none."""
    posts = opened(file)
    posts.put({("inputs", WORK): KEYS[0], ("cells", WORK): KEYS[1]})
    posts.put({("cells", CELL): KEYS[2]})

    assert posts.find("inputs", WORK) == KEYS[0]
    assert posts.find("cells", WORK) == KEYS[1]
    assert posts.find("cells", CELL) == KEYS[2]
    assert posts.find("inputs", CELL) is None


def test_the_newest_of_several_wins(file: Path) -> None:
    """Also when it points back to where an earlier one did, and for one who reads all of it at once."""
    posts = opened(file)
    seen = []
    for action_key in (KEYS[0], KEYS[1], KEYS[0]):
        posts.put({("cells", CELL): action_key})
        seen.append((posts.find("cells", CELL), opened(file).find("cells", CELL)))

    assert seen == [(KEYS[0], KEYS[0]), (KEYS[1], KEYS[1]), (KEYS[0], KEYS[0])]


def test_nothing_is_appended_where_it_says_the_same_already(file: Path) -> None:
    """A run that only reuses lets the file as it is, whoever put the pointers; of two only the new one is added."""
    opened(file).put({("inputs", WORK): KEYS[0]})
    before = file.read_bytes()
    opened(file).put({("inputs", WORK): KEYS[0]})
    same = file.read_bytes()
    opened(file).put({("inputs", WORK): KEYS[0], ("cells", CELL): KEYS[1]})

    assert same == before
    assert file.read_bytes().count(WORK.encode()) == 1
    assert opened(file).find("cells", CELL) == KEYS[1]


def test_what_another_run_appends_is_seen_by_one_that_has_looked_already(file: Path) -> None:
    """There is nothing to open anew."""
    ours, theirs = opened(file), opened(file)
    ours.put({("inputs", WORK): KEYS[0]})
    first = theirs.find("inputs", WORK)
    ours.put({("inputs", WORK): KEYS[1], ("cells", CELL): KEYS[2]})

    assert first == KEYS[0]
    assert theirs.find("inputs", WORK) == KEYS[1]
    assert theirs.find("cells", CELL) == KEYS[2]


def test_what_another_run_appends_right_before_or_after_our_own_is_seen(file: Path) -> None:
    """Our own pointers are not read back, but only where nothing else was appended."""
    ours, theirs = opened(file), opened(file)
    ours.put({("inputs", WORK): KEYS[0]})
    ours.find("inputs", WORK)
    theirs.put({("cells", CELL): KEYS[1]})
    ours.put({("inputs", WORK): KEYS[2]})
    theirs.put({("cells", WORK): KEYS[3]})

    for one in (ours, theirs, opened(file)):
        assert one.find("cells", CELL) == KEYS[1]
        assert one.find("inputs", WORK) == KEYS[2]
        assert one.find("cells", WORK) == KEYS[3]


def test_what_we_appended_to_a_file_that_was_written_anew_since_is_not_known(file: Path) -> None:
    """Of the same size, but another file: what it says counts, and not what was put before."""
    ours, theirs = opened(file), opened(file)
    ours.put({("inputs", WORK): KEYS[0]})
    ours.find("inputs", WORK)
    ours.put({("inputs", WORK): KEYS[1]})
    before = file.read_text()
    theirs.keep(lambda _: True)
    theirs.put({("cells", CELL): KEYS[2]})
    file.write_text(file.read_text().ljust(len(before), "\n"))

    assert ours.find("cells", CELL) == KEYS[2]
    assert ours.find("inputs", WORK) == KEYS[1]


def test_what_is_not_wanted_any_more_is_forgotten_by_everybody(file: Path) -> None:
    """Another run sees the file that was written anew, and puts what it had put before."""
    ours, theirs = opened(file), opened(file)
    theirs.put({("inputs", WORK): KEYS[0], ("cells", CELL): KEYS[1]})
    ours.keep(lambda action_key: action_key == KEYS[1])
    gone = ours.find("inputs", WORK), theirs.find("inputs", WORK)
    kept = ours.find("cells", CELL), theirs.find("cells", CELL)
    theirs.put({("inputs", WORK): KEYS[0]})

    assert gone == (None, None)
    assert kept == (KEYS[1], KEYS[1])
    assert ours.find("inputs", WORK) == KEYS[0]


def test_what_is_kept_is_one_line_a_pointer(file: Path) -> None:
    """The lines that were overtaken go too: else the file would grow for ever."""
    posts = opened(file)
    for action_key in KEYS:
        posts.put({("cells", CELL): action_key})
    posts.keep(lambda _: True)

    assert file.read_text() == f"cells {CELL} {KEYS[-1]}\n"


def test_a_file_written_anew_that_has_grown_longer_than_it_was_is_read_from_its_beginning(file: Path) -> None:
    """Its size alone would not tell that it is another."""
    reader, writer = opened(file), opened(file)
    writer.put({("inputs", WORK): KEYS[0]})
    reader.find("inputs", WORK)
    writer.keep(lambda _: False)
    for number, action_key in enumerate(KEYS[1:]):
        writer.put({("cells", f"b3:{number:064x}"): action_key})

    assert reader.find("inputs", WORK) is None
    assert reader.find("cells", f"b3:{0:064x}") == KEYS[1]


@pytest.mark.parametrize("cut", range(1, len(OLD)))
def test_a_line_cut_short_is_passed_over_and_the_next_append_stands(file: Path, cut: int) -> None:
    """Wherever a crash cut it: an older pointer is as good as before, and what is added is not swallowed."""
    torn = OLD.replace(KEYS[0], KEYS[5])[:cut]
    file.write_text(OLD + torn)
    reader = opened(file)
    before = reader.find("inputs", WORK)
    opened(file).put({("cells", CELL): KEYS[2]})
    whole = cut == len(OLD) - 1  # only its end of line is missing: it may count once another line has ended it

    assert before == KEYS[0]
    for one in (reader, opened(file)):
        assert one.find("inputs", WORK) == (KEYS[5] if whole else KEYS[0])
        assert one.find("cells", CELL) == KEYS[2]


def test_a_line_that_is_still_being_written_counts_once_it_has_ended(file: Path) -> None:
    """What a reader met half of is read again."""
    reader = opened(file)
    file.write_text(OLD[:30])
    half = reader.find("inputs", WORK)
    with file.open("a") as rest:
        rest.write(OLD[30:])

    assert half is None
    assert reader.find("inputs", WORK) == KEYS[0]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\n\n \n",
        b"inputs\n",
        f"inputs {WORK}\n".encode(),
        f"inputs {WORK} \n".encode(),
        f"inputs {WORK} {KEYS[1]} \n".encode(),
        f"inputs {WORK} {KEYS[1][:-1]}\n".encode(),
        f"inputs {WORK} {KEYS[1]}0\n".encode(),
        f"inputs {WORK} {KEYS[1]}\r\n".encode(),
        f"inputs {WORK} {KEYS[1].upper()}\n".encode(),
        f" inputs {WORK} {KEYS[1]}\n".encode(),
        f"inputs  {WORK} {KEYS[1]}\n".encode(),
        f"inputs\0 {WORK} {KEYS[1]}\n".encode(),
        f"other {WORK} {KEYS[1]}\n".encode(),
        f"inputs {WORK} {KEYS[1]}"[:-1].encode() + b"\xff\n",
        f"inputs {WORK} {KEYS[1]}"[:-1].encode() + "\u0661\n".encode(),
        b"\xff\xfe" + f"inputs {WORK} {KEYS[1]}\n".encode(),
        bytes(range(256)) + b"\n",
    ],
)
def test_what_is_no_pointer_is_passed_over(file: Path, rubbish: bytes) -> None:
    """Between good ones, which count as if it were not there."""
    file.write_bytes(OLD.encode() + rubbish + f"cells {CELL} {KEYS[2]}\n".encode())
    posts = opened(file)

    assert posts.find("inputs", WORK) == KEYS[0]
    assert posts.find("cells", CELL) == KEYS[2]


def test_where_there_is_no_file_nothing_is_found_and_the_folder_is_made_when_it_is_needed(tmp_path: Path) -> None:
    """Before the first run: looking and forgetting leave no trace."""
    file = tmp_path / "deep" / "ac" / "pointers"
    posts = opened(file)
    found = posts.find("inputs", WORK)
    posts.keep(lambda _: True)
    posts.put({})
    untouched = list(tmp_path.iterdir())
    posts.put({("inputs", WORK): KEYS[0]})

    assert found is None
    assert untouched == []
    assert posts.find("inputs", WORK) == KEYS[0]


def test_what_was_in_a_file_that_was_removed_is_not_known_any_more(file: Path) -> None:
    """`rm -r .seatrial` while a run goes on: it is put again."""
    posts = opened(file)
    posts.put({("inputs", WORK): KEYS[0]})
    there = posts.find("inputs", WORK)
    file.unlink()
    file.parent.rmdir()
    gone = posts.find("inputs", WORK)
    posts.put({("inputs", WORK): KEYS[0]})

    assert there == KEYS[0]
    assert gone is None
    assert opened(file).find("inputs", WORK) == KEYS[0]


def test_what_a_file_lost_that_has_shrunk_is_not_known_any_more(file: Path) -> None:
    """It is read from its beginning, and what is appended then is found."""
    posts = opened(file)
    posts.put({("inputs", WORK): KEYS[0]})
    size = file.stat().st_size
    posts.put({("inputs", WORK): KEYS[1], ("cells", CELL): KEYS[2]})
    whole = posts.find("inputs", WORK)
    os.truncate(file, size)
    shrunk = posts.find("inputs", WORK), posts.find("cells", CELL)
    posts.put({("cells", CELL): KEYS[3]})

    assert whole == KEYS[1]
    assert shrunk == (KEYS[0], None)
    assert posts.find("cells", CELL) == KEYS[3]


PUTTING = """
import sys
from seatrial.pipeline.signposts import Signposts

path, who = sys.argv[1:]
posts = Signposts(path)
print("ready", flush=True)
sys.stdin.readline()
for number in range(300):
    name = f"b3:{who * 8}{number:056x}"
    posts.put({("inputs", name): name, ("cells", name): name})
"""


def test_pointers_of_several_processes_do_not_mix(file: Path) -> None:
    """Three append at once, and every pointer of each is found after."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PUTTING, str(file), who],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in "abc"
    ]
    ready = [child.stdout.readline() for child in children if child.stdout]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=60)
    posts = opened(file)
    names = [f"b3:{who * 8}{number:056x}" for who in "abc" for number in range(300)]

    assert ready == ["ready\n"] * 3
    assert [child.returncode for child in children] == [0, 0, 0]
    assert [posts.find("inputs", name) for name in names] == names
    assert [posts.find("cells", name) for name in names] == names


def result_of(cell: str) -> StageResult:
    """A result that made nothing."""
    parts = {"cell": cell}
    return StageResult(
        action_key=key.action_key(parts),
        input_digest=digest.of_bytes(cell.encode()),
        cell=cell,
        parts=parts,
        outs={},
        run="r",
        finished="2026-11-25T00:00:00.000Z",
        wall=0.0,
        cpu=0.0,
        peak_memory=0,
        machine="m",
    )


def noted(results: ResultStore, cell: str) -> StageResult:
    """The same, stored and pointed to as a run does it."""
    result = result_of(cell)
    results.put(result)
    results.note(result.action_key, input_digest=result.input_digest, cell=result.cell)
    return result


def test_pointers_to_results_that_are_gone_go_and_the_others_stay(tmp_path: Path) -> None:
    """By its input digest and by its cell; a pointer that was left would only be looked up in vain."""
    results = ResultStore(tmp_path / "ac")
    stays, goes = noted(results, "stays"), noted(results, "goes")
    results.discard(goes.action_key)
    results.drop_pointers()
    anew = ResultStore(tmp_path / "ac")
    pointers = (tmp_path / "ac" / "pointers").read_text()

    assert goes.action_key not in pointers
    assert pointers.count(stays.action_key) == 2
    for one in (results, anew):
        assert one.by_input(stays.input_digest) == stays
        assert one.last_of("stays") == stays
        assert one.by_input(goes.input_digest) is None
        assert one.last_of("goes") is None


def test_a_result_that_is_stored_again_is_pointed_to_again(tmp_path: Path) -> None:
    """After its pointers were dropped."""
    results = ResultStore(tmp_path / "ac")
    first = noted(results, "train")
    results.discard(first.action_key)
    results.drop_pointers()
    again = noted(results, "train")

    assert results.last_of("train") == again
    assert results.by_input(first.input_digest) == again


def test_a_pointer_to_a_damaged_result_leads_nowhere_and_is_dropped(tmp_path: Path) -> None:
    """It is a miss for whoever asks."""
    results = ResultStore(tmp_path / "ac")
    bad = noted(results, "bad")
    (file,) = results.files(bad.action_key)
    file.chmod(0o644)
    file.write_text("{")
    found = results.last_of("bad")
    results.drop_pointers()

    assert found is None
    assert (tmp_path / "ac" / "pointers").read_text() == ""
